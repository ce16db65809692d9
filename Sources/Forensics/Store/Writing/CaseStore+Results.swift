package import ForensicsModel
import GRDB

/// What a unit adds up to, as rows.
extension CaseStore {
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
        try store(source.counts, of: source.ordinal, database)
    }

    /// Counts by name that are not 0, as a JSON object; `nil` if there is none.
    private static func json(_ counts: [(name: String, count: UInt64)]) -> String? {
        let parts = counts.filter { $0.count > 0 }.map { "\"\($0.name)\":\($0.count)" }
        return parts.isEmpty ? nil : "{\(parts.joined(separator: ","))}"
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
}
