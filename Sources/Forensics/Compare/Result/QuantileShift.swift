/// A quantile of a distribution before and during.
public struct QuantileShift: Sendable, Equatable {
    /// What is distributed: `target_ms`, `bytes_from_client`.
    public var measure: String
    /// Whether values are milliseconds rather than bytes.
    public var isTime: Bool
    /// The share of values at or below it: 0.5, 0.95 or 0.99.
    public var quantile: Double
    /// Number of values before.
    public var countBefore: Int64
    /// Number of values during.
    public var countDuring: Int64
    /// The quantile before, milliseconds or bytes.
    public var before: Double
    /// The quantile during, milliseconds or bytes.
    public var during: Double
    /// During over before.
    public var ratio: RateRatio
    /// Two-sided p-value of equal shares above the common quantile, as surely as values of a minute go together.
    public var pValue: Double
    /// The p-value adjusted for all shifts tested.
    public var adjustedPValue: Double
    /// Whether it is significant and large enough to matter: ratio at least 1.2 either way, and 10 ms for times.
    public var isNotable: Bool
}
