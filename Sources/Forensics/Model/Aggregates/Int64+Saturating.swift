extension Int64 {
    /// Returns the sum, or the largest value where it would not fit.
    ///
    /// Over numbers that are not negative it is associative and commutative, so sums that logs may inflate at will
    /// neither trap nor depend on the order of their parts.
    @inline(__always)
    package func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// Returns the difference, or the value nearest to it where it would not fit.
    package func subtractingSaturated(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    /// Returns the product, or the value nearest to it where it would not fit.
    @inline(__always)
    package func multipliedSaturated(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
    }

    /// Creates the value from an unsigned one, or the largest where it does not fit.
    @inline(__always)
    package init(saturating value: UInt64) { self = value > UInt64(Int64.max) ? .max : Int64(value) }
}

extension Sequence where Element == Int64 {
    /// The sum of numbers that are not negative, or the largest value where it would not fit.
    package var saturatedSum: Int64 { reduce(0) { $0.addingSaturated($1) } }
}
