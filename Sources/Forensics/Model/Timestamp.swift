/// An instant of capture or record time: nanoseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
///
/// Covers the years 1678 to 2262. It is always taken from the evidence, never from a wall clock.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Nanoseconds since the Unix epoch.
    package var nanoseconds: Int64

    /// 10⁹.
    package static let nanosecondsPerSecond: Int64 = 1_000_000_000
    /// The second that times of evidence lie before: 2200-01-01T00:00:00Z. From 1970 on no difference of two of them, and no
    /// minute or day added to one, passes 63 bits.
    package static let evidenceEndSecond: UInt64 = 7_258_118_400

    @inlinable
    @inline(__always)
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Creates a time from whole seconds and nanoseconds, or returns `nil` outside the representable years.
    package init?(seconds: Int64, nanoseconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: Self.nanosecondsPerSecond)
        let (sum, carried) = product.addingReportingOverflow(nanoseconds)
        if overflow || carried { return nil }
        self.nanoseconds = sum
    }

    /// Returns `self` moved by a number of nanoseconds, saturating at the representable range.
    package func advanced(by nanoseconds: Int64) -> Timestamp {
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
        if overflow { return Timestamp(nanoseconds: nanoseconds < 0 ? .min : .max) }
        return Timestamp(nanoseconds: sum)
    }

    /// Returns the nanoseconds from `other` to `self`, saturating at the range of `Int64`.
    @inlinable
    @inline(__always)
    package func since(_ other: Timestamp) -> Int64 {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(other.nanoseconds)
        if overflow { return nanoseconds < other.nanoseconds ? .min : .max }
        return difference
    }

    /// The start of the bucket of `width` nanoseconds that holds this time; buckets are aligned to the epoch, but for the
    /// first one of all, which begins where times begin.
    @inline(__always)
    package func bucket(width: Int64) -> Int64 {
        let remainder = nanoseconds % width
        let (start, overflow) = nanoseconds.subtractingReportingOverflow(remainder < 0 ? remainder + width : remainder)
        return overflow ? .min : start
    }

    @inline(__always)
    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }
}

/// A half-open interval of time: `start` belongs to it, `end` does not.
package struct TimeWindow: Hashable, Sendable {
    package var start: Timestamp
    package var end: Timestamp

    package init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = end
    }

    /// The length in nanoseconds; 0 for an interval whose end is not after its start.
    package var length: Int64 { max(0, end.since(start)) }

    /// Whether it holds no instant.
    package var isEmpty: Bool { end <= start }

    /// Whether an instant belongs to it.
    @inline(__always)
    package func contains(_ time: Timestamp) -> Bool { time >= start && time < end }

    /// Whether something that lasted from one instant to another, both included, went on at some time of the interval.
    package func overlaps(_ first: Timestamp, _ last: Timestamp) -> Bool { first < end && last >= start }

    /// Returns the part that both intervals hold, or `nil` if they share no instant.
    package func intersection(_ other: TimeWindow) -> TimeWindow? {
        let both = TimeWindow(start: max(start, other.start), end: min(end, other.end))
        return both.isEmpty ? nil : both
    }
}
