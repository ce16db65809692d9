import ArgumentParser
import Forensics

/// `carve`: the packets themselves.
struct CarveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "carve",
        abstract: "Take the packets of a finding, client, connection or window from the original captures.",
        discussion: """
            Writes a new pcapng, in which a comment beside the first packet of each connection says why it is there. The
            original captures are read again and have to be unchanged. A window alone takes every packet in it. Packets of a
            live capture are where `capture --ring` kept them: name that folder. Filters choose whole connections: those that
            are asked for, and those that carry a request that is; none that carries one of a client to ignore.

            --anonymize makes a file that can be given away: the same packets in the same order, without addresses, payload or
            names. Addresses that share a network still do; private ones stay private. Times, lengths, ports, flags, sequence
            numbers and the id of each connection in the case are kept.
            """)

    @Option(help: ArgumentHelp("Connections that prove this finding, health checks too.", valueName: "id"))
    var finding: Int64?

    @Option(help: ArgumentHelp("This connection, by its id; repeatable.", valueName: "id"))
    var connection: [Int64] = []

    @Option(help: ArgumentHelp("Where `capture --ring` kept the packets of live captures.", valueName: "folder"))
    var ringFolder: String?

    @Option(
        help: ArgumentHelp(
            "Where the original captures lie now, if they were moved after they were read.", valueName: "folder"))
    var captureFolder: String?

    @Flag(help: "Replace all addresses and zero all payload, so that the file can be given away.")
    var anonymize = false

    @Option(
        help: ArgumentHelp(
            "The secret by which --anonymize replaces addresses.",
            discussion: """
                With the same secret the same address stands for the same one in every file. By default it is random:
                nothing links two files. Make one with `openssl rand -hex 32`; who has it can find the addresses again.
                """, valueName: "file"))
    var anonymizeKey: String?

    @Option(help: ArgumentHelp("The file to write; - for standard output.", valueName: "file"))
    var output = "carved.pcapng"

    @Flag(name: .shortAndLong, help: "No notes.")
    var quiet = false

    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions

    func run() throws {
        try IdleOptions.refuse([("--anonymize-key", anonymizeKey)], without: "--anonymize", unless: anonymize)
        var question = CarveQuestion(
            restrictions: read.restrictions(store: store.path), application: "lbforensics \(Version.text)")
        question.finding = finding
        question.connections = connection
        question.ringFolder = ringFolder
        question.captureFolder = captureFolder
        if anonymize { question.anonymization = anonymizeKey.map { .file($0) } ?? .random }
        try EvidenceFiles(store: nil, inputs: [captureFolder].compactMap { $0 }).refuse([output])
        let file = try OutputFile(path: output, of: store.path, isReplacing: true)
        let summary = try question.answer { try file.write($0) }
        try file.finish()
        if !quiet {
            if let filters = summary.filters { Diagnostics.report("filters: \(filters)") }
            let whose = summary.connections > 0 ? " of \(summary.connections) connections" : ""
            Diagnostics.report(
                "\(output): \(summary.packets) packets\(whose) from \(summary.files) captures written.")
            for sentence in summary.anonymized?.sentences ?? [] { Diagnostics.report("\(output): \(sentence)") }
            if summary.vantages.count > 1 {
                Diagnostics.report(
                    "\(output): the packets are of \(summary.vantages.count) vantages (\(Self.list(summary.vantages))): those "
                        + "that passed two of them are there twice; --vantage takes one.")
            }
            if summary.shared > 0 {
                Diagnostics.report(
                    "\(output): \(summary.shared) of the connections carry requests of other clients as well.")
            }
            if let evidence = summary.evidence {
                Diagnostics.report(
                    "\(output): the finding was seen \(evidence.seen) times, and the case keeps \(evidence.kept) of the records that show it: "
                        + "these are here; --client, --target, --status and the time take more.")
            }
            if summary.withheld > 0 {
                Diagnostics.report(
                    "\(output): \(summary.withheld) connections are left out, as they carry requests of ignored clients too."
                )
            }
            for (source, packets) in summary.gone {
                Diagnostics.report(
                    summary.unread.isEmpty
                        ? "\(output): the first \(packets) packets of \(source) are kept in no ring any more."
                        : "\(output): the first \(packets) packets of \(source) are in no file that could be read.")
            }
            if summary.lost > 0 {
                Diagnostics.report(
                    summary.unread.isEmpty
                        ? "\(output): of \(summary.lost) connections the ring keeps no packet any more."
                        : "\(output): of \(summary.lost) connections no packet is in a file that could be read.")
            }
            for error in summary.unread.dropFirst() { Diagnostics.report(error.message) }
        }
        // What could be read is written; that it is not all is the status.
        if let error = summary.unread.first { throw error }
    }

    /// The first few names.
    private static func list(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
    }
}
