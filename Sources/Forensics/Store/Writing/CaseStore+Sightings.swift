package import ForensicsModel
import Foundation
import GRDB

/// Findings of logs, which are put together from what the checks saw of each.
///
/// They are made anew whenever the case gains or loses a log, so that the order of ingesting plays no part. The logs that
/// went into them are noted with them: a run that is killed before leaves a note that does not fit, and the next one puts
/// them together.
extension CaseStore {
    /// The ordinals of the complete sources of which the case keeps what the checks saw, unless its findings were put
    /// together from just these.
    package func sourcesToJoin() throws(StoreError) -> [UInt32]? {
        try access { database in
            let kept = try Int64.fetchAll(
                database,
                sql: """
                    SELECT g.source FROM sighted g JOIN source s ON s.ordinal = g.source JOIN unit u ON u.id = s.unit
                    WHERE u.status = ? ORDER BY g.source
                    """, arguments: [SourceStatus.complete.rawValue])
            let known = try Int64.fetchAll(database, sql: "SELECT source FROM joined ORDER BY source")
            return kept == known ? nil : kept.map { UInt32(clamping: $0) }
        }
    }

    /// What the checks saw of a source; `nil` if that is not kept.
    package func sightings(of ordinal: UInt32) throws(StoreError) -> [UInt8]? {
        try access { database in
            try Data.fetchOne(database, sql: "SELECT data FROM sighted WHERE source = ?", arguments: [ordinal])
                .map { Array($0) }
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
