/// What of a capture could not be read, beside single records that contradict themselves.
package struct CaptureCondition: Sendable, Equatable {
    /// Bytes of the decoded stream that no record was found in.
    package struct Gap: Sendable, Equatable {
        /// Its first byte in the decoded stream.
        package var offset: UInt64
        /// Its bytes.
        package var length: UInt64

        package init(offset: UInt64, length: UInt64) {
            self.offset = offset
            self.length = length
        }
    }

    /// How many gaps are kept with their place; all are counted.
    package static let gapLimit = 16

    /// The first `gapLimit` gaps, in order.
    package private(set) var gaps: [Gap] = []
    package private(set) var gapCount: UInt64 = 0
    package private(set) var lastGap: Gap?
    /// The bytes of all gaps.
    package private(set) var unreadBytes: UInt64 = 0
    /// Where the last record begins, if the file ends inside it: normal for a capture that was cut while it was written.
    package internal(set) var cutRecord: UInt64?

    package init() {}

    mutating func note(from offset: UInt64, to end: UInt64) {
        guard end > offset else { return }
        gapCount += 1
        unreadBytes += end - offset
        let gap = Gap(offset: offset, length: end - offset)
        lastGap = gap
        if gaps.count < Self.gapLimit { gaps.append(gap) }
    }

    /// What was not read and where, for the ledger; `nil` if every record was found.
    package var detail: String? {
        var parts: [String] = []
        if let unread { parts.append("damaged: \(unread) were not read") }
        if let cutRecord { parts.append("the last record is cut short (byte \(cutRecord))") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// The damage as one line for the user; `nil` for a capture without any, also where its last record is cut short.
    package func error(path: String) -> IngestError? {
        guard let unread else { return nil }
        return IngestError(
            .unusable, path: path, problem: "the capture is damaged", place: "\(unread) were not read",
            remedy: "the rest was used; copy the file again if you can")
    }

    private var unread: String? {
        guard let first = gaps.first else { return nil }
        let bytes = "\(unreadBytes) byte\(unreadBytes == 1 ? "" : "s")"
        return gapCount == 1
            ? "\(bytes) from byte \(first.offset) on" : "\(bytes) in \(gapCount) places from byte \(first.offset) on"
    }
}
