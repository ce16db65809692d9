/// A JSON document with members in a fixed order.
public enum JSONValue: Sendable {
    /// Nothing known.
    case null
    /// True or false.
    case bool(Bool)
    /// A whole number.
    case integer(Int64)
    /// A number; one that is not finite is written as null.
    case number(Double)
    /// Text, escaped when written.
    case string(String)
    /// Values in order.
    case array([JSONValue])
    /// Members in the order they are written.
    case object([(String, JSONValue)])

    /// Creates a number, null for `nil`.
    public static func optional(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    /// Creates a whole number, null for `nil`.
    public static func optional(_ value: Int64?) -> JSONValue { value.map { .integer($0) } ?? .null }
    /// Creates a text, null for `nil`.
    public static func optional(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

    /// Returns the document with two spaces of indentation and a final line feed.
    public func document() -> [UInt8] {
        var out: [UInt8] = []
        append(to: &out, indent: 0)
        out.append(0x0A)
        return out
    }

    /// Appends the value on one line.
    package func appendCompact(to out: inout [UInt8]) {
        switch self {
        case .array(let values):
            out.append(0x5B)
            for (index, value) in values.enumerated() {
                if index > 0 { out.append(0x2C) }
                value.appendCompact(to: &out)
            }
            out.append(0x5D)
        case .object(let members):
            out.append(0x7B)
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(0x2C) }
                JSONScalar.append(member.0, to: &out)
                out.append(0x3A)
                member.1.appendCompact(to: &out)
            }
            out.append(0x7D)
        default: appendScalar(to: &out)
        }
    }

    private func append(to out: inout [UInt8], indent: Int) {
        switch self {
        case .array(let values) where !values.isEmpty:
            out.append(0x5B)
            for (index, value) in values.enumerated() {
                Self.newLine(&out, index > 0, indent + 1)
                value.append(to: &out, indent: indent + 1)
            }
            Self.newLine(&out, false, indent)
            out.append(0x5D)
        case .object(let members) where !members.isEmpty:
            out.append(0x7B)
            for (index, member) in members.enumerated() {
                Self.newLine(&out, index > 0, indent + 1)
                JSONScalar.append(member.0, to: &out)
                out.append(contentsOf: [0x3A, 0x20])
                member.1.append(to: &out, indent: indent + 1)
            }
            Self.newLine(&out, false, indent)
            out.append(0x7D)
        default: appendCompact(to: &out)
        }
    }

    private static func newLine(_ out: inout [UInt8], _ comma: Bool, _ indent: Int) {
        if comma { out.append(0x2C) }
        out.append(0x0A)
        out.append(contentsOf: repeatElement(0x20, count: indent * 2))
    }

    private func appendScalar(to out: inout [UInt8]) {
        switch self {
        case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): out.append(contentsOf: String(value).utf8)
        case .number(let value): out.append(contentsOf: JSONScalar.number(value).utf8)
        case .string(let text): JSONScalar.append(text, to: &out)
        default: out.append(contentsOf: "null".utf8)
        }
    }
}

/// Text and numbers of JSON. RFC 8259.
package enum JSONScalar {
    /// Appends a quoted string; control, invisible and directional characters are written as `\uXXXX`.
    package static func append(_ text: String, to out: inout [UInt8]) {
        out.append(0x22)
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
            out.append(contentsOf: text.utf8)
        } else {
            for scalar in text.unicodeScalars { append(scalar, to: &out) }
        }
        out.append(0x22)
    }

    /// Returns the shortest text that reads back as the number; whole numbers without a point.
    package static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if abs(value) < 9e15, let whole = Int64(exactly: value) { return String(whole) }
        return String(value)
    }

    private static func append(_ scalar: Unicode.Scalar, to out: inout [UInt8]) {
        switch scalar {
        case "\"", "\\":
            out.append(0x5C)
            out.append(UInt8(truncatingIfNeeded: scalar.value))
        case "\n": out.append(contentsOf: [0x5C, 0x6E])
        case "\r": out.append(contentsOf: [0x5C, 0x72])
        case "\t": out.append(contentsOf: [0x5C, 0x74])
        default:
            if TerminalText.isHarmless(scalar) {
                out.append(contentsOf: String(Character(scalar)).utf8)
            } else {
                for unit in String(Character(scalar)).utf16 { appendUnit(unit, to: &out) }
            }
        }
    }

    private static func appendUnit(_ unit: UInt16, to out: inout [UInt8]) {
        let digits = String(unit, radix: 16)
        out.append(contentsOf: [0x5C, 0x75])
        out.append(contentsOf: repeatElement(0x30, count: 4 - digits.utf8.count))
        out.append(contentsOf: digits.utf8)
    }
}
