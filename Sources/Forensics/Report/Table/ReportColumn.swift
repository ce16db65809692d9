/// A column: its names, and what its cells mean.
public struct ReportColumn: Sendable, Equatable {
    /// The name for machines: CSV header, JSON member. A contract: `client_ip`.
    public var name: String
    /// The heading for people; a line feed breaks it.
    public var header: String
    /// What the cells mean, which decides how people see them.
    public var kind: Kind
    /// Where text stands in the column.
    public var alignment: Alignment
    /// Whether the column names the row: the last to be narrowed on a small terminal.
    public var isKey: Bool
    /// Whether a terminal that is too narrow for all columns goes without it; every other form keeps it.
    public var isSecondary: Bool
    /// Whether it goes even before the secondary ones.
    public var isMinor: Bool
    /// Whether the table is there for it: the last to go on a small terminal.
    public var isPoint: Bool
    /// Whether the end says more than the start, as in a path: what does not fit is cut at the start.
    public var keepsEnd: Bool

    /// What a number or text means.
    public enum Kind: Sendable, Equatable {
        /// Text of any origin: always escaped.
        case text
        /// A whole number of things: grouped thousands.
        case count
        /// A whole number that names something: port, status, rank.
        case identifier
        /// Any number.
        case number
        /// Events per second.
        case rate
        /// Bytes.
        case bytes
        /// Milliseconds.
        case milliseconds
        /// Nanoseconds of a duration.
        case nanoseconds
        /// A share of 1, shown as per cent.
        case percent
        /// A factor.
        case ratio
        /// Nanoseconds since the epoch, shown as RFC 3339 UTC.
        case time
        /// Yes or no.
        case flag
        /// A share of 1, drawn as a bar: of so many characters on a terminal that has the room.
        case bar(Int)
    }

    /// Where cells stand.
    public enum Alignment: Sendable, Equatable {
        /// At the left edge.
        case left
        /// At the right edge.
        case right
    }

    /// Creates a column; text and times stand left, numbers right, unless said otherwise.
    public init(
        _ name: String, _ header: String? = nil, _ kind: Kind = .text, alignment: Alignment? = nil,
        isKey: Bool = false, isSecondary: Bool = false, isMinor: Bool = false, isPoint: Bool = false,
        keepsEnd: Bool = false
    ) {
        self.name = name
        var words = String(name.map { $0 == "_" ? " " : $0 })
        // People read the unit beside each value.
        if kind == .milliseconds, words.hasSuffix(" ms") { words.removeLast(3) }
        self.header = header ?? words
        self.kind = kind
        self.isKey = isKey
        self.isSecondary = isSecondary
        self.isMinor = isMinor
        self.isPoint = isPoint
        self.keepsEnd = keepsEnd
        self.alignment = alignment ?? kind.alignment
    }
}

extension ReportColumn {
    /// The heading in one line.
    package var heading: String { String(header.map { $0 == "\n" ? " " : $0 }) }
}

extension ReportColumn.Kind {
    /// Texts, times and bars stand left, numbers right.
    fileprivate var alignment: ReportColumn.Alignment {
        switch self {
        case .text, .time, .flag, .bar: .left
        default: .right
        }
    }
}
