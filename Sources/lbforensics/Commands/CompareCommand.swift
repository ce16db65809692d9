import ArgumentParser
import Forensics

/// `compare`: what changed between two windows, and who explains it.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare two windows: what changed, who explains it, who is active and long.",
        discussion: """
            A window is START/END, START/DURATION, auto, or evidence: a file, folder or glob, read if the case does \
            not hold it yet. Inputs are read likewise; logs whose names place them outside of the windows are left \
            unread. With evidence and no --store the answer comes from the evidence alone and nothing is kept; evidence \
            for one window alone needs --store, the case that holds the other.
            """)

    @Argument(
        help: ArgumentHelp("Evidence to answer from: files, folders, globs or s3://bucket/prefix.", valueName: "input"))
    var inputs: [String] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("The quiet window.", valueName: "window"))
    var before: String

    @Option(parsing: .unconditional, help: ArgumentHelp("The window of the incident.", valueName: "window"))
    var during: String

    @Option(help: "Which record time decides the window: record, start or overlap.")
    var anchor = "record"

    @Option(
        help: ArgumentHelp(
            "With inputs: logs of so long after each window are read too, for what began in it and ended later. Default: 15m.",
            valueName: "duration"))
    var lookAhead: String?

    @Option(
        name: .customLong("dimension"),
        help: ArgumentHelp(
            "Tell of this dimension, as `top` names it, and of no other; repeatable. From logs only what it needs is read.",
            valueName: "name"))
    var dimensions: [String] = []

    @Option(
        help:
            ArgumentHelp(
                "The one table that csv, ndjson and markdown write: active-long (default), changes, explanations, new-gone, "
                    + "remainder, combinations, slowness, failures, failed-connections.")
    )
    var table: String?

    @OptionGroup var comparison: ComparisonOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var question = CompareQuestion(
            before: before, during: during, restrictions: read.restrictions(store: store.path))
        question.inputs = inputs
        question.keepsNothing = store.store == nil
        question.mayAddToCase = store.isNamed
        question.lookAhead = lookAhead
        comparison.apply(to: &question)
        question.anchor = anchor
        question.dimensions = dimensions
        question.table = table
        question.limit = output.limit
        Signals.stopOnInterrupt(question.stop)
        let line = ProgressLine(choice: output.quiet ? .none : .auto)
        let evidence = inputs + [before, during] + [read.owners].compactMap { $0 }
        try EvidenceFiles(store: store.path, inputs: evidence).refuse([output.output].compactMap { $0 })
        let file = try output.pagedFile(of: store.path)
        let unusable = try question.answer(
            style: output.style,
            note: {
                line.interrupt(); output.note($0)
            }, progress: line.show
        ) { text in
            line.interrupt()
            try file.write(text)
        }
        try file.flush()
        if let unusable { throw unusable }
    }
}
