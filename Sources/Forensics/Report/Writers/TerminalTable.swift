/// Lays a table out in aligned columns that fit the terminal.
struct TerminalTable: Sendable {
    private let columns: [ReportColumn]
    private let style: ReportStyle
    private var held: [[String]] = []
    private var emphasis: [ReportEmphasis] = []
    /// Known once the first rows were seen; 0 for a column that there is no room for.
    private var widths: [Int]?

    /// Rows held back to measure columns; later ones are cut to what these gave.
    private static let measuredRows = 2_000
    private static let gap = "  "
    private static let narrowest = 5
    /// Secondary columns go before a text is narrowed below this.
    private static let comfortable = 14
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
        let rule = widths.filter { $0 > 0 }.map { String(repeating: "─", count: $0) }.joined(separator: Self.gap)
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

    /// The width of each column: what it holds; on a terminal, texts are narrowed until all fit, the widest first,
    /// then secondary columns go, the last first.
    private func measure() -> [Int] {
        var widths = columns.indices.map { index in max(1, headers.map { TerminalText.width($0[index]) }.max() ?? 0) }
        for cells in held {
            for (index, cell) in cells.enumerated() { widths[index] = max(widths[index], TerminalText.width(cell)) }
        }
        guard style.width > 0 else { return widths.map { min($0, Self.widestUnbounded) } }
        narrow(&widths, to: Self.comfortable, keys: false)
        for index in columns.indices.reversed() where columns[index].isSecondary && excess(widths) > 0 {
            widths[index] = 0
        }
        narrow(&widths, to: Self.narrowest, keys: false)
        narrow(&widths, to: Self.narrowest, keys: true)
        return widths
    }

    /// Columns that the line is too long by.
    private func excess(_ widths: [Int]) -> Int {
        let shown = widths.count { $0 > 0 }
        return widths.reduce(0, +) + Self.gap.utf8.count * max(0, shown - 1) - style.width
    }

    private func narrow(_ widths: inout [Int], to least: Int, keys: Bool) {
        while excess(widths) > 0 {
            let flexible = columns.indices.filter { index in
                mayNarrow(columns[index]) && widths[index] > least && columns[index].isKey == keys
            }
            guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
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
        for (index, cell) in cells.enumerated() where widths[index] > 0 {
            if !line.isEmpty { line += Self.gap }
            let shown = columns[index].kind == .text ? cut(cell, columns[index], to: widths[index]) : cell
            let padding = String(repeating: " ", count: max(0, widths[index] - TerminalText.width(shown)))
            line += columns[index].alignment == .right ? padding + shown : shown + padding
        }
        while line.hasSuffix(" ") { line.removeLast() }
        out.append(contentsOf: paint(line, emphasis).utf8)
        out.append(0x0A)
    }

    private func cut(_ cell: String, _ column: ReportColumn, to width: Int) -> String {
        column.keepsEnd ? TerminalText.cutAtStart(cell, to: width) : TerminalText.cut(cell, to: width)
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
