import ForensicsModel

/// What a log may claim. Beyond that a value is damage or malice, and its line is rejected as one with a number, or a time,
/// that cannot be read.
enum LogLimits {
    /// The largest count of bytes or packets of one line: 2⁵⁰, a pebibyte.
    ///
    /// At 100 Gbit/s a connection takes a day to move it, and no load balancer has such a connection. It takes 8,192 lines of
    /// this size for a sum to pass 63 bits.
    static let largestCount: UInt64 = 1 << 50

    /// The first second that a record time may have: 1990-01-01T00:00:00Z, before there was a log.
    static let earliestSecond: UInt64 = 631_152_000
    /// The second that record times lie before.
    static let latestSecond = Timestamp.evidenceEndSecond

    /// The times that a record may have.
    private static let times = TimeWindow(
        start: Timestamp(nanoseconds: Int64(earliestSecond) * Timestamp.nanosecondsPerSecond),
        end: Timestamp(nanoseconds: Int64(latestSecond) * Timestamp.nanosecondsPerSecond))

    /// The time, or `nil` if no record has it.
    static func checked(_ time: Timestamp?) -> Timestamp? { time.flatMap { times.contains($0) ? $0 : nil } }

    /// The time of a whole second since 1970, or `nil` if no record has it.
    @inline(__always)
    static func time(second: UInt64) -> Timestamp? {
        guard second >= earliestSecond, second < latestSecond else { return nil }
        return Timestamp(nanoseconds: Int64(truncatingIfNeeded: second) &* Timestamp.nanosecondsPerSecond)
    }
}
