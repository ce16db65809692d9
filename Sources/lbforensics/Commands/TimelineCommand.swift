import ArgumentParser
import Forensics

/// `timeline`: what happened when.
struct TimelineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline", abstract: "Traffic in buckets of time, with a plot on a terminal.")

    @Option(
        help: ArgumentHelp(
            "Width of a bucket: a whole number of minutes. Default: about 40 buckets.", valueName: "duration"))
    var bucket: String?

    @Option(help: "What the plot shows: requests, connections, bytes, errors or duration.")
    var by: RankMeasure?

    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var question = TimelineQuestion(restrictions: read.restrictions(store: store.path))
        question.bucket = bucket
        question.by = by
        question.limit = output.limit
        let file = try output.pagedFile(of: store.path)
        try question.answer(style: output.style, note: output.note) { try file.write($0) }
        try file.flush()
    }
}
