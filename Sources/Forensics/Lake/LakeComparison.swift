import ForensicsCompare
import ForensicsModel
import ForensicsReport

/// Compares two windows of logs that stay where they are, through the same code as a case.
struct LakeComparison {
    private let session: LakeSession
    private let question: LakeCompare
    private let statements: LakeStatements
    private let measure: RankMeasure
    private let long: Int64
    private let before: TimeWindow
    private let during: TimeWindow

    init(_ session: LakeSession, _ question: LakeCompare) throws(ForensicsError) {
        self.session = session
        self.question = question
        guard session.scope.log.isComparable else {
            throw ForensicsError(
                .usage,
                "--kind \(session.request.kind): rows of intervals are no connections; use `query`, or ingest them into a case."
            )
        }
        guard question.top > 0 else { throw ForensicsError(.usage, "--top \(question.top): must be at least 1.") }
        before = try session.window(question.before, option: "--before")
        during = try session.window(question.during, option: "--during")
        if before.intersection(during) != nil {
            throw ForensicsError(.usage, "--before and --during overlap; choose windows that do not.")
        }
        long = try session.duration(question.long, option: "--long")
        measure = question.by ?? session.scope.log.measure
        // Longest times do not add up: minutes count what shares are taken of.
        let counted = measure == .duration ? session.scope.log.measure : measure
        statements = LakeStatements(
            scope: session.scope, before: before, during: during, measure: counted, long: long,
            reach: try session.reach, includesHealthChecks: session.request.includesHealthChecks,
            values: session.request.values)
    }

    func write(
        _ engine: any LakeEngine, _ style: OutputStyle, note: (String) -> Void, to sink: (String) throws -> Void
    ) throws {
        let table = try style.table(question.table)
        let report = ComparisonReport(try result(engine))
        for line in report.notes(beside: style.format) { note(line) }
        let bytes = report.rendered(as: style.format, table: table, style: style.style)
        try sink(String(decoding: bytes, as: UTF8.self))
    }

    /// What `--emit-sql` prints; the clients of the last statement are those that the first one finds.
    func emitted() throws(ForensicsError) -> [String] {
        var all = try session.effects(span) + [statements.activity()]
        if session.scope.log == .alb {
            all.append(try statements.tracedConnections(of: measure == .duration ? nil : ["CLIENT"]))
        }
        return all
    }

    private var span: TimeWindow {
        get throws(ForensicsError) {
            let reach = PiecedConnections.reach
            let after = session.scope.log.tellsDurations ? try session.reach : reach
            return TimeWindow(
                start: min(before.start, during.start).advanced(by: -reach),
                end: max(before.end, during.end).advanced(by: after))
        }
    }

    private func result(_ engine: any LakeEngine) throws -> ComparisonResult {
        let effects = try session.effects(span)
        let answer = try engine.run(effects, then: try statements.activity()).rows
        var aggregates = try LakeAggregates(
            answer, log: session.scope.log, before: before, during: during, owners: session.owners,
            by: statements.measure)
        let clients = session.scope.log == .alb ? activeClients(aggregates) : []
        if !clients.isEmpty {
            // What ranks by duration comes of the pieces: whoever holds one may be first.
            let wanted = measure == .duration ? nil : clients
            let pieces = try engine.run(effects, then: try statements.tracedConnections(of: wanted)).rows
            try aggregates.addTraced(pieces, long: long)
        }
        for (name, aggregate) in [("--before", aggregates.before), ("--during", aggregates.during)] {
            let activity = aggregate.totals.activity
            if activity.requests + activity.connections > 0 { continue }
            throw ForensicsError(
                .data,
                "\(session.scope.database).\(session.scope.table): holds no line of \(name); check the window and the location."
            )
        }
        do throws(ComparisonError) {
            return try Comparison.compare(
                before: aggregates.before, during: aggregates.during, options: options(aggregates))
        } catch {
            throw ForensicsError(.usage, "--before, --during: cover no time; choose windows that do.")
        }
    }

    private func options(_ aggregates: LakeAggregates) -> CompareOptions {
        var options = CompareOptions()
        options.measure = measure
        options.kind = session.scope.log.kind
        options.top = question.top
        options.longNanoseconds = long
        options.limit = question.limit ?? 10
        options.owners = session.owners
        options.filters = session.request.includesHealthChecks ? ["--include-health-checks"] : []
        let malformed = aggregates.rejected["malformed"] ?? 0
        if malformed > 0 {
            options.caveats.append(
                .init(
                    code: "rejects",
                    text: "\(malformed) lines of the days read are none of this log; see `query unmatched`."))
        }
        options.caveats.append(
            .init(
                code: "best-effort",
                text: "AWS delivers load balancer logs on a best-effort basis: rows may be missing."))
        options.caveats.append(
            .init(
                code: "coverage-assumed",
                text: "Both windows are taken as covered whole: nothing here tells which objects were never delivered.")
        )
        options.caveats.append(
            .init(
                code: "quantiles-without-minutes",
                text:
                    "How quantiles vary from minute to minute was not asked: their intervals, their p-values and which of them "
                    + "moved beyond doubt are assumed, and may be told otherwise by a case; who makes what is slow, or one "
                    + "sort of errors beside many others, only a case tells."))
        return options
    }

    /// The most active clients of each window, as the log writes them.
    private func activeClients(_ aggregates: LakeAggregates) -> [String] {
        var clients: Set<String> = []
        for window in [aggregates.before, aggregates.during] {
            let ranked = (window.dimensions[.client] ?? []).sorted {
                let counts = ($0.activity.value(of: measure), $1.activity.value(of: measure))
                return counts.0 != counts.1 ? counts.0 > counts.1 : $0.value < $1.value
            }
            for value in ranked.prefix(question.top) where IPAddress(value.value) != nil {
                clients.formUnion(aggregates.spellings[value.value] ?? [])
            }
        }
        return clients.sorted()
    }
}
