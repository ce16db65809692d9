import Forensics
import Foundation

/// Messages to the user, on standard error.
enum Diagnostics {
    /// Prints `lbforensics: message`. Names of files and of the evidence in it act on no terminal, and what they make a line of their own
    /// is indented: it is none of ours.
    static func report(_ message: String) {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map {
            TerminalText.escaped(String($0))
        }
        write("lbforensics: \(lines.joined(separator: "\n    "))\n")
    }

    /// Prints a text as it is. A standard error that is closed is nobody's loss.
    static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}

/// The reader of our output has gone: a clean end.
struct ClosedPipe: Error {}
