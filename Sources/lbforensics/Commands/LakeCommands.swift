import ArgumentParser
import Forensics

/// What `athena` and `spark` differ in: how the logs are reached.
protocol LakeReach: ParsableArguments {
    /// What `setup` does.
    static var setupAbstract: String { get }
    /// Whether days are projected: else the folder of each one has to be named.
    static var projectsDays: Bool { get }
    /// How files lie under the location.
    var layout: String { get }
    /// What runs the statements.
    ///
    /// - Parameter keepsTables: whether a table that is made stays after the question.
    func engine(
        _ lake: LakeOptions, keepsTables: Bool, stop: StopFlag, note: @escaping @Sendable (String) -> Void
    ) throws -> any LakeEngine
}

extension LakeReach {
    /// Asks and writes the answer, or the statements alone.
    func ask(_ question: LakeQuestion, _ lake: LakeOptions, _ output: OutputOptions, keepsTables: Bool = false) throws {
        var request = lake.request
        request.layout = layout
        let file = try output.file()
        if lake.emitSql {
            try request.emit(question, projectsDays: Self.projectsDays) { try file.write($0) }
            return try file.flush()
        }
        let stop = StopFlag()
        Signals.stopOnInterrupt(stop)
        let isQuiet = output.quiet
        let note: @Sendable (String) -> Void = { if !isQuiet { Diagnostics.report($0) } }
        let engine = try engine(lake, keepsTables: keepsTables, stop: stop, note: note)
        try request.answer(question, engine: engine, style: output.style, note: note) { try file.write($0) }
        try file.flush()
    }
}

/// `setup`: the table.
struct LakeSetupCommand<Reach: LakeReach>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "setup", abstract: Reach.setupAbstract)
    }
    @OptionGroup var setup: LakeSetupOptions
    @OptionGroup var lake: LakeOptions
    @OptionGroup var reach: Reach
    @OptionGroup var output: OutputOptions

    func run() throws { try reach.ask(setup.question, lake, output, keepsTables: true) }
}

/// `top`: a ranking.
struct LakeTopCommand<Reach: LakeReach>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "top", abstract: "The values of a dimension that did most.")
    }
    @OptionGroup var top: LakeTopOptions
    @OptionGroup var lake: LakeOptions
    @OptionGroup var reach: Reach
    @OptionGroup var output: OutputOptions

    func run() throws { try reach.ask(top.question(limit: output.limit), lake, output) }
}

/// `compare`: two windows.
struct LakeCompareCommand<Reach: LakeReach>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "compare",
            abstract: "Compare two windows: what changed, who explains it, who is active and long.")
    }
    @OptionGroup var compare: LakeCompareOptions
    @OptionGroup var lake: LakeOptions
    @OptionGroup var reach: Reach
    @OptionGroup var output: OutputOptions

    func run() throws { try reach.ask(compare.question(limit: output.limit), lake, output) }
}

/// `query`: a named question, or SQL.
struct LakeQueryCommand<Reach: LakeReach>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "query", abstract: "Run a named question, or one statement of SQL.")
    }
    @OptionGroup var query: LakeQueryOptions
    @OptionGroup var lake: LakeOptions
    @OptionGroup var reach: Reach
    @OptionGroup var output: OutputOptions

    func run() throws {
        guard !query.list else {
            let file = try output.file()
            try LakeRequest.listQuestions(style: output.style) { try file.write($0) }
            return try file.flush()
        }
        try reach.ask(query.question(limit: output.limit), lake, output)
    }
}
