import ForensicsCompare

/// An answer of several tables, with plots between them.
public struct ReportDocument: Sendable {
    /// The parts in order.
    public var sections: [Section]

    /// A part of the answer.
    public enum Section: Sendable {
        /// Rows.
        case table(ReportTable)
        /// A row of values over time, drawn for people and left out for machines.
        case sparkline(title: String, values: [Double], from: String, to: String)
    }

    /// Creates a document.
    public init(sections: [Section] = []) { self.sections = sections }

    /// The version of the JSON form.
    public static let schemaVersion = 1

    /// Columns of a plot where no terminal says how many there are.
    private static let usualColumns = 100

    /// Returns the document in a format. CSV and NDJSON hold the first table.
    public func rendered(as format: ReportFormat, style: ReportStyle = ReportStyle()) -> [UInt8] {
        switch format {
        case .table: terminal(style)
        case .json: json.document()
        case .csv, .ndjson: tables.first?.rendered(as: format, style: style) ?? []
        case .markdown: markdown(style)
        }
    }

    private var tables: [ReportTable] {
        sections.compactMap { if case .table(let table) = $0 { table } else { nil } }
    }

    private var json: JSONValue {
        .object([("schema_version", .integer(Int64(Self.schemaVersion)))] + tables.map { ($0.name, $0.json) })
    }

    private func markdown(_ style: ReportStyle) -> [UInt8] {
        var out: [UInt8] = []
        for table in tables {
            if !out.isEmpty { out.append(0x0A) }
            out.append(contentsOf: table.answer(as: .markdown, style: style))
        }
        return out
    }

    private func terminal(_ style: ReportStyle) -> [UInt8] {
        var page = TerminalPage(style: style)
        for section in sections {
            switch section {
            case .table(let table): page.table(table, empty: "none")
            case .sparkline(let title, let values, let from, let to):
                let columns = style.width > 0 ? min(style.width, Self.usualColumns) : Self.usualColumns
                let fitted = BarPlot.fitted(values, columns: columns)
                guard !fitted.isEmpty else { continue }
                page.heading(title)
                page.line(BarPlot.sparkline(fitted))
                page.line(TerminalPaint.paint(Self.axis(from, to, columns: fitted.count), .faint, style))
            }
        }
        return page.bytes
    }

    private static func axis(_ from: String, _ to: String, columns: Int) -> String {
        let (from, to) = (TerminalText.escaped(from), TerminalText.escaped(to))
        let gap = columns - TerminalText.width(from) - TerminalText.width(to)
        return from + String(repeating: " ", count: max(1, gap)) + to
    }
}
