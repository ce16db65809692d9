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
        subcommands: [
            LakeSetupCommand<Reach>.self, LakeTopCommand<Reach>.self, LakeCompareCommand<Reach>.self,
            LakeQueryCommand<Reach>.self,
        ])

    /// How Athena is reached.
    struct Reach: LakeReach {
        static let setupAbstract = "Make the database and the table."
        static let projectsDays = true
        var layout: String { "aws" }

        @Option(help: "The workgroup; by default the account's primary one.")
        var workgroup: String?

        @Option(
            help: ArgumentHelp(
                "Where Athena writes its answers; by default the workgroup's own place.", valueName: "s3-url"))
        var outputLocation: String?

        @OptionGroup var cloud: CloudCommandOptions

        @Option(help: ArgumentHelp("US dollars for a terabyte scanned.", valueName: "usd"))
        var pricePerTb = 5.0

        func engine(
            _ lake: LakeOptions, keepsTables: Bool, stop: StopFlag, note: @escaping @Sendable (String) -> Void
        ) throws -> any LakeEngine {
            var settings = AthenaSettings()
            settings.workgroup = workgroup
            settings.outputLocation = outputLocation
            settings.cloud = cloud.options
            settings.pricePerTerabyte = pricePerTb
            return try settings.engine(database: lake.database, stop: stop, note: note)
        }
    }
}
