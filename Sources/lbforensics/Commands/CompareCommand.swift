import ArgumentParser
import Forensics

/// `compare`: what changed between two windows, and who explains it.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare two windows: what changed, who explains it, who is active and long.",
        discussion: """
            A window is START/END, START/DURATION, auto, or evidence: a file, folder or glob, read if the case does \
            not hold it yet. With evidence and no --store the answer comes from the evidence alone and nothing is kept.
            """)

    @Option(parsing: .unconditional, help: ArgumentHelp("The quiet window.", valueName: "window"))
    var before: String

    @Option(parsing: .unconditional, help: ArgumentHelp("The window of the incident.", valueName: "window"))
    var during: String

    @Option(help: "Which record time decides the window: record, start or overlap.")
    var anchor = "record"

    @Option(
        help:
            "The one table that csv, ndjson and markdown write: active-long, changes, explanations, new-gone, remainder."
    )
    var table = "active-long"

    @OptionGroup var comparison: ComparisonOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var question = CompareQuestion(
            before: before, during: during, restrictions: read.restrictions(store: store.path))
        question.keepsNothing = store.store == nil
        comparison.apply(to: &question)
        question.anchor = anchor
        question.table = table
        question.limit = output.limit
        let file = try output.pagedFile
        try question.answer(style: output.style, note: output.note) { try file.write($0) }
        try file.flush()
    }
}
