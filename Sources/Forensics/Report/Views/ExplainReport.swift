package import ForensicsModel

/// One request, connection or client, as all bodies of evidence tell it.
package struct ExplainReport: Sendable {
    /// What one record tells.
    package struct Entry: Sendable {
        /// When it began by the clock of its own evidence.
        package var time: Timestamp
        /// The same by the reference clock; equal where the difference is unknown.
        package var referenceTime: Timestamp
        package var isRequest: Bool
        package var kind: String
        package var vantage: String?
        package var id: FactID
        package var path: String
        /// The client with its port, as far as it is told, and who sent it on.
        package var client: String?
        package var peer: String?
        package var server: String?
        package var what: String?
        /// What became of it, in words.
        package var outcome: String?
        package var status: Int64?
        package var targetStatus: Int64?
        package var blame: String?
        package var cause: String?
        /// Nanoseconds.
        package var duration: Int64?
        package var bytesFromClient: Int64?
        package var bytesFromServer: Int64?
        package var isError = false

        package init(
            time: Timestamp, referenceTime: Timestamp, isRequest: Bool, kind: String, vantage: String?, id: FactID,
            path: String
        ) {
            self.time = time
            self.referenceTime = referenceTime
            self.isRequest = isRequest
            self.kind = kind
            self.vantage = vantage
            self.id = id
            self.path = path
        }
    }

    /// A part of the time that a request took, and who tells it.
    package struct Phase: Sendable {
        /// The name for machines, and the words for people.
        package var name: String
        package var words: String
        /// Nanoseconds.
        package var duration: Int64
        package var seenBy: String

        package init(name: String, words: String, duration: Int64, seenBy: String) {
            self.name = name
            self.words = words
            self.duration = duration
            self.seenBy = seenBy
        }
    }

    /// One row for each record, in the order given.
    ///
    /// - Parameters:
    ///   - origin: the time, by the reference clock, that others are told from.
    ///   - more: how many more there are.
    package static func table(_ entries: [Entry], from origin: Timestamp, more: Int) -> ReportTable {
        ReportTable(
            name: "facts", title: "What the evidence tells", columns: columns,
            rows: entries.map { entry in
                ReportRow(
                    [
                        .number(Double(entry.referenceTime.since(origin)) / 1e6),
                        .integer(entry.time.nanoseconds), .text(entry.isRequest ? "request" : "connection"),
                        .text(entry.kind), .optional(entry.vantage), .optional(entry.client), .optional(entry.peer),
                        .optional(entry.server), .optional(entry.what), .optional(entry.status),
                        .optional(entry.targetStatus), .optional(entry.outcome), .optional(entry.blame),
                        .optional(entry.cause), .optional(entry.duration.map { Double($0) / 1e6 }),
                        .optional(entry.bytesFromClient), .optional(entry.bytesFromServer),
                        .integer(entry.id.rawValue), .text(entry.path), .integer(Int64(entry.id.record)),
                    ], emphasis: entry.isError ? .warning : .none)
            }, note: TopReport.note(more), more: more)
    }

    private static let columns = [
        ReportColumn("at_ms", "at", .milliseconds, isKey: true), ReportColumn("time", nil, .time, isSecondary: true),
        ReportColumn("fact", isKey: true), ReportColumn("kind", isKey: true),
        ReportColumn("vantage", isSecondary: true), ReportColumn("client", isSecondary: true),
        ReportColumn("peer", isSecondary: true), ReportColumn("server", isSecondary: true),
        ReportColumn("what", keepsEnd: true), ReportColumn("status", nil, .identifier),
        ReportColumn("target_status", nil, .identifier, isSecondary: true), ReportColumn("outcome", isPoint: true),
        ReportColumn("blame", isSecondary: true), ReportColumn("cause", isSecondary: true),
        ReportColumn("duration_ms", "took", .milliseconds),
        ReportColumn("bytes_from_client", nil, .bytes, isMinor: true),
        ReportColumn("bytes_from_server", nil, .bytes, isMinor: true),
        ReportColumn("id", nil, .identifier, isMinor: true),
        ReportColumn("source", isMinor: true, keepsEnd: true), ReportColumn("record", nil, .identifier, isMinor: true),
    ]

    /// One row for each part of the time.
    package static func table(_ phases: [Phase]) -> ReportTable {
        ReportTable(
            name: "phases", title: "Where the time went",
            columns: [
                ReportColumn("phase", isKey: true), ReportColumn("duration_ms", "took", .milliseconds, isPoint: true),
                ReportColumn("meaning"), ReportColumn("seen_by", isSecondary: true),
            ],
            rows: phases.map {
                [.text($0.name), .number(Double($0.duration) / 1e6), .text($0.words), .text($0.seenBy)]
            })
    }

    /// One row for each sentence on what the evidence tells together.
    package static func table(conclusions: [String]) -> ReportTable {
        ReportTable(
            name: "conclusions", columns: [ReportColumn("text")], rows: conclusions.map { [.text($0)] })
    }
}
