import ForensicsModel
import ForensicsStore

/// What `summary` is asked.
public struct SummaryQuestion: Sendable {
    /// What the question is restricted to.
    public var restrictions: Restrictions

    /// Creates a question.
    public init(restrictions: Restrictions) { self.restrictions = restrictions }

    /// Writes the whole case on one screen: kinds and vantages apart, never added.
    ///
    /// - Parameter note: takes what the user should know beside the answer.
    public func answer(
        style: OutputStyle, note: (String) -> Void = { _ in }, to sink: (String) throws -> Void
    ) throws {
        let session = try CaseSession(restrictions)
        if let text = session.unfinishedText() { note(text) }
        let findings = try SummaryFindings(session)
        var traffic = SummaryTraffic(session)
        var sections: [ReportDocument.Section] = []
        var totals: [ReportRow] = []
        var statuses: [ReportRow] = []
        var plots: [ReportDocument.Section] = []
        var isSampled = false
        var hasHealthChecks = false
        let groups = try session.groups()
        if let first = groups.first, groups.allSatisfy({ restrictions.unmet(by: $0.kind) != nil }) {
            try session.checkFilters(areTold: first)
        }
        if let error = session.uncovered(groups) { throw error }
        for group in groups {
            isSampled = isSampled || group.sampleRate > 1
            guard let window = session.span(of: group) else { continue }
            var reading = WindowReading(session: session, group: group, measure: .requests)
            reading.dimensions = [.status, .client] + SummaryTraffic.dimensions
            reading.includesDistributions = false
            reading.includesSeries = false
            let (aggregate, isWidened) = try reading.aggregate(window)
            if isWidened { session.noteMinutes(aggregate.window, note) }
            // The bytes of all are told, not when they were sent.
            try FlowLogCaveats(session: session, group: group).note(aggregate.window, .connections, note)
            hasHealthChecks = hasHealthChecks || aggregate.totals.healthChecks > 0
            let sampling = try session.samplingError(of: group, in: window)
            totals.append(Self.totals(group, aggregate.window, aggregate, sampling))
            if !group.kind.told.isDisjoint(with: [.requests, .connections]) {
                plots.append(Self.plot(group, aggregate.window, aggregate))
            }
            statuses += Self.statuses(group, aggregate)
            try traffic.add(group, aggregate, types: findings.loadBalancerTypes(group))
            let measure: RankMeasure = aggregate.totals.activity.requests > 0 ? .requests : .connections
            var top = TopReport(
                aggregate, dimension: .client, measure: measure, limit: 5, owners: session.owners, sampling: sampling,
                kind: group.kind
            ).table
            if style.isForPeople { top = top.withoutAbsentColumns }
            // Members of a JSON object: each name once.
            let number = 1 + totals.dropLast().count { $0.cells.first == totals.last?.cells.first }
            top.name = "top_clients_\(group.kind.name)" + (number > 1 ? "_\(number)" : "")
            top.title = "Top clients by \(measure.rawValue) (\(group.name))"
            if !top.rows.isEmpty { sections.append(.table(top)) }
            CaptureCaveats(session: session, group: group).tell(note)
        }
        var evidence = ReportTable(name: "totals", title: "Evidence", columns: Self.totalColumns, rows: totals)
        if style.format == .table, !isSampled {
            // A person need not read that every flow was kept.
            let count = Self.totalColumns.count - Self.sampleColumns.count
            evidence.columns.removeLast(Self.sampleColumns.count)
            for index in evidence.rows.indices {
                evidence.rows[index].cells.removeLast(evidence.rows[index].cells.count - count)
            }
        }
        func told(_ table: ReportTable) -> ReportDocument.Section {
            // People see a sign beside a duration that was cut.
            .table(style.isForPeople ? table.withoutAbsentColumns.without([TopReport.cutColumn]) : table)
        }
        let first = traffic.tables.filter { !style.isForPeople || !$0.rows.isEmpty }.map(told)
        sections.insert(contentsOf: [.table(evidence)] + plots + first, at: 0)
        sections += traffic.topConnections.map(told)
        if !statuses.isEmpty {
            sections.append(
                .table(
                    ReportTable(
                        name: "statuses", title: "Answers by status",
                        columns: [
                            ReportColumn("kind", "Kind"), ReportColumn("status", "Status"),
                            ReportColumn("requests", "Requests", .count),
                        ], rows: statuses)))
        }
        if let checks = try Self.healthChecks(session) { sections.append(.table(checks)) }
        if hasHealthChecks, let text = Self.healthCheckNote(session) { note(text) }
        sections += [.table(findings.loops), .table(findings.table)]
        if !style.isForPeople { sections.append(.table(findings.caveats)) }
        findings.notes.forEach(note)
        let chosen = Set(groups.flatMap(\.sources))
        Self.losses(session.sources.filter { chosen.contains($0.id) }).forEach(note)
        let document = ReportDocument(sections: sections)
        if let filters = restrictions.description { note("filters: \(filters)") }
        try sink(String(decoding: document.rendered(as: style.format, style: style.style), as: UTF8.self))
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

    /// What the group counts, minute by minute.
    private static func plot(
        _ group: EvidenceGroup, _ window: TimeWindow, _ aggregate: WindowAggregate
    ) -> ReportDocument.Section {
        let measure: RankMeasure = aggregate.totals.activity.requests > 0 ? .requests : .connections
        let width = TimelineReport.width(for: window, rows: 500)
        let rows = TimelineReport(aggregate, window: window, width: width, measure: measure).rows
        let values = rows.map { Double($0.totals.activity.value(of: measure)) }
        return .sparkline(
            title: "\(measure.rawValue) over time (\(group.name))", values: values,
            from: TimeText.minute(window.start.nanoseconds), to: TimeText.minute(window.end.nanoseconds))
    }

    private static let totalColumns =
        [
            ReportColumn("kind", "Kind"), ReportColumn("vantage", "Vantage"),
            ReportColumn("from_time", "From", .time, isSecondary: true),
            ReportColumn("to_time", "To", .time, isSecondary: true), ReportColumn("requests", "Requests", .count),
            ReportColumn("connections", "Connections", .count), ReportColumn("bytes", "Bytes", .bytes),
            ReportColumn("client_errors", "4xx", .count), ReportColumn("server_errors", "5xx", .count),
            ReportColumn("timeouts", "Time-outs", .count), ReportColumn("resets", "Resets", .count),
            ReportColumn("long", "Over 5 min", .count, isSecondary: true),
            ReportColumn("health_checks", "Health checks", .count, isSecondary: true),
            ReportColumn("failed_health_checks", "Failed", .count, isSecondary: true),
        ] + sampleColumns

    /// Counts are estimates where one flow in several was kept: how far they can be off (95 %).
    private static let sampleColumns = [
        ReportColumn("sample_rate", "1 flow in", .identifier),
        ReportColumn("requests_error", "Requests ±", .count),
        ReportColumn("connections_error", "Connections ±", .count), ReportColumn("bytes_error", "Bytes ±", .bytes),
    ]

    private static func totals(
        _ group: EvidenceGroup, _ window: TimeWindow, _ aggregate: WindowAggregate, _ sampling: SamplingError?
    ) -> ReportRow {
        let totals = aggregate.totals
        func count(_ value: Int64, _ what: EvidenceKind.Told) -> ReportCell {
            .count(value, ifToldBy: group.kind.told.subtracting(group.untold), what)
        }
        /// In an access log a check is a request; a capture has both. A kind that has neither cannot tell.
        func checks(_ probes: Int64, _ requests: Int64) -> ReportCell {
            guard group.kind.told.contains(.requests) || group.kind == .albHealthCheck else { return .absent }
            return .integer(probes + (group.kind.isCapture ? 0 : requests))
        }
        return ReportRow([
            .text(group.kind.name), .optional(group.vantage), .integer(window.start.nanoseconds),
            .integer(window.end.nanoseconds), count(totals.activity.requests, .requests),
            count(totals.activity.connections, .connections), count(totals.activity.bytes, .bytes),
            count(totals.clientErrors, .requests), count(totals.serverErrors, .requests),
            count(totals.timeouts, .timeouts), count(totals.resets, .resets),
            count(totals.long, [.connections, .connectionLengths]),
            checks(totals.healthChecks, aggregate.healthCheckRequests),
            checks(totals.failedHealthChecks, aggregate.failedHealthCheckRequests), .integer(group.sampleRate),
            .optional(sampling?.halfWidth(of: totals.activity.requests, .requests)?.rounded()),
            .optional(sampling?.halfWidth(of: totals.activity.connections, .connections)?.rounded()),
            .optional(sampling?.halfWidth(of: totals.activity.bytes, .bytes)?.rounded()),
        ])
    }

    private static func statuses(_ group: EvidenceGroup, _ aggregate: WindowAggregate) -> [ReportRow] {
        (aggregate.dimensions[.status] ?? []).filter { $0.activity.requests > 0 }.sorted { $0.value < $1.value }.map {
            ReportRow([.text(group.kind.name), .text($0.value), .integer($0.activity.requests)])
        }
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
