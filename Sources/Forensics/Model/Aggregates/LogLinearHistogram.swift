/// A mergeable histogram of non-negative integers with fixed log-linear boundaries.
///
/// Values below 128 are exact; above, each power of two is divided in 64 steps, so a quantile is off by at most
/// 1/128 (0.8 %) of its value. Merging adds counts: the result does not depend on order or division.
package struct LogLinearHistogram: Sendable, Equatable {
    /// Counts by bucket index, sparse in memory as a dense prefix.
    package private(set) var counts: [UInt64] = []
    package private(set) var count: UInt64 = 0
    /// The largest value seen, exact.
    package private(set) var maximum: Int64 = 0
    /// Stops at the largest value.
    package private(set) var sum: Int64 = 0

    package init() {}

    /// The bucket of a value; negative values count as 0.
    @inline(__always)
    package static func index(of value: Int64) -> Int {
        if value < 128 { return max(0, Int(value)) }
        let exponent = 63 - value.leadingZeroBitCount
        return 128 + (exponent - 7) * 64 + Int((value >> Int64(exponent - 6)) & 63)
    }

    /// The smallest value of a bucket.
    package static func lowerBound(of index: Int) -> Int64 {
        if index < 128 { return Int64(index) }
        let exponent = 7 + (index - 128) / 64
        return (64 + Int64((index - 128) % 64)) << Int64(exponent - 6)
    }

    /// The value that stands for a bucket: its middle.
    package static func representative(of index: Int) -> Int64 {
        if index < 128 { return Int64(index) }
        let exponent = 7 + (index - 128) / 64
        return lowerBound(of: index) + (Int64(1) << Int64(exponent - 6)) / 2
    }

    @inline(__always)
    package mutating func add(_ value: Int64, count: UInt64 = 1) {
        let index = Self.index(of: value)
        if index >= counts.count { counts.append(contentsOf: repeatElement(0, count: index + 1 - counts.count)) }
        counts[index] += count
        self.count += count
        maximum = max(maximum, value)
        sum = sum.addingSaturated(value.multipliedSaturated(by: Int64(clamping: count)))
    }

    package mutating func merge(_ other: LogLinearHistogram) {
        if other.counts.count > counts.count {
            counts.append(contentsOf: repeatElement(0, count: other.counts.count - counts.count))
        }
        for index in other.counts.indices { counts[index] += other.counts[index] }
        count += other.count
        maximum = max(maximum, other.maximum)
        sum = sum.addingSaturated(other.sum)
    }

    /// The value at or below which a share of all values lies (nearest rank), or `nil` for an empty histogram.
    package func quantile(_ share: Double) -> Int64? {
        guard count > 0 else { return nil }
        let rank = max(1, UInt64((share * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for index in counts.indices {
            seen += counts[index]
            if seen >= rank { return min(Self.representative(of: index), maximum) }
        }
        return maximum
    }

    /// Creates a histogram from what `counts`, `maximum` and `sum` of another held.
    package init(counts: [UInt64], maximum: Int64, sum: Int64) {
        self.counts = counts
        self.maximum = maximum
        self.sum = sum
        count = counts.reduce(0, +)
    }
}
