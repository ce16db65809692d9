/// Fields of RFC 4180, safe to open in a spreadsheet.
package enum CSVText {
    /// Appends a text field.
    ///
    /// Unless raw, a text that a spreadsheet would take for a formula gets a leading apostrophe, and control and
    /// invisible characters other than tab, CR and LF are shown as `\xNN` or `\u{…}`. OWASP, CSV Injection.
    package static func append(_ text: String, isRaw: Bool, to out: inout [UInt8]) {
        if isPlain(text) {
            out.append(contentsOf: text.utf8)
            return
        }
        let shown = isRaw ? text : (startsFormula(text) ? "'" : "") + shielded(text)
        let needsQuotes =
            shown.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
            || shown.utf8.first == 0x20 || shown.utf8.last == 0x20
        guard needsQuotes else {
            out.append(contentsOf: shown.utf8)
            return
        }
        out.append(0x22)
        for byte in shown.utf8 {
            if byte == 0x22 { out.append(0x22) }
            out.append(byte)
        }
        out.append(0x22)
    }

    /// Letters, digits and a few signs, not at the start: nothing to quote or to fear.
    private static func isPlain(_ text: String) -> Bool {
        var isFirst = true
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x2F, 0x3A: break
            case 0x2D where !isFirst: break
            default: return false
            }
            isFirst = false
        }
        return true
    }

    private static func startsFormula(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first else { return false }
        switch first {
        case "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠": return true
        default: return false
        }
    }

    private static func shielded(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            let isLayout = scalar == "\t" || scalar == "\r" || scalar == "\n"
            if isLayout || TerminalText.isHarmless(scalar) {
                out.unicodeScalars.append(scalar)
            } else {
                out += TerminalText.escape(scalar)
            }
        }
        return out
    }
}
