/// The tables of a comparison: `--table`. The raw value is the word on the command line.
public enum ComparisonTable: String, Sendable, CaseIterable {
    /// Clients among the most active with long connections: the founding question.
    case activeLong = "active-long"
    /// Rates and quantiles before and during.
    case changes
    /// Values of all dimensions with their share of the change.
    case explanations
    /// Values that only one window has.
    case newGone = "new-gone"
    /// Per dimension: explained, unexplained, without a value.
    case remainder
    /// Values that together say more than each.
    case combinations
    /// Who makes what takes longer.
    case slowness
    /// Who makes the errors.
    case failures
    /// Whose connections fail beside requests.
    case failedConnections = "failed-connections"
}
