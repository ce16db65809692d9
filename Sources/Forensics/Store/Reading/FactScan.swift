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

    private func scan(
        _ scan: FactScan, of table: RowTable, over duration: Int64 = .min, _ body: (FactBatch) throws -> Bool
    ) throws {
        try run { database in
            // One state of the case from the first source to the last.
            try database.inTransaction(.deferred) {
                var reader = FactReader(profiles: try ProfileReader(database), scan: scan, over: duration)
                var batch = FactBatch()
                let selection = RowScan(table: table, isListed: duration >= RowTable.longConnectionLimit)
                try rows(selection, scan, database) { cells, arena, rows, origin in
                    try reader.read(table, cells, arena, rows: rows, origin, into: &batch)
                    return try batch.isEmpty || body(batch)
                }
                return .commit
            }
        }
    }

    /// Which rows of which table a scan looks at.
    struct RowScan {
        var table: RowTable
        /// Only connections that are listed as long.
        var isListed = false
        /// How many columns are read, the row id among them; all if `nil`.
        var width: Int?
        /// Values of a column; rows that hold none of them are passed over.
        var chosen: (column: Int, values: [Int64])?

        var columns: [RowTable.Column] { Array(table.columns.prefix(width ?? .max)) }
    }

    /// Takes the cells of some rows of one source, row by row, and the bytes they refer to; says whether to go on.
    typealias RowTaker = (_ cells: [Int64], _ arena: [UInt8], _ rows: Int, _ origin: FactReader.Origin) throws -> Bool

    /// Hands out the cells of a scan's rows, source by source in order of ids, inside of the transaction at hand.
    ///
    /// What lies outside of the scan's window is passed over where that costs nothing: whoever takes the rows looks again.
    func rows(_ selection: RowScan, _ scan: FactScan, _ database: Database, _ body: RowTaker) throws {
        let origins = try Self.origins(scan, database)
        if let spool, selection.table == .request,
            try !Self.scanSpool(spool, selection, scan, origins, database, body)
        {
            return
        }
        if let root = selection.isListed ? nil : try rootPage(of: selection.table, database),
            let cursor = BulkCursor(
                database, root: root, width: selection.columns.count, limit: Self.scanBatchLimit)
        {
            try Self.scanPages(cursor, selection, scan, origins, body)
        } else {
            try Self.scanRows(selection, origins, database, body)
        }
    }

    /// The root of a table whose pages may be read from the file itself, because no write-ahead log hides them.
    ///
    /// The transaction that is open began before this look: a log that is empty now was empty for it.
    private func rootPage(of table: RowTable, _ database: Database) throws -> UInt32? {
        logSize() == 0 ? try root(of: table, database) : nil
    }

    /// The root of a table.
    func root(of table: RowTable, _ database: Database) throws -> UInt32? {
        let root = try Int64.fetchOne(
            database, sql: "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?",
            arguments: [table.name])
        return root.map { UInt32(clamping: $0) }
    }

    private static func scanPages(
        _ cursor: consuming BulkCursor, _ selection: RowScan, _ scan: FactScan, _ origins: [FactReader.Origin],
        _ body: RowTaker
    ) throws {
        if let chosen = selection.chosen { try cursor.keep(chosen.column, in: chosen.values) }
        for origin in origins {
            if let window = scan.window {
                cursor.keep(times: times(window, scan.membership, base: origin.base))
            }
            cursor.seek(origin.range)
            while case let rows = try cursor.step(), rows > 0 {
                if try !body(cursor.cells, cursor.arena, rows, origin) { return }
            }
        }
    }

    /// Hands out the rows that lie beside the case; says whether to go on.
    private static func scanSpool(
        _ spool: RowSpool, _ selection: RowScan, _ scan: FactScan, _ origins: [FactReader.Origin], _ database: Database,
        _ body: RowTaker
    ) throws -> Bool {
        guard var cursor = spool.cursor(width: selection.columns.count, limit: scanBatchLimit) else {
            throw DatabaseError(resultCode: .SQLITE_NOMEM)
        }
        let places = try RowSpool.places(database)
        if let chosen = selection.chosen { try cursor.keep(chosen.column, in: chosen.values) }
        for origin in origins {
            if let window = scan.window { cursor.keep(times: times(window, scan.membership, base: origin.base)) }
            for place in RowRange.log(origin.range.first).flatMap({ places[$0] }) ?? [] {
                cursor.open(place)
                while case let rows = try cursor.step(), rows > 0 {
                    if try !body(cursor.cells, cursor.arena, rows, origin) { return false }
                }
            }
        }
        return true
    }

    /// The record times that a window wants, from the base of a source.
    private static func times(
        _ window: TimeWindow, _ membership: FactScan.Membership, base: Int64
    ) -> ClosedRange<Int64> {
        let base = Timestamp(nanoseconds: base)
        let first = window.start.since(base)
        guard membership == .recordTime else { return first...Int64.max }
        return first...max(first, window.end.advanced(by: -1).since(base))
    }

    private static func scanRows(
        _ selection: RowScan, _ origins: [FactReader.Origin], _ database: Database, _ body: RowTaker
    ) throws {
        let table = selection.table
        let columns = selection.columns
        let names = columns.map { "r.\($0.name)" }.joined(separator: ", ")
        let from =
            selection.isListed ? "long_connection l CROSS JOIN \(table.name) r ON r.id = l.id" : "\(table.name) r"
        var condition = "\(selection.isListed ? "l" : "r").id BETWEEN ? AND ?"
        if let (column, values) = selection.chosen {
            condition += " AND r.\(columns[column].name) IN (\(values.map(String.init).joined(separator: ", ")))"
        }
        let statement = try database.cachedStatement(sql: "SELECT \(names) FROM \(from) WHERE \(condition)")
        var fetch = BulkFetch(statement, kinds: columns.map(\.kind), limit: scanBatchLimit)
        for origin in origins {
            try fetch.restart([origin.range.first, origin.range.last])
            while case let rows = try fetch.step(), rows > 0 {
                if try !body(fetch.cells, fetch.arena, rows, origin) { return }
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
    static func origins(_ scan: FactScan, _ database: Database) throws -> [FactReader.Origin] {
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
        let wanted = scan.sources.map { Set($0) }
        return rows.compactMap { row in
            let rank = UInt32(clamping: row[0] as Int64)
            if let wanted, !wanted.contains(rank) { return nil }
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
