import ForensicsModel
import Foundation
import GRDB
import Synchronization

/// The life of a unit: begun, filled in parts, finished in one transaction, or removed.
extension CaseStore {
    /// Makes room for a unit and removes whatever an earlier attempt of the same key left, whole or not; what it replaces
    /// stays until it is whole.
    package func beginUnit(_ unit: UnitDescription) throws(StoreError) -> UnitHandle { try beginUnits([unit])[0] }

    /// Makes room for some units at once; see `beginUnit`. Either all are begun or none.
    package func beginUnits(_ units: [UnitDescription]) throws(StoreError) -> [UnitHandle] {
        var handles: [UnitHandle] = []
        try transaction { database in handles = try units.map { try begin($0, database) } }
        return handles
    }

    private func begin(_ unit: UnitDescription, _ database: Database) throws -> UnitHandle {
        let key = unit.replaced.isEmpty ? unit.key : unit.key + UnitDescription.pendingMark
        let known = try database.cachedStatement(sql: "SELECT id FROM unit WHERE key = ?")
        if let old = try Int64.fetchOne(known, arguments: [key]) { try Self.removeUnit(database, old) }
        try database.cachedStatement(
            sql: "INSERT INTO unit(key, kind, vantage, options, status) VALUES(?, ?, ?, ?, ?)"
        ).execute(arguments: [key, unit.kind.rawValue, unit.vantage, unit.options, SourceStatus.partial.rawValue])
        let id = database.lastInsertedRowID
        // Ordinals are never given twice: encoders may still know the time base of a removed source.
        let next = try database.cachedStatement(sql: "SELECT seq + 1 FROM sqlite_sequence WHERE name = 'source'")
        let first = try Int64.fetchOne(next) ?? 1
        guard first + Int64(unit.sources.count) <= Int64(RowRange.ordinalLimit) else {
            throw StoreError(
                .badUnit, path, problem: "a case holds at most \(RowRange.ordinalLimit) sources",
                remedy: "ingest the rest into another --store")
        }
        let insertion = try database.cachedStatement(
            sql: """
                INSERT INTO source(ordinal, unit, first_row, last_row, row_shift, rank, path, kind, vantage,
                bytes, options, sample_rate, status)
                SELECT ?, ?, ?, ?, ?, COALESCE(max(rank), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM source
                """)
        for (index, source) in unit.sources.enumerated() {
            let range = RowRange(source: UInt32(first + Int64(index)), isCapture: unit.kind.isCapture)
            try insertion.execute(arguments: [
                first + Int64(index), id, range.first, range.last, range.shift, source.path, unit.kind.rawValue,
                unit.vantage, source.bytes.map { Int64(clamping: $0) }, unit.options, source.sampleRate,
                SourceStatus.partial.rawValue,
            ])
        }
        return UnitHandle(
            id: id, key: unit.key, replaced: unit.replaced,
            ordinals: unit.sources.indices.map { UInt32(first + Int64($0)) })
    }

    /// Stores the rows of a batch, committed at once under the unit's status `partial`.
    ///
    /// Batches are stored in the order of the calls; one of several thousand rows is a good size.
    package func append(_ batch: EncodedBatch) throws(StoreError) {
        try access { database in
            try dictionary.store(into: database)
            for image in batch.images { try insert(image, database) }
            if !batch.rejects.isEmpty { try Self.store(batch.rejects, database) }
            if !batch.portions.isEmpty {
                try database.inTransaction(.immediate) {
                    for (source, portion) in batch.portions { try Self.store(portion, of: source, database) }
                    return .commit
                }
            }
            noteDropped(batch.dropped)
        }
    }

    func noteDropped(_ ids: [Int64]) {
        guard !ids.isEmpty else { return }
        droppedRows.withLock { counts in
            for id in ids { counts[RowRange.source(ofCaptureRow: id), default: 0] += 1 }
        }
    }

    /// The result with what the store had to leave out, which its caller cannot know.
    func complete(_ source: SourceResult) -> SourceResult {
        var source = source
        let dropped = droppedRows.withLock { $0[source.ordinal] ?? 0 }
        source.tally.note(.tooManyFacts, count: dropped)
        return source
    }

    private func insert(_ image: EncodedBatch.TableImage, _ database: Database) throws {
        if let spool, image.table == .request, let log = image.log { return try spool.append(image, of: log, database) }
        do {
            try insert(image, into: "main.\(image.table.name)")
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_CONSTRAINT {
            // A fact of an earlier batch began in the same packet: these rows take the next free sequence numbers.
            try database.inTransaction(.immediate) {
                noteDropped(
                    try Self.insertOneByOne(
                        image.table, from: "bulk.t", into: "main.\(image.table.name)", database))
                return .commit
            }
        }
    }

    /// Copies the rows of a table of the same form, each to the first free id of its record. Returns the ids of those for
    /// which there is none.
    static func insertOneByOne(
        _ table: RowTable, from origin: String, into destination: String, _ database: Database
    ) throws -> [Int64] {
        var dropped: [Int64] = []
        let range = RowRange(source: 0, isCapture: true)
        let last = range.sequenceLimit - 1
        let rows = try Row.fetchAll(database, sql: "SELECT * FROM \(origin)")
        let marks = Array(repeating: "?", count: table.columns.count).joined(separator: ", ")
        let statement = try database.cachedStatement(sql: "INSERT INTO \(destination) VALUES(\(marks))")
        let free = try database.cachedStatement(
            sql: "SELECT COALESCE(max(id) + 1, ?1) FROM \(destination) WHERE id BETWEEN ?1 AND ?2")
        for row in rows {
            let id: Int64 = row[0]
            // Only ids of packets have sequence numbers.
            let record = id >= range.first ? (id >> range.shift) << range.shift : id
            let next =
                try Int64.fetchOne(free, arguments: [record, id >= range.first ? record + last : record]) ?? record
            // The last sequence number is taken: the fact is one of a thousand in one packet.
            if next > record + (id >= range.first ? last : 0) {
                if table != .longConnection { dropped.append(id) }
                continue
            }
            var values = Array(row.databaseValues)
            values[0] = next.databaseValue
            try statement.execute(arguments: StatementArguments(values))
        }
        return dropped
    }

    private static func store(_ rejects: [Reject], _ database: Database) throws {
        try database.inTransaction(.immediate) {
            let statement = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO reject(id, offset, reason, sample) VALUES(?, ?, ?, ?)")
            for reject in rejects {
                try statement.execute(arguments: [
                    reject.id.rawValue, Int64(clamping: reject.offset), reject.reason.rawValue, Data(reject.sample),
                ])
            }
            return .commit
        }
    }

    /// Stores what a unit's rows add up to and marks it complete, all in one transaction.
    package func finishUnit(_ unit: UnitHandle, _ result: UnitResult) throws(StoreError) {
        try checkPlace()
        try transaction { database in
            let status = try String.fetchOne(
                database, sql: "SELECT status FROM unit WHERE id = ?", arguments: [unit.id])
            guard status == SourceStatus.partial.rawValue else {
                throw StoreError(
                    .badUnit, path, problem: "the unit is not being written", remedy: StoreError.unforeseenRemedy)
            }
            for source in result.sources { try Self.store(complete(source), result.ingestedAt, database) }
            try Self.store(result.coverage, database)
            for finding in result.findings { try Self.store(finding, database) }
            for key in unit.replaced {
                let old = try Int64.fetchOne(database, sql: "SELECT id FROM unit WHERE key = ?", arguments: [key])
                if let old { try Self.removeUnit(database, old) }
            }
            try database.execute(
                sql: "UPDATE unit SET status = ?, key = ? WHERE id = ?",
                arguments: [SourceStatus.complete.rawValue, unit.key, unit.id])
        }
    }

    // MARK: Names

    /// Gives a unit another key; not where there is a unit of that key already.
    package func setKey(of key: String, to new: String) throws(StoreError) {
        try transaction { database in
            try database.execute(sql: "UPDATE OR IGNORE unit SET key = ? WHERE key = ?", arguments: [new, key])
        }
    }

    /// Gives units and their sources the vantages of these names, by the units' keys.
    package func setVantages(_ names: [String: String]) throws(StoreError) {
        try transaction { database in
            for (key, name) in names.sorted(by: { $0.key < $1.key }) {
                try database.execute(
                    sql: "UPDATE unit SET vantage = ?1 WHERE key = ?2 AND vantage IS NOT ?1", arguments: [name, key])
                if database.changesCount == 0 { continue }
                try database.execute(
                    sql: "UPDATE source SET vantage = ? WHERE unit = (SELECT id FROM unit WHERE key = ?)",
                    arguments: [name, key])
            }
        }
    }

    // MARK: Public numbers

    /// Gives sources and findings their public numbers: by kind, path and time, whatever the order of ingesting was.
    ///
    /// Called at the end of each run that added or removed a unit.
    package func renumber() throws(StoreError) {
        try transaction { database in
            let ordinals = try Int64.fetchAll(
                database,
                sql: """
                    SELECT s.ordinal FROM source s JOIN unit u ON u.id = s.unit
                    ORDER BY s.kind, s.path, s.first_time, s.content_key, u.key
                    """)
            let ranks = try database.cachedStatement(sql: "UPDATE source SET rank = ? WHERE ordinal = ?")
            for (index, ordinal) in ordinals.enumerated() { try ranks.execute(arguments: [index + 1, ordinal]) }
            let findings = try Int64.fetchAll(
                database,
                sql: """
                    SELECT f.id FROM finding f JOIN source s ON s.ordinal = f.source
                    ORDER BY s.rank, f.record, f."check", f.blame, f.subject, f.start, f.end, f.summary
                    """)
            let numbers = try database.cachedStatement(sql: "UPDATE finding SET number = ? WHERE id = ?")
            for (index, id) in findings.enumerated() { try numbers.execute(arguments: [index + 1, id]) }
        }
    }
}
