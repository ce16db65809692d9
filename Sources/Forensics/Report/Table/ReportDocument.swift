import ForensicsCompare

/// An answer of several parts: the facts that frame it, then tables, figures, prose and plots.
public struct ReportDocument: Sendable {
    /// What frames the answer: windows, kind, filters. Printed above it; members of its JSON.
    public var facts: [Fact]
    /// The parts in order.
    public var sections: [Section]

    /// A named value.
    public struct Fact: Sendable {
        /// The JSON member.
        public var name: String
        /// The words for people.
        public var label: String
        /// The value.
        public var cell: ReportCell
        /// What the value means.
        public var kind: ReportColumn.Kind
        /// How much it matters.
        public var emphasis: ReportEmphasis

        /// Creates a fact; the label is the name in words unless given.
        public init(
            _ name: String, _ cell: ReportCell, _ kind: ReportColumn.Kind = .text, label: String? = nil,
            emphasis: ReportEmphasis = .none
        ) {
            self.name = name
            self.label = label ?? String(name.map { $0 == "_" ? " " : $0 })
            self.cell = cell
            self.kind = kind
            self.emphasis = emphasis
        }
    }

    /// A part of the answer.
    public enum Section: Sendable {
        /// Rows.
        case table(ReportTable)
        /// Single values under a title.
        case figures(name: String, title: String, values: [Fact])
        /// Prose.
        case text(name: String, title: String, text: String)
        /// A row of values over time, drawn for people and left out for machines.
        case sparkline(title: String, values: [Double], from: String, to: String)
    }

    /// Creates a document.
    public init(facts: [Fact] = [], sections: [Section] = []) {
        self.facts = facts
        self.sections = sections
    }

    /// The version of the JSON form.
    public static let schemaVersion = 1

    /// Returns the document in a format.
    ///
    /// CSV and NDJSON hold one table: the one named, else the first. Markdown holds the table named, else all.
    public func rendered(
        as format: ReportFormat, table name: String? = nil, style: ReportStyle = ReportStyle()
    ) -> [UInt8] {
        switch format {
        case .table: terminal(style)
        case .json: json.document()
        case .csv, .ndjson: table(name)?.rendered(as: format, style: style) ?? []
        case .markdown: markdown(name, style)
        }
    }

    /// Returns the table of a name, or the first; figures count as a table of names and values.
    public func table(_ name: String? = nil) -> ReportTable? {
        for section in sections {
            switch section {
            case .table(let table) where name == nil || table.name == name: return table
            case .figures(let own, let title, let values) where name == nil || own == name:
                return Self.table(name: own, title: title, values)
            default: continue
            }
        }
        return nil
    }

    private static func table(name: String, title: String, _ values: [Fact]) -> ReportTable {
        ReportTable(
            name: name, title: title, columns: [ReportColumn("name"), ReportColumn("value", nil, .number)],
            rows: values.map { ReportRow([.text($0.name), $0.cell]) })
    }

    private var json: JSONValue {
        var members: [(String, JSONValue)] = [("schema_version", .integer(Int64(Self.schemaVersion)))]
        members += facts.map { ($0.name, Self.json($0)) }
        for section in sections {
            switch section {
            case .table(let table): members.append((table.name, table.json))
            case .figures(let name, _, let values):
                members.append((name, .object(values.map { ($0.name, Self.json($0)) })))
            case .text(let name, _, let text): members.append((name, .string(text)))
            case .sparkline: continue
            }
        }
        return .object(members)
    }

    private static func json(_ fact: Fact) -> JSONValue {
        CellText.json(fact.cell, ReportColumn(fact.name, nil, fact.kind))
    }

    private func markdown(_ name: String?, _ style: ReportStyle) -> [UInt8] {
        if let name { return table(name)?.rendered(as: .markdown, style: style) ?? [] }
        var out: [UInt8] = []
        for section in sections {
            var heading = ""
            var body: [UInt8] = []
            switch section {
            case .table(let table):
                heading = table.title
                body = table.rendered(as: .markdown, style: style)
            case .figures(let name, let title, let values):
                heading = title
                body = Self.table(name: name, title: title, values).rendered(as: .markdown, style: style)
            case .text(_, let title, let text):
                heading = title
                body = Array((MarkdownText.paragraph(text) + "\n").utf8)
            case .sparkline: continue
            }
            if !out.isEmpty { out.append(0x0A) }
            if !heading.isEmpty { out.append(contentsOf: "## \(MarkdownText.paragraph(heading))\n\n".utf8) }
            out.append(contentsOf: body)
        }
        return out
    }
}

extension ReportDocument {
    private static let labelGap = 2
    private static let narrowColumns = 100

    private func terminal(_ style: ReportStyle) -> [UInt8] {
        var page = TerminalPage(style: style)
        for fact in facts { page.fact(fact.label, CellText.human(fact.cell, fact.kind)) }
        if !facts.isEmpty, case .table(let table)? = sections.first, table.title.isEmpty { page.blank() }
        for section in sections {
            switch section {
            case .table(let table): page.table(table, empty: "none")
            case .figures(_, let title, let values):
                page.heading(title)
                Self.figures(values, style, &page)
            case .text(_, let title, let text):
                if title.isEmpty { page.blank() } else { page.heading(title) }
                page.paragraph(text)
            case .sparkline(let title, let values, let from, let to):
                Self.plot((title, values, from, to), style, &page)
            }
        }
        return page.bytes
    }

    /// Figures in two columns where the terminal has room, labels left, values right.
    private static func figures(_ values: [Fact], _ style: ReportStyle, _ page: inout TerminalPage) {
        let cells = values.map { CellText.human($0.cell, $0.kind) }
        let labels = values.map { TerminalText.escaped($0.label) }
        let labelWidth = (labels.map { TerminalText.width($0) }.max() ?? 0) + labelGap
        let cellWidth = cells.map { TerminalText.width($0) }.max() ?? 0
        let isWide = style.width >= narrowColumns && labelWidth + cellWidth <= style.width / 2 - 4 && values.count > 4
        let columns = isWide ? 2 : 1
        let lines = (values.count + columns - 1) / columns
        for line in 0..<lines {
            var text = ""
            for index in stride(from: line, to: values.count, by: lines) {
                if index > line { text += "    " }
                let label = labels[index] + spaces(labelWidth - TerminalText.width(labels[index]))
                let cell = spaces(cellWidth - TerminalText.width(cells[index])) + cells[index]
                text += TerminalPaint.paint(label + cell, values[index].emphasis, style)
            }
            page.line(text)
        }
    }

    private static func plot(
        _ plot: (title: String, values: [Double], from: String, to: String), _ style: ReportStyle,
        _ page: inout TerminalPage
    ) {
        let room = style.width > 0 ? style.width : narrowColumns
        let values = BarPlot.fitted(plot.values, columns: room)
        guard !values.isEmpty else { return }
        if !plot.title.isEmpty { page.heading(plot.title) }
        page.line(BarPlot.sparkline(values.map { $0 }))
        let from = TerminalText.escaped(plot.from)
        let to = TerminalText.escaped(plot.to)
        page.line(from + spaces(max(1, values.count - TerminalText.width(from) - TerminalText.width(to))) + to)
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
