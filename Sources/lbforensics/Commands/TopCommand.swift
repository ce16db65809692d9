import ArgumentParser
import Forensics

/// `top`: the busiest values of one dimension.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "The values of a dimension that did most.",
        discussion: """
            Dimensions: client, target-port, domain, target, path, user-agent, connection, load-balancer, status, owner, \
            client-network, method, error-reason, tls-version, tls-cipher, node, target-group, and asn and country with \
            --mmdb.
            """)

    @Argument(help: "What to rank.")
    var dimension: String

    @Option(help: "Rank by requests, connections, bytes, duration or errors.")
    var by: RankMeasure?

    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var question = TopQuestion(dimension: dimension, restrictions: read.restrictions(store: store.path))
        question.by = by
        question.limit = output.limit ?? 20
        let file = try output.pagedFile(of: store.path)
        try question.answer(style: output.style, note: output.note) { try file.write($0) }
        try file.flush()
    }
}
