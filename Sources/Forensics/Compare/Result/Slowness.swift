/// Who makes what takes longer: facts above a limit between the usual time and the time during, attributed to values as the
/// total is.
public struct Slowness: Sendable, Equatable {
    /// What takes longer: `target_ms`.
    public var measure: String
    /// The quantile that moved most.
    public var quantile: Double
    /// What takes longer than this is slow, milliseconds: the geometric mean of that quantile before and during.
    public var limitMilliseconds: Double
    /// The slow ones of both windows.
    public var total: ComparisonResult.Total
    /// The values that make more of what became slow than of all there is, and than if all took longer by the same factor, the most
    /// first; empty where all are slower alike.
    public var leading: [Explanation]
    /// Where nobody does: the values that make more of what became slow than of all there is, as they would if all took longer by
    /// the same factor.
    public var slowest: [Explanation]

    package init(
        measure: String, quantile: Double, limitMilliseconds: Double, total: ComparisonResult.Total,
        leading: [Explanation], slowest: [Explanation] = []
    ) {
        self.measure = measure
        self.quantile = quantile
        self.limitMilliseconds = limitMilliseconds
        self.total = total
        self.leading = leading
        self.slowest = slowest
    }
}
