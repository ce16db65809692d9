/// One rate before and during.
public struct RateChange: Sendable, Equatable {
    /// The rate's stable name: `requests`, `status_5xx`.
    public var name: String
    /// The count before.
    public var before: Int64
    /// The count during.
    public var during: Int64
    /// Events per second of exposure before.
    public var beforePerSecond: Double
    /// Events per second of exposure during.
    public var duringPerSecond: Double
    /// During over before.
    public var ratio: RateRatio
    /// Two-sided p-value of no change; `nil` where nothing tells how much the count varies.
    public var pValue: Double?
    /// Variance over mean of the count; infinite where nothing tells.
    public var dispersion: Double
    /// Degrees of freedom of the dispersion; infinite where it is assumed.
    var degrees = Double.infinity
}
