import Foundation
import ForensicsModel

/// What may stand in a statement: names, texts and numbers that no engine reads as anything else.
///
/// Athena and Spark disagree about escapes inside a text literal (Spark reads backslashes, Athena does not; not all read
/// a doubled quote alike), so what would need one is refused.
enum LakeText {
    /// A database's or table's name: a letter or underscore, then letters, digits and underscores; 128 at most.
    static func name(_ text: String, option: String) throws(ForensicsError) -> String {
        let bytes = Array(text.utf8)
        let isName =
            !bytes.isEmpty && bytes.count <= 128
            && bytes.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x5F } && !isDigit(bytes[0])
        guard isName else {
            throw ForensicsError(
                .usage, "\(option) \(shown(text)): is no name; use letters, digits and underscores, no digit first.")
        }
        return text
    }

    /// The literal of a text.
    static func literal(_ text: String, option: String) throws(ForensicsError) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && scalar.value != 0x7F && scalar != "'" && scalar != "\\" && scalar != ";"
        }
        guard isPlain else {
            throw ForensicsError(
                .usage,
                "\(option) \(shown(text)): holds a quote, backslash, semicolon or control character; it may not.")
        }
        return "'\(text)'"
    }

    /// A place of files without a slash at its end: `s3://bucket/prefix`, or any URL or path that Spark reads. A path that
    /// begins with no slash is one of the current folder: Spark would look in a folder of its own, and find nothing there.
    static func location(_ text: String) throws(ForensicsError) -> String {
        let isRelative = !text.isEmpty && !text.hasPrefix("/") && !text.contains(":")
        let whole = isRelative ? "\(FileManager.default.currentDirectoryPath)/\(text)" : text
        var trimmed = Substring(whole)
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/:@=+,!()*%".utf8)
        guard !trimmed.isEmpty, trimmed.utf8.allSatisfy({ allowed.contains($0) }) else {
            throw ForensicsError(
                .usage,
                "--location \(shown(text)): is no place that a table can have; use s3://bucket/prefix of plain characters."
            )
        }
        return String(trimmed)
    }

    /// A text of the command line as a message may show it.
    static func shown(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(80).map { $0.value < 0x20 ? "?" : $0 }))
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
