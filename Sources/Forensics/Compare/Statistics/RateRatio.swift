/// The rate during over the rate before, with a confidence interval.
public struct RateRatio: Sendable, Equatable {
    /// The ratio; `nil` where nothing was counted before, or nothing at all.
    public var value: Double?
    /// The lower bound; `nil` where nothing was counted at all, or where nothing tells how much it varies.
    public var lower: Double?
    /// The upper bound; `nil` where nothing was counted before: the data set no limit. Also where `lower` is `nil`.
    public var upper: Double?

    /// Creates a ratio from its parts.
    public init(value: Double?, lower: Double?, upper: Double?) {
        self.value = value
        self.lower = lower
        self.upper = upper
    }

    /// The ratio of the rates the other way round.
    var inverse: RateRatio {
        guard hasInterval else { return RateRatio(value: value.flatMap(Self.reciprocal), lower: nil, upper: nil) }
        return RateRatio(
            value: value.map(Self.reciprocal) ?? 0, lower: upper.flatMap(Self.reciprocal) ?? 0,
            upper: lower.flatMap(Self.reciprocal))
    }

    private static func reciprocal(_ value: Double) -> Double? { value > 0 ? 1 / value : nil }

    /// Whether there is an interval.
    public var hasInterval: Bool { lower != nil }
    /// Whether the whole interval lies above 1.
    public var isRise: Bool { lower.map { $0 > 1 } ?? false }
    /// Whether the whole interval lies below 1.
    public var isFall: Bool { upper.map { $0 < 1 } ?? false }
}
