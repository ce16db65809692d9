/// Lays a table out in aligned columns that fit the terminal.
struct TerminalTable: Sendable {
    private let columns: [ReportColumn]
    private let style: ReportStyle
    private var held: [[String]] = []
    private var emphasis: [ReportEmphasis] = []
    /// Known once the first rows were seen.
    private var widths: [Int]?

    /// Rows held back to measure columns; later ones are cut to what these gave.
    private static let measuredRows = 2_000
    private static let gap = "  "
    private static let narrowest = 6
    /// No column is wider without a terminal to fill, so that one long value does not push the rest away.
    private static let widestUnbounded = 120

    init(columns: [ReportColumn], style: ReportStyle) {
        self.columns = columns
        self.style = style
    }

    mutating func add(_ row: ReportRow, into out: inout [UInt8]) {
        let cells = columns.enumerated().map { index, column in
            CellText.human(index < row.cells.count ? row.cells[index] : .absent, column.kind)
        }
        if let widths {
            write(cells, row.emphasis, widths, into: &out)
            return
        }
        held.append(cells)
        emphasis.append(row.emphasis)
        if held.count == Self.measuredRows { flush(into: &out) }
    }

    mutating func end(into out: inout [UInt8]) {
        if widths == nil { flush(into: &out) }
    }

    private mutating func flush(into out: inout [UInt8]) {
        let widths = measure()
        self.widths = widths
        for line in headers { write(line, .strong, widths, into: &out) }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: Self.gap)
        out.append(contentsOf: paint(rule, .faint).utf8)
        out.append(0x0A)
        for (cells, emphasis) in zip(held, emphasis) { write(cells, emphasis, widths, into: &out) }
        held = []
        emphasis = []
    }

    /// An address is what the user acts on: it is never cut, even if the line then gets too long.
    private func mayNarrow(_ column: ReportColumn) -> Bool {
        column.kind == .text && column.name != "client" && !column.name.hasSuffix("_ip")
    }

    /// The width of each column: what it holds, text columns narrowed until all fit, the widest first.
    private func measure() -> [Int] {
        var widths = columns.indices.map { index in headers.map { TerminalText.width($0[index]) }.max() ?? 0 }
        for cells in held {
            for (index, cell) in cells.enumerated() { widths[index] = max(widths[index], TerminalText.width(cell)) }
        }
        guard style.width > 0 else { return widths.map { min($0, Self.widestUnbounded) } }
        let room = style.width - Self.gap.utf8.count * max(0, columns.count - 1)
        for narrowsKeys in [false, true] {
            while widths.reduce(0, +) > room {
                let flexible = columns.indices.filter { index in
                    mayNarrow(columns[index]) && widths[index] > Self.narrowest
                        && columns[index].isKey == narrowsKeys
                }
                guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { break }
                widths[widest] -= 1
            }
        }
        return widths
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

    private func write(_ cells: [String], _ emphasis: ReportEmphasis, _ widths: [Int], into out: inout [UInt8]) {
        var line = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { line += Self.gap }
            let shown = columns[index].kind == .text ? TerminalText.cut(cell, to: widths[index]) : cell
            let padding = String(repeating: " ", count: max(0, widths[index] - TerminalText.width(shown)))
            line += columns[index].alignment == .right ? padding + shown : shown + padding
        }
        while line.hasSuffix(" ") { line.removeLast() }
        out.append(contentsOf: paint(line, emphasis).utf8)
        out.append(0x0A)
    }

    private func paint(_ text: String, _ emphasis: ReportEmphasis) -> String {
        TerminalPaint.paint(text, emphasis, style)
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
