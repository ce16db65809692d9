package import ForensicsModel
import GRDB

/// The life of a running capture's unit: what it has so far is whole at every checkpoint.
extension CaseStore {
    /// Adds what was counted since the last checkpoint and replaces what is said of the unit's sources.
    ///
    /// - Parameters:
    ///   - result: roll-ups and distributions are added to those that are stored; tallies, coverage and findings stand
    ///     for the whole run so far and replace what was there, but for what is older than the rows that are kept.
    ///   - replacesFindings: whether `result` has the findings; else those that are stored stay.
    package func checkpoint(_ result: UnitResult, replacesFindings: Bool) throws(StoreError) {
        try checkPlace()
        try transaction { database in
            try storeStaged(database)
            var kept: [UInt32: Timestamp] = [:]
            for var source in result.sources {
                kept[source.ordinal] = try Self.keptFrom(source.ordinal, database)
                source.counts.follows = true
                try Self.store(complete(source), result.ingestedAt, database)
                try database.execute(sql: "DELETE FROM coverage_span WHERE source = ?", arguments: [source.ordinal])
                if replacesFindings { try Self.removeFindings(of: source.ordinal, database) }
            }
            let coverage = result.coverage.compactMap { stretch -> Coverage? in
                var stretch = stretch
                guard let from = stretch.from, let kept = kept[stretch.source] else { return stretch }
                if let to = stretch.to, to <= kept { return nil }
                stretch.from = max(from, kept)
                return stretch
            }
            try Self.store(coverage, database)
            if replacesFindings {
                for finding in result.findings where kept[finding.id.source].map({ finding.end >= $0 }) ?? true {
                    try Self.store(finding, database)
                }
            }
        }
        if replacesFindings { try renumber() }
    }

    static func removeFindings(of source: UInt32, _ database: Database) throws {
        try database.cachedStatement(
            sql: "DELETE FROM finding_evidence WHERE finding IN (SELECT id FROM finding WHERE source = ?)"
        ).execute(arguments: [source])
        try database.cachedStatement(sql: "DELETE FROM finding WHERE source = ?").execute(arguments: [source])
    }

    /// Marks what captures that were killed have left as whole up to their last checkpoint: it cannot be read again.
    ///
    /// Called by whoever holds the case's lock, so no such capture can be running. Returns how many there were.
    ///
    /// - Parameter cause: why they are not whole.
    @discardableResult
    package func salvageLiveUnits(
        _ cause: String = "the capture was killed, or could not write its case"
    ) throws(StoreError) -> Int {
        var count = 0
        try transaction { database in
            let units = try Int64.fetchAll(
                database, sql: "SELECT id FROM unit WHERE status = ? AND kind = ?",
                arguments: [SourceStatus.partial.rawValue, EvidenceKind.live.rawValue])
            for unit in units {
                try database.execute(
                    sql: "UPDATE source SET status = ?, detail = COALESCE(detail || '; ', '') || ? WHERE unit = ?",
                    arguments: [
                        SourceStatus.salvaged.rawValue,
                        "\(cause); complete up to its last checkpoint, without connections open then",
                        unit,
                    ])
                try database.execute(
                    sql: "UPDATE unit SET status = ? WHERE id = ?",
                    arguments: [SourceStatus.complete.rawValue, unit])
            }
            count = units.count
        }
        return count
    }

    /// The keys of complete units of captures whose last packet is older than `limit`.
    package func liveUnits(endingBefore limit: Timestamp) throws(StoreError) -> [String] {
        try access { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT u.key FROM unit u JOIN source s ON s.unit = u.id WHERE u.kind = ? AND u.status = ?
                    GROUP BY u.id HAVING max(s.last_time) < ? ORDER BY u.id
                    """,
                arguments: [EvidenceKind.live.rawValue, SourceStatus.complete.rawValue, limit.nanoseconds])
        }
    }
}
