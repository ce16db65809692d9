/// Lays a table out in aligned columns that fit the terminal.
struct TerminalTable: Sendable {
    private let columns: [ReportColumn]
    private let style: ReportStyle
    private var held: [ReportRow] = []
    /// Known once the first rows were seen.
    private var layout: TerminalLayout?

    /// Rows held back to measure columns; later ones are cut to what these gave.
    private static let measuredRows = 2_000
    private static let gap = "  "

    init(columns: [ReportColumn], style: ReportStyle) {
        self.columns = columns
        self.style = style
    }

    mutating func add(_ row: ReportRow, into out: inout [UInt8]) {
        if let layout {
            write(row, layout, into: &out)
            return
        }
        held.append(row)
        if held.count == Self.measuredRows { flush(isWhole: false, into: &out) }
    }

    mutating func end(into out: inout [UInt8]) {
        if layout == nil { flush(isWhole: true, into: &out) }
        guard let layout, !layout.leftOut.isEmpty else { return }
        let names = layout.leftOut.map { columns[$0].heading }
        for line in TerminalText.wrapped("no room for: " + names.joined(separator: ", "), columns: style.width) {
            out.append(contentsOf: TerminalPaint.paint(line, .faint, style).utf8)
            out.append(0x0A)
        }
    }

    private mutating func flush(isWhole: Bool, into out: inout [UInt8]) {
        let layout = TerminalLayout(columns, headers, held, width: style.width, isWhole: isWhole)
        self.layout = layout
        for line in headers { write(line, .strong, layout, into: &out) }
        let shown = layout.widths.filter { $0 > 0 }
        let rule = shown.map { String(repeating: "─", count: $0) }.joined(separator: Self.gap)
        out.append(contentsOf: TerminalPaint.paint(rule, .faint, style).utf8)
        out.append(0x0A)
        for row in held { write(row, layout, into: &out) }
        held = []
    }

    /// The headings line by line; shorter ones stand at the bottom.
    private var headers: [[String]] {
        let split = columns.map { $0.header.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
        let height = split.map(\.count).max() ?? 1
        return (0..<height).map { line in
            split.map { lines in
                let index = line - (height - lines.count)
                return index >= 0 ? lines[index] : ""
            }
        }
    }

    private func write(_ row: ReportRow, _ layout: TerminalLayout, into out: inout [UInt8]) {
        let texts = columns.enumerated().map { index, column in
            let cell = index < row.cells.count ? row.cells[index] : .absent
            let width = layout.widths[index]
            guard case .bar = column.kind else { return cut(CellText.human(cell, column.kind), column, to: width) }
            return BarPlot.bar(cell.share, columns: width)
        }
        write(texts, row.emphasis, layout, into: &out)
    }

    private func write(
        _ texts: [String], _ emphasis: ReportEmphasis, _ layout: TerminalLayout, into out: inout [UInt8]
    ) {
        var line = ""
        for (index, text) in texts.enumerated() where layout.widths[index] > 0 {
            if !line.isEmpty { line += Self.gap }
            let padding = String(repeating: " ", count: max(0, layout.widths[index] - TerminalText.width(text)))
            line += columns[index].alignment == .right ? padding + text : text + padding
        }
        while line.hasSuffix(" ") { line.removeLast() }
        out.append(contentsOf: TerminalPaint.paint(line, emphasis, style).utf8)
        out.append(0x0A)
    }

    /// Numbers are never cut: part of one is another number.
    private func cut(_ cell: String, _ column: ReportColumn, to width: Int) -> String {
        guard column.kind == .text, column.alignment == .left else { return cell }
        return column.keepsEnd ? TerminalText.cutAtStart(cell, to: width) : TerminalText.cut(cell, to: width)
    }
}

/// ANSI colours, where the style allows them. ECMA-48, section 8.3.117.
package enum TerminalPaint {
    /// Returns text in the colour of its emphasis.
    package static func paint(_ text: String, _ emphasis: ReportEmphasis, _ style: ReportStyle) -> String {
        guard style.usesColor, !text.isEmpty else { return text }
        let code =
            switch emphasis {
            case .none: ""
            case .strong: "1"
            case .warning: "33"
            case .critical: "31"
            case .faint: "2"
            }
        return code.isEmpty ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
