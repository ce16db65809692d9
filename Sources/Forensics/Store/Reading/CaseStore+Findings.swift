package import ForensicsModel
import GRDB

/// A finding with the number that users know it by.
package struct StoredFinding: Sendable {
    /// The public number: what `findings ID` takes.
    package var number: Int64
    /// Ids, also of evidence, name sources by their public ids.
    package var finding: Finding
}

extension CaseStore {
    /// All findings, in order of their numbers, with their evidence.
    package func findings() throws(StoreError) -> [StoredFinding] { try findings(where: "1", arguments: []) }

    /// The finding of a number, or `nil`.
    package func finding(number: Int64) throws(StoreError) -> StoredFinding? {
        try findings(where: "f.number = ?", arguments: [number]).first
    }

    private func findings(where condition: String, arguments: StatementArguments) throws(StoreError) -> [StoredFinding]
    {
        try access { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT f.id, COALESCE(f.number, 0), s.rank, f.record, f."check", f.severity, f.blame, f.kind,
                    f.subject, f.summary, f.start, f.end, f.count FROM finding f JOIN source s ON s.ordinal = f.source
                    WHERE \(condition) ORDER BY f.number, f.id
                    """, arguments: arguments)
            return try rows.map { row in
                let finding = Finding(
                    id: Self.factID(row, 2), check: row[4],
                    severity: Severity(rawValue: UInt8(clamping: row[5] as Int64)) ?? .info,
                    blame: Blame(rawValue: UInt8(clamping: row[6] as Int64)) ?? .none,
                    kind: EvidenceKind(rawValue: UInt8(clamping: row[7] as Int64)) ?? .pcap, subject: row[8],
                    summary: row[9], start: Timestamp(nanoseconds: row[10]), end: Timestamp(nanoseconds: row[11]),
                    count: UInt64(clamping: row[12] as Int64), evidence: try Self.evidence(row[0], database))
                return StoredFinding(number: row[1], finding: finding)
            }
        }
    }

    private static func evidence(_ finding: Int64, _ database: Database) throws -> [Finding.Evidence] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT s.rank, e.record, e.offset, e.measure FROM finding_evidence e JOIN source s ON s.ordinal = e.source
                WHERE e.finding = ? ORDER BY e.position
                """, arguments: [finding])
        return rows.map {
            Finding.Evidence(id: factID($0, 0), offset: UInt64(clamping: $0[2] as Int64), measure: $0[3])
        }
    }

    private static func factID(_ row: Row, _ index: Int) -> FactID {
        FactID(source: UInt32(clamping: row[index] as Int64), record: UInt32(clamping: row[index + 1] as Int64))
    }
}
