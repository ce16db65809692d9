import ArgumentParser
import Forensics

/// `summary`: the whole case on one screen.
struct SummaryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "The whole case on one screen.")

    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var question = SummaryQuestion(restrictions: read.restrictions(store: store.path))
        question.limit = output.limit ?? question.limit
        let file = try output.pagedFile(of: store.path)
        try question.answer(style: output.style, note: output.note) { try file.write($0) }
        try file.flush()
    }
}
