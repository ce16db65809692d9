import ArgumentParser
import Forensics

/// `report`: a comparison as one HTML file.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "One HTML file that tells the incident: it loads nothing, and the same case gives the same bytes.",
        discussion: """
            Without windows it tells the strongest spike and the quiet window before it. Of windows that are both evidence it \
            tells the evidence alone and keeps nothing, without --store, as compare does.
            """)

    @Option(parsing: .unconditional, help: ArgumentHelp("The quiet window, or auto.", valueName: "window"))
    var before = "auto"

    @Option(parsing: .unconditional, help: ArgumentHelp("The window of the incident, or auto.", valueName: "window"))
    var during = "auto"

    @Flag(
        inversion: .prefixedNo,
        help: "Fill in the SHA-256 of every file first, which reads each that has none once more.")
    var hash = true

    @Option(help: ArgumentHelp("The file to write; - for standard output.", valueName: "file"))
    var output = "report.html"

    @Flag(name: .shortAndLong, help: "No notes.")
    var quiet = false

    @OptionGroup var comparison: ComparisonOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var read: ReadOptions

    func run() throws {
        var compared = CompareQuestion(
            before: before, during: during, restrictions: read.restrictions(store: store.path))
        compared.keepsNothing = store.store == nil
        compared.mayAddToCase = store.isNamed
        comparison.apply(to: &compared)
        Signals.stopOnInterrupt(compared.stop)
        var question = ReportQuestion(comparison: compared, command: Self.command, version: Version.text)
        question.fillsHashes = hash
        try EvidenceFiles(store: store.path, inputs: [before, during] + [read.owners].compactMap { $0 }).refuse([output]
        )
        let file = try OutputFile(path: output, of: store.path, isReplacing: true)
        let unusable = try question.answer(note: note) { try file.write($0) }
        try file.finish()
        if output != "-" { note("\(output): written; open it in a browser.") }
        if let unusable { throw unusable }
    }

    /// The command line as a shell would take it again.
    private static var command: String {
        ShellText.command(["lbforensics"] + CommandLine.arguments.dropFirst())
    }

    private func note(_ text: String) {
        if !quiet { Diagnostics.report(text) }
    }
}
