public import ForensicsCompare

/// A comparison in every format.
public struct ComparisonReport: Sendable {
    package let result: ComparisonResult

    /// Creates the report of a result.
    public init(_ result: ComparisonResult) { self.result = result }

    /// Returns the answer in a format.
    ///
    /// `table` is the whole answer for a terminal, `json` the whole answer for a program. CSV, NDJSON and Markdown hold
    /// one table; Markdown has the sentence above it.
    public func rendered(
        as format: ReportFormat, table: ComparisonTable = .activeLong, style: ReportStyle = ReportStyle()
    ) -> [UInt8] {
        switch format {
        case .table: return terminal(style: style)
        case .json: return json.document()
        case .csv, .ndjson: return self.table(table).rendered(as: format, style: style)
        case .markdown:
            let lines = [MarkdownText.paragraph(result.sentence), "", ""]
            return Array(lines.joined(separator: "\n").utf8) + self.table(table).rendered(as: format, style: style)
        }
    }

    /// Returns one table of the answer with the columns that machines rely on.
    public func table(_ table: ComparisonTable) -> ReportTable {
        switch table {
        case .activeLong: activeLong
        case .changes: changes
        case .explanations: explanations
        case .newGone: newGone
        case .remainder: remainder
        }
    }
}
