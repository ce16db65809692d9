import ForensicsModel
import ForensicsStore

/// What `summary` is asked.
public struct SummaryQuestion: Sendable {
    /// What the question is restricted to.
    public var restrictions: Restrictions
    /// So many of the most active clients, and of the connections that lasted longest, are listed of each body of evidence.
    public var limit = 5

    /// Creates a question.
    public init(restrictions: Restrictions) { self.restrictions = restrictions }

    /// Writes the whole case on one screen: kinds and vantages apart, never added.
    ///
    /// - Parameter note: takes what the user should know beside the answer.
    public func answer(
        style: OutputStyle, note: (String) -> Void = { _ in }, to sink: (String) throws -> Void
    ) throws {
        let session = try CaseSession(restrictions)
        session.standingTexts().forEach(note)
        let groups = try session.groups()
        if let first = groups.first, groups.allSatisfy({ restrictions.unmet(by: $0.kind) != nil }) {
            try session.checkFilters(areTold: first)
        }
        if let error = session.uncovered(groups) { throw error }
        let findings = try SummaryFindings(session)
        var evidence = SummaryEvidence(session, top: limit)
        var traffic = SummaryTraffic(session, top: limit)
        for group in groups {
            guard let aggregate = try Self.aggregate(of: group, session, note) else { continue }
            try evidence.add(group, aggregate)
            try traffic.add(group, aggregate, types: findings.loadBalancerTypes(group))
            CaptureCaveats(session: session, group: group).tell(note)
        }
        let sections = try Self.sections(evidence, traffic, findings, session, style)
        if evidence.hasHealthChecks, let text = Self.healthCheckNote(session) { note(text) }
        findings.notes.forEach(note)
        let chosen = Set(groups.flatMap(\.sources))
        Self.losses(session.sources.filter { chosen.contains($0.id) }).forEach(note)
        let document = ReportDocument(sections: sections)
        if let filters = restrictions.description { note("filters: \(filters)") }
        try sink(String(decoding: document.rendered(as: style.format, style: style.style), as: UTF8.self))
    }

    /// What a body of evidence did in the time that is looked at; `nil` if it covers none of it.
    private static func aggregate(
        of group: EvidenceGroup, _ session: CaseSession, _ note: (String) -> Void
    ) throws -> WindowAggregate? {
        guard let window = session.span(of: group) else { return nil }
        var reading = WindowReading(session: session, group: group, measure: .requests)
        reading.dimensions = SummaryEvidence.dimensions + SummaryTraffic.dimensions
        reading.includesDistributions = false
        reading.includesSeries = false
        let (aggregate, isWidened) = try reading.aggregate(window)
        if isWidened { session.noteMinutes(aggregate.window, note) }
        // The bytes of all are told, not when they were sent.
        try FlowLogCaveats(session: session, group: group).note(aggregate.window, .connections, note)
        return aggregate
    }

    /// The answer, section by section.
    private static func sections(
        _ evidence: SummaryEvidence, _ traffic: SummaryTraffic, _ findings: SummaryFindings, _ session: CaseSession,
        _ style: OutputStyle
    ) throws(ForensicsError) -> [ReportDocument.Section] {
        let isForPeople = style.isForPeople
        func told(_ table: ReportTable) -> ReportDocument.Section {
            // People see a sign beside a duration that was cut.
            .table(isForPeople ? table.withoutAbsentColumns.without([TopReport.cutColumn]) : table)
        }
        var sections = [.table(evidence.table(style))] + evidence.plots
        sections += traffic.tables.filter { !isForPeople || !$0.rows.isEmpty }.map(told)
        sections += evidence.topClients.map { .table(isForPeople ? $0.withoutAbsentColumns : $0) }
        sections += traffic.topConnections.map(told)
        if let statuses = evidence.statusTable { sections.append(.table(statuses)) }
        if let checks = try healthChecks(session) { sections.append(.table(checks)) }
        sections += [.table(findings.loops), .table(findings.table)]
        if !isForPeople { sections.append(.table(findings.caveats)) }
        return sections
    }

    private static let lossLimit = 5

    /// What captures say that they lack, a line each.
    static func losses(_ sources: some Sequence<SourceRecord>) -> [String] {
        let lines = sources.filter(\.kind.isCapture).compactMap { source in
            source.detail.map { "\(source.path): \($0)." }
        }
        guard lines.count > lossLimit else { return lines }
        return lines.prefix(lossLimit) + [
            "\(lines.count - lossLimit) more captures lack something; see `query 'SELECT path, detail FROM sources'`."
        ]
    }

    /// Health checks by kind of evidence, probe and outcome; `nil` if there are none.
    private static func healthChecks(_ session: CaseSession) throws(ForensicsError) -> ReportTable? {
        var counts: [String: Int64] = [:]
        var filter = CompiledFilter(session.filter)
        try session.reading {
            let scan = FactScan(window: session.window, sources: session.admittedSources)
            try session.store.scanHealthChecks(scan) { batch in
                filter.begin(batch.texts)
                for check in batch.healthChecks where filter.admits(check, batch.texts) {
                    counts["\(check.kind.name)\t\(check.probe.name)\t\(check.outcome.name)", default: 0] += Int64(
                        check.weight)
                }
                return true
            }
        }
        guard !counts.isEmpty else { return nil }
        let rows = counts.keys.sorted().map { key -> ReportRow in
            let parts = key.split(separator: "\t").map(String.init)
            return ReportRow([.text(parts[0]), .text(parts[1]), .text(parts[2]), .integer(counts[key] ?? 0)])
        }
        return ReportTable(
            name: "health_checks", title: "Health checks",
            columns: [
                ReportColumn("kind", "Kind"), ReportColumn("probe", "Probe"), ReportColumn("outcome", "Outcome"),
                ReportColumn("count", "Checks", .count),
            ], rows: rows)
    }

    /// What to know of health checks where not all rows are kept; `nil` where they are.
    static func healthCheckNote(_ session: CaseSession) -> String? {
        switch CaseSession.rows(of: session.sources.filter { session.admits($0) }) {
        case .all: nil
        case .none: "the case keeps no rows of some evidence: of its health checks the totals alone are known."
        case .notable:
            "the case keeps only notable rows of some evidence: health checks that succeeded are not among them."
        }
    }
}
