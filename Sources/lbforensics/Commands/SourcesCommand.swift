import ArgumentParser
import Forensics

/// `sources`: the ledger.
struct SourcesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sources", abstract: "The ledger: each input, its time range, and what became of its records.")

    @Flag(help: "The records that could not be used, with place and reason.")
    var rejects = false

    @Flag(help: "What time each load balancer node and kind covers, and what is missing.")
    var coverage = false

    @Flag(
        help: "How far the clocks of captures, access logs and flow logs are apart, from what several of them saw.")
    var clocks = false

    @Flag(help: "Fill in the SHA-256 of each input, reading it once more.")
    var hash = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        let asked = [(rejects, "--rejects"), (coverage, "--coverage"), (clocks, "--clocks")].filter(\.0).map(\.1)
        if asked.count > 1 {
            throw ValidationError("\(asked.joined(separator: " and ")) are a table each; ask for one.")
        }
    }

    func run() throws {
        var question = SourcesQuestion(restrictions: read.restrictions(store: store.path))
        question.part = rejects ? .rejects : coverage ? .coverage : clocks ? .clocks : .ledger
        question.fillsHashes = hash
        question.limit = output.limit
        let file = try output.pagedFile(of: store.path)
        let unhashed = try question.answer(style: output.style, note: output.note, warn: output.warn) {
            try file.write($0)
        }
        try file.flush()
        for failure in unhashed.dropFirst() { output.warn(failure.message) }
        if let failure = unhashed.first { throw failure }
    }
}
