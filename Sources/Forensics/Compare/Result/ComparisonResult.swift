/// The answer of a comparison: what changed, who explains it, who is active and long, and how far to trust it.
///
/// The shape of its JSON is a contract: members are only added.
public struct ComparisonResult: Sendable, Equatable {
    /// The version of the JSON form.
    public static let schemaVersion = 1

    /// What was asked.
    public var question: Question
    /// The window before.
    public var before: Window
    /// The window during.
    public var during: Window
    /// The change of the measured total.
    public var total: Total
    /// Rates before and during.
    public var changes: [RateChange]
    /// Data segments that had to be sent again, of servers and of clients; empty where the evidence, or the filter, does not tell.
    public var retransmissions: [Retransmissions] = []
    /// Quantiles before and during.
    public var shifts: [QuantileShift]
    /// Who explains the change, per dimension.
    public var dimensions: [DimensionExplanation]
    /// The explanations of all dimensions that stand out from the rest, strongest first, nested ones once.
    public var leading: [Explanation]
    /// Combinations that say more than their parts, strongest first; empty where they were not looked at.
    public var combinations: [Combination] = []
    /// Who makes what takes longer; `nil` where nothing does, or where it was not looked at.
    public var slowness: Slowness?
    /// Who makes the errors; `nil` where they are no larger part of all requests and connections than before.
    public var failures: Failures?
    /// Whose connections fail, where more do than before beside requests that do; `nil` elsewhere.
    public var failedConnections: Failures?
    /// Whether a window has too few whole minutes to tell how traffic varies from one window to the next: then nobody is
    /// accused. What passes the gate, stands out or leads are candidates, and no rate of false discoveries is claimed.
    public var isTentative = false
    /// Clients among the most active during whose longest connection exceeds the limit: those that the compared evidence shows,
    /// then those of other evidence that tells connections, each by its rank.
    public var activeLong: [ActiveLongClient]
    /// The long connections of the most active clients of each window; `nil` where the evidence does not show all of both.
    public var longTotal: LongTotal?
    /// Values seen only during.
    public var new: [SeenOnce]
    /// Values seen only before.
    public var gone: [SeenOnce]
    /// What weakens the answer.
    public var caveats: [Caveat]
    /// The answer in plain words.
    public var sentence: String

    /// What was asked of the comparison.
    public struct Question: Sendable, Equatable {
        /// The kind of evidence that was compared.
        public var kind: String?
        /// The capture point or log that was compared.
        public var vantage: String?
        /// What ranks are by.
        public var measure: String
        /// What shares and activity are counted in; differs from `measure` only for `duration`.
        public var countedIn: String
        /// What the activity, ranks and shares of active-and-long are counted in, of its first clients where two kinds of
        /// evidence show some; differs from `countedIn` where only other evidence does.
        public var activeLongCountedIn: String
        /// How facts were given to windows: `record`, `start` or `overlap`.
        public var anchor: String
        /// Number of most active clients considered for active-and-long.
        public var top: Int
        /// The length from which a connection is long, milliseconds.
        public var longMilliseconds: Double
        /// The confidence level of every interval.
        public var confidence: Double
        /// The bound on the share of false alarms among a dimension's explanations; `nil` where the windows are too short to
        /// claim one.
        public var falseDiscoveryRate: Double?
        /// The filters in force.
        public var filters: [String]
        /// Whether ranks by duration are by the longest request: the evidence tells no connections, or the case does not keep the
        /// rows that they are put together from.
        public var ranksLongestRequests = false
    }

    /// How many long connections of the most active clients of each window ended in it, but for clients that have far more of
    /// them than before.
    public struct LongTotal: Sendable, Equatable {
        /// Those before.
        public var before: Int64
        /// Those during.
        public var during: Int64
        /// Of those during, the ones that were long already when the window before ended.
        public var longEarlier: Int64
        /// The rate ratio of those that became long later, as if they were independent of each other.
        public var ratio: RateRatio

        /// Below this factor they did not become more, unless beyond chance.
        private static let more = 1.5
        /// Whether there are as many as before.
        public var isUsual: Bool { !ratio.isRise && ratio.value ?? .infinity < Self.more }
    }

    /// A window as it was resolved.
    public struct Window: Sendable, Equatable {
        /// Nanoseconds since the epoch, inclusive.
        public var startNanoseconds: Int64
        /// Nanoseconds since the epoch, exclusive.
        public var endNanoseconds: Int64
        /// RFC 3339 UTC with nine decimals, inclusive.
        public var start: String
        /// RFC 3339 UTC with nine decimals, exclusive.
        public var end: String
        /// Seconds of the window that the evidence covers.
        public var exposureSeconds: Double
        /// The covered share of the window, 0 through 1.
        public var coveredShare: Double
        /// What was counted in each minute that the window touches; `nil` for minutes cut by its edges and for those
        /// that the evidence does not cover. Empty for windows of more than a day.
        public var perMinute: [Int64?]
    }

    /// How the total of the counted measure moved.
    public enum Direction: String, Sendable {
        /// The interval of the ratio lies above 1.
        case rise
        /// The interval of the ratio lies below 1.
        case fall
        /// The interval holds 1: at most the mix moved. Or there is no interval, and nothing tells.
        case same
    }

    /// The counted measure over all values.
    public struct Total: Sendable, Equatable {
        /// The count before.
        public var before: Int64
        /// The count during.
        public var during: Int64
        /// During minus what the rate before would have given, in units.
        public var change: Double
        /// The rate ratio with its interval.
        public var ratio: RateRatio
        /// Two-sided p-value of no change; `nil` where nothing tells how much the count varies.
        public var pValue: Double?
        /// Whether the total rose, fell, or stayed within its variation.
        public var direction: Direction
        /// Variance over mean of the count, from the minutes before; infinite where nothing tells.
        public var dispersion: Double
        /// Whether the change spreads over everybody: nothing grew by much more than the whole.
        public var isUniform: Bool
    }

    /// A reason for care.
    public struct Caveat: Sendable, Equatable {
        /// A stable name, such as `partial-coverage`.
        public var code: String
        /// What it means for this answer.
        public var text: String

        /// Creates a caveat.
        public init(code: String, text: String) {
            self.code = code
            self.text = text
        }
    }
}

extension ComparisonResult {
    /// The dimensions in which some value stands out, or those that have values of which none does; the dimension of the
    /// strongest explanation first.
    package func dimensions(standingOut: Bool) -> [DimensionExplanation] {
        func rank(_ dimension: DimensionExplanation) -> Int {
            leading.firstIndex { $0.dimension == dimension.dimension } ?? leading.count
        }
        let wanted = dimensions.filter { dimension in
            !dimension.values.isEmpty && dimension.values.contains(where: \.standsOut) == standingOut
        }
        return wanted.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
            .map(\.element)
    }
}
