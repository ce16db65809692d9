import ForensicsCompare

/// A table of a page, sortable where the script runs and whole where it does not.
enum HTMLTable {
    /// Rows written at most; the note says how many are left out.
    static let rowLimit = 500

    static func html(_ table: ReportTable, caption: String? = nil) -> String {
        guard !table.rows.isEmpty else { return "<p class=\"faint\">None.</p>\n" }
        var out =
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"\(HTMLText.escaped(caption ?? table.title))\">"
        out += "<table class=\"sortable\">"
        if let caption, !caption.isEmpty { out += "<caption>\(HTMLText.escaped(caption))</caption>" }
        out += "<thead><tr>"
        for column in table.columns {
            let side = column.alignment == .right ? " class=\"n\"" : ""
            let header = String(column.header.map { $0 == "\n" ? " " : $0 })
            out += "<th scope=\"col\"\(side)><button type=\"button\">\(HTMLText.escaped(header))</button></th>"
        }
        out += "</tr></thead>\n<tbody>\n"
        for row in table.rows.prefix(rowLimit) { out += self.row(row, table.columns) }
        out += "</tbody></table></div>\n"
        let left = table.rows.count - rowLimit
        if left > 0 { out += "<p class=\"faint\">\(left) more rows are in the case file.</p>\n" }
        if let note = table.note, !note.isEmpty { out += "<p class=\"faint\">\(HTMLText.escaped(note))</p>\n" }
        return out
    }

    private static func row(_ row: ReportRow, _ columns: [ReportColumn]) -> String {
        let style =
            switch row.emphasis {
            case .none: ""
            case .strong: " class=\"strong\""
            case .warning: " class=\"warning\""
            case .critical: " class=\"critical\""
            case .faint: " class=\"faint\""
            }
        var out = "<tr\(style)>"
        for (index, column) in columns.enumerated() {
            let cell = index < row.cells.count ? row.cells[index] : .absent
            let isWhole = column.isKey || column.kind == .time || column.name.hasSuffix("_ip")
            let side = column.alignment == .right ? " class=\"n\"" : isWhole ? " class=\"k\"" : ""
            out += "<td\(side)\(key(cell))>\(content(cell, column.kind))</td>"
        }
        return out + "</tr>\n"
    }

    private static func content(_ cell: ReportCell, _ kind: ReportColumn.Kind) -> String {
        if case .bar = kind { return bar(cell.share) }
        return switch cell {
        case .absent: "<span class=\"faint\">–</span>"
        case .text(let text): HTMLText.evidence(text)
        case .rawText(let bytes): HTMLText.evidence(TerminalText.decoded(bytes))
        default: HTMLText.escaped(CellText.human(cell, kind))
        }
    }

    private static func bar(_ share: Double) -> String {
        let width = NumberText.fixed(min(1, max(0, share)) * 100, 2)
        return "<div class=\"track\"><div class=\"bar\" style=\"width:\(width)%\"></div></div>"
    }

    /// What the script sorts by where the text shown would not do.
    private static func key(_ cell: ReportCell) -> String {
        switch cell {
        case .integer(let value): " data-v=\"\(value)\""
        case .number(let value), .atLeast(let value), .atMost(let value):
            value.isFinite ? " data-v=\"\(JSONScalar.number(value))\"" : ""
        default: ""
        }
    }
}
