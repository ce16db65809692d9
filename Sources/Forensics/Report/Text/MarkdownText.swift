/// Text inside a GitHub-flavoured Markdown table, without markup, link or mention.
package enum MarkdownText {
    /// Returns a cell: plain words as they are, everything else as a code span with its pipes escaped.
    ///
    /// A code span is the one place where Markdown takes text literally: no emphasis, HTML, links or mentions.
    package static func cell(_ text: String) -> String {
        let shown = TerminalText.escaped(text)
        return isPlain(shown) ? shown : span(escapedPipes(shown))
    }

    /// Returns a piece of a line outside of tables: plain words as they are, everything else as a code span.
    package static func inline(_ text: String) -> String {
        let shown = TerminalText.escaped(text)
        return isPlain(shown) ? shown : span(shown)
    }

    /// Returns a paragraph: what the evidence says, and every other word with a sign that may mean something, as a code
    /// span.
    ///
    /// A backslash is not enough: an address of the web, a mention or a reference becomes a link whatever stands before its
    /// letters.
    ///
    /// - Parameter evidence: texts in it that come from the evidence, words and signs between them included.
    package static func paragraph(_ text: String, evidence: [String] = []) -> String {
        let known = Set(evidence.map(TerminalText.escaped)).filter { !$0.isEmpty && !isPlain($0) }.sorted {
            $0.utf8.count != $1.utf8.count ? $0.utf8.count > $1.utf8.count : $0 < $1
        }
        var rest = TerminalText.escaped(text)[...]
        var out = ""
        while let first = rest.first {
            if let found = known.first(where: { rest.hasPrefix($0) && endsWord(rest.dropFirst($0.count)) }) {
                out += span(found)
                rest = rest.dropFirst(found.count)
            } else if first == " " || first == "(" {
                out.append(first)
                rest = rest.dropFirst()
            } else if first == "`", let end = rest.dropFirst().firstIndex(of: "`"),
                end > rest.index(after: rest.startIndex)
            {
                // A command that we name.
                out += span(String(rest[rest.index(after: rest.startIndex)..<end]))
                rest = rest[rest.index(after: end)...]
            } else {
                var word = rest.prefix { $0 != " " }
                while let last = word.last, isClosing(last), word.count > 1 { word.removeLast() }
                out += isPlain(word.filter { !isOfProse($0) }) ? String(word) : span(String(word))
                rest = rest.dropFirst(word.count)
            }
        }
        return out
    }

    private static func endsWord(_ rest: Substring) -> Bool { rest.first.map { $0 == " " || isClosing($0) } ?? true }

    private static func isClosing(_ character: Character) -> Bool { ",.;:)".contains(character) }

    /// Signs of our own sentences that mean nothing to Markdown.
    private static func isOfProse(_ character: Character) -> Bool { ";'−±→".contains(character) }

    private static func span(_ shown: String) -> String {
        var longest = 0
        var run = 0
        for byte in shown.utf8 {
            run = byte == 0x60 ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let pad = shown.hasPrefix("`") || shown.hasSuffix("`") || shown.hasPrefix(" ") ? " " : ""
        return fence + pad + shown + pad + fence
    }

    private static func isPlain(_ text: some StringProtocol) -> Bool {
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
