import ArgumentParser
import Forensics

/// The command line: arguments in, text out, an exit status. Everything else is the `Forensics` library's.
@main
struct LBForensics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lbforensics",
        abstract: "Finds out from packet captures and AWS load balancer logs who caused an incident, and proves it.",
        discussion: """
            Read evidence into a case file with `ingest`, then ask: `summary`, `compare --before W --during W`, `top client`.
            Times are UTC. Data goes to standard output, everything else to standard error.
            """,
        version: Version.text,
        subcommands: [
            IngestCommand.self, CaptureCommand.self, SummaryCommand.self, CompareCommand.self, TopCommand.self,
            TimelineCommand.self,
            SpikesCommand.self, ReportCommand.self, FindingsCommand.self, ExplainCommand.self, QueryCommand.self,
            ExportCommand.self, SourcesCommand.self, CarveCommand.self, IndexCommand.self, AthenaCommand.self,
            SparkCommand.self,
        ])

    /// Runs the command and ends the process with the documented status.
    static func main() {
        StandardStreams.prepare()
        Signals.prepare()
        do {
            var command = try parseAsRoot()
            try command.run()
            ResourceUsage.report()
        } catch let error as ForensicsError {
            Diagnostics.report(error.message)
            ResourceUsage.report()
            LBForensics.exit(withError: ExitCode(error.code.rawValue))
        } catch is ClosedPipe {
            LBForensics.exit(withError: ExitCode(0))
        } catch {
            // What is neither the parser's nor was foreseen is told with a documented status all the same.
            if LBForensics.exitCode(for: error) == .failure {
                Diagnostics.report("\(error)")
                LBForensics.exit(withError: ExitCode(ForensicsError.Code.io.rawValue))
            }
            if LBForensics.exitCode(for: error) == .validationFailure {
                Diagnostics.report(refusal(error))
                LBForensics.exit(withError: ExitCode.validationFailure)
            }
            LBForensics.exit(withError: error)
        }
    }

    /// What the parser refuses, as all other errors are told: what is wrong, then what to do.
    private static func refusal(_ error: any Error) -> String {
        let message = message(for: error)
        let end = message.hasSuffix(".") ? message.dropLast() : message[...]
        let what = end.prefix(1).lowercased() + end.dropFirst()
        // The parser knows which command it was, and says so in the last line of the whole message alone.
        let quoted = fullMessage(for: error).split(separator: "'")
        let help = quoted.last { $0.hasPrefix("lbforensics ") && $0.hasSuffix("--help") } ?? "lbforensics --help"
        return "\(what); see `\(help)`."
    }
}
