/// A page for a terminal: facts, paragraphs and tables below each other.
package struct TerminalPage: Sendable {
    /// What was written so far.
    package private(set) var bytes: [UInt8] = []
    private let style: ReportStyle

    /// Prose in wider lines than this is hard to read.
    private static let proseColumns = 110
    private static let labelColumns = 10

    package init(style: ReportStyle) { self.style = style }

    /// Writes a label with its text, whose further lines stand below the first.
    package mutating func fact(_ label: String, _ text: String) {
        let room = style.width > 0 ? max(20, style.width - Self.labelColumns) : 0
        let padding = String(repeating: " ", count: max(1, Self.labelColumns - TerminalText.width(label)))
        for (index, one) in TerminalText.wrapped(TerminalText.escaped(text), columns: room).enumerated() {
            let lead =
                index == 0
                ? TerminalPaint.paint(label, .faint, style) + padding
                : String(repeating: " ", count: Self.labelColumns)
            line(lead + one)
        }
    }

    /// Writes text in lines that fit.
    package mutating func paragraph(_ text: String, _ emphasis: ReportEmphasis = .none) {
        let room = style.width > 0 ? min(style.width, Self.proseColumns) : Self.proseColumns
        for one in TerminalText.wrapped(TerminalText.escaped(text), columns: room) {
            line(TerminalPaint.paint(one, emphasis, style))
        }
    }

    /// Writes a list item.
    package mutating func item(_ text: String) {
        let room = (style.width > 0 ? min(style.width, Self.proseColumns) : Self.proseColumns) - 2
        for (index, one) in TerminalText.wrapped(TerminalText.escaped(text), columns: room).enumerated() {
            line((index == 0 ? "• " : "  ") + one)
        }
    }

    /// Writes a heading after a blank line.
    package mutating func heading(_ text: String) {
        if !bytes.isEmpty { blank() }
        for one in TerminalText.wrapped(TerminalText.escaped(text), columns: style.width) {
            line(TerminalPaint.paint(one, .strong, style))
        }
    }

    /// Writes a table under its title; one without rows only if something stands in for them.
    package mutating func table(_ table: ReportTable, title: String? = nil, empty: String? = nil) {
        if table.rows.isEmpty, empty == nil { return }
        let title = title ?? table.title
        if !title.isEmpty { heading(title) }
        if table.rows.isEmpty {
            line(TerminalPaint.paint(empty ?? "", .faint, style))
        } else {
            bytes.append(contentsOf: table.rendered(as: .table, style: style))
        }
        for one in TerminalText.wrapped(TerminalText.escaped(table.note ?? ""), columns: style.width) where !one.isEmpty
        {
            line(TerminalPaint.paint(one, .faint, style))
        }
    }

    /// Writes an empty line.
    package mutating func blank() { bytes.append(0x0A) }

    /// Writes a line that is already escaped.
    package mutating func line(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        bytes.append(0x0A)
    }
}
