import ForensicsModel
import ForensicsReport

/// Ranks the values of a dimension in logs that stay where they are.
struct LakeTopAnswer {
    let window: TimeWindow
    let statements: LakeStatements
    private let session: LakeSession
    private let question: LakeTop
    private let dimension: Dimension

    init(_ session: LakeSession, _ question: LakeTop) throws(ForensicsError) {
        self.session = session
        self.question = question
        let all = LakeStatements.dimensions + [.clientNetwork, .owner]
        guard let dimension = Dimension(name: question.dimension), all.contains(dimension) else {
            let names = all.sorted().map(\.name).joined(separator: ", ")
            throw ForensicsError(.usage, "\(question.dimension): is no dimension of the tables; use \(names).")
        }
        guard session.scope.log.isComparable else {
            throw ForensicsError(
                .usage, "--kind \(session.request.kind): use `query heaviest-flows` or `query rejected-flows`.")
        }
        self.dimension = dimension
        window = try session.window(from: question.from, to: question.to)
        let derives = dimension == .owner || dimension == .clientNetwork
        // The other window is empty and lies at the end of this one.
        var statements = LakeStatements(
            scope: session.scope, before: window, during: TimeWindow(start: window.end, end: window.end),
            measure: question.by ?? session.scope.log.measure, long: RollupBuilder.longLimit, reach: 1,
            includesHealthChecks: session.request.includesHealthChecks, values: session.request.values)
        statements.dimensions = [derives ? .client : dimension]
        statements.includesDistributions = false
        self.statements = statements
    }

    func write(
        _ engine: any LakeEngine, _ style: OutputStyle, note: (String) -> Void, to sink: (String) throws -> Void
    ) throws {
        let answer = try engine.run(try session.effects(window), then: try statements.activity()).rows
        let aggregate = try LakeAggregates(
            answer, log: session.scope.log, before: window, during: statements.during, owners: session.owners,
            by: statements.measure
        ).before
        var table = TopReport(
            aggregate, dimension: dimension, measure: statements.measure, limit: question.limit,
            owners: session.owners, kind: session.scope.log.kind
        ).table
        let span = "\(RFC3339.shortestString(window.start)) to \(RFC3339.shortestString(window.end))"
        table.title =
            "Top \(dimension.name) by \(statements.measure.rawValue) (\(session.scope.log.kind.name), \(span))"
        if style.isForPeople { table = table.withoutAbsentColumns }
        try style.write(table, note: note, to: sink)
    }
}
