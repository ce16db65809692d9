import ArgumentParser
import Forensics

/// `findings`: what the checks found.
struct FindingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "findings", abstract: "What the checks found, or one finding with its evidence and the reasoning.",
        discussion: """
            A filter takes the findings of which one of the records that prove them passes: that a target failed a client is a
            finding about the target, and --client finds it. Its count is of all its records.
            """)

    @Argument(help: "The id of one finding.")
    var id: Int64?

    @Flag(help: "List the checks, by --check and --severity: what each means, how it is computed, when it is wrong.")
    var checks = false

    @Option(help: ArgumentHelp("Name of a check; `!` negates; repeatable.", valueName: "name"))
    var check: [String] = []

    @Option(help: ArgumentHelp("At least this severe: info, notice, warning or critical.", valueName: "level"))
    var severity: String?

    @Option(
        help: ArgumentHelp(
            "Who is blamed: client, load-balancer, target, network, unknown or nobody; `!` negates; repeatable.",
            valueName: "side"))
    var blame: [String] = []

    @Option(help: ArgumentHelp("What comes first: the earliest, else the largest.", valueName: "order"))
    var by = FindingChoice.Order.time

    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var question = FindingsQuestion(restrictions: read.restrictions(store: store.path))
        question.choice.checks = check
        question.choice.severity = severity
        question.choice.blames = blame
        question.choice.order = by
        question.id = id
        question.listsChecks = checks
        question.limit = output.limit
        let file = try output.pagedFile(of: store.path)
        try question.answer(style: output.style, note: output.note, warn: output.warn) { try file.write($0) }
        try file.flush()
    }
}
