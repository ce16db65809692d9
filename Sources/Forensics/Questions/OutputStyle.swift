/// How an answer is written: its format and what the terminal allows.
public struct OutputStyle: Sendable {
    /// The format of the answer.
    public var format: ReportFormat
    /// What the terminal and the user allow.
    public var style: ReportStyle

    /// Creates a style.
    ///
    /// - Parameters:
    ///   - width: columns of the terminal, 0 without one.
    ///   - isRaw: CSV cells are not protected against formulas.
    public init(format: ReportFormat, width: Int, usesColor: Bool, isRaw: Bool) {
        self.format = format
        style = ReportStyle(width: width, usesColor: usesColor, isRaw: isRaw)
    }

    /// Whether people read the format.
    var isForPeople: Bool { format == .table || format == .markdown }

    /// Returns the table of a comparison that is written where a format holds one.
    ///
    /// - Parameter name: what the user named; `nil` for the first.
    func table(_ name: String?) throws(ForensicsError) -> ComparisonTable {
        guard let name else { return .activeLong }
        guard let table = ComparisonTable(rawValue: name) else {
            let names = ComparisonTable.allCases.map(\.rawValue).joined(separator: ", ")
            throw ForensicsError(.usage, "--table \(name): is none of \(names).")
        }
        try IdleOptions.refuse(
            [("--table", name)], without: "--format csv, ndjson or markdown",
            unless: format != .table && format != .json)
        return table
    }

    /// Writes a table as a whole answer. Its title says what was counted, when and where: above it for people, in the
    /// object of JSON; beside CSV and NDJSON, which hold rows alone, it is a note, and so is how many rows are left out.
    func write(_ table: ReportTable, note: (String) -> Void, to sink: (String) throws -> Void) throws {
        if format == .csv || format == .ndjson {
            if !table.title.isEmpty { note(table.title) }
            if let more = table.more, more > 0 {
                note("\(more) more rows are left out; --limit says how many are told.")
            }
        }
        try sink(String(decoding: table.answer(as: format, style: style), as: UTF8.self))
    }
}
