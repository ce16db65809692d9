/// How wide the columns of a table are on a terminal, and which of them it has no room for.
///
/// What does not fit shrinks in this order: bars to a part, long texts, columns that say nothing, minor columns (the last
/// first), texts further, secondary columns (the last first), texts further, columns that name the row as long as they can
/// be told apart, whatever stands last, and in the end names and the columns that the table is there for.
struct TerminalLayout: Sendable {
    /// The width of each column; 0 for one that is not shown.
    private(set) var widths: [Int]
    /// Columns that are not shown although they say something.
    private(set) var leftOut: [Int] = []

    private let columns: [ReportColumn]
    private let width: Int
    /// The width of each column's heading.
    private let headings: [Int]

    private static let gap = 2
    /// No text is cut below this.
    private static let narrowest = 8
    /// Other columns shrink before a text is narrowed below this.
    private static let comfortable = 14
    private static let comfortableKey = 30
    /// A text is cut to this before secondary columns go.
    private static let tight = 10
    private static let narrowestBar = 6
    /// No column is wider without a terminal to fill, so that one long value does not push the rest away.
    private static let widestUnbounded = 250

    /// Measures rows.
    ///
    /// - Parameters:
    ///   - headers: line by line.
    ///   - width: of the terminal; 0 for none.
    ///   - isWhole: whether these are all rows, so that a column that says nothing in them says nothing at all.
    init(_ columns: [ReportColumn], _ headers: [[String]], _ rows: [ReportRow], width: Int, isWhole: Bool) {
        self.columns = columns
        self.width = width
        headings = columns.indices.map { index in max(1, headers.map { TerminalText.width($0[index]) }.max() ?? 0) }
        widths = headings
        for (index, column) in columns.enumerated() {
            if case .bar(let full) = column.kind {
                widths[index] = max(widths[index], full)
                continue
            }
            for row in rows where index < row.cells.count {
                widths[index] = max(widths[index], TerminalText.width(CellText.human(row.cells[index], column.kind)))
            }
        }
        if width == 0 {
            for index in widths.indices where isFlexible(index) {
                widths[index] = min(widths[index], Self.widestUnbounded)
            }
        } else {
            fit(rows, isWhole: isWhole)
        }
    }

    private mutating func fit(_ rows: [ReportRow], isWhole: Bool) {
        let keys = columns.indices.filter { columns[$0].isKey }
        let bars = columns.indices.filter { isBar($0) }
        let texts = columns.indices.filter { isFlexible($0) }
        let plainTexts = texts.filter { !keys.contains($0) }
        let natural = widths
        for bar in bars { narrow([bar], to: max(leastBar(bar), barWidth(bar) * 2 / 5)) }
        narrow(plainTexts, to: Self.comfortable)
        if isWhole {
            for index in columns.indices.reversed() where excess > 0 && !columns[index].isKey {
                if rows.allSatisfy({ index >= $0.cells.count || $0.cells[index].isBlank }) { widths[index] = 0 }
            }
        }
        drop(columns.indices.filter { columns[$0].isMinor })
        narrow(plainTexts, to: Self.tight)
        drop(columns.indices.filter { columns[$0].isSecondary })
        for bar in bars { narrow([bar], to: leastBar(bar)) }
        narrow(keys.filter { texts.contains($0) }, to: Self.comfortableKey)
        narrow(plainTexts, to: Self.narrowest)
        narrow(texts, to: Self.comfortable)
        let rest = columns.indices.filter { $0 > 0 && !keys.contains($0) && !isAddress($0) }
        drop(rest.filter { !columns[$0].isPoint })
        narrow(texts, to: Self.narrowest)
        drop(rest)
        leftOut.sort()
        // Room that dropped columns gave back goes to the texts and the bars.
        for index in plainTexts where widths[index] > 0 {
            widths[index] = min(natural[index], widths[index] + max(0, -excess))
        }
        for index in bars where widths[index] > 0 {
            widths[index] = min(barWidth(index), widths[index] + max(0, -excess))
        }
    }

    /// Columns that the line is too long by.
    private var excess: Int {
        let shown = widths.count { $0 > 0 }
        return widths.reduce(0, +) + Self.gap * max(0, shown - 1) - width
    }

    private mutating func narrow(_ some: [Int], to least: Int) {
        while excess > 0 {
            guard let widest = some.filter({ widths[$0] > least }).max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
    }

    private mutating func drop(_ some: [Int]) {
        for index in some.reversed() where excess > 0 && widths[index] > 0 {
            widths[index] = 0
            if !isBar(index) { leftOut.append(index) }
        }
    }

    private func barWidth(_ index: Int) -> Int {
        if case .bar(let full) = columns[index].kind { full } else { 0 }
    }

    /// Bars are cut, their headings are not.
    private func leastBar(_ index: Int) -> Int { max(Self.narrowestBar, headings[index]) }

    private func isBar(_ index: Int) -> Bool { barWidth(index) > 0 }

    /// An address is what the user acts on: it is never cut, even if the line then gets too long.
    private func isAddress(_ index: Int) -> Bool {
        columns[index].name == "client" || columns[index].name.hasSuffix("_ip")
    }

    /// Whether a column may be cut: text that is not a number in words.
    private func isFlexible(_ index: Int) -> Bool {
        columns[index].kind == .text && columns[index].alignment == .left && !isAddress(index)
    }
}
