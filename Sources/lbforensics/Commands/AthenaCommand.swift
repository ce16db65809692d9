import ArgumentParser
import Forensics

/// `athena`: the same questions where the logs already are.
struct AthenaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "athena", abstract: "Ask logs in S3 through Amazon Athena, without copying them.",
        discussion: """
            `athena setup` makes the table once; then ask. What is scanned is paid for: each question tells how much it was. \
            Only the folders of the windows' days are read.
            """,
        subcommands: [Setup.self, Top.self, Compare.self, Query.self])

    /// How Athena is reached.
    struct Options: ParsableArguments {
        @Option(help: "The workgroup; by default the account's primary one.")
        var workgroup: String?

        @Option(
            help: ArgumentHelp(
                "Where Athena writes its answers; by default the workgroup's own place.", valueName: "s3-url"))
        var outputLocation: String?

        @OptionGroup var cloud: CloudCommandOptions

        @Option(help: ArgumentHelp("US dollars for a terabyte scanned.", valueName: "usd"))
        var pricePerTb = 5.0

        func ask(_ question: LakeQuestion, _ lake: LakeOptions, _ output: OutputOptions) throws {
            let file = try output.file
            if lake.emitSql {
                try lake.request.emit(question, projectsDays: true) { try file.write($0) }
                return try file.flush()
            }
            var settings = AthenaSettings()
            settings.workgroup = workgroup
            settings.outputLocation = outputLocation
            settings.cloud = cloud.options
            settings.pricePerTerabyte = pricePerTb
            let stop = StopFlag()
            Signals.stopOnInterrupt(stop)
            let isQuiet = output.quiet
            let engine = try settings.engine(database: lake.database, stop: stop) {
                if !isQuiet { Diagnostics.report($0) }
            }
            try lake.request.answer(
                question, engine: engine, style: output.style, note: { if !isQuiet { Diagnostics.report($0) } }
            ) { try file.write($0) }
            try file.flush()
        }
    }

    struct Setup: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make the database and the table.")
        @OptionGroup var setup: LakeSetupOptions
        @OptionGroup var lake: LakeOptions
        @OptionGroup var athena: Options
        @OptionGroup var output: OutputOptions

        func run() throws { try athena.ask(setup.question, lake, output) }
    }

    struct Top: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The values of a dimension that did most.")
        @OptionGroup var top: LakeTopOptions
        @OptionGroup var lake: LakeOptions
        @OptionGroup var athena: Options
        @OptionGroup var output: OutputOptions

        func run() throws { try athena.ask(top.question(limit: output.limit), lake, output) }
    }

    struct Compare: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare two windows: what changed, who explains it, who is active and long.")
        @OptionGroup var compare: LakeCompareOptions
        @OptionGroup var lake: LakeOptions
        @OptionGroup var athena: Options
        @OptionGroup var output: OutputOptions

        func run() throws { try athena.ask(compare.question(limit: output.limit), lake, output) }
    }

    struct Query: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Run a named question, or one statement of SQL.")
        @OptionGroup var query: LakeQueryOptions
        @OptionGroup var lake: LakeOptions
        @OptionGroup var athena: Options
        @OptionGroup var output: OutputOptions

        func run() throws {
            guard !query.list else {
                let file = try output.file
                try LakeRequest.listQuestions(style: output.style) { try file.write($0) }
                return try file.flush()
            }
            try athena.ask(query.question(limit: output.limit), lake, output)
        }
    }
}
