import ForensicsModel

/// The forms of `Cell` in SQL, so that views tell values as the contract has them to any SQLite tool.
enum SQLExpressions {
    /// `CASE` that names the raw values of an enumeration; a value without a name is NULL.
    static func names(_ expression: String, _ pairs: [(Int, String?)]) -> String {
        let cases = pairs.compactMap { raw, name in name.map { "WHEN \(raw) THEN \(quoted($0))" } }
        return "CASE \(expression) \(cases.joined(separator: " ")) END"
    }

    /// Numbers as `IN` takes them.
    static func list(_ numbers: [some BinaryInteger]) -> String { numbers.map { "\($0)" }.joined(separator: ", ") }

    /// The bits of a set of flags for which something holds.
    static func flags(_ holds: (UInt32) -> Bool) -> UInt32 {
        (0..<32).reduce(0) { $0 | (holds(1 << UInt32($1)) ? 1 << UInt32($1) : 0) }
    }

    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    /// Nanoseconds since the epoch of a time cell.
    static func nanoseconds(_ cell: String, base: String = "s.time_base") -> String {
        "\(base) + CASE WHEN \(cell) & 1 THEN \(cell) >> 1 ELSE (\(cell) >> 1) * 1000 END"
    }

    /// Nanoseconds of a duration cell.
    static func duration(_ cell: String) -> String {
        "CASE \(cell) & 3 WHEN 0 THEN (\(cell) >> 2) * 1000000 WHEN 1 THEN (\(cell) >> 2) * 1000"
            + " WHEN 2 THEN \(cell) >> 2 END"
    }

    /// Milliseconds, with decimals, of a duration cell.
    static func milliseconds(_ cell: String) -> String {
        "CASE \(cell) & 3 WHEN 0 THEN (\(cell) >> 2) * 1.0 WHEN 1 THEN (\(cell) >> 2) / 1000.0"
            + " WHEN 2 THEN (\(cell) >> 2) / 1000000.0 END"
    }

    /// A cell that, when NULL, stands for another: durations that are the distance of two times.
    static func milliseconds(_ cell: String, orElse other: String) -> String {
        "CASE WHEN \(cell) IS NULL THEN \(milliseconds(other)) ELSE \(milliseconds(cell)) END"
    }

    /// `YYYY-MM-DDThh:mm:ss.nnnnnnnnnZ` of nanoseconds since the epoch; NULL stays NULL.
    static func time(_ nanoseconds: String) -> String {
        let fraction = "((\(nanoseconds)) % 1000000000 + 1000000000) % 1000000000"
        return "strftime('%Y-%m-%dT%H:%M:%S', ((\(nanoseconds)) - \(fraction)) / 1000000000, 'unixepoch')"
            + " || printf('.%09dZ', \(fraction))"
    }

    /// The text of an address cell.
    static func address(_ cell: String) -> String {
        "CASE WHEN \(cell) < 2147483648 THEN ((\(cell) >> 24) + 128) || '.' || (\(cell) >> 16 & 255) || '.'"
            + " || (\(cell) >> 8 & 255) || '.' || (\(cell) & 255)"
            + " ELSE (SELECT text FROM address6 WHERE id = \(cell) - 2147483648) END"
    }

    static func port(_ cell: String) -> String { "\(cell) + 32768" }

    static func text(_ id: String) -> String { "(SELECT value FROM text WHERE id = \(id))" }

    /// The owner of an address cell: blocks are disjoint, so the one that begins nearest below decides.
    static func owner(_ cell: String) -> String {
        "CASE WHEN \(cell) < 2147483648 THEN (SELECT CASE WHEN last >= \(cell) THEN name END FROM"
            + " (SELECT last, name FROM owner4 WHERE first <= \(cell) ORDER BY first DESC LIMIT 1))"
            + " ELSE (SELECT CASE WHEN last >= a.address THEN name END FROM address6 a, owner6"
            + " WHERE a.id = \(cell) - 2147483648 AND first <= a.address ORDER BY first DESC LIMIT 1) END"
    }

    /// The path that a template and its argument stand for.
    static func path(template: String, argument: String) -> String {
        "CASE WHEN \(argument) IS NULL THEN \(template)"
            + " WHEN typeof(\(argument)) = 'text' AND substr(\(argument), 1, 1) = '/' THEN \(argument)"
            + " ELSE replace(\(template), '{id}', \(argument)) END"
    }

    /// The trace id of a row of that time, in nanoseconds, as the header spells it; see `TraceCell`.
    static func trace(_ cell: String, time: String) -> String {
        let distance = "unicode(CAST(substr(\(cell), 1, 1) AS TEXT)) - \(TraceCell.bias)"
        let second = "printf('%08x', (\(time)) / 1000000000 - (\(distance)))"
        return "CASE WHEN typeof(\(cell)) <> 'blob' THEN \(cell) WHEN length(\(cell)) = \(TraceCell.shortLength)"
            + " THEN 'Root=1-' || \(second) || '-' || lower(substr(hex(\(cell)), 3))"
            + " ELSE 'Root=1-' || lower(substr(hex(\(cell)), 1, 8)) || '-' || lower(substr(hex(\(cell)), 9)) END"
    }

    static let kind = kind(of: "s.kind")

    static func kind(of expression: String) -> String {
        names(expression, EvidenceKind.allCases.map { (Int($0.rawValue), $0.name) })
    }

    /// The public id of a row: the source's rank in the high half, the record in the low one.
    static let id = "s.rank << 32 | ((r.id - s.first_row) >> s.row_shift)"

    /// `FROM` the sources and a table's rows, so that a condition on the source leaves out its rows unread.
    static func rows(_ table: RowTable) -> String {
        "FROM source s CROSS JOIN \(table.name) r ON r.id BETWEEN s.first_row AND s.last_row"
    }
}
