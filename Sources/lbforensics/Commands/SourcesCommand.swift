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

    @Flag(help: "Fill in the SHA-256 of each input, reading it once more.")
    var hash = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if rejects, coverage { throw ValidationError("--rejects and --coverage are two tables; ask for one.") }
    }

    func run() throws {
        var question = SourcesQuestion(restrictions: read.restrictions(store: store.path))
        question.part = rejects ? .rejects : coverage ? .coverage : .ledger
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
