public import ArgumentParser
public import Forensics
import Foundation

/// How a command writes its answer.
struct OutputOptions: ParsableArguments {
    @Option(help: "table, csv, json, ndjson or markdown.")
    var format: ReportFormat = .table

    @Option(help: ArgumentHelp("Write to a file instead of standard output.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("At most this many rows.", valueName: "n"))
    var limit: Int?

    @Option(help: "auto, always or never; NO_COLOR or TERM=dumb in the environment mean never where auto decides.")
    var color: ColorChoice = .auto

    @Flag(help: "CSV without the apostrophe that keeps spreadsheets from running formulas.")
    var raw = false

    @Flag(help: "Write to the terminal as it comes, not page by page (LBFORENSICS_PAGER, PAGER, else less).")
    var noPager = false

    @Flag(name: .shortAndLong, help: "No progress and no notes; what could not be used, or filtered by, is told.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Tell the time and memory that the command took.")
    var verbose = false

    func validate() throws {
        if verbose { ResourceUsage.ask() }
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    /// Where the answer goes.
    ///
    /// - Parameter store: the case that the answer is made of: neither it nor its evidence is written over.
    func file(of store: String? = nil) throws -> OutputFile { try OutputFile(path: output, of: store) }

    /// The same for an answer that a person may want to page through.
    func pagedFile(of store: String) throws -> OutputFile {
        try OutputFile(path: output, of: store, isPaged: !noPager && format == .table)
    }

    /// The format with what the terminal allows.
    var style: OutputStyle {
        OutputStyle(format: format, width: Terminal.width(isFile: output != nil), usesColor: usesColor, isRaw: raw)
    }

    /// Says on standard error what the user should know beside the answer.
    func note(_ text: String) {
        if !quiet { Diagnostics.report(text) }
    }

    /// Says on standard error what the user must know: the answer is not all that was asked for.
    func warn(_ text: String) { Diagnostics.report(text) }

    private var usesColor: Bool {
        switch color {
        case .always: true
        case .never: false
        case .auto:
            output == nil && Terminal.isOutputTerminal && !Terminal.isDumb
                && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
        }
    }
}

enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

extension ReportFormat: @retroactive ExpressibleByArgument {}
extension RankMeasure: @retroactive ExpressibleByArgument {}
extension FindingChoice.Order: @retroactive ExpressibleByArgument {}
