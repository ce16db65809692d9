import ForensicsModel
import ForensicsStore

/// How much each body of evidence holds of what is asked, under the filters in force: what decides between captures of the
/// same time, and what the others say beside an answer.
struct VantageAmount {
    let session: CaseSession
    let subject: EvidenceChooser.Subject
    var anchor = AggregateAccumulator.Anchor.record

    /// Requests or connections, as `measure(of:)` says.
    ///
    /// - Parameter end: where whole minutes end that are counted instead of the window.
    func amount(of group: EvidenceGroup, in window: TimeWindow, end: Timestamp? = nil) throws(ForensicsError) -> Int64 {
        let aggregate = try aggregate(of: group, in: window, end: end)
        return amount(aggregate, measure(of: group), group)
    }

    /// How many of them failed, beside it.
    func failures(
        of group: EvidenceGroup, in window: TimeWindow, end: Timestamp?
    ) throws(ForensicsError) -> (amount: Int64, failed: Int64) {
        let aggregate = try aggregate(of: group, in: window, end: end)
        return (amount(aggregate, measure(of: group), group), aggregate.totals.activity.errors)
    }

    /// The same as `amount`; where none of that passes the filters, and something else does, how much of that.
    func count(
        of group: EvidenceGroup, in window: TimeWindow
    ) throws(ForensicsError) -> (amount: Int64, measure: RankMeasure) {
        let aggregate = try aggregate(of: group, in: window, end: nil)
        let (own, other) = (measure(of: group), Self.other(than: measure(of: group)))
        // How long connections last no request of a capture tells.
        if namesClients(group) { return (amount(aggregate, own, group), own) }
        let amounts = (amount(aggregate, own, group), amount(aggregate, other, group))
        return amounts.0 == 0 && amounts.1 > 0 && holds(group, other) ? (amounts.1, other) : (amounts.0, own)
    }

    private func aggregate(
        of group: EvidenceGroup, in window: TimeWindow, end: Timestamp?
    ) throws(ForensicsError) -> WindowAggregate {
        var reading = WindowReading(session: session, group: group, measure: measure(of: group))
        reading.dimensions = namesClients(group) ? [.client] : []
        reading.includesDistributions = false
        reading.includesSeries = false
        reading.includesLong = false
        reading.anchor = anchor
        reading.end = end
        return try reading.aggregate(window).aggregate
    }

    private func amount(_ aggregate: WindowAggregate, _ measure: RankMeasure, _ group: EvidenceGroup) -> Int64 {
        guard measure == .connections, namesClients(group) else {
            return aggregate.totals.activity.value(of: measure)
        }
        return (aggregate.dimensions[.client] ?? []).reduce(0) { $0 + $1.activity.connections }
    }

    /// Whether only connections count that name their client: of captures that are asked how long connections last.
    private func namesClients(_ group: EvidenceGroup) -> Bool { subject == .lengths && group.kind.isCapture }

    /// What is counted of a group: what is asked for or, where it holds none of that, what it holds.
    func measure(of group: EvidenceGroup) -> RankMeasure {
        let (asked, other) = (subject.measure, Self.other(than: subject.measure))
        return !holds(group, asked) && holds(group, other) ? other : asked
    }

    private static func other(than measure: RankMeasure) -> RankMeasure {
        measure == .requests ? .connections : .requests
    }

    private func holds(_ group: EvidenceGroup, _ measure: RankMeasure) -> Bool {
        tells(group, measure) && (measure == .requests ? group.requests : group.connections) > 0
    }

    private func tells(_ group: EvidenceGroup, _ measure: RankMeasure) -> Bool {
        group.kind.told.contains(measure == .requests ? .requests : .connections)
    }

    /// What is counted, in words.
    func words(_ group: EvidenceGroup, _ measure: RankMeasure) -> String {
        measure == .connections && namesClients(group) ? "connections of clients" : measure.rawValue
    }

    /// Whether the case keeps what it takes to count.
    func canCount(_ group: EvidenceGroup) -> Bool {
        tells(group, measure(of: group)) && session.restrictions.unmet(by: group.kind) == nil && keepsRows(of: group)
    }

    /// Whether the case keeps the rows that filters and `--anchor` look at, if there are any.
    func keepsRows(of group: EvidenceGroup) -> Bool {
        let needsRows = session.filter.needsRows || anchor != .record
        return !needsRows || session.rows(of: group) == .all
    }
}
