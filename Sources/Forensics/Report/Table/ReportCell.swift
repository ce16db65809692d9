/// A value of a table. Machines get it plain; people get it in the unit of its column.
public enum ReportCell: Sendable, Equatable {
    /// Nothing known: empty in CSV, null in JSON.
    case absent
    /// Text, evidence included: every writer escapes it.
    case text(String)
    /// Words for a number, such as an interval, that stand in its order: an interval in that of its lower bound.
    case words(String, order: Double)
    /// Text of unknown encoding; bytes that are not UTF-8 become `\xNN`.
    case rawText([UInt8])
    /// A whole number.
    case integer(Int64)
    /// A number; one that is not finite counts as absent.
    case number(Double)
    /// A number that is a lower bound: people see `≥`.
    case atLeast(Double)
    /// A number that is an upper bound: people see `≤`.
    case atMost(Double)
    /// Yes or no.
    case flag(Bool)

    /// Creates a text cell, absent for `nil`.
    public static func optional(_ text: String?) -> ReportCell { text.map { .text($0) } ?? .absent }
    /// Creates a whole number, absent for `nil`.
    public static func optional(_ value: Int64?) -> ReportCell { value.map { .integer($0) } ?? .absent }
    /// Creates a whole number, absent for `nil`.
    public static func optional(_ value: Int?) -> ReportCell { value.map { .integer(Int64($0)) } ?? .absent }
    /// Creates a number, absent for `nil`.
    public static func optional(_ value: Double?) -> ReportCell { value.map { .number($0) } ?? .absent }

    /// Whether the cell says nothing happened: absent, empty or zero.
    var isBlank: Bool {
        switch self {
        case .absent: true
        case .text(let text), .words(let text, _): text.isEmpty
        case .rawText(let bytes): bytes.isEmpty
        case .integer(let value): value == 0
        case .number(let value), .atLeast(let value), .atMost(let value): value == 0 || !value.isFinite
        case .flag: false
        }
    }

    /// The number that a bar draws; 0 where there is none.
    var share: Double {
        if case .number(let value) = self, value.isFinite { value } else { 0 }
    }
}

/// What a row deserves in colour.
public enum ReportEmphasis: Sendable, Equatable {
    /// Nothing.
    case none
    /// Bold: the row that answers the question.
    case strong
    /// Yellow: look at it.
    case warning
    /// Red: broken.
    case critical
    /// Dimmed: there for completeness.
    case faint
}

/// A row of a table.
public struct ReportRow: Sendable, Equatable, ExpressibleByArrayLiteral {
    /// One cell per column; missing ones are absent.
    public var cells: [ReportCell]
    /// How much it matters.
    public var emphasis: ReportEmphasis

    /// Creates a row.
    public init(_ cells: [ReportCell], emphasis: ReportEmphasis = .none) {
        self.cells = cells
        self.emphasis = emphasis
    }

    /// Creates a row without emphasis.
    public init(arrayLiteral elements: ReportCell...) { self.init(elements) }
}
