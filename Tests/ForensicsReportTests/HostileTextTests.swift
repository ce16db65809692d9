import Foundation
import ForensicsReport
import Testing

/// Text that an attacker puts into hosts and user agents, through every writer.
@Suite struct HostileTextTests {
    static let samples: [String] = [
        "\u{1B}[31mred\u{1B}[0m", "\u{1B}]0;title\u{07}", "a\u{202E}gnp.exe", "\u{200B}zero", "\u{FEFF}bom",
        "<script>alert(1)</script>", "=HYPERLINK(\"http://evil\")", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1",
        "a|b", "`code`", "``", "[x](http://evil)", "![i](http://evil)", "*b* _i_ ~s~", "a\nb", "a\r\nb", "\u{0}",
        "\u{85}", "\u{2028}", "\"quoted\"", "back\\slash", "\u{9B}31m", "www.evil.example", "@team", "#1", "☃ 漢字",
        "＝1+1", "\u{E0041}", "a\u{FE0F}",
    ]

    private func render(_ cell: ReportCell, _ format: ReportFormat, isRaw: Bool = false) -> String {
        let table = ReportTable(name: "t", columns: [ReportColumn("v")], rows: [[cell]])
        return String(decoding: table.rendered(as: format, style: ReportStyle(isRaw: isRaw)), as: UTF8.self)
    }

    private func acts(_ text: String, except allowed: Set<Unicode.Scalar> = []) -> Bool {
        text.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: !allowed.contains(scalar)
            default: false
            }
        }
    }

    @Test(arguments: samples) func `a terminal shows it and obeys nothing`(text: String) {
        let shown = render(.text(text), .table)
        #expect(!acts(shown, except: ["\n"]))
        #expect(shown.split(separator: "\n").count == 3)
    }

    @Test(arguments: samples) func `JSON carries it unchanged in printable characters`(text: String) throws {
        for format in [ReportFormat.json, .ndjson] {
            let shown = render(.text(text), format)
            #expect(!acts(shown, except: ["\n"]))
            let line = shown.split(separator: "\n").first { $0.hasPrefix("{") }
            let value = try JSONSerialization.jsonObject(with: Data(try #require(line).utf8)) as? [String: String]
            #expect(value?["v"].map { Array($0.utf8) } == Array(text.utf8))
        }
    }

    @Test(arguments: samples) func `a spreadsheet sees no formula in CSV`(text: String) {
        let shown = render(.text(text), .csv)
        var field = shown.unicodeScalars.dropFirst(3).dropLast(2)
        if field.first == "\"" { field = field.dropFirst().dropLast() }
        let first = field.first
        #expect(first.map { !"=+-@\t\r\n＝＋－＠".unicodeScalars.contains($0) } ?? true)
        #expect(!acts(shown, except: ["\r", "\n", "\t"]))
    }

    @Test(arguments: samples) func `raw CSV is the text itself under RFC 4180`(text: String) {
        let shown = render(.text(text), .csv, isRaw: true)
        var field = Substring(String(decoding: shown.utf8.dropFirst(3).dropLast(2), as: UTF8.self))
        if field.hasPrefix("\"") { field = field.dropFirst().dropLast() }
        let read = field.split(separator: "\"\"", omittingEmptySubsequences: false).joined(separator: "\"")
        #expect(Array(read.utf8) == Array(text.utf8))
    }

    @Test(arguments: samples) func `Markdown has it in one literal cell`(text: String) {
        let shown = render(.text(text), .markdown)
        #expect(!acts(shown, except: ["\n"]))
        let line = shown.split(separator: "\n").last ?? ""
        let bare = line.dropFirst(2).dropLast(2)
        let isCode = bare.hasPrefix("`") && bare.hasSuffix("`")
        let isPlain =
            bare.allSatisfy { $0.isLetter || $0.isNumber || " .,:-%()+".contains($0) } && !bare.contains("www.")
        #expect(isCode || isPlain)
        #expect(!bare.split(separator: "\\|", omittingEmptySubsequences: false).contains { $0.contains("|") })
    }

    @Test func `bytes that are not UTF-8 are shown as they are`() {
        let bytes: [UInt8] = [0x61, 0xFF, 0xC3, 0x28, 0xE2, 0x82, 0xED, 0xA0, 0x80, 0xC3, 0xA9, 0xF4, 0x90, 0x80, 0x80]
        let expected = "a\\xff\\xc3(\\xe2\\x82\\xed\\xa0\\x80é\\xf4\\x90\\x80\\x80"
        #expect(TerminalText.decoded(bytes) == expected)
        #expect(render(.rawText(bytes), .table).contains(expected))
        #expect(render(.rawText(bytes), .csv) == "v\r\n\(expected)\r\n")
    }

    @Test func `only text gets an apostrophe, numbers stay numbers`() {
        #expect(render(.integer(-5), .csv) == "v\r\n-5\r\n")
        #expect(render(.number(-0.25), .csv) == "v\r\n-0.25\r\n")
        #expect(render(.text("-5"), .csv) == "v\r\n'-5\r\n")
        #expect(render(.number(.infinity), .csv) == "v\r\n\r\n")
        #expect(render(.number(.nan), .ndjson) == "{\"v\":null}\n")
    }
}
