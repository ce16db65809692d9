package import ForensicsModel
import GRDB

/// One input of a case as the ledger knows it: a row of the view `sources` and what the view does not show.
package struct SourceRecord: Sendable {
    /// How often something was counted under a name.
    package struct NamedCount: Sendable, Equatable {
        package var name: String
        package var count: UInt64

        package init(name: String, count: UInt64) {
            self.name = name
            self.count = count
        }
    }

    /// The public number: what every view calls `source_id`.
    package var id: UInt32
    /// The private number: what facts named while they were written.
    package var ordinal: UInt32
    /// As it was given: of a file, an object (`s3://…`), or a source of a live capture (`live:…`).
    package var path: String
    package var kind: EvidenceKind
    package var vantage: String?
    /// The length as stored; `nil` where it was never known.
    package var bytes: UInt64?
    /// Tells the decoded content; `nil` until it was read to its end.
    package var contentKey: String?
    /// Bytes after decompression; `nil` until it was read to its end.
    package var decodedLength: UInt64?
    /// The options it was read with.
    package var options: String
    package var sha256: String?
    /// One flow in so many was kept; 1 for all.
    package var sampleRate: UInt32
    /// The first and the last record time.
    package var firstTime: Timestamp?
    package var lastTime: Timestamp?
    /// Records that became facts, or part of one.
    package var accepted: UInt64
    /// Accepted records with at least one anomaly.
    package var anomalous: UInt64
    /// Records that were left out on purpose, by reason.
    package var ignored: [NamedCount]
    /// Records that could not be used, by reason.
    package var rejected: [NamedCount]
    /// How often each irregularity was met; one record may have several.
    package var anomalies: [NamedCount]
    package var status: SourceStatus
    /// When it was read, by the clock.
    package var ingestedAt: Timestamp?
    /// A sentence for the user, such as what the kernel dropped.
    package var detail: String?
    /// The key of its unit, and whether that is whole.
    package var unitKey: String
    package var isUnitComplete: Bool

    /// What sources have in common whose records make facts together: the files of a capture set, and all flow logs.
    package var spanKey: String { kind == .vpcFlow ? kind.name : unitKey }

    /// Records that were left out on purpose.
    package var ignoredTotal: UInt64 { ignored.reduce(0) { $0 + $1.count } }
    /// Records that could not be used.
    package var rejectedTotal: UInt64 { rejected.reduce(0) { $0 + $1.count } }
    /// `accepted + ignored + rejected`.
    package var records: UInt64 { accepted + ignoredTotal + rejectedTotal }
}

extension CaseStore {
    private static let sourceQuery = """
        SELECT s.rank, s.ordinal, s.path, s.kind, s.vantage, s.bytes, s.content_key, s.decoded_length, s.options,
        s.sha256, s.sample_rate, s.first_time, s.last_time, s.accepted, s.anomalous, s.ignored, s.rejected, s.anomalies,
        s.status, s.ingested_at, s.detail, u.key, u.status FROM source s JOIN unit u ON u.id = s.unit
        """

    /// All sources, in order of their ids.
    package func sources() throws(StoreError) -> [SourceRecord] { try sources(where: "1", arguments: []) }

    /// The complete sources that hold this content, whatever their path: content is read once.
    package func sources(contentKey: String) throws(StoreError) -> [SourceRecord] {
        try sources(where: "s.content_key = ? AND u.status = 'complete'", arguments: [contentKey])
    }

    /// The sources of a kind, in order of their ids.
    package func sources(kind: EvidenceKind) throws(StoreError) -> [SourceRecord] {
        try sources(where: "s.kind = ?", arguments: [kind.rawValue])
    }

    /// The sources of a unit; empty if the case does not hold it.
    package func sources(unitKey: String) throws(StoreError) -> [SourceRecord] {
        try sources(where: "u.key = ?", arguments: [unitKey])
    }

    /// The sources of a unit and of the parts that were read beside it under the same name.
    package func sources(partsOf key: String) throws(StoreError) -> [SourceRecord] {
        let parts = key + UnitDescription.partMark
        // Content keys begin with digits, all of which come before a colon: a range, as the index on keys has them.
        return try sources(where: "u.key = ? OR (u.key > ? AND u.key < ?)", arguments: [key, parts, parts + ":"])
    }

    private func sources(where condition: String, arguments: StatementArguments) throws(StoreError) -> [SourceRecord] {
        try access { database in
            let rows = try Row.fetchAll(
                database, sql: "\(Self.sourceQuery) WHERE \(condition) ORDER BY s.rank", arguments: arguments)
            return try rows.map { try Self.record($0, database) }
        }
    }

    private static func record(_ row: Row, _ database: Database) throws -> SourceRecord {
        func count(_ index: Int) -> UInt64? { (row[index] as Int64?).map { UInt64(clamping: $0) } }
        func time(_ index: Int) -> Timestamp? { (row[index] as Int64?).map { Timestamp(nanoseconds: $0) } }
        func counts(_ index: Int) throws -> [SourceRecord.NamedCount] {
            guard let json = row[index] as String? else { return [] }
            return try Row.fetchAll(database, sql: "SELECT key, value FROM json_each(?)", arguments: [json]).map {
                SourceRecord.NamedCount(name: $0[0], count: UInt64(clamping: $0[1] as Int64))
            }
        }
        return SourceRecord(
            id: UInt32(clamping: row[0] as Int64), ordinal: UInt32(clamping: row[1] as Int64), path: row[2],
            kind: EvidenceKind(rawValue: UInt8(clamping: row[3] as Int64)) ?? .pcap, vantage: row[4], bytes: count(5),
            contentKey: row[6], decodedLength: count(7), options: row[8], sha256: row[9],
            sampleRate: UInt32(clamping: row[10] as Int64? ?? 1), firstTime: time(11), lastTime: time(12),
            accepted: count(13) ?? 0, anomalous: count(14) ?? 0, ignored: try counts(15), rejected: try counts(16),
            anomalies: try counts(17), status: SourceStatus(rawValue: row[18]) ?? .partial, ingestedAt: time(19),
            detail: row[20], unitKey: row[21], isUnitComplete: row[22] == SourceStatus.complete.rawValue)
    }

    /// Notes the SHA-256 of a source, by its public id.
    package func setSHA256(_ digest: String, source id: UInt32) throws(StoreError) {
        try transaction { database in
            try database.execute(sql: "UPDATE source SET sha256 = ? WHERE rank = ?", arguments: [digest, id])
        }
    }

    /// What the stores that sources came from call their content, by ordinal. For a case that is open for writing.
    package func tags() throws(StoreError) -> [UInt32: String] {
        try access { database in
            let rows = try Row.fetchAll(database, sql: "SELECT source, tag FROM source_tag")
            return Dictionary(uniqueKeysWithValues: rows.map { (UInt32(clamping: $0[0] as Int64), $0[1]) })
        }
    }

    /// The keys of the beginnings of sources, by ordinal. For a case that is open for writing.
    package func beginnings(of sources: [SourceRecord]) throws(StoreError) -> [UInt32: String] {
        try access { database in
            var keys: [UInt32: String] = [:]
            for source in sources {
                keys[source.ordinal] = try String.fetchOne(
                    database, sql: "SELECT content_key FROM source_beginning WHERE source = ?",
                    arguments: [source.ordinal])
            }
            return keys
        }
    }

    /// The places from which a source can be read again, by its public id, in order.
    package func seekPoints(source id: UInt32) throws(StoreError) -> [StoredSeekPoint] {
        try access { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT p.record, p.decoded_offset, p.raw_offset FROM seek_point p
                    JOIN source s ON s.ordinal = p.source WHERE s.rank = ? ORDER BY p.decoded_offset
                    """, arguments: [id])
            return rows.map {
                StoredSeekPoint(
                    record: UInt32(clamping: $0[0] as Int64), decodedOffset: UInt64(clamping: $0[1] as Int64),
                    rawOffset: UInt64(clamping: $0[2] as Int64))
            }
        }
    }

    /// What time each node and kind covers, and the gaps; sources by their public ids, in their order.
    package func coverage() throws(StoreError) -> [Coverage] {
        try access { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT s.rank, c.load_balancer, c.node, c.from_time, c.to_time, c.reason FROM coverage_span c
                    JOIN source s ON s.ordinal = c.source ORDER BY 1, 4, 5, 2, 3, 6
                    """)
            return rows.map { row in
                Coverage(
                    source: UInt32(clamping: row[0] as Int64), loadBalancer: row[1], node: row[2],
                    from: (row[3] as Int64?).map { Timestamp(nanoseconds: $0) },
                    to: (row[4] as Int64?).map { Timestamp(nanoseconds: $0) }, reason: row[5])
            }
        }
    }
}
