/// What kind of file a source is, told from its first decoded bytes, never from its name.
package enum InputContent: Sendable, Equatable {
    case capture(CaptureFormat)
    /// Lines of text; which log it is, Decode tells from the same bytes.
    case text
    /// An SQLite database, such as a case file.
    case sqlite
    case empty
    /// Something that is not read; the name is for the user.
    case unsupported(String)

    /// Bytes that are no text and no form that is known.
    package static let unknown = InputContent.unsupported("binary data of an unknown kind")
}

/// Tells what a source is.
package enum InputDetector {
    /// Returns the content's kind from a source's `prefix`.
    ///
    /// Text is what has hardly any control character, and no zero byte in its first line: a machine that lost its power leaves
    /// blocks of them in a log. It need not be UTF-8.
    package static func detect(_ prefix: Span<UInt8>) -> InputContent {
        if prefix.isEmpty { return .empty }
        if let format = CaptureFormat.detect(prefix) { return .capture(format) }
        if matches(prefix, 0, sqliteMagic) { return .sqlite }
        for signature in signatures where matches(prefix, signature.offset, signature.bytes) {
            return .unsupported(signature.name)
        }
        return isText(prefix) ? .text : .unknown
    }

    /// Returns why a source cannot be used, or `nil` for captures and text.
    package static func refusal(of content: InputContent, path: String) -> IngestError? {
        switch content {
        case .capture, .text: nil
        case .empty:
            IngestError(.unusable, path: path, problem: "is empty", remedy: "leave it out, or copy it again")
        case .sqlite:
            IngestError(
                .unusable, path: path, problem: "is an SQLite database, not evidence",
                remedy: "give it with --store if it is a case file")
        case .unsupported(let name):
            IngestError(.unusable, path: path, problem: "is \(name), which is not read", remedy: remedy(name))
        }
    }

    /// The first bytes of every SQLite database.
    static let sqliteMagic = Array("SQLite format 3\0".utf8)

    private struct Signature {
        var offset = 0
        var bytes: [UInt8]
        var name: String
    }

    /// What people have beside their evidence, and captures of forms that nobody writes any more.
    private static let signatures = [
        Signature(bytes: [0x28, 0xB5, 0x2F, 0xFD], name: "a zstd file"),
        Signature(bytes: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], name: "an xz file"),
        Signature(bytes: [0x04, 0x22, 0x4D, 0x18], name: "an lz4 file"),
        Signature(bytes: [0x1F, 0x8B, 0x08], name: "gzip inside gzip"),
        Signature(bytes: Array("BZh".utf8), name: "a bzip2 file"),
        Signature(bytes: Array("PK\u{3}\u{4}".utf8), name: "a zip archive"),
        Signature(offset: 257, bytes: Array("ustar".utf8), name: "a tar archive"),
        Signature(bytes: Array("PAR1".utf8), name: "a Parquet file"),
        Signature(bytes: Array("Obj\u{1}".utf8), name: "an Avro file"),
        Signature(bytes: Array("snoop\0\0\0".utf8), name: "a snoop capture"),
        Signature(bytes: [0xA1, 0xB2, 0x34, 0xCD], name: "a capture of F. Mesquita's form"),
        Signature(bytes: [0xCD, 0x34, 0xB2, 0xA1], name: "a capture of F. Mesquita's form"),
        Signature(bytes: [0xA1, 0x2B, 0x3C, 0x4D], name: "a capture of Navtel's form"),
        Signature(bytes: [0x4D, 0x3C, 0x2B, 0xA1], name: "a capture of Navtel's form"),
        Signature(bytes: [0xA1, 0xB2, 0xC3, 0xCB], name: "a libpcap filter file"),
        Signature(bytes: [0xCB, 0xC3, 0xB2, 0xA1], name: "a libpcap filter file"),
        Signature(bytes: [0xFF, 0xFE], name: "UTF-16 text"),
        Signature(bytes: [0xFE, 0xFF], name: "UTF-16 text"),
        Signature(bytes: Array("%PDF-".utf8), name: "a PDF file"),
        Signature(bytes: [0x7F, 0x45, 0x4C, 0x46], name: "a program"),
    ]

    private static func isText(_ bytes: Span<UInt8>) -> Bool {
        var control = 0
        var hasLine = false
        for index in bytes.indices {
            let byte = bytes[index]
            if byte == 0x0A { hasLine = true }
            if byte == 0 {
                if !hasLine { return false }
            } else if byte < 0x20, byte != 0x09, byte != 0x0A, byte != 0x0D, byte != 0x1B {
                control += 1
            }
        }
        return control * 50 <= bytes.count
    }

    private static func remedy(_ name: String) -> String {
        switch name {
        case "a snoop capture": "convert it with editcap"
        case "a zip archive", "a tar archive", "a bzip2 file", "a zstd file", "an xz file", "an lz4 file",
            "gzip inside gzip":
            "unpack it first"
        case "UTF-16 text": "convert it to UTF-8 first"
        default: "give captures (pcap, pcapng) or load balancer logs, plain or gzip"
        }
    }

    private static func matches(_ bytes: Span<UInt8>, _ offset: Int, _ signature: [UInt8]) -> Bool {
        guard bytes.count >= offset + signature.count else { return false }
        for index in signature.indices where bytes[offset + index] != signature[index] { return false }
        return true
    }
}
