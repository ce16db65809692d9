package import ForensicsModel
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
            throw StoreError(.badUnit, "\(path): a case holds at most \(RowRange.ordinalLimit) sources")
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
        try transaction { database in
            let status = try String.fetchOne(
                database, sql: "SELECT status FROM unit WHERE id = ?", arguments: [unit.id])
            guard status == SourceStatus.partial.rawValue else {
                throw StoreError(.badUnit, "\(path): the unit is not being written")
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

    static func store(_ source: SourceResult, _ ingestedAt: Timestamp?, _ database: Database) throws {
        let tally = source.tally
        try database.cachedStatement(
            sql: """
                UPDATE source SET status = ?, content_key = ?, sha256 = ?, decoded_length = ?,
                bytes = COALESCE(?, bytes), first_time = ?, last_time = ?, accepted = ?, anomalous = ?, ignored = ?,
                rejected = ?, anomalies = ?, ingested_at = ?, detail = ? WHERE ordinal = ?
                """
        ).execute(
            arguments: [
                source.status.rawValue, source.contentKey, source.sha256,
                source.decodedLength.map { Int64(clamping: $0) }, source.bytes.map { Int64(clamping: $0) },
                tally.firstTime?.nanoseconds, tally.lastTime?.nanoseconds, Int64(clamping: tally.accepted),
                Int64(clamping: tally.anomalous),
                json(IgnoreReason.allCases.map { ($0.rawValue, tally.count($0)) }),
                json(RejectReason.allCases.map { ($0.rawValue, tally.count($0)) }),
                json(Anomaly.allCases.map { ($0.name, tally.count($0)) }),
                ingestedAt?.nanoseconds, source.detail, source.ordinal,
            ])
        let seeks = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO seek_point(source, decoded_offset, raw_offset, record) VALUES(?, ?, ?, ?)")
        for point in source.seekPoints {
            try seeks.execute(arguments: [
                source.ordinal, Int64(clamping: point.decodedOffset), Int64(clamping: point.rawOffset), point.record,
            ])
        }
        if let tag = source.tag {
            try database.execute(
                sql: "INSERT OR REPLACE INTO source_tag(source, tag) VALUES(?, ?)", arguments: [source.ordinal, tag])
        }
        if let seen = source.sightings { try store(sightings: seen, of: source.ordinal, database) }
        if let key = source.beginning {
            try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO source_beginning(source, content_key) VALUES(?, ?)"
            ).execute(arguments: [source.ordinal, key])
        }
        try store(source.rollups, source.distributions, of: source.ordinal, database)
    }

    /// Counts by name that are not 0, as a JSON object; `nil` if there is none.
    private static func json(_ counts: [(name: String, count: UInt64)]) -> String? {
        let parts = counts.filter { $0.count > 0 }.map { "\"\($0.name)\":\($0.count)" }
        return parts.isEmpty ? nil : "{\(parts.joined(separator: ","))}"
    }

    static func store(
        _ rollups: [PackedRollup], _ distributions: [PackedDistribution], of source: UInt32, _ database: Database
    ) throws {
        let rows = try database.cachedStatement(sql: "INSERT OR REPLACE INTO rollup(id, data) VALUES(?, ?)")
        let ordered = rollups.map { rollup in
            (
                id: BucketID.make(
                    source: source, slot: rollup.dimension, minute: rollup.minute, isHealthCheck: rollup.healthChecks),
                rollup: rollup
            )
        }.sorted { $0.id < $1.id }
        for (id, rollup) in ordered {
            try rows.execute(arguments: [id, String(decoding: rollup.json, as: UTF8.self)])
        }
        let buckets = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO distribution(id, count, p50, p95, p99, max, sum, data) VALUES(?,?,?,?,?,?,?,?)"
        )
        for distribution in distributions {
            try buckets.execute(arguments: [
                BucketID.make(
                    source: source, slot: distribution.measure.rawValue, minute: distribution.minute,
                    isHealthCheck: distribution.healthChecks),
                Int64(clamping: distribution.count), distribution.p50, distribution.p95, distribution.p99,
                distribution.maximum, distribution.sum, String(decoding: distribution.json, as: UTF8.self),
            ])
        }
    }

    static func store(_ coverage: [Coverage], _ database: Database) throws {
        for stretch in coverage {
            try database.execute(
                sql: """
                    INSERT INTO coverage_span(source, load_balancer, node, from_time, to_time, reason)
                    VALUES(?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    stretch.source, stretch.loadBalancer, stretch.node, stretch.from?.nanoseconds,
                    stretch.to?.nanoseconds, stretch.reason,
                ])
        }
    }

    static func store(_ finding: Finding, _ database: Database) throws {
        let row = try database.cachedStatement(
            sql: """
                INSERT INTO finding(source, record, "check", severity, blame, kind, subject, summary, start, end, count)
                VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try row.execute(arguments: [
            finding.id.source, finding.id.record, finding.check, finding.severity.rawValue,
            finding.blame.rawValue, finding.kind.rawValue, SQLText.string(Array(finding.subject.utf8)),
            SQLText.string(Array(finding.summary.utf8)), finding.start.nanoseconds, finding.end.nanoseconds,
            Int64(clamping: finding.count),
        ])
        let id = database.lastInsertedRowID
        let statement = try database.cachedStatement(
            sql:
                "INSERT INTO finding_evidence(finding, position, source, record, offset, measure) VALUES(?, ?, ?, ?, ?, ?)"
        )
        for (position, evidence) in finding.evidence.enumerated() {
            try statement.execute(arguments: [
                id, position + 1, evidence.id.source, evidence.id.record, Int64(clamping: evidence.offset),
                evidence.measure,
            ])
        }
    }

    // MARK: Removal

    /// Removes a unit with all its rows: a file that grew, a capture set that is tracked again.
    package func removeUnit(key: String) throws(StoreError) {
        try transaction { database in
            if let id = try Int64.fetchOne(database, sql: "SELECT id FROM unit WHERE key = ?", arguments: [key]) {
                try Self.removeUnit(database, id)
            }
        }
    }

    /// Removes a unit that was begun and is not to be finished; what it was to replace stays.
    package func removeUnit(_ unit: UnitHandle) throws(StoreError) {
        try transaction { database in try Self.removeUnit(database, unit.id) }
    }

    /// Removes every unit that a run left unfinished. Returns how many there were.
    @discardableResult
    package func removePartialUnits() throws(StoreError) -> Int {
        var count = 0
        try transaction { database in
            let units = try Int64.fetchAll(
                database, sql: "SELECT id FROM unit WHERE status = ?", arguments: [SourceStatus.partial.rawValue])
            for unit in units { try Self.removeUnit(database, unit) }
            count = units.count
        }
        return count
    }

    private static func removeUnit(_ database: Database, _ unit: Int64) throws {
        let ordinals = try Int64.fetchAll(database, sql: "SELECT ordinal FROM source WHERE unit = ?", arguments: [unit])
        for ordinal in ordinals {
            for table in RowTable.allCases {
                try database.execute(
                    sql: """
                        DELETE FROM \(table.name) WHERE id BETWEEN (SELECT first_row FROM source WHERE ordinal = ?1)
                        AND (SELECT last_row FROM source WHERE ordinal = ?1)
                        """, arguments: [ordinal])
            }
            try removeRange(database, "reject", ordinal, 32)
            try removeRange(database, "rollup", ordinal, 37)
            try removeRange(database, "distribution", ordinal, 37)
            try removeRange(database, "sighted", ordinal, sightingsShift)
            for table in ["coverage_span", "seek_point", "source_tag", "source_beginning"] {
                try database.execute(sql: "DELETE FROM \(table) WHERE source = ?", arguments: [ordinal])
            }
            try database.execute(
                sql: "DELETE FROM finding_evidence WHERE finding IN (SELECT id FROM finding WHERE source = ?)",
                arguments: [ordinal])
            try database.execute(sql: "DELETE FROM finding WHERE source = ?", arguments: [ordinal])
        }
        try database.execute(sql: "DELETE FROM source WHERE unit = ?", arguments: [unit])
        try database.execute(sql: "DELETE FROM unit WHERE id = ?", arguments: [unit])
    }

    static func removeRange(_ database: Database, _ table: String, _ ordinal: Int64, _ shift: Int64) throws {
        try database.execute(
            sql: "DELETE FROM \(table) WHERE id BETWEEN ? AND ?",
            arguments: [ordinal << shift, ((ordinal + 1) << shift) - 1])
    }

    /// Changes where the time begins that sources cover; by private ordinal.
    package func setCoverageStarts(_ starts: [(ordinal: UInt32, from: Timestamp)]) throws(StoreError) {
        guard !starts.isEmpty else { return }
        try transaction { database in
            // By their places: the table has no index by source.
            var rows: [Int64: [Int64]] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT rowid, source FROM coverage_span WHERE reason IS NULL") {
                rows[row[1], default: []].append(row[0])
            }
            let update = try database.cachedStatement(
                sql: "UPDATE coverage_span SET from_time = min(?, to_time) WHERE rowid = ?")
            for (ordinal, from) in starts {
                for row in rows[Int64(ordinal)] ?? [] { try update.execute(arguments: [from.nanoseconds, row]) }
            }
        }
    }

    /// Replaces what only the sources of a case together tell of their time.
    ///
    /// - Parameters:
    ///   - stretches: all of one reason; sources by their private ordinals.
    ///   - reason: what they are.
    package func replaceCoverage(_ stretches: [Coverage], reason: String) throws(StoreError) {
        try transaction { database in
            try database.execute(sql: "DELETE FROM coverage_span WHERE reason = ?", arguments: [reason])
            try Self.store(stretches, database)
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
