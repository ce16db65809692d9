/// Something irregular about a whole source, met while its bytes were read and decompressed.
///
/// It does not stop the bytes before it from being used.
package struct StreamIssue: Sendable, Equatable {
    /// What is irregular.
    package enum Kind: Sendable, Equatable {
        /// The file ends inside a gzip member; everything before the cut was delivered.
        case truncatedGzip
        /// A gzip member holds what no compressor writes; everything before it was delivered.
        case corruptGzip
        /// The bytes of a gzip member do not have the CRC-32 that its trailer states. RFC 1952, section 2.3.1.
        case checksumMismatch
        /// A gzip member has not the length that its trailer states.
        case lengthMismatch
        /// After the last gzip member come only zero bytes, as tapes and block devices pad.
        case trailingZeros
        /// After the last gzip member come bytes that are no member; they were not read.
        case trailingGarbage
        /// The file was written to while it was read: only what it held at the beginning was read.
        case changedWhileReading
        /// The file became shorter while it was read.
        case shrankWhileReading
        /// The system reported an error (its errno); the bytes before it were delivered.
        case readFailed(Int32)
    }

    package var kind: Kind
    /// The place in the file as stored.
    package var rawOffset: UInt64
    /// The place in the decoded stream.
    package var decodedOffset: UInt64

    package init(kind: Kind, rawOffset: UInt64, decodedOffset: UInt64) {
        self.kind = kind
        self.rawOffset = rawOffset
        self.decodedOffset = decodedOffset
    }

    /// Whether the source ends before its maker meant it to, so that its last record may be half of one.
    package var cutsStream: Bool {
        switch kind {
        case .truncatedGzip, .corruptGzip, .changedWhileReading, .shrankWhileReading, .readFailed: true
        case .checksumMismatch, .lengthMismatch, .trailingZeros, .trailingGarbage: false
        }
    }

    /// The names of all kinds.
    package static let names: Set<String> = Set(
        [
            Kind.truncatedGzip, .corruptGzip, .checksumMismatch, .lengthMismatch, .trailingZeros, .trailingGarbage,
            .changedWhileReading, .shrankWhileReading, .readFailed(0),
        ].map { StreamIssue(kind: $0, rawOffset: 0, decodedOffset: 0).name })

    /// The stable name in the ledger.
    package var name: String {
        switch kind {
        case .truncatedGzip: "truncated-gzip"
        case .corruptGzip: "corrupt-gzip"
        case .checksumMismatch: "gzip-checksum-mismatch"
        case .lengthMismatch: "gzip-length-mismatch"
        case .trailingZeros: "trailing-zeros"
        case .trailingGarbage: "trailing-garbage"
        case .changedWhileReading: "changed-while-reading"
        case .shrankWhileReading: "shrank-while-reading"
        case .readFailed: "read-failed"
        }
    }

    /// The issue as one line for the user.
    package func error(path: String) -> IngestError {
        let place = "byte \(rawOffset) of the file, \(decodedOffset) of its content"
        func line(_ problem: String, _ remedy: String) -> IngestError {
            IngestError(.unusable, path: path, problem: problem, place: place, remedy: remedy)
        }
        switch kind {
        case .truncatedGzip:
            return line("the gzip stream is cut short", "what came before was used; copy the file again if you can")
        case .corruptGzip:
            return line("the gzip stream is damaged", "what came before was used; copy the file again if you can")
        case .checksumMismatch:
            return line("the gzip checksum is wrong", "its content was used; copy the file again if you can")
        case .lengthMismatch:
            return line("the gzip length is wrong", "its content was used; copy the file again if you can")
        case .trailingZeros:
            return line("zero bytes follow the gzip stream", "they were left out")
        case .trailingGarbage:
            return line("bytes that are not gzip follow the gzip stream", "they were left out")
        case .changedWhileReading:
            return line("the file changed while it was read", "run the command again when it is complete")
        case .shrankWhileReading:
            return line("the file became shorter while it was read", "run the command again when it is complete")
        case .readFailed(let number): return SystemError(number: number).reading(path, at: rawOffset)
        }
    }
}
