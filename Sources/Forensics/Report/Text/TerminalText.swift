/// Makes text of any origin harmless to a terminal, and measures it.
public enum TerminalText {
    /// Returns text in which nothing acts: control characters and bytes as `\xNN`, invisible, directional and
    /// line-separating characters as `\u{…}`.
    public static func escaped(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            if isHarmless(scalar) { out.unicodeScalars.append(scalar) } else { out += escape(scalar) }
        }
        return out
    }

    /// Returns bytes as text; those that are not UTF-8 as `\xNN`.
    package static func decoded(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let length = sequenceLength(bytes, at: index)
            if length == 0 {
                out.append(contentsOf: hex(bytes[index]).utf8)
                index += 1
            } else {
                out.append(contentsOf: bytes[index..<(index + length)])
                index += length
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Whether a character stands still on a terminal and shows itself.
    package static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value >= 0x20, scalar.value < 0x7F { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return false
        default: return !scalar.properties.isVariationSelector && scalar.value != 0xFFFC
        }
    }

    /// Returns `\xNN` for a byte-sized control, `\u{…}` for the rest.
    package static func escape(_ scalar: Unicode.Scalar) -> String {
        if scalar.value < 0x80 { return hex(UInt8(truncatingIfNeeded: scalar.value)) }
        return "\\u{\(String(scalar.value, radix: 16))}"
    }

    private static func hex(_ byte: UInt8) -> String { "\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))" }

    /// Returns the number of terminal columns that escaped text takes.
    package static func width(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    /// Returns text cut to a number of columns, the last of them `…` where something was cut.
    package static func cut(_ text: String, to columns: Int) -> String {
        if width(text) <= columns { return text }
        var out = ""
        var used = 0
        for scalar in text.unicodeScalars {
            let size = width(scalar)
            if used + size > columns - 1 { break }
            out.unicodeScalars.append(scalar)
            used += size
        }
        return columns > 0 ? out + "…" : ""
    }

    /// Returns the end of text that takes so many columns, the first of them `…` where something was cut.
    package static func cutAtStart(_ text: String, to columns: Int) -> String {
        if width(text) <= columns { return text }
        return String(cut(String(text.reversed()), to: columns).reversed())
    }

    /// Returns words broken into lines of at most so many columns; 0 means one line.
    package static func wrapped(_ text: String, columns: Int) -> [String] {
        guard columns > 0 else { return [text] }
        var lines: [String] = []
        var line = ""
        var used = 0
        for word in text.split(separator: " ") {
            let size = width(String(word))
            if used > 0, used + 1 + size > columns {
                lines.append(line)
                line = ""
                used = 0
            }
            line += (used > 0 ? " " : "") + word
            used += size + (used > 0 ? 1 : 0)
        }
        if used > 0 || lines.isEmpty { lines.append(line) }
        return lines
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: return isWide(scalar.value) ? 2 : 1
        }
    }

    /// The blocks that terminals draw two columns wide. Unicode Standard Annex 11.
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
            0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }

    /// The length of the well-formed UTF-8 sequence at a place, or 0. Unicode Standard, table 3-7.
    private static func sequenceLength(_ bytes: [UInt8], at index: Int) -> Int {
        func next(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
        func follows(_ offset: Int) -> Bool { next(offset) & 0xC0 == 0x80 }
        let first = bytes[index]
        switch first {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: return follows(1) ? 2 : 0
        case 0xE0...0xEF:
            let second = next(1)
            let isAllowed = first == 0xE0 ? second >= 0xA0 : first == 0xED ? second < 0xA0 : true
            return isAllowed && follows(1) && follows(2) ? 3 : 0
        case 0xF0...0xF4:
            let second = next(1)
            let isAllowed = first == 0xF0 ? second >= 0x90 : first == 0xF4 ? second < 0x90 : true
            return isAllowed && follows(1) && follows(2) && follows(3) ? 4 : 0
        default: return 0
        }
    }
}
