package import ForensicsModel
import GRDB

/// Which facts to read back.
package struct FactScan: Sendable {
    /// What makes a fact belong to the window.
    package enum Membership: Sendable {
        /// Its record time lies in the window.
        case recordTime
        /// Some instant of it, from its start to its end, lies in the window.
        case overlap
    }

    /// All time if `nil`.
    package var window: TimeWindow?
    package var membership: Membership = .recordTime
    /// Public ids of sources; all if `nil`.
    package var sources: [UInt32]?

    package init(window: TimeWindow? = nil, sources: [UInt32]? = nil, membership: Membership = .recordTime) {
        self.window = window
        self.sources = sources
        self.membership = membership
    }
}

/// Reading facts back as they were written: the same values, in batches with texts of their own.
///
/// Ids are public (rank of the source and record). Offsets are 0: rows do not keep them. The blocks run while the case
/// is held and must not call the store; they return whether to go on. What they throw comes out unchanged.
extension CaseStore {
    /// How many rows a batch of a scan has at most.
    package static let scanBatchLimit = 8192

    /// Nanoseconds from which on connections are listed, so that those that last longer are found without reading all.
    package static let listedDuration = RowTable.longConnectionLimit

    /// Hands out exchanges, source by source in order of ids.
    package func scanRequests(_ scan: FactScan, _ body: (FactBatch) throws -> Bool) throws {
        try self.scan(scan, of: .request, body)
    }

    /// Hands out connections, source by source in order of ids. Those that ALB requests imply are not among them.
    package func scanConnections(_ scan: FactScan, _ body: (FactBatch) throws -> Bool) throws {
        try self.scan(scan, of: .connection, body)
    }

    /// Hands out connections longer than `duration` nanoseconds.
    ///
    /// Quick from one minute on: those are listed; shorter ones are found by reading all.
    package func longConnections(
        over duration: Int64, _ scan: FactScan, _ body: (FactBatch) throws -> Bool
    ) throws {
        try self.scan(scan, of: .connection, over: duration, body)
    }

    /// Hands out health checks, source by source in order of ids.
    package func scanHealthChecks(_ scan: FactScan, _ body: (FactBatch) throws -> Bool) throws {
        try self.scan(scan, of: .healthCheck, body)
    }

    /// Hands out the rows of flow logs, source by source in order of ids.
    package func scanFlowRecords(_ scan: FactScan, _ body: (FactBatch) throws -> Bool) throws {
        try self.scan(scan, of: .flowRecord, body)
    }

    private func scan(
        _ scan: FactScan, of table: RowTable, over duration: Int64 = .min, _ body: (FactBatch) throws -> Bool
    ) throws {
        try run { database in
            // One state of the case from the first source to the last.
            try database.inTransaction(.deferred) {
                let origins = try Self.origins(scan, database)
                let isListed = duration >= RowTable.longConnectionLimit
                var reader = FactReader(profiles: try ProfileReader(database), scan: scan, over: duration)
                let root = isListed ? nil : try rootPage(of: table, database)
                if let root,
                    let cursor = BulkCursor(
                        database, root: root, width: table.columns.count, limit: Self.scanBatchLimit)
                {
                    try Self.scanPages(cursor, table, origins, &reader, body)
                } else {
                    try Self.scanRows(table, isListed: isListed, origins, &reader, body, database)
                }
                return .commit
            }
        }
    }

    /// The root of a table whose pages may be read from the file itself, because no write-ahead log hides them.
    ///
    /// The transaction that is open began before this look: a log that is empty now was empty for it.
    private func rootPage(of table: RowTable, _ database: Database) throws -> UInt32? {
        guard logSize() == 0 else { return nil }
        let root = try Int64.fetchOne(
            database, sql: "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?",
            arguments: [table.name])
        return root.map { UInt32(clamping: $0) }
    }

    private static func scanPages(
        _ cursor: consuming BulkCursor, _ table: RowTable, _ origins: [FactReader.Origin], _ reader: inout FactReader,
        _ body: (FactBatch) throws -> Bool
    ) throws {
        var batch = FactBatch()
        for origin in origins {
            cursor.seek(origin.range)
            while case let rows = try cursor.step(), rows > 0 {
                try reader.read(table, cursor.cells, cursor.arena, rows: rows, origin, into: &batch)
                if !batch.isEmpty, try !body(batch) { return }
            }
        }
    }

    private static func scanRows(
        _ table: RowTable, isListed: Bool, _ origins: [FactReader.Origin], _ reader: inout FactReader,
        _ body: (FactBatch) throws -> Bool, _ database: Database
    ) throws {
        var batch = FactBatch()
        let columns = table.columns
        let names = columns.map { "r.\($0.name)" }.joined(separator: ", ")
        let from = isListed ? "long_connection l CROSS JOIN \(table.name) r ON r.id = l.id" : "\(table.name) r"
        let statement = try database.cachedStatement(
            sql: "SELECT \(names) FROM \(from) WHERE \(isListed ? "l" : "r").id BETWEEN ? AND ?")
        for origin in origins {
            try statement.setArguments([origin.range.first, origin.range.last])
            var fetch = BulkFetch(statement, kinds: columns.map(\.kind), limit: scanBatchLimit)
            while case let rows = try fetch.step(), rows > 0 {
                try reader.read(table, fetch.cells, fetch.arena, rows: rows, origin, into: &batch)
                if !batch.isEmpty, try !body(batch) { return }
            }
        }
    }

    /// SQL for the time from the first to the last record of the sources whose records make facts together.
    ///
    /// Facts of a capture set lie with the file in which they begin, and its roll-ups with the first file, while their
    /// record times may be those of any later file: a file's own times tell nothing about what is kept under it. The
    /// same goes for all flow logs of a case, which are stitched together.
    static let spans =
        "SELECT \(spanKey()) AS span, min(first_time) AS first_time, max(last_time) AS last_time FROM source GROUP BY 1"

    /// SQL for what a source has in common with those that it makes facts with.
    static func spanKey(_ table: String = "source") -> String {
        "CASE \(table).kind WHEN \(EvidenceKind.vpcFlow.rawValue) THEN 0 ELSE \(table).unit END"
    }

    /// The sources that may hold what a scan asks for, in order of their ids.
    private static func origins(_ scan: FactScan, _ database: Database) throws -> [FactReader.Origin] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT s.rank, s.ordinal, s.kind, s.time_base, u.first_time, u.last_time
                FROM source s JOIN (\(spans)) u ON u.span = \(spanKey("s"))
                WHERE s.time_base IS NOT NULL ORDER BY s.rank
                """)
        let ranks = try Row.fetchAll(database, sql: "SELECT ordinal, rank FROM source")
        var rankByOrdinal: [UInt32: UInt32] = [:]
        for row in ranks { rankByOrdinal[UInt32(clamping: row[0] as Int64)] = UInt32(clamping: row[1] as Int64) }
        return rows.compactMap { row in
            let rank = UInt32(clamping: row[0] as Int64)
            if let wanted = scan.sources, !wanted.contains(rank) { return nil }
            if let window = scan.window {
                if let last = row[5] as Int64?, last < window.start.nanoseconds { return nil }
                if scan.membership == .recordTime, let first = row[4] as Int64?, first >= window.end.nanoseconds {
                    return nil
                }
            }
            let kind = EvidenceKind(rawValue: UInt8(clamping: row[2] as Int64)) ?? .pcap
            return FactReader.Origin(
                rank: rank, range: RowRange(source: UInt32(clamping: row[1] as Int64), isCapture: kind.isCapture),
                kind: kind, base: row[3], ranks: rankByOrdinal)
        }
    }
}
