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
        subcommands: [
            LakeSetupCommand<Reach>.self, LakeTopCommand<Reach>.self, LakeCompareCommand<Reach>.self,
            LakeQueryCommand<Reach>.self,
        ])

    /// How Spark is reached.
    struct Reach: LakeReach {
        static let setupAbstract = "Make the table in Spark's metastore, and name the folders of days."
        static let projectsDays = false

        @Option(help: ArgumentHelp("The program, if it is not on the search path.", valueName: "path"))
        var sparkSql = "spark-sql"

        @Option(help: ArgumentHelp("local[*], yarn, spark://host:7077.", valueName: "url"))
        var master: String?

        @Option(help: ArgumentHelp("A setting of Spark; repeatable.", valueName: "name=value"))
        var conf: [String] = []

        @Option(help: "How files lie under --location: aws for folders of days, flat for one folder.")
        var layout = "aws"

        func engine(
            _ lake: LakeOptions, keepsTables: Bool, stop: StopFlag, note: @escaping @Sendable (String) -> Void
        ) throws -> any LakeEngine {
            var settings = SparkSettings()
            settings.program = sparkSql
            settings.master = master
            settings.configuration = conf
            settings.keepsNothing = !keepsTables && lake.location != nil
            return SparkEngine(settings, stop: stop)
        }
    }
}
