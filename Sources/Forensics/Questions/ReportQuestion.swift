import ForensicsAnalyze
import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// What `report` is asked: a comparison, told in one HTML file.
public struct ReportQuestion: Sendable {
    /// The comparison that it tells.
    public var comparison: CompareQuestion
    /// The command that makes the report again, as it stands in it.
    public var command: String
    /// The version of the program.
    public var version: String
    /// Whether the SHA-256 of every file is filled in first. Objects of S3 are not fetched for it: `sources --hash` does.
    public var fillsHashes = false
    /// The most ways that the map tells apart.
    package var wayLimit = FlowTally.usualLimit

    private static let topDimensions: [Dimension] = [
        .client, .owner, .domain, .targetPort, .target, .path, .userAgent, .status,
    ]
    private static let topLimit = 15

    /// Creates a question.
    public init(comparison: CompareQuestion, command: String, version: String) {
        self.comparison = comparison
        self.command = command
        self.version = version
    }

    /// Compares the windows and writes the file.
    ///
    /// - Parameter note: takes what the user should know beside the file.
    /// - Returns: what the command ends with although there is a report: inputs that could not be used whole.
    @discardableResult
    public func answer(note: (String) -> Void, to sink: (String) throws -> Void) throws -> ForensicsError? {
        let (answer, session, unusable) = try comparison.answered(
            note: note, asksMore: true,
            prepare: { (restrictions) throws(ForensicsError) in
                if fillsHashes { try fillHashes(restrictions, note) }
            })
        let told = [answer] + answer.others
        let spans = told.map { session.span(of: $0.group) ?? $0.during.window }
        let span = spans.reduce(spans[0]) { TimeWindow(start: min($0.start, $1.start), end: max($0.end, $1.end)) }
        var report = HTMLReport(
            result: answer.result, before: answer.before, during: answer.during,
            timeline: try timeline(answer, span, session), command: command, version: version)
        for other in answer.others {
            report.others.append(
                .init(
                    name: other.group.name, result: other.result, before: other.before, during: other.during,
                    timeline: try timeline(other, span, session)))
        }
        for one in told {
            var reading = FlowMapReading(
                session: session, group: one.group,
                measure: RankMeasure(rawValue: one.result.question.countedIn) ?? one.measure,
                windows: [one.before.window, one.during.window], sources: one.sources, anchor: one.anchor)
            reading.limit = wayLimit
            if let map = try reading.map() { report.maps.append(map) }
        }
        report.blame = try blame(answer, session)
        report.healthChecks = try healthChecks(answer, session)
        if report.healthChecks != nil, let text = SummaryQuestion.healthCheckNote(session) {
            report.result.caveats.append(.init(code: "health-checks-left-out", text: "Health checks: \(text)"))
        }
        report.tops = tops(answer, session)
        let selection = try FindingSelection(session)
        report.findings = findings(answer, selection)
        report.result.caveats += selection.notes.map { text in
            .init(code: "findings-chosen", text: text.prefix(1).uppercased() + text.dropFirst())
        }
        let paths = Dictionary(uniqueKeysWithValues: session.sources.map { ($0.id, $0.path) })
        let vantages = session.vantages
        report.vantage = { vantages[$0] }
        report.sourceName = { paths[$0] ?? "source \($0)" }
        report.unit = { CheckRegistry.entry($0)?.unit ?? .none }
        let entries = try SourcesQuestion.entries(session)
        report.ledger = SourcesReport.table(entries)
        report.ledgerDigest = SourcesDigest(entries)
        try sink(String(decoding: report.rendered(), as: UTF8.self))
        return unusable
    }

    private func fillHashes(_ restrictions: Restrictions, _ note: (String) -> Void) throws(ForensicsError) {
        do throws(ForensicsError) {
            for failure in try SourcesQuestion.hash(restrictions, includingRemote: false) { note(failure.message) }
        } catch {
            guard error.code == .permission || error.code == .io else { throw error }
            note("the case cannot be written: hashes that it does not hold are left out.")
        }
    }

    /// All that the chosen evidence covers, so that both windows are seen in their surroundings.
    private func timeline(
        _ answer: WindowComparison.Answer, _ window: TimeWindow, _ session: CaseSession
    ) throws(ForensicsError) -> WindowAggregate {
        var reading = WindowReading(session: session, group: answer.group, measure: answer.measure)
        reading.dimensions = []
        reading.includesDistributions = false
        return try reading.aggregate(window).aggregate
    }

    private func tops(_ answer: WindowComparison.Answer, _ session: CaseSession) -> [ReportTable] {
        Self.topDimensions.compactMap { dimension in
            var table = TopReport(
                answer.during, dimension: dimension, measure: answer.measure, limit: Self.topLimit,
                owners: session.owners, kind: answer.group.kind
            ).table
            table.title = "Top \(dimension.name) by \(answer.measure.rawValue), during"
            return table.rows.isEmpty ? nil : table
        }
    }

    /// Requests that failed, by the side that is blamed and the cause, in both windows.
    private func blame(
        _ answer: WindowComparison.Answer, _ session: CaseSession
    ) throws(ForensicsError) -> ReportTable? {
        var rows: [String: (blame: String, cause: String, before: Int64, during: Int64)] = [:]
        let windows = [answer.before.window, answer.during.window]
        let rate = answer.group.sampleRate
        var filter = CompiledFilter(session.filter)
        for (index, window) in windows.enumerated() {
            try session.reading {
                try session.store.scanRequests(FactScan(window: window, sources: answer.sources[index])) { batch in
                    filter.begin(batch.texts)
                    for exchange in batch.exchanges where exchange.isError && filter.admits(exchange, batch.texts) {
                        let (blame, cause) = (exchange.blame.name ?? "unknown", exchange.cause.name ?? "-")
                        var row = rows["\(blame)\t\(cause)"] ?? (blame, cause, 0, 0)
                        if index == 0 { row.before += rate } else { row.during += rate }
                        rows["\(blame)\t\(cause)"] = row
                    }
                    return true
                }
            }
        }
        guard !rows.isEmpty else { return nil }
        let sorted = rows.values.sorted {
            $0.during != $1.during ? $0.during > $1.during : ($0.blame, $0.cause) < ($1.blame, $1.cause)
        }
        return ReportTable(
            name: "blame", title: "Failed requests by blame",
            columns: [
                ReportColumn("blame"), ReportColumn("cause"), ReportColumn("before", nil, .count),
                ReportColumn("during", nil, .count),
            ],
            rows: sorted.map { [.text($0.blame), .text($0.cause), .integer($0.before), .integer($0.during)] })
    }

    /// Health checks by target and outcome, in both windows.
    private func healthChecks(
        _ answer: WindowComparison.Answer, _ session: CaseSession
    ) throws(ForensicsError) -> ReportTable? {
        var counts: [HealthCheckReport.Key: (before: Int64, during: Int64)] = [:]
        var filter = CompiledFilter(session.filter)
        for (index, window) in [answer.before.window, answer.during.window].enumerated() {
            try session.reading {
                let scan = FactScan(window: window, sources: session.admittedSources)
                try session.store.scanHealthChecks(scan) { batch in
                    filter.begin(batch.texts)
                    for check in batch.healthChecks where filter.admits(check, batch.texts) {
                        let key = HealthCheckReport.Key(
                            kind: check.kind, target: check.target?.description ?? batch.texts.string(check.targetName),
                            probe: check.probe, outcome: check.outcome)
                        let weight = Int64(check.weight)
                        var count = counts[key] ?? (0, 0)
                        if index == 0 { count.before += weight } else { count.during += weight }
                        counts[key] = count
                    }
                    return true
                }
            }
        }
        return counts.isEmpty ? nil : HealthCheckReport.table(counts)
    }

    /// Findings that are asked for and touch either window, the gravest first, then the most frequent.
    private func findings(_ answer: WindowComparison.Answer, _ selection: FindingSelection) -> [Finding] {
        let windows = [answer.before.window, answer.during.window]
        let touching = selection.found.map(\.finding).filter { finding in
            windows.contains { finding.start < $0.end && finding.end >= $0.start }
        }
        return touching.sorted { left, right in
            if left.severity != right.severity { return left.severity > right.severity }
            return left.count != right.count ? left.count > right.count : left.id < right.id
        }
    }
}
