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

    /// Creates the value from an unsigned one, or the largest where it does not fit.
    @inline(__always)
    package init(saturating value: UInt64) { self = value > UInt64(Int64.max) ? .max : Int64(value) }
}
