/// One value of a dimension, and how much of the change it explains.
public struct Explanation: Sendable, Equatable {
    /// The dimension's name.
    public var dimension: String
    /// The value, as the evidence has it: untrusted text.
    public var value: String
    /// Whose address it is, or whose all addresses of a network are; `nil` for what is neither.
    public var owner: String?
    /// The count before.
    public var before: Int64
    /// The count during.
    public var during: Int64
    /// Events per second of exposure before.
    public var beforePerSecond: Double
    /// Events per second of exposure during.
    public var duringPerSecond: Double
    /// The value's own rate ratio.
    public var ratio: RateRatio
    /// Its share of the total before.
    public var shareBefore: Double
    /// Its share of the total during.
    public var shareDuring: Double
    /// Its odds within the total during over those before, with an interval: 1 where it moved as the rest did; its value is
    /// `nil` where nothing else was there during.
    public var mix: RateRatio
    /// Two-sided p-value of having moved as the rest did.
    public var mixPValue: Double
    /// Share during over share before, with an interval: its value is `nil` where it had none before.
    public var shareRatio: RateRatio
    /// During minus what the rate before would have given, in units.
    public var change: Double
    /// `change` over the change of the total; `nil` where the total did not change.
    public var shareOfChange: Double?
    /// The share of the total's change that lies beyond growing as everything did, itself included.
    public var excessShare: Double?
    /// The share of the total's change that lies beyond growing as the rest did: a value that was most of everything leaves little
    /// to grow beyond as everything did. `nil` where there was no rest before.
    var excessBeyondRest: Double?
    /// Two-sided p-value of an unchanged rate; `nil` where nothing tells how much the count varies.
    public var pValue: Double?
    /// The p-value adjusted for all candidates of the dimension.
    public var adjustedPValue: Double?
    /// Variance over mean of its count; infinite where nothing tells.
    public var dispersion: Double
    /// Whether it moved beyond doubt: support, interval and false discovery rate within its dimension, or making most of a change
    /// of the total that is beyond doubt; of bytes also no one event that may be a large part of it.
    public var passesGate: Bool
    /// Whether it also moved differently from the rest, judged among the candidates of all dimensions.
    public var standsOut: Bool
    /// Whether the evidence of both windows would have shown it: a flow log tells which interfaces it did not record.
    public var isRecorded = true

    private static let most = 0.5
    private static let mostLevel = 0.01

    /// Whether it makes most of a change of the total that is beyond doubt, beyond moving as the rest, and does not vary so by
    /// itself. Hardly more than one value of a dimension can: it is not chosen among many, and needs no correction for that.
    var makesMost: Bool {
        guard let share = shareOfChange, let excess = excessBeyondRest, let pValue else { return false }
        return share >= Self.most && excess >= Self.most && pValue <= Self.mostLevel && mixPValue <= Self.mostLevel
            && (change > 0 ? ratio.isRise && mix.isRise : ratio.isFall && mix.isFall)
    }
}

/// The explanations of one dimension, and what they leave open.
public struct DimensionExplanation: Sendable, Equatable {
    /// The dimension's name.
    public var dimension: String
    /// Values listed: those that pass the gate first, each group by the size of its share.
    public var values: [Explanation]
    /// Number of values with events in either window.
    public var valueCount: Int
    /// Number of values tested.
    public var candidateCount: Int
    /// What all values that pass the gate explain together, signed, listed or not.
    public var explained: Part
    /// What the values that do not pass the gate add: the unexplained remainder.
    public var unexplained: Part
    /// Events that have no value in this dimension.
    public var without: Part
    /// Values folded into one because there were too many.
    public var overflow: Int64

    /// Whether its values are causes that can be told apart: what happened rather than who did it is none.
    var isComparable: Bool { candidateCount > 1 && LeadingExplanations.isCause(dimension) }

    /// A part of the dimension's change.
    public struct Part: Sendable, Equatable {
        /// Number of values in it.
        public var values: Int
        /// The count before.
        public var before: Int64
        /// The count during.
        public var during: Int64
        /// During minus what the rate before would have given, in units.
        public var change: Double
        /// `change` over the change of the total; `nil` where the total did not change.
        public var shareOfChange: Double?
    }
}
