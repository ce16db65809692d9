import ForensicsCompare

/// A table of a page, sortable where the script runs and whole where it does not.
enum HTMLTable {
    /// Rows written at most; the note says how many are left out.
    static let rowLimit = 500

    /// Returns the table; `label` names it to those who do not see it, where there is no caption.
    static func html(_ whole: ReportTable, caption: String? = nil, label: String? = nil) -> String {
        guard !whole.rows.isEmpty else {
            let words = caption.map { "\(HTMLText.escaped($0)): none." } ?? "None."
            return "<p class=\"faint\">\(words)</p>\n"
        }
        let table = whole.withoutAbsentColumns
        let name = [caption, label, table.title].compactMap { $0 }.first { !$0.isEmpty } ?? words(table.name)
        var out =
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"\(HTMLText.escaped(name))\">"
        out += "<table class=\"sortable\">"
        if let caption, !caption.isEmpty { out += "<caption>\(HTMLText.escaped(caption))</caption>" }
        out += "<thead><tr>"
        for column in table.columns { out += heading(column) }
        out += "</tr></thead>\n<tbody>\n"
        for row in table.rows.prefix(rowLimit) { out += self.row(row, table.columns) }
        out += "</tbody></table></div>\n"
        let left = table.rows.count - rowLimit
        if left > 0 { out += "<p class=\"faint\">\(left) more rows are in the case file.</p>\n" }
        if let note = table.note, !note.isEmpty { out += "<p class=\"faint\">\(HTMLText.escaped(note))</p>\n" }
        return out
    }

    /// A heading sorts by its column; one over bars only names them, as the column that they draw sorts.
    private static func heading(_ column: ReportColumn) -> String {
        if case .bar = column.kind {
            let name = column.header.isEmpty ? column.name : column.heading
            return "<th scope=\"col\"><span class=\"hidden\">\(HTMLText.escaped(words(name)))</span></th>"
        }
        let side = column.alignment == .right ? " class=\"n\"" : ""
        return "<th scope=\"col\"\(side)><button type=\"button\">\(header(column))</button></th>"
    }

    private static func words(_ name: String) -> String { String(name.map { $0 == "_" ? " " : $0 }) }

    private static func header(_ column: ReportColumn) -> String {
        HTMLText.escaped(column.heading)
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
            let names = classes(cell, column)
            let list = names.isEmpty ? "" : " class=\"\(names.joined(separator: " "))\""
            // What stands before the cell where rows are stacked, as on a phone.
            let title = column.isKey || column.header.isEmpty ? "" : " data-h=\"\(header(column))\""
            out += "<td\(list)\(title)\(key(cell))>\(content(cell, column))</td>"
        }
        return out + "</tr>\n"
    }

    /// `n` stands right, `k` is one piece, `p` breaks between its parts, `i` names the row, `a` is absent, `b` is a bar.
    private static func classes(_ cell: ReportCell, _ column: ReportColumn) -> [String] {
        if case .bar = column.kind { return ["b"] }
        var names: [String] = []
        if column.alignment == .right {
            names.append("n")
        } else if column.keepsEnd {
            names.append("p")
        } else if column.isKey || column.kind == .time || column.name.hasSuffix("_ip") {
            names.append(column.kind == .time ? "t" : "k")
        }
        if column.isKey { names.append("i") }
        if cell == .absent { names.append("a") }
        return names
    }

    private static func content(_ cell: ReportCell, _ column: ReportColumn) -> String {
        if case .bar = column.kind { return bar(cell.share) }
        return switch cell {
        case .absent: "<span class=\"faint\">–</span>"
        case .text(let text): isPath(column) ? HTMLText.path(text) : HTMLText.evidence(text)
        case .rawText(let bytes): HTMLText.evidence(TerminalText.decoded(bytes))
        default: HTMLText.escaped(CellText.human(cell, column.kind))
        }
    }

    /// Names of load balancers are built as paths are: `app/my-name/50dc6c495c0c9188`.
    private static func isPath(_ column: ReportColumn) -> Bool {
        column.keepsEnd || column.name == "vantage"
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
        case .words(_, let order):
            " data-v=\"\(order.isFinite ? JSONScalar.number(order) : order > 0 ? "Infinity" : "-Infinity")\""
        case .text(let text): AddressOrder.key(text).map { " data-s=\"\($0)\"" } ?? ""
        default: ""
        }
    }
}
