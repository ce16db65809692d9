import ForensicsCompare
import ForensicsModel

/// A cell in words for people, or plain for machines.
package enum CellText {
    /// Returns a cell as people read it, escaped for a terminal.
    package static func human(_ cell: ReportCell, _ kind: ReportColumn.Kind) -> String {
        switch cell {
        case .absent: "-"
        case .text(let text), .words(let text, _): TerminalText.escaped(text)
        case .rawText(let bytes): TerminalText.escaped(TerminalText.decoded(bytes))
        case .flag(let value): value ? "yes" : "no"
        case .integer(let value): whole(value, kind)
        case .number(let value): value.isFinite ? number(value, kind) : "-"
        case .atLeast(let value): "≥ " + number(value, kind)
        case .atMost(let value): "≤ " + number(value, kind)
        }
    }

    /// Returns a number, time or flag without quotes for CSV, or `nil` for text.
    package static func plain(_ cell: ReportCell, _ kind: ReportColumn.Kind) -> String? {
        switch cell {
        case .absent: ""
        case .text, .words, .rawText: nil
        case .flag(let value): value ? "true" : "false"
        case .integer(let value): kind == .time ? time(value) : String(value)
        case .number(let value), .atLeast(let value), .atMost(let value):
            value.isFinite ? JSONScalar.number(value) : ""
        }
    }

    /// Returns a cell as JSON.
    package static func json(_ cell: ReportCell, _ column: ReportColumn) -> JSONValue {
        switch cell {
        case .absent: .null
        case .text(let text), .words(let text, _): .string(text)
        case .rawText(let bytes): .string(TerminalText.decoded(bytes))
        case .flag(let value): .bool(value)
        case .integer(let value): column.kind == .time ? .string(time(value)) : .integer(value)
        case .number(let value), .atLeast(let value), .atMost(let value): .number(value)
        }
    }

    private static func time(_ nanoseconds: Int64) -> String {
        RFC3339.string(Timestamp(nanoseconds: nanoseconds))
    }

    private static func whole(_ value: Int64, _ kind: ReportColumn.Kind) -> String {
        switch kind {
        case .identifier: String(value)
        case .time: shortTime(value)
        case .count, .number, .text, .flag: NumberText.grouped(value)
        default: number(Double(value), kind)
        }
    }

    private static func number(_ value: Double, _ kind: ReportColumn.Kind) -> String {
        switch kind {
        case .bytes: NumberText.bytes(value)
        case .milliseconds: NumberText.duration(milliseconds: value)
        case .nanoseconds: NumberText.duration(milliseconds: value / 1e6)
        case .percent, .bar: NumberText.percent(value)
        case .ratio: NumberText.bound(value)
        case .count: abs(value) < 9e15 ? NumberText.grouped(Int64(value.rounded())) : NumberText.short(value)
        default: NumberText.short(value)
        }
    }

    /// Date and clock to the millisecond, with decimals only where there are any; every other form has all nine.
    private static func shortTime(_ nanoseconds: Int64) -> String {
        var text = time(Timestamp(nanoseconds: nanoseconds).bucket(width: 1_000_000))
        text.removeLast()
        while text.hasSuffix("0"), text.contains(".") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text.split(separator: "T").joined(separator: " ") + "Z"
    }
}
