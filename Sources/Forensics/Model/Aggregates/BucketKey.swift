/// A bucket of 60 s of record time and which of the two sets of counts it is of: traffic, or health checks.
package struct BucketKey: Hashable, Comparable, Sendable {
    /// Minute · 2 + 1 for health checks; orders by time.
    package var rawValue: Int32

    /// Nanoseconds.
    package static let width: Int64 = 60_000_000_000

    @inline(__always)
    package init(_ time: Timestamp, healthChecks: Bool) {
        self.init(minute: Self.minute(of: time), healthChecks: healthChecks)
    }

    /// Creates the key of a minute counted from the epoch; minutes that no `Timestamp` lies in are clamped.
    @inline(__always)
    package init(minute: Int64, healthChecks: Bool) {
        let clamped = min(max(minute, -500_000_000), 500_000_000)
        rawValue = Int32(truncatingIfNeeded: clamped &* 2 &+ (healthChecks ? 1 : 0))
    }

    @inline(__always)
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// Minutes since the epoch: the bucket's start is this times `width`.
    @inline(__always)
    package var minute: Int64 { Int64(rawValue >> 1) }
    @inline(__always)
    package var isHealthChecks: Bool { rawValue & 1 != 0 }

    @inline(__always)
    package static func minute(of time: Timestamp) -> Int64 {
        let quotient = time.nanoseconds / width
        return time.nanoseconds < 0 && quotient * width != time.nanoseconds ? quotient - 1 : quotient
    }

    package static func < (left: BucketKey, right: BucketKey) -> Bool { left.rawValue < right.rawValue }
}
