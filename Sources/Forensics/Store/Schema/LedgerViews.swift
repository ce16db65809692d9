import ForensicsModel

/// `sources`, `rejects` and `coverage`: the account of every record.
enum LedgerViews {
    private static func total(_ column: String) -> String {
        "(SELECT COALESCE(sum(value), 0) FROM json_each(COALESCE(\(column), '{}')))"
    }

    static let sources =
        CaseView.select([
            ("id", "s.rank"),
            ("path", "s.path"),
            ("kind", SQLExpressions.kind),
            ("vantage", "s.vantage"),
            ("bytes", "s.bytes"),
            ("content_key", "s.content_key"),
            ("sha256", "s.sha256"),
            ("sample_rate", "s.sample_rate"),
            ("first_time", SQLExpressions.time("s.first_time")),
            ("last_time", SQLExpressions.time("s.last_time")),
            ("records", "s.accepted + \(total("s.ignored")) + \(total("s.rejected"))"),
            ("accepted", "s.accepted"),
            ("ignored", total("s.ignored")),
            ("rejected", total("s.rejected")),
            ("anomalous", "s.anomalous"),
            ("status", "s.status"),
            ("ingested_at", SQLExpressions.time("s.ingested_at")),
            ("ignored_by_reason", "s.ignored"),
            ("rejected_by_reason", "s.rejected"),
            ("anomalies", "s.anomalies"),
            ("detail", "s.detail"),
        ]) + " FROM source s"

    static let rejects =
        CaseView.select([
            ("source_id", "s.rank"),
            ("record", "r.id & 4294967295"),
            ("offset", "r.offset"),
            ("reason", "r.reason"),
            ("sample", "r.sample"),
        ]) + " FROM source s CROSS JOIN reject r ON r.id BETWEEN s.ordinal << 32 AND ((s.ordinal + 1) << 32) - 1"

    static let coverage =
        CaseView.select([
            ("source_id", "s.rank"),
            ("vantage", "s.vantage"),
            ("load_balancer", "c.load_balancer"),
            ("node", "c.node"),
            ("from_time", SQLExpressions.time("c.from_time")),
            ("to_time", SQLExpressions.time("c.to_time")),
            ("reason", "c.reason"),
        ]) + " FROM coverage_span c JOIN source s ON s.ordinal = c.source"
}

/// `findings` and `evidence`.
enum FindingViews {
    static let findings =
        CaseView.select([
            ("id", "f.number"),
            ("time", SQLExpressions.time("f.start")),
            ("time_ns", "f.start"),
            ("check", "f.\"check\""),
            ("severity", SQLExpressions.names("f.severity", Severity.allCases.map { (Int($0.rawValue), $0.name) })),
            ("blame", SQLExpressions.names("f.blame", Blame.allCases.map { (Int($0.rawValue), $0.name) })),
            ("subject", "f.subject"),
            ("summary", "f.summary"),
            ("count", "f.count"),
            ("source_id", "s.rank"),
            ("end_time", SQLExpressions.time("f.end")),
            ("end_ns", "f.end"),
            ("kind", SQLExpressions.names("f.kind", EvidenceKind.allCases.map { (Int($0.rawValue), $0.name) })),
            ("vantage", "s.vantage"),
            ("record", "f.record"),
        ]) + " FROM finding f JOIN source s ON s.ordinal = f.source"

    /// The kinds of which the place of a record is not known.
    private static let placeless = SQLExpressions.list(
        EvidenceKind.allCases.filter { !$0.tellsOffsets }.map { Int($0.rawValue) })

    static let evidence =
        CaseView.select([
            ("finding_id", "f.number"),
            ("source_id", "s.rank"),
            ("record", "e.record"),
            ("offset", "CASE WHEN f.kind IN (\(placeless)) THEN NULL ELSE e.offset END"),
            ("measure", "e.measure"),
            ("position", "e.position"),
        ]) + " FROM finding_evidence e JOIN finding f ON f.id = e.finding JOIN source s ON s.ordinal = e.source"
}

/// `activity` and `distributions`, unpacked from their JSON.
enum BucketViews {
    private static func part(_ index: Int, of value: String) -> String { "json_extract(\(value), '$[\(index)]')" }

    /// An amount, where the kind of the source tells it.
    private static func told(_ what: EvidenceKind.Told, _ amount: String) -> String {
        let untold = EvidenceKind.allCases.filter { !$0.told.isSuperset(of: what) }.map { Int($0.rawValue) }
        return "CASE WHEN s.kind IN (\(SQLExpressions.list(untold))) THEN NULL ELSE \(amount) END"
    }

    private static let minute = BucketID.nanosecondsSQL("u.id")
    private static let slot = "(u.id >> 30 & 127)"

    private static func columns(dimension: String, value: String, row: String, first: Int)
        -> [(name: String, expression: String)]
    {
        [
            ("source_id", "s.rank"),
            ("kind", SQLExpressions.kind),
            ("vantage", "s.vantage"),
            ("time", SQLExpressions.time(minute)),
            ("dimension", dimension),
            ("value", value),
            ("requests", told(.requests, part(first, of: row))),
            ("connections", told(.connections, part(first + 1, of: row))),
            ("bytes", told(.bytes, part(first + 2, of: row))),
            ("errors", part(first + 3, of: row)),
            ("longest_ms", part(first + 4, of: row) + " / 1000000.0"),
            ("time_ns", minute),
            ("is_health_check", "u.id & 1"),
        ]
    }

    /// Rows without a dimension are the minute's totals.
    static let activity: String = {
        let names = SQLExpressions.names(slot, Dimension.allCases.map { (Int($0.rawValue), $0.name) })
        let value = part(0, of: "e.value")
        let address =
            "CASE typeof(\(value)) WHEN 'integer' THEN (\(value) >> 24) || '.' || (\(value) >> 16 & 255) || '.'"
            + " || (\(value) >> 8 & 255) || '.' || (\(value) & 255) ELSE \(value) END"
        let totals =
            CaseView.select(columns(dimension: "NULL", value: "NULL", row: "u.data", first: 0))
            + " \(BucketID.rowsSQL("rollup")) WHERE \(slot) = 0"
        let values =
            CaseView.select(columns(dimension: names, value: address, row: "e.value", first: 1))
            + " \(BucketID.rowsSQL("rollup")) CROSS JOIN json_each(u.data) e WHERE \(slot) > 0"
        return "\(totals) UNION ALL \(values)"
    }()

    /// Times in milliseconds, sizes in bytes, as the measure's name says.
    static let distributions: String = {
        let times = DistributionMeasure.allCases.filter(\.isTime).map { "\($0.rawValue)" }.joined(separator: ", ")
        func scaled(_ column: String) -> String {
            "CASE WHEN \(slot) IN (\(times)) THEN u.\(column) / 1000000.0 ELSE u.\(column) END"
        }
        return CaseView.select([
            ("source_id", "s.rank"),
            ("kind", SQLExpressions.kind),
            ("vantage", "s.vantage"),
            ("time", SQLExpressions.time(minute)),
            ("measure", SQLExpressions.names(slot, DistributionMeasure.allCases.map { (Int($0.rawValue), $0.name) })),
            ("count", "u.count"),
            ("p50", scaled("p50")),
            ("p95", scaled("p95")),
            ("p99", scaled("p99")),
            ("max", scaled("max")),
            ("time_ns", minute),
            ("is_health_check", "u.id & 1"),
        ]) + " \(BucketID.rowsSQL("distribution"))"
    }()
}
