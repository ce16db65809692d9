import ArgumentParser
import Forensics

/// `explain`: one request, connection or client, from every vantage.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "One request, connection or client as packets, access logs and flow logs tell it together.",
        discussion: """
            Requests are joined by X-Amzn-Trace-Id, connections by address and port. What is told stands in the order of one
            clock: how far the clocks of the evidence are apart is found out from what several of them saw within half an hour.
            """)

    @Argument(
        help: ArgumentHelp(
            "A trace id (Root=1-…), the id of a request or connection, ADDRESS:PORT of a client, or an address.",
            valueName: "subject"))
    var subject: String

    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var question = ExplainQuestion(subject: subject, restrictions: read.restrictions(store: store.path))
        question.limit = output.limit
        let file = try output.pagedFile(of: store.path)
        try question.answer(style: output.style, note: output.note, warn: output.warn) { try file.write($0) }
        try file.flush()
    }
}
