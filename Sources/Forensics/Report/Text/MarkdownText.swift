/// Text inside a GitHub-flavoured Markdown table, without markup, link or mention.
package enum MarkdownText {
    /// Returns a cell: plain words as they are, everything else as a code span with its pipes escaped.
    ///
    /// A code span is the one place where Markdown takes text literally: no emphasis, HTML, links or mentions.
    package static func cell(_ text: String) -> String {
        let shown = TerminalText.escaped(text)
        if isPlain(shown) { return shown }
        var longest = 0
        var run = 0
        for byte in shown.utf8 {
            run = byte == 0x60 ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let pad = shown.hasPrefix("`") || shown.hasSuffix("`") || shown.hasPrefix(" ") ? " " : ""
        return fence + pad + escapedPipes(shown) + pad + fence
    }

    /// Returns a paragraph: characters with a meaning in Markdown get a backslash.
    package static func paragraph(_ text: String) -> String {
        var out = ""
        for scalar in TerminalText.escaped(text).unicodeScalars {
            switch scalar {
            case "\\", "`", "*", "_", "[", "]", "<", ">", "|", "~", "#", "!", "$", "&":
                out += "\\"
                out.unicodeScalars.append(scalar)
            case "@": out += "&#64;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func isPlain(_ text: String) -> Bool {
        let harmless = text.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", " ", ",", ".", ":", "-", "%", "(", ")", "+", "–", "×", "≥", "≤", "…":
                true
            default: false
            }
        }
        // A host name with www would become a link.
        return harmless && !text.lowercased().contains("www.")
    }

    private static func escapedPipes(_ text: String) -> String {
        text.contains("|")
            ? text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|") : text
    }
}
