package import ForensicsModel

/// What a comparison is asked, beside its two windows.
package struct CompareOptions: Sendable {
    /// What ranks, shares and activity are counted in. `duration` ranks by the longest connection and takes shares of
    /// connections, or of requests where there are none: longest times do not add up.
    package var measure: RankMeasure = .requests
    /// What is told of; the aggregates hold these and may hold more.
    package var dimensions: [Dimension] = Dimension.allCases
    /// The kind of evidence the aggregates come from; decides which rates it can have.
    package var kind: EvidenceKind?
    /// The capture point or log that the aggregates come from.
    package var vantage: String?
    /// How a fact was given to a window: `record`, `start` or `overlap`.
    package var anchor = "record"
    /// Only clients among so many most active ones can be active and long.
    package var top = 30
    /// A connection longer than this is long, nanoseconds. The aggregates must have been made with the same value.
    package var longNanoseconds: Int64 = RollupBuilder.longLimit
    /// Explanations listed per dimension.
    package var limit = 10
    /// New and gone values listed per dimension.
    package var newAndGoneLimit = 200
    /// Whose addresses are whose.
    package var owners = OwnerTable()
    package var confidence = 0.95
    /// The share of false alarms accepted among the explanations of one dimension.
    package var falseDiscoveryRate = 0.05
    /// A value is tested only if both windows together hold this share of the events in it.
    package var supportFloor = 0.001
    /// The other part of the floor: events of both windows together.
    package var minimumEvents = 10.0
    /// One flow in so many was kept; the counts are scaled already.
    package var sampleRate: Int64 = 1
    /// Whether the evidence of the window before could have shown a long connection: it covers more than that length, or
    /// it is a log that writes durations of whole connections.
    package var canShowLongBefore = true
    /// Whether the case keeps too few rows to tell which long connections were open in the window before.
    package var lacksRows = false
    /// Whether the totals count long connections by the asked limit.
    package var countsLong = true
    /// Whether long connections are counted by the minutes in which a client ended some: at least so many.
    package var countsLongMinutes = false
    /// Whether the sentence says that there are no active and long clients where it finds none; off where other evidence
    /// answers that.
    package var tellsActiveLong = true
    /// Why the evidence does not show the connections of most clients, in words; `nil` where it does.
    package var hiddenConnections: String?
    /// What active-and-long ranks and counts by, where that is not the measure.
    package var activeLongMeasure: RankMeasure?
    /// The filters in force, as the command line has them.
    package var filters: [String] = []
    /// Whether what is compared is one sort of facts, slow or failed ones, whose values are held against their part of all.
    package var isPartOfAll = false
    /// Whether a filter leaves facts out: what a value did not do within it, it may have done beside it.
    package var restrictsFacts = false
    /// Whether a filter names the clients: what they did says nothing about everybody.
    package var restrictsClients = false
    /// Values of which all was recorded in both windows, by dimension; `nil` where that holds for all. Others that a window has
    /// not may have been there unrecorded.
    package var recordedValues: [Dimension: Set<String>]?
    /// What the kind of evidence tells, and these logs of it do not.
    package var untold: EvidenceKind.Told = []
    /// Data segments that had to be sent again; empty where the evidence does not tell.
    package var retransmissions: [Retransmissions] = []
    /// What the caller knows against the evidence: drops, rejects, gaps.
    package var caveats: [ComparisonResult.Caveat] = []

    package init() {}

    /// Whether a value that a window has not was not there.
    func isRecorded(_ value: String, _ dimension: Dimension) -> Bool {
        recordedValues.map { $0[dimension]?.contains(value) ?? false } ?? true
    }
}

/// Why two windows cannot be compared.
package enum ComparisonError: Error, Equatable {
    /// The evidence covers no instant of the window before.
    case noCoverageBefore
    /// The evidence covers no instant of the window during.
    case noCoverageDuring
}
