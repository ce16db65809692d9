package import ForensicsModel
import GRDB

/// Reading the rows of flow logs while what they make together is stored.
extension CaseStore {
    /// What a scan of flow logs does after a batch.
    package enum FlowScanStep: Sendable {
        case goOn
        /// The rest of this log is not wanted.
        case passOver
        case stop
    }

    /// Brings what was stored so far into the file itself, and tells whether the file holds all of it: it does not while
    /// another process reads an earlier state. For the thread that stores.
    package func foldLog() throws(StoreError) -> Bool {
        if access.isThrownAway { return true }
        return try access { database in
            guard let row = try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(PASSIVE)") else { return false }
            return row[0] as Int64 == 0 && row[1] as Int64 == row[2] as Int64
        }
    }

    /// Hands out what the rows of flow logs tell, log by log as they are named, the rows of each in order of their ids.
    ///
    /// Holds no transaction, so that another connection may store meanwhile; it must not store rows of flow logs. The
    /// block must not call the store.
    ///
    /// - Parameters:
    ///   - sources: public ids of the logs.
    ///   - isFolded: whether the file holds all rows of flow logs (`foldLog`). Then its pages are read as they are: those
    ///     of a table change only where its rows do.
    ///   - body: takes the place of the log among those named, and a batch, which it may take away.
    package func scanFlowIntervals(
        of sources: [UInt32], isFolded: Bool, _ body: (_ log: Int, _ batch: inout FlowIntervals) throws -> FlowScanStep
    ) throws {
        try run { database in
            let known = try Self.origins(FactScan(), database)
            let origins = Dictionary(uniqueKeysWithValues: known.map { ($0.rank, $0) })
            let logs = sources.enumerated().compactMap { place, id in origins[id].map { (place, $0) } }
            var reader = FlowIntervalReader(profiles: try ProfileReader(database))
            let root = isFolded ? try root(of: .flowRecord, database) : nil
            if let root,
                let cursor = BulkCursor(
                    database, root: root, width: FlowIntervalReader.width, limit: Self.scanBatchLimit)
            {
                try Self.read(logs, cursor, &reader, body)
            } else {
                try Self.read(logs, database, &reader, body)
            }
        }
    }

    private typealias FlowTaker = (_ log: Int, _ batch: inout FlowIntervals) throws -> FlowScanStep

    private static func read(
        _ logs: [(Int, FactReader.Origin)], _ cursor: consuming BulkCursor, _ reader: inout FlowIntervalReader,
        _ body: FlowTaker
    ) throws {
        var batch = FlowIntervals()
        for (place, origin) in logs {
            cursor.seek(origin.range)
            reading: while case let rows = try cursor.step(), rows > 0 {
                try reader.read(cursor.cells, rows: rows, origin, into: &batch)
                switch try body(place, &batch) {
                case .goOn: continue
                case .passOver: break reading
                case .stop: return
                }
            }
        }
    }

    private static func read(
        _ logs: [(Int, FactReader.Origin)], _ database: Database, _ reader: inout FlowIntervalReader, _ body: FlowTaker
    ) throws {
        let columns = Array(RowTable.flowRecord.columns.prefix(FlowIntervalReader.width))
        let names = columns.map(\.name).joined(separator: ", ")
        let statement = try database.makeStatement(
            sql: "SELECT \(names) FROM \(RowTable.flowRecord.name) WHERE id BETWEEN ? AND ?")
        var batch = FlowIntervals()
        for (place, origin) in logs {
            try statement.setArguments([origin.range.first, origin.range.last])
            var fetch = BulkFetch(statement, kinds: columns.map(\.kind), limit: Self.scanBatchLimit)
            reading: while case let rows = try fetch.step(), rows > 0 {
                try reader.read(fetch.cells, rows: rows, origin, into: &batch)
                switch try body(place, &batch) {
                case .goOn: continue
                case .passOver: break reading
                case .stop: return
                }
            }
        }
    }
}
