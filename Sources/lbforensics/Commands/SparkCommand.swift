import ArgumentParser
import Forensics

/// `spark`: the same questions through `spark-sql`.
struct SparkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spark", abstract: "Ask logs on any file system that Spark reads, through spark-sql.",
        discussion: """
            With --location a table is made for the question alone and nothing is kept; without, the table is one that
            `spark setup` made in Spark's own metastore. What reads the same bytes gives the same numbers as a case.
            """,
        subcommands: [Setup.self, Top.self, Compare.self, Query.self])

    /// How Spark is reached.
    struct Options: ParsableArguments {
        @Option(help: ArgumentHelp("The program, if it is not on the search path.", valueName: "path"))
        var sparkSql = "spark-sql"

        @Option(help: ArgumentHelp("local[*], yarn, spark://host:7077.", valueName: "url"))
        var master: String?

        @Option(help: ArgumentHelp("A setting of Spark; repeatable.", valueName: "name=value"))
        var conf: [String] = []

        @Option(help: "How files lie under --location: aws for folders of days, flat for one folder.")
        var layout = "aws"

        func ask(_ question: LakeQuestion, _ lake: LakeOptions, _ output: OutputOptions, keeps: Bool = false) throws {
            var request = lake.request
            request.layout = layout
            var settings = SparkSettings()
            settings.program = sparkSql
            settings.master = master
            settings.configuration = conf
            settings.keepsNothing = !keeps && lake.location != nil
            let stop = StopFlag()
            Signals.stopOnInterrupt(stop)
            let file = try output.file
            if lake.emitSql {
                try request.emit(question, projectsDays: false) { try file.write($0) }
            } else {
                try request.answer(
                    question, engine: SparkEngine(settings, stop: stop), style: output.style,
                    note: { if !output.quiet { Diagnostics.report($0) } }
                ) { try file.write($0) }
            }
            try file.flush()
        }
    }

    struct Setup: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the table in Spark's metastore, and name the folders of days.")
        @OptionGroup var setup: LakeSetupOptions
        @OptionGroup var lake: LakeOptions
        @OptionGroup var spark: Options
        @OptionGroup var output: OutputOptions

        func run() throws { try spark.ask(setup.question, lake, output, keeps: true) }
    }

    struct Top: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The values of a dimension that did most.")
        @OptionGroup var top: LakeTopOptions
        @OptionGroup var lake: LakeOptions
        @OptionGroup var spark: Options
        @OptionGroup var output: OutputOptions

        func run() throws { try spark.ask(top.question(limit: output.limit), lake, output) }
    }

    struct Compare: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare two windows: what changed, who explains it, who is active and long.")
        @OptionGroup var compare: LakeCompareOptions
        @OptionGroup var lake: LakeOptions
        @OptionGroup var spark: Options
        @OptionGroup var output: OutputOptions

        func run() throws { try spark.ask(compare.question(limit: output.limit), lake, output) }
    }

    struct Query: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Run a named question, or one statement of SQL.")
        @OptionGroup var query: LakeQueryOptions
        @OptionGroup var lake: LakeOptions
        @OptionGroup var spark: Options
        @OptionGroup var output: OutputOptions

        func run() throws {
            guard !query.list else {
                let file = try output.file
                try LakeRequest.listQuestions(style: output.style) { try file.write($0) }
                return try file.flush()
            }
            try spark.ask(query.question(limit: output.limit), lake, output)
        }
    }
}
