import ArgumentParser
import Forensics

/// `spikes`: when something stood out.
struct SpikesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spikes", abstract: "Stretches of time that stand out, why, and what to compare them with.",
        discussion: """
            Requests, connections, bytes, errors, latency, long connections and the most active values are held against \
            their own usual course. `compare --before auto --during auto` compares the strongest.
            """)

    @Option(help: "What to look at alone: requests, connections, bytes, errors or duration; default all of them.")
    var by: RankMeasure?

    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var question = SpikesQuestion(restrictions: read.restrictions(store: store.path))
        question.by = by
        question.limit = output.limit ?? 10
        let file = try output.pagedFile(of: store.path)
        try question.answer(style: output.style, note: output.note) { try file.write($0) }
        try file.flush()
    }
}
