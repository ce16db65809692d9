import ForensicsModel
import GRDB

/// A source as far as its roll-ups are concerned.
struct CountedSource {
    /// The private number.
    var ordinal: UInt32
    /// The public id.
    var rank: UInt32
    var kind: EvidenceKind
    /// What sources have in common that may be counted together: they never show the same traffic twice.
    var body: String
    /// Whether it was read to its end.
    var isRead: Bool
    /// The minutes in which its facts, and those made with it, have their record times; `nil` if that is not known.
    var minutes: ClosedRange<Int64>?

    /// Whether facts of it may lie in some minutes.
    func meets(_ minutes: Range<Int64>?) -> Bool {
        guard let minutes, let own = self.minutes else { return true }
        return minutes.overlaps(own)
    }

    /// All sources of a case, in order of their public ids.
    static func all(_ database: Database) throws -> [CountedSource] {
        try Row.fetchAll(database, sql: query).compactMap { row in
            guard let kind = EvidenceKind(rawValue: UInt8(clamping: row[2] as Int64)) else { return nil }
            let vantage = kind.isCapture ? row[3] as String? ?? "unit \(row[4] as Int64)" : ""
            return CountedSource(
                ordinal: UInt32(clamping: row[0] as Int64), rank: UInt32(clamping: row[1] as Int64), kind: kind,
                body: "\(kind.rawValue)/\(vantage)/\(row[5] as Int64? ?? 1)",
                isRead: row[6] as String != SourceStatus.partial.rawValue, minutes: minutes(row[7], row[8]))
        }
    }

    private static let query = """
        SELECT s.ordinal, s.rank, s.kind, s.vantage, s.unit, s.sample_rate, s.status, u.first_time, u.last_time
        FROM source s JOIN (\(CaseStore.spans)) u ON u.span = \(CaseStore.spanKey("s")) ORDER BY s.rank
        """

    private static func minutes(_ first: Int64?, _ last: Int64?) -> ClosedRange<Int64>? {
        guard let first, let last else { return nil }
        let from = BucketKey.minute(of: Timestamp(nanoseconds: first))
        return from...max(from, BucketKey.minute(of: Timestamp(nanoseconds: last)))
    }
}
