import ForensicsAnalyze
import ForensicsModel
import ForensicsStore

/// What `findings` is asked.
public struct FindingsQuestion: Sendable {
    /// What the question is restricted to.
    public var restrictions: Restrictions
    /// One finding, with its evidence.
    public var id: Int64?
    /// Whether the checks themselves are wanted.
    public var listsChecks = false
    /// At most this many rows; `nil` for all.
    public var limit: Int?

    /// Creates a question.
    public init(restrictions: Restrictions) { self.restrictions = restrictions }

    /// Writes the findings, one of them, or the checks.
    public func answer(style: OutputStyle, to sink: (String) throws -> Void) throws {
        if listsChecks {
            try write(checks, style, sink)
            return
        }
        let session = try CaseSession(restrictions)
        if let id {
            guard let stored = try session.reading({ try session.store.finding(number: id) }) else {
                throw ForensicsError(.usage, "findings \(id): there is none with this id; see `findings`.")
            }
            let paths = Dictionary(uniqueKeysWithValues: session.sources.map { ($0.id, $0.path) })
            try write(FindingsReport.table([stored.finding]), style, sink)
            if let entry = CheckRegistry.entry(stored.finding.check), style.format == .table {
                try sink("\n\(entry.documentation)\n\n")
            }
            try write(FindingsReport.evidence(stored.finding) { paths[$0] ?? "" }, style, sink)
            return
        }
        var found = try session.reading { try session.store.findings() }
        found = found.filter { entry in
            (session.window?.contains(entry.finding.end) ?? true)
                && CaseSession.matches(session.filter.kinds) { $0 == entry.finding.kind.name }
        }
        if let limit { found = Array(found.prefix(limit)) }
        var table = FindingsReport.table(found.map(\.finding))
        for index in table.rows.indices { table.rows[index].cells[0] = .integer(found[index].number) }
        try write(table, style, sink)
    }

    private var checks: ReportTable {
        ReportTable(
            name: "checks",
            columns: [
                ReportColumn("check", "Check"), ReportColumn("severity", "Severity"),
                ReportColumn("documentation", "Meaning"),
            ],
            rows: CheckRegistry.all.map { [.text($0.name), .text($0.severity.name), .text($0.documentation)] })
    }

    private func write(_ table: ReportTable, _ style: OutputStyle, _ sink: (String) throws -> Void) throws {
        try sink(String(decoding: table.rendered(as: style.format, style: style.style), as: UTF8.self))
    }
}
