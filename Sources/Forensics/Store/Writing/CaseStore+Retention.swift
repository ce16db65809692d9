package import ForensicsModel
import GRDB

/// How far back, and how large, the case of a capture may grow: the oldest goes first.
///
/// Captures are not read again, so what is removed is gone: rows, roll-ups, distributions and findings that ended before a
/// limit. A capture that ended before it goes whole; of others the ledger keeps what was read, and the coverage begins at
/// the limit. Logs and files in the same case are never touched.
extension CaseStore {
    private static let minute: Int64 = 60_000_000_000

    /// Removes what captures recorded before a time.
    ///
    /// - Parameter limit: the start of a minute, as roll-ups are of minutes.
    package func removeLive(before limit: Timestamp) throws(StoreError) {
        for key in try liveUnits(endingBefore: limit) { try removeUnit(key: key) }
        try transaction { database in
            let sources = try UInt32.fetchAll(
                database,
                sql: """
                    SELECT s.ordinal FROM source s JOIN coverage_span c ON c.source = s.ordinal
                    WHERE s.kind = ? AND c.from_time < ? GROUP BY s.ordinal ORDER BY s.ordinal
                    """, arguments: [EvidenceKind.live.rawValue, limit.nanoseconds])
            for source in sources { try Self.trim(source, to: limit, database) }
        }
    }

    /// Removes the oldest hours of captures until the pages in use take no more than `size` bytes; where an hour alone is
    /// larger, its oldest minutes.
    ///
    /// - Returns: from when on captures are kept; `nil` if nothing was removed.
    package func shrinkLive(to size: Int64) throws(StoreError) -> Timestamp? {
        var kept: Timestamp?
        while try usedSize() > size, let (oldest, newest) = try liveSpan() {
            let hour = oldest.bucket(width: 60 * Self.minute) + 60 * Self.minute
            let minute = oldest.bucket(width: Self.minute) + Self.minute
            let limit = Timestamp(nanoseconds: hour <= newest.nanoseconds ? hour : minute)
            // The minute at hand stays: it is being written.
            guard limit.nanoseconds <= newest.bucket(width: Self.minute) else { return kept }
            try removeLive(before: limit)
            kept = limit
        }
        return kept
    }

    /// The bytes of the case's pages that hold something. The file is no smaller: pages that were freed are used again.
    package func usedSize() throws(StoreError) -> Int64 {
        try access { database in
            let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let free = try Int64.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
            return (pages - free) * Int64(CaseSchema.pageSize)
        }
    }

    /// The time that the case's captures cover.
    private func liveSpan() throws(StoreError) -> (oldest: Timestamp, newest: Timestamp)? {
        try access { database in
            let row = try Row.fetchOne(
                database,
                sql: """
                    SELECT min(c.from_time), max(c.to_time) FROM coverage_span c JOIN source s ON s.ordinal = c.source
                    WHERE s.kind = ?
                    """, arguments: [EvidenceKind.live.rawValue])
            guard let row, let oldest = row[0] as Int64?, let newest = row[1] as Int64? else { return nil }
            return (Timestamp(nanoseconds: oldest), Timestamp(nanoseconds: newest))
        }
    }

    private static func trim(_ source: UInt32, to limit: Timestamp, _ database: Database) throws {
        guard
            let row = try Row.fetchOne(
                database, sql: "SELECT first_row, last_row, time_base FROM source WHERE ordinal = ?",
                arguments: [source])
        else { return }
        let (first, last): (Int64, Int64) = (row[0], row[1])
        if let base = row[2] as Int64? {
            let time = SQLExpressions.nanoseconds("time", base: "\(base)")
            for table in RowTable.allCases {
                let end = try Self.firstRow(of: table, from: first, to: last, startingAt: limit, time, database)
                try database.execute(
                    sql: "DELETE FROM \(table.name) WHERE id >= ? AND id < ? AND \(time) < ?",
                    arguments: [first, end, limit.nanoseconds])
            }
        }
        try removeBuckets(of: source, before: limit, database)
        try database.execute(
            sql: """
                DELETE FROM finding_evidence WHERE finding IN (SELECT id FROM finding WHERE source = ?1 AND end < ?2)
                """, arguments: [source, limit.nanoseconds])
        try database.execute(
            sql: "DELETE FROM finding WHERE source = ? AND end < ?", arguments: [source, limit.nanoseconds])
        try database.execute(
            sql: "UPDATE coverage_span SET from_time = ?2 WHERE source = ?1 AND from_time < ?2",
            arguments: [source, limit.nanoseconds])
    }

    /// A row id before which every row that ended before the limit lies: rows are in the order of their starts, and what
    /// starts after the limit ends after it. So the newer part of a long capture is not read.
    private static func firstRow(
        of table: RowTable, from first: Int64, to last: Int64, startingAt limit: Timestamp, _ time: String,
        _ database: Database
    ) throws -> Int64 {
        let lasted: String? =
            switch table {
            case .request, .connection: "elapsed"
            case .healthCheck: "latency"
            case .flowRecord, .longConnection: nil
            }
        guard let lasted else { return last + 1 }
        // Packets may be a little out of order: a second more.
        let start = "\(time) - COALESCE(\(SQLExpressions.duration(lasted)), 0)"
        let probe = try database.cachedStatement(
            sql: "SELECT id, \(start) FROM \(table.name) WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1")
        let sought = limit.nanoseconds + 1_000_000_000
        var (low, high) = (first, last + 1)
        while low < high {
            let middle = low + (high - low) / 2
            if let row = try Row.fetchOne(probe, arguments: [middle, high - 1]), (row[1] as Int64? ?? .max) < sought {
                low = (row[0] as Int64) + 1
            } else {
                high = middle
            }
        }
        return high
    }

    private static func removeBuckets(of source: UInt32, before limit: Timestamp, _ database: Database) throws {
        let minute = limit.bucket(width: Self.minute) / Self.minute
        for table in ["rollup", "distribution", "segment"] {
            for slot in UInt8(0)..<128 {
                let begin = Int64(source) << 37 | Int64(slot) << 30
                let end = BucketID.make(source: source, slot: slot, minute: minute, isHealthCheck: false)
                try database.execute(
                    sql: "DELETE FROM \(table) WHERE id >= ? AND id < ?", arguments: [begin, end])
            }
        }
    }

    /// From when on the rows of a running capture are kept, where older ones were removed.
    static func keptFrom(_ source: UInt32, _ database: Database) throws -> Timestamp? {
        try Int64.fetchOne(
            database, sql: "SELECT min(from_time) FROM coverage_span WHERE source = ?", arguments: [source]
        ).map { Timestamp(nanoseconds: $0) }
    }
}
