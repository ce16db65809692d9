import ForensicsModel
import ForensicsStore

/// How much each body of evidence holds of what is asked, under the filters in force: what decides between captures of the
/// same time, and what the others say beside an answer.
struct VantageAmount {
    let session: CaseSession
    let subject: EvidenceChooser.Subject
    var anchor = AggregateAccumulator.Anchor.record

    /// Requests, or connections; of captures that are asked how long connections last, those that name their client.
    ///
    /// - Parameter end: where whole minutes end that are counted instead of the window.
    func amount(of group: EvidenceGroup, in window: TimeWindow, end: Timestamp? = nil) throws(ForensicsError) -> Int64 {
        let namesClients = subject == .lengths && group.kind.isCapture
        var reading = WindowReading(session: session, group: group, measure: measure)
        reading.dimensions = namesClients ? [.client] : []
        reading.includesDistributions = false
        reading.includesSeries = false
        reading.includesLong = false
        reading.anchor = anchor
        reading.end = end
        let aggregate = try reading.aggregate(window).aggregate
        guard namesClients else { return aggregate.totals.activity.value(of: measure) }
        return (aggregate.dimensions[.client] ?? []).reduce(0) { $0 + $1.activity.connections }
    }

    /// What is counted.
    var measure: RankMeasure { subject == .requests ? .requests : .connections }

    /// What is counted, in words.
    func words(_ group: EvidenceGroup) -> String {
        subject == .lengths && group.kind.isCapture ? "connections of clients" : measure.rawValue
    }

    /// Whether the case keeps what it takes to count.
    func canCount(_ group: EvidenceGroup) -> Bool {
        group.kind.told.contains(subject == .requests ? .requests : .connections)
            && session.restrictions.unmet(by: group.kind) == nil && keepsRows(of: group)
    }

    /// Whether the case keeps the rows that filters and `--anchor` look at, if there are any.
    func keepsRows(of group: EvidenceGroup) -> Bool {
        let needsRows = session.filter.needsRows || anchor != .record
        return !needsRows || session.rows(of: group) == .all
    }
}

extension CaseSession {
    /// Other bodies of evidence that are told one by one.
    private static let toldOthers = 8

    /// Says what the other views of the same time count: they confirm or contradict, and are never added.
    ///
    /// - Parameter more: what else is to be said of one.
    func noteOthers(
        _ chosen: Chosen, _ note: (String) -> Void,
        more: (EvidenceGroup) throws(ForensicsError) -> String? = { _ in nil }
    ) throws(ForensicsError) {
        let amounts = VantageAmount(session: self, subject: chosen.subject)
        let others = chosen.others.filter { amounts.canCount($0) }
        for group in others.prefix(Self.toldOthers) {
            guard let window = window ?? span(of: group) else { continue }
            let count = NumberText.grouped(try amounts.amount(of: group, in: window))
            let option = group.vantage.map { "--vantage \($0)" } ?? "--kind \(group.kind.name)"
            let other = try more(group).map { "; \($0)" } ?? ""
            note(
                "\(group.name) counts \(count) \(amounts.words(group))\(other); not added, \(option) answers from it.")
        }
        if others.count > Self.toldOthers {
            note("\(others.count - Self.toldOthers) more bodies of evidence could answer as well; see `summary`.")
        }
    }
}
