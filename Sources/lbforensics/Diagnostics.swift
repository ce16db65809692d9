import Foundation

/// Messages to the user, on standard error.
enum Diagnostics {
    /// Prints `lbforensics: message`.
    static func report(_ message: String) { write("lbforensics: \(message)\n") }

    /// Prints a text as it is. A standard error that is closed is nobody's loss.
    static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}

/// The reader of our output has gone: a clean end.
struct ClosedPipe: Error {}
