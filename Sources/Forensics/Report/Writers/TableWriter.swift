/// Writes a table row by row, so that millions of rows need no memory.
///
/// Bytes are appended to a buffer of the caller, who empties it as it fills. Call `begin`, then `row` for each row, then
/// `end`. The `table` format looks at the first rows before it can align columns and holds those.
public struct TableWriter: Sendable {
    private let format: ReportFormat
    private let columns: [ReportColumn]
    private let style: ReportStyle
    private var rows = 0
    private var terminal: TerminalTable

    /// Creates a writer of one table.
    public init(format: ReportFormat, columns: [ReportColumn], style: ReportStyle = ReportStyle()) {
        self.format = format
        self.columns = columns
        self.style = style
        terminal = TerminalTable(columns: columns, style: style)
    }

    /// Writes what stands before the first row.
    public mutating func begin(into out: inout [UInt8]) {
        switch format {
        case .table, .ndjson: break
        case .json: out.append(0x5B)
        case .csv:
            for (index, column) in columns.enumerated() {
                if index > 0 { out.append(0x2C) }
                CSVText.append(column.name, isRaw: style.isRaw, to: &out)
            }
            out.append(contentsOf: [0x0D, 0x0A])
        case .markdown:
            line(columns.map { MarkdownText.cell($0.heading) }, into: &out)
            line(columns.map { $0.alignment == .right ? "---:" : "---" }, into: &out)
        }
    }

    /// Writes one row; cells past the columns are dropped, missing ones are absent.
    public mutating func row(_ row: ReportRow, into out: inout [UInt8]) {
        switch format {
        case .table: terminal.add(row, into: &out)
        case .csv: csv(row.cells, into: &out)
        case .json:
            out.append(contentsOf: rows > 0 ? [0x2C, 0x0A] : [0x0A])
            object(row.cells, into: &out)
        case .ndjson:
            object(row.cells, into: &out)
            out.append(0x0A)
        case .markdown:
            line(
                columns.enumerated().map { index, column in
                    let cell = index < row.cells.count ? row.cells[index] : .absent
                    // For people: machines have CSV and JSON.
                    return MarkdownText.cell(CellText.human(cell, column.kind))
                }, into: &out)
        }
        rows += 1
    }

    /// Writes one row without emphasis.
    public mutating func row(_ cells: [ReportCell], into out: inout [UInt8]) { row(ReportRow(cells), into: &out) }

    /// Writes what stands after the last row.
    public mutating func end(into out: inout [UInt8]) {
        switch format {
        case .table: terminal.end(into: &out)
        case .json: out.append(contentsOf: rows > 0 ? [0x0A, 0x5D, 0x0A] : [0x5D, 0x0A])
        case .csv, .ndjson, .markdown: break
        }
    }

    private func csv(_ cells: [ReportCell], into out: inout [UInt8]) {
        for index in columns.indices {
            if index > 0 { out.append(0x2C) }
            guard index < cells.count else { continue }
            switch cells[index] {
            case .text(let text), .words(let text, _): CSVText.append(text, isRaw: style.isRaw, to: &out)
            case .rawText(let bytes):
                CSVText.append(TerminalText.decoded(bytes), isRaw: style.isRaw, to: &out)
            default: out.append(contentsOf: (CellText.plain(cells[index], columns[index].kind) ?? "").utf8)
            }
        }
        out.append(contentsOf: [0x0D, 0x0A])
    }

    private func object(_ cells: [ReportCell], into out: inout [UInt8]) {
        out.append(0x7B)
        for (index, column) in columns.enumerated() {
            if index > 0 { out.append(0x2C) }
            JSONScalar.append(column.name, to: &out)
            out.append(0x3A)
            let value = index < cells.count ? CellText.json(cells[index], column) : .null
            value.appendCompact(to: &out)
        }
        out.append(0x7D)
    }

    private func line(_ cells: [String], into out: inout [UInt8]) {
        out.append(0x7C)
        for cell in cells {
            out.append(0x20)
            out.append(contentsOf: cell.utf8)
            out.append(contentsOf: [0x20, 0x7C])
        }
        out.append(0x0A)
    }
}
