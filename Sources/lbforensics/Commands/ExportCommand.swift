import ArgumentParser
import Forensics

/// `export`: a public view, streaming.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a public view as CSV, NDJSON, JSON or Markdown.",
        discussion: """
            Views: sources, rejects, coverage, connections, requests, health_checks, flow_records, findings, evidence, \
            activity, distributions. Rows come in order of source and record.
            """)

    @Argument(help: "The view.")
    var view: String

    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var question = ExportQuestion(view: view, restrictions: read.restrictions(store: store.path))
        question.limit = output.limit
        let file = try output.file(of: store.path)
        try question.answer(style: output.style, note: output.note, warn: output.warn) { try file.write($0) }
        try file.flush()
    }
}
