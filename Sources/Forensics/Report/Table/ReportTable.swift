/// A whole table in memory: small answers. Long ones go through `TableWriter` row by row.
public struct ReportTable: Sendable, Equatable {
    /// The name for machines: the JSON member that holds the rows.
    public var name: String
    /// The heading for people; none for an empty text.
    public var title: String
    /// The columns.
    public var columns: [ReportColumn]
    /// The rows, in the order they are written.
    public var rows: [ReportRow]
    /// Said under the table to people: what was left out, say.
    public var note: String?
    /// How many more rows there are that a limit left out; `nil` for a table that is never cut.
    public var more: Int?

    /// Creates a table.
    public init(
        name: String, title: String = "", columns: [ReportColumn], rows: [ReportRow] = [], note: String? = nil,
        more: Int? = nil
    ) {
        self.name = name
        self.title = title
        self.columns = columns
        self.rows = rows
        self.note = note
        self.more = more
    }

    /// Returns the table alone in a format.
    public func rendered(as format: ReportFormat, style: ReportStyle = ReportStyle()) -> [UInt8] {
        var out: [UInt8] = []
        var writer = TableWriter(format: format, columns: columns, style: style)
        writer.begin(into: &out)
        for row in rows { writer.row(row, into: &out) }
        writer.end(into: &out)
        return out
    }

    /// Returns the table as a whole answer: with its title and note for people, in JSON an object with its version, title,
    /// how many rows are left out where some may be, and rows, rows alone in CSV and NDJSON.
    public func answer(as format: ReportFormat, style: ReportStyle) -> [UInt8] {
        if format == .json {
            var out = Array("{\n\"schema_version\": \(ReportDocument.schemaVersion),\n\"title\": ".utf8)
            (title.isEmpty ? JSONValue.null : .string(title)).appendCompact(to: &out)
            if let more { out += Array(",\n\"more\": \(more)".utf8) }
            out += Array(",\n\"rows\": ".utf8) + rendered(as: .json, style: style).dropLast() + Array("\n}\n".utf8)
            return out
        }
        if format == .markdown {
            var out: [UInt8] = []
            if !title.isEmpty { out.append(contentsOf: "## \(MarkdownText.paragraph(title))\n\n".utf8) }
            out += rendered(as: .markdown, style: style)
            if let note, !note.isEmpty { out.append(contentsOf: "\n\(MarkdownText.paragraph(note))\n".utf8) }
            return out
        }
        guard format == .table else { return rendered(as: format, style: style) }
        var page = TerminalPage(style: style)
        page.table(self, empty: "none")
        return page.bytes
    }

    /// Leaves the first rows, all for `nil`, and says how many more there are; what the note sums up it sums up of all.
    package mutating func limit(to count: Int?) {
        let left = max(0, rows.count - (count ?? .max))
        more = left
        guard left > 0 else { return }
        rows.removeLast(left)
        note = [TopReport.note(left), note].compactMap { $0 }.joined(separator: "; ")
    }

    /// The table without the columns that say nothing in any row: what the evidence cannot tell, say.
    package var withoutAbsentColumns: ReportTable {
        keeping { index in
            columns[index].isKey || rows.isEmpty
                || rows.contains { index < $0.cells.count && $0.cells[index] != .absent }
        }
    }

    /// The table without columns of these names.
    package func without(_ names: Set<String>) -> ReportTable { keeping { !names.contains(columns[$0].name) } }

    private func keeping(_ isKept: (Int) -> Bool) -> ReportTable {
        let kept = columns.indices.filter(isKept)
        guard kept.count < columns.count else { return self }
        var table = self
        table.columns = kept.map { columns[$0] }
        for index in table.rows.indices {
            let cells = rows[index].cells
            table.rows[index].cells = kept.map { $0 < cells.count ? cells[$0] : .absent }
        }
        return table
    }

    /// The rows as JSON objects.
    package var json: JSONValue {
        .array(
            rows.map { row in
                .object(
                    columns.enumerated().map { index, column in
                        (column.name, index < row.cells.count ? CellText.json(row.cells[index], column) : .null)
                    })
            })
    }
}
