/// The form of an answer: `--format`. The raw value is the word on the command line.
public enum ReportFormat: String, Sendable, CaseIterable {
    /// Aligned columns for people.
    case table
    /// RFC 4180.
    case csv
    /// One document.
    case json
    /// One object per line.
    case ndjson
    /// A pipe table for a ticket.
    case markdown
}

/// How text is laid out and protected.
public struct ReportStyle: Sendable {
    /// Columns of the terminal; 0 means no limit.
    public var width: Int
    /// Whether to colour what matters.
    public var usesColor: Bool
    /// Turns off the protection of CSV text against formulas and control characters.
    public var isRaw: Bool

    /// Creates a style; the defaults suit a pipe.
    public init(width: Int = 0, usesColor: Bool = false, isRaw: Bool = false) {
        self.width = width
        self.usesColor = usesColor
        self.isRaw = isRaw
    }
}
