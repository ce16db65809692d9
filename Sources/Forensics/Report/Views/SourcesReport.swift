import ForensicsCompare

/// The ledger: every input with what became of its records.
public enum SourcesReport {
    /// One input.
    public struct Entry: Sendable {
        /// Identifier in the case.
        public var id: Int64
        /// Where it was read from.
        public var path: String
        /// The kind of evidence.
        public var kind: String
        /// The point it was seen from.
        public var vantage: String?
        /// Size on disk.
        public var bytes: Int64
        /// First record time, nanoseconds since the epoch.
        public var firstTime: Int64?
        /// Last record time, nanoseconds since the epoch.
        public var lastTime: Int64?
        /// `accepted + ignored + rejected`.
        public var records: Int64
        /// Records that became facts.
        public var accepted: Int64
        /// Records accounted for without becoming facts.
        public var ignored: Int64
        /// Records that could not be used.
        public var rejected: Int64
        /// Accepted records with an anomaly.
        public var anomalous: Int64
        /// `complete`, `partial`, `skipped`.
        public var status: String
        /// SHA-256 of the file, in hexadecimal, where it was computed.
        public var sha256: String?

        /// Creates an entry.
        public init(
            id: Int64, path: String, kind: String, vantage: String?, bytes: Int64, firstTime: Int64?,
            lastTime: Int64?, records: Int64, accepted: Int64, ignored: Int64, rejected: Int64, anomalous: Int64,
            status: String, sha256: String? = nil
        ) {
            self.id = id
            self.path = path
            self.kind = kind
            self.vantage = vantage
            self.bytes = bytes
            self.firstTime = firstTime
            self.lastTime = lastTime
            self.records = records
            self.accepted = accepted
            self.ignored = ignored
            self.rejected = rejected
            self.anomalous = anomalous
            self.status = status
            self.sha256 = sha256
        }
    }

    /// Returns one row per input, in the order given, with the sums in the note.
    public static func table(_ entries: [Entry]) -> ReportTable {
        func sum(_ count: (Entry) -> Int64) -> String {
            NumberText.grouped(entries.reduce(0) { $0 &+ count($1) })
        }
        let note =
            "\(NumberText.grouped(Int64(entries.count))) inputs, \(sum(\.records)) records: \(sum(\.accepted)) accepted, "
            + "\(sum(\.ignored)) ignored, \(sum(\.rejected)) rejected; \(sum(\.anomalous)) of the accepted are anomalous"
        return ReportTable(
            name: "sources",
            columns: [
                ReportColumn("id", nil, .identifier), ReportColumn("path", isKey: true, keepsEnd: true),
                ReportColumn("kind"), ReportColumn("vantage", isSecondary: true), ReportColumn("bytes", nil, .bytes),
                ReportColumn("first_time", nil, .time, isSecondary: true),
                ReportColumn("last_time", nil, .time, isSecondary: true),
                ReportColumn("records", nil, .count), ReportColumn("accepted", nil, .count),
                ReportColumn("ignored", nil, .count), ReportColumn("rejected", nil, .count, isPoint: true),
                ReportColumn("anomalous", nil, .count), ReportColumn("status"),
                ReportColumn("sha256", isSecondary: true),
            ],
            rows: entries.map { entry in
                ReportRow(
                    [
                        .integer(entry.id), .text(entry.path), .text(entry.kind), .optional(entry.vantage),
                        .integer(entry.bytes), .optional(entry.firstTime), .optional(entry.lastTime),
                        .integer(entry.records), .integer(entry.accepted), .integer(entry.ignored),
                        .integer(entry.rejected), .integer(entry.anomalous), .text(entry.status),
                        .optional(entry.sha256),
                    ], emphasis: entry.rejected > 0 ? .warning : .none)
            }, note: note)
    }
}
