/// Text inside HTML, whatever it says.
package enum HTMLText {
    /// Returns text without markup: the five special characters as entities, what is invisible or acts as `\xNN` or
    /// `\u{…}`. Safe between tags and inside quoted attributes.
    package static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in TerminalText.escaped(text).unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Returns text of the evidence, set apart so that right-to-left letters do not reorder what stands around them.
    package static func evidence(_ text: String) -> String { "<bdi>\(escaped(text))</bdi>" }

    /// A part of a path longer than this may be broken.
    private static let longestPart = 32

    /// Returns the path of a file, which a line may break after a separator but not within a word.
    package static func path(_ text: String) -> String {
        var out = ""
        var part = ""
        func add() {
            out += escaped(part)
            part = ""
        }
        for character in text {
            part.append(character)
            guard "/_-".contains(character) || part.count >= longestPart else { continue }
            add()
            out += "<wbr>"
        }
        add()
        return "<bdi>\(out)</bdi>"
    }

    /// Returns a JSON document that can stand inside a `script` element.
    package static func data(_ value: JSONValue) -> String {
        var bytes: [UInt8] = []
        value.appendCompact(to: &bytes)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        for byte in bytes {
            // `</script>` and `<!--` would end or bend the element: inside JSON a `<` can only be in a string.
            if byte == 0x3C { out.append(contentsOf: "\\u003c".utf8) } else { out.append(byte) }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
