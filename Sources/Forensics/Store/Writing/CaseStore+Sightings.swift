package import ForensicsModel
import Foundation
import GRDB

/// Findings of logs, which are put together from what the checks saw of each.
///
/// They are made anew whenever the case gains or loses a log, so that the order of ingesting plays no part. The logs that
/// went into them are noted with them: a run that is killed before leaves a note that does not fit, and the next one puts
/// them together.
extension CaseStore {
    /// Parts of a source's sightings are numbered below the source's ordinal shifted by this.
    static let sightingsShift: Int64 = 24
    /// Bytes of a part: several share a page, of which little stays empty.
    private static let partLength = 2000

    static func store(sightings: [UInt8], of ordinal: UInt32, _ database: Database) throws {
        try removeRange(database, "sighted", Int64(ordinal), sightingsShift)
        let statement = try database.cachedStatement(sql: "INSERT INTO sighted(id, data) VALUES(?, ?)")
        for (part, start) in stride(from: 0, to: max(1, sightings.count), by: partLength).enumerated() {
            let end = min(start + partLength, sightings.count)
            try statement.execute(arguments: [
                Int64(ordinal) << sightingsShift | Int64(part), Data(sightings[start..<end]),
            ])
        }
    }

    /// The ordinals of the complete sources of which the case keeps what the checks saw, unless its findings were put
    /// together from just these.
    package func sourcesToJoin() throws(StoreError) -> [UInt32]? {
        try access { database in
            let kept = try Int64.fetchAll(
                database,
                sql: """
                    SELECT s.ordinal FROM source s JOIN unit u ON u.id = s.unit
                    WHERE u.status = ? AND EXISTS(SELECT 1 FROM sighted WHERE id = s.ordinal << ?) ORDER BY s.ordinal
                    """, arguments: [SourceStatus.complete.rawValue, Self.sightingsShift])
            let known = try Int64.fetchAll(database, sql: "SELECT source FROM joined ORDER BY source")
            return kept == known ? nil : kept.map { UInt32(clamping: $0) }
        }
    }

    /// What the checks saw of a source; `nil` if that is not kept.
    package func sightings(of ordinal: UInt32) throws(StoreError) -> [UInt8]? {
        try access { database in
            let first = Int64(ordinal) << Self.sightingsShift
            let parts = try Data.fetchAll(
                database, sql: "SELECT data FROM sighted WHERE id BETWEEN ? AND ? ORDER BY id",
                arguments: [first, first + (1 << Self.sightingsShift) - 1])
            if parts.isEmpty { return nil }
            var seen: [UInt8] = []
            seen.reserveCapacity(parts.count * Self.partLength)
            for part in parts { seen.append(contentsOf: part) }
            return seen
        }
    }

    /// Replaces the findings of the sources, and of those that they were put together from before.
    package func setJoinedFindings(_ findings: [Finding], of ordinals: [UInt32]) throws(StoreError) {
        try transaction { database in
            let known = try Int64.fetchAll(database, sql: "SELECT source FROM joined")
            for ordinal in Set(known.map { UInt32(clamping: $0) } + ordinals) {
                try Self.removeFindings(of: ordinal, database)
            }
            for finding in findings { try Self.store(finding, database) }
            try database.execute(sql: "DELETE FROM joined")
            let statement = try database.cachedStatement(sql: "INSERT INTO joined(source) VALUES(?)")
            for ordinal in ordinals { try statement.execute(arguments: [ordinal]) }
        }
    }
}
