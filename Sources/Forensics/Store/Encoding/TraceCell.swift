import ForensicsModel

/// How an X-Amzn-Trace-Id becomes the bytes of a row, and how it is read back. `SQLExpressions.trace` says the same in SQL.
///
/// A load balancer begins it with the second in which the request came, which the row's time nearly tells: then one byte
/// takes the place of that second's four. AWS, "Request tracing for your Application Load Balancer".
enum TraceCell {
    /// The length with one byte for the second.
    static let shortLength = 13
    static let longLength = 16
    /// What is added to the seconds before the row's time, so that the byte is ASCII and not NUL: SQL reads it as a letter.
    static let bias: Int64 = 32
    private static let distances: ClosedRange<Int64> = -31...94

    /// The words of the blob, and how many of their last bytes belong to it.
    @inline(__always)
    static func pack(_ high: UInt64, _ low: UInt64, at time: Timestamp) -> (high: UInt64, low: UInt64, length: Int) {
        let distance = second(of: time) - Int64(high >> 32)
        guard time.nanoseconds >= 0, distances.contains(distance) else { return (high, low, longLength) }
        return (UInt64(distance + bias) << 32 | high & 0xFFFF_FFFF, low, shortLength)
    }

    /// The trace id of the bytes of a row of that time; `nil` if they are none.
    static func read(_ bytes: Span<UInt8>, at time: Timestamp) -> TraceID? {
        guard bytes.count == shortLength || bytes.count == longLength else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for index in bytes.indices {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(bytes[index])
        }
        guard bytes.count == shortLength else { return .root(high, low) }
        let second = second(of: time) - (Int64(high >> 32) - bias)
        return .root(UInt64(truncatingIfNeeded: second) << 32 | high & 0xFFFF_FFFF, low)
    }

    @inline(__always)
    private static func second(of time: Timestamp) -> Int64 { time.nanoseconds / Timestamp.nanosecondsPerSecond }
}
