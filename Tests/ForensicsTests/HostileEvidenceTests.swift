import ForensicsTestSupport
import Foundation
import Testing

/// Names that an attacker chooses, from the log line to every form of answer, through the program itself.
@Suite(.enabled(if: Program.path != nil)) struct HostileEvidenceTests {
    /// As an access log holds them: agents and hosts. Bytes, because one of them is not UTF-8.
    private static let agents: [[UInt8]] =
        [
            "<script>document.title='owned'</script>", "<img src=x onerror=alert(1)>",
            "\u{1B}[31mred\u{1B}]0;title\u{07}",
            "=HYPERLINK(\\x22http://evil\\x22)", "+1+1", "-2+3", "@SUM(A1)", "a\u{202E}gnp.exe",
            "'; DROP TABLE requests; --",
            "`code` | [x](http://evil) ![i](http://evil)", "</script><!--", "&lt;b&gt; &#x41;", "\u{2028}\u{85}",
        ].map { Array($0.utf8) } + [[0x62, 0xFF, 0xFE, 0xC3, 0x28]]
    private static let hosts = [
        "<b>host</b>.example", "=cmd|calc.example", "\u{1B}[2Jhost.example", "\u{202E}moc.elpmaxe",
        "'quoted\\x22.example",
    ]

    private static func log() -> Data {
        var data = Data()
        for minute in 0..<30 {
            for (index, agent) in agents.enumerated() {
                // All of them rise in the second quarter of an hour, so that each is told.
                for copy in 0..<(minute < 15 ? 2 : 20 + index) {
                    let host = hosts[(index + copy) % hosts.count]
                    let time = "2026-03-17T09:\(minute < 10 ? "0" : "")\(minute):\(10 + copy).000000Z"
                    data.append(
                        contentsOf: ("https \(time) app/shop/50dc6c495c0c9188 203.0.113.\(index + 1):4000 10.0.0.1:80 0.000 0.010 "
                            + "0.000 200 200 100 200 \"GET https://\(host):443/\(host) HTTP/1.1\" \"").utf8)
                    data.append(contentsOf: agent)
                    data.append(
                        contentsOf: ("\" - - arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/shop/1 \"Root=1-1-\(copy)\" "
                            + "\"\(host)\" \"-\" 0 \(time) \"forward\" \"-\" \"-\"\n").utf8)
                }
            }
        }
        return data
    }

    private static let windows = ["--before", "2026-03-17T09:00:00Z/15m", "--during", "2026-03-17T09:15:00Z/15m"]

    /// Every command that shows names, without its format.
    private static let commands: [[String]] = [
        ["compare"] + windows, ["compare"] + windows + ["--table", "explanations"], ["top", "user-agent"],
        ["top", "domain"],
        ["top", "path"], ["query", "user-agents"], ["query", "SELECT user_agent, domain, path FROM requests"],
        ["export", "requests"], ["summary"], ["findings"], ["sources"], ["spikes"],
    ]

    private static func withCase(_ body: (Folder, String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        // A file name is the evidence's as well.
        let file = try folder.file("<i>\u{1B}[31m=1+1\u{202E}.log", log())
        let store = folder.path("case.db")
        let read = try Program.run(["ingest", file.path, "--store", store])
        #expect(read.status == 0, "\(read.errors)")
        #expect(!acts(read.output) && !acts(read.errors))
        try body(folder, store)
    }

    /// Whether a text holds a character that a terminal, an editor or a browser would obey.
    private static func acts(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar != "\n" && scalar != "\r"
            case .format, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
    }

    @Test(arguments: commands) func `no answer in any form obeys the evidence`(command: [String]) throws {
        try Self.withCase { _, store in
            let oneTable = ["csv", "ndjson", "markdown"]
            for format in command.contains("--table") ? oneTable : ["table", "json"] + oneTable {
                let run = try Program.run(command + ["--format", format, "--store", store, "--color", "never"])
                #expect(run.status == 0, "\(run.errors)")
                #expect(!Self.acts(run.output), "\(command) \(format)")
                #expect(!Self.acts(run.errors), "\(command) \(format)")
                switch format {
                case "csv":
                    for field in Self.fields(run.output) {
                        #expect(!(field.first.map { "=+@\t\r".contains($0) } ?? false), "\(field)")
                        if field.first == "-" { #expect(Double(field) != nil, "\(field)") }
                    }
                case "json": _ = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
                case "ndjson":
                    for line in run.output.split(separator: "\n") {
                        _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
                    }
                case "markdown":
                    #expect(!Self.withoutCode(run.output).contains("<"), "\(command)")
                    #expect(!Self.withoutCode(run.output).contains("]("), "\(command)")
                default: break
                }
            }
        }
    }

    private static func report() throws -> String {
        var html = ""
        try withCase { folder, store in
            let file = folder.path("report.html")
            let run = try Program.run(["report", "--store", store, "--output", file, "--quiet"] + windows)
            #expect(run.status == 0, "\(run.errors)")
            html = try String(contentsOfFile: file, encoding: .utf8)
        }
        return html
    }

    @Test func `the report shows it all and holds nothing that acts`() throws {
        let html = try Self.report()
        #expect(!Self.acts(html))
        // The page's own two, and nothing of the evidence.
        #expect(html.components(separatedBy: "<script").count == 3)
        for markup in ["<img", "<b>host", "<i>\\x1b", "<!--"] { #expect(!html.contains(markup), "\(markup)") }
    }

    @Test(.enabled(if: Browser.path != nil, "no Chromium here")) func `a browser runs none of it`() throws {
        let (lines, complaints) = try #require(try ReportProbe.run(Self.report(), width: 1280, sorting: "requests"))
        #expect(complaints.isEmpty)
        #expect(!lines.contains { $0.hasPrefix("error") || $0.hasPrefix("left") }, "\(lines)")
        #expect(lines.contains("resources 0"))
        #expect(lines.contains { $0.hasPrefix("title Load balancer incident") }, "\(lines)")
    }

    /// The fields of RFC 4180, unquoted.
    private static func fields(_ csv: String) -> [String] {
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        for scalar in csv.unicodeScalars {
            switch scalar {
            case "\"": isQuoted.toggle()
            case ",", "\n", "\r":
                if isQuoted {
                    field.unicodeScalars.append(scalar)
                } else {
                    fields.append(field)
                    field = ""
                }
            default: field.unicodeScalars.append(scalar)
            }
        }
        return fields
    }

    /// Markdown without its code spans and escaped characters, which are text.
    private static func withoutCode(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if bytes[place] == 0x5C {
                place += 2
            } else if bytes[place] == 0x60 {
                let fence = bytes[place...].prefix { $0 == 0x60 }
                var end = place + fence.count
                while end + fence.count <= bytes.count, bytes[end..<end + fence.count] != fence { end += 1 }
                guard end + fence.count <= bytes.count else {
                    out += bytes[(place + fence.count)...]
                    break
                }
                place = end + fence.count
            } else {
                out.append(bytes[place])
                place += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
