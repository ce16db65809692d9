import Foundation
import ForensicsCompare
import ForensicsModel
import ForensicsReport
import ForensicsTestSupport
import Testing

@Suite struct HTMLReportTests {
    static let digest = String(repeating: "0123456789abcdef", count: 4)

    static func html() throws -> String {
        let fixture = ComparisonFixture()
        var during = fixture.during
        var balancer = Activity()
        balancer.connections = 6_780
        during.dimensions[.loadBalancer] = [
            .init(value: "net/shop-nlb/50dc6c495c0c9188", activity: balancer, series: [])
        ]
        var whole = WindowAggregate(
            window: TimeWindow(start: fixture.before.window.start, end: fixture.during.window.end),
            exposure: 30 * ComparisonFixture.minute)
        whole.buckets = fixture.before.buckets + fixture.during.buckets
        var report = HTMLReport(
            result: try fixture.result(), before: fixture.before, during: during, timeline: whole,
            command: "lbforensics report \(ComparisonFixture.hostile)", version: "1")
        report.tops = [
            TopReport(fixture.during, dimension: .client, measure: .connections, limit: 10).table,
            TopReport(fixture.during, dimension: .domain, measure: .connections, limit: 10).table,
        ]
        let id = FactID(source: 1, record: 7)
        report.findings = [
            Finding(
                id: id, check: "long-connection", severity: .critical, blame: .client, kind: .nlb,
                subject: ComparisonFixture.hostile, summary: ComparisonFixture.hostile,
                start: fixture.during.window.start, end: fixture.during.window.end, count: 3,
                evidence: [.init(id: id, offset: 99, measure: 400_000_000_000)]),
            Finding(
                id: id, check: "long-connection", severity: .notice, blame: .client, kind: .nlb, subject: "192.0.2.9",
                summary: "one more", start: fixture.during.window.start.advanced(by: 1_250_000_001),
                end: fixture.during.window.end, count: 1, evidence: [.init(id: id, offset: 100, measure: 1)]),
            Finding(
                id: id, check: "tls-failure", severity: .notice, blame: .client, kind: .nlb, subject: "192.0.2.9",
                summary: "one handshake failed", start: fixture.during.window.start, end: fixture.during.window.end,
                count: 1,
                evidence: []),
        ]
        report.sourceName = { _ in ComparisonFixture.hostile }
        report.ledger = SourcesReport.table([
            .init(
                id: 1, path: ComparisonFixture.hostile, kind: "nlb", vantage: nil, bytes: 5, firstTime: nil,
                lastTime: nil, records: 1, accepted: 1, ignored: 0, rejected: 0, anomalous: 0, status: "complete",
                sha256: Self.digest),
            .init(
                id: 2, path: "logs/" + String(repeating: "0123456789_", count: 12) + ".log.gz", kind: "nlb",
                vantage: "net/shop-nlb/50dc6c495c0c9188", bytes: 5, firstTime: ComparisonFixture.origin,
                lastTime: ComparisonFixture.origin + 1, records: 1_000_000, accepted: 999_000, ignored: 0,
                rejected: 1_000, anomalous: 0, status: "complete", sha256: nil),
        ])
        return String(decoding: report.rendered(), as: UTF8.self)
    }

    /// An input of ten records; of one three could not be read.
    private static func input(_ number: Int) -> SourcesReport.Entry {
        let time = ComparisonFixture.origin + Int64(number)
        let rejected: Int64 = number == 33 ? 3 : 0
        return SourcesReport.Entry(
            id: Int64(number), path: "logs/2026/\(number).log.gz", kind: number < 50 ? "nlb" : "alb", vantage: nil,
            bytes: 5,
            firstTime: time, lastTime: time, records: 10, accepted: 10 - rejected, ignored: 0, rejected: rejected,
            anomalous: 0, status: "complete", sha256: digest)
    }

    @Test func `a long ledger is told by kind, what is wrong alone, and every input behind it`() throws {
        let entries = (0..<60).map { Self.input($0) }
        let digest = try #require(SourcesDigest(entries))
        let inputs = digest.together.rows.map(\.cells[2])
        #expect(inputs == [ReportCell.integer(50), ReportCell.integer(10)])
        let counts = Array(digest.together.rows[0].cells[6...9])
        #expect(counts == [500, 497, 0, 3].map { ReportCell.integer($0) })
        let alone = digest.alone.rows.map(\.cells[1])
        #expect(alone == [ReportCell.text("logs/2026/33.log.gz")])
        let few = SourcesDigest(Array(entries.prefix(40)))
        #expect(few == nil)
        var report = try FlowMapTests.report([])
        report.ledger = SourcesReport.table(entries)
        report.ledgerDigest = digest
        let html = String(decoding: report.rendered(), as: UTF8.self)
            .components(separatedBy: "<section id=\"ledger\"")[1].components(separatedBy: "</section>")[0]
        let parts = html.components(separatedBy: "<details>")
        #expect(parts.count == 2 && parts[0].components(separatedBy: "<tr").count == 6, "\(parts[0])")
        #expect(parts[0].contains("33.log") && !parts[0].contains("34.log"))
        #expect(parts[1].components(separatedBy: Self.digest).count == 61)
    }

    @Test func `the same case gives the same bytes`() throws {
        #expect(try Self.html() == Self.html())
    }

    @Test func `nothing is loaded from anywhere`() throws {
        let html = try Self.html()
        #expect(html.contains("default-src 'none'"))
        for word in ["src=", "url(", "@import", "http:", "https:", "//cdn", "fetch(", "XMLHttpRequest"] {
            #expect(!html.contains(word), "\(word)")
        }
    }

    @Test func `evidence is text and nothing else`() throws {
        let html = try Self.html()
        #expect(!html.contains("<script>document.title"))
        #expect(!html.contains("\u{1B}") && !html.contains("\u{202E}"))
        // The page's own: the data of the timeline and the code.
        #expect(html.components(separatedBy: "<script").count == 3)
        #expect(html.components(separatedBy: "</script>").count == 3)
        #expect(!html.contains("<!--"))
    }

    /// Relative luminance of a colour `#rrggbb` or `#rgb`. WCAG 2.2.
    private static func luminance(_ colour: Substring) -> Double {
        var digits = colour.dropFirst().map { Double(Int(String($0), radix: 16) ?? 0) }
        if digits.count == 3 { digits = digits.flatMap { [$0, $0] } }
        let parts = stride(from: 0, to: 6, by: 2).map { index -> Double in
            let value = (16 * digits[index] + digits[index + 1]) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }

    @Test func `text stands out from its background, light, dark and printed`() throws {
        let html = try Self.html()
        let themes = html.components(separatedBy: ":root {").dropFirst().map { block in
            let body = block.prefix { $0 != "}" }
            return Dictionary(
                body.split(separator: ";").compactMap { entry -> (String, Substring)? in
                    let parts = entry.split(separator: ":", maxSplits: 1)
                    guard parts.count == 2 else { return nil }
                    return (parts[0].filter { !$0.isWhitespace }, parts[1].drop { $0 == " " })
                }, uniquingKeysWith: { _, last in last })
        }
        #expect(themes.count == 3)
        var theme: [String: Substring] = [:]
        for own in themes {
            theme.merge(own) { _, new in new }
            for back in ["--page", "--panel"] {
                for text in ["--text", "--faint", "--warning", "--critical", "--focus"] {
                    let (a, b) = (Self.luminance(try #require(theme[text])), Self.luminance(try #require(theme[back])))
                    let contrast = (max(a, b) + 0.05) / (min(a, b) + 0.05)
                    // WCAG 2.2, success criterion 1.4.3; a printed page has no links to follow.
                    if text != "--focus" || own["--focus"] != nil {
                        #expect(contrast >= 4.5, "\(text) on \(back): \(contrast)")
                    }
                }
            }
        }
    }

    @Test func `the heading names load balancer and day, and every region has a name`() throws {
        let html = try Self.html()
        #expect(html.contains("<h1><bdi>shop-nlb</bdi> on 2026-03-17: "))
        #expect(html.contains("<title>Load balancer incident, shop-nlb, 2026-03-17T09:15:00Z</title>"))
        #expect(html.contains("aria-label=\"What changed\""))
        #expect(!html.contains("aria-label=\"\""))
    }

    @Test func `findings stand by check with their counts, times as short as they can be`() throws {
        let html = try Self.html()
        #expect(html.components(separatedBy: "<details class=\"finding").count == 3)
        #expect(html.contains("2 findings about 2 subjects, seen 4 times"))
        #expect(html.contains("1 finding about 1 subject, seen once"))
        #expect(html.contains(">2026-03-17 09:15:00Z<") && html.contains(">2026-03-17 09:15:01.25Z<"))
        #expect(!html.contains("01.250000001Z"))
    }

    @Test func `no two values of a row stand under one name where rows are stacked`() throws {
        for table in try Self.html().components(separatedBy: "<table class=\"sortable\">").dropFirst() {
            let row = table.components(separatedBy: "<tbody>\n").last?.components(separatedBy: "</tr>")[0] ?? ""
            let names = row.components(separatedBy: "data-h=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
            #expect(Set(names).count == names.count, "\(names)")
        }
    }

    @Test func `columns that say nothing in any row are left out`() throws {
        let table = ReportTable(
            name: "t", columns: [ReportColumn("a", isKey: true), ReportColumn("b"), ReportColumn("c", nil, .count)],
            rows: [[.absent, .absent, .integer(0)], [.absent, .absent]])
        #expect(table.withoutAbsentColumns.columns.map(\.name) == ["a", "c"])
        #expect(table.withoutAbsentColumns.rows.map(\.cells) == [[.absent, .integer(0)], [.absent, .absent]])
    }

    @Test func `health checks stand by target, those that fail more during first`() {
        func key(_ target: String, _ outcome: HealthCheck.Outcome) -> HealthCheckReport.Key {
            .init(kind: .pcap, target: target, probe: .http, outcome: outcome)
        }
        let table = HealthCheckReport.table([
            key("10.0.0.1:80", .success): (30, 30), key("10.0.0.2:80", .success): (30, 12),
            key("10.0.0.2:80", .failure): (0, 9), key("10.0.0.2:80", .timeout): (2, 1),
        ])
        let lines = table.rows.map { $0.cells.prefix(4) }
        #expect(
            lines == [
                [.text("10.0.0.2:80"), .text("timeout"), .integer(2), .integer(1)],
                [.text("10.0.0.2:80"), .text("failure"), .integer(0), .integer(9)],
                [.text("10.0.0.2:80"), .text("success"), .integer(30), .integer(12)],
                [.text("10.0.0.1:80"), .text("success"), .integer(30), .integer(30)],
            ])
        #expect(table.rows.map(\.emphasis) == [.none, .warning, .none, .none])
    }

    @Test func `a bar that would read 0 % is left out`() throws {
        let fixture = ComparisonFixture()
        var result = try fixture.result()
        // One of thousands has no value.
        result.total.change += 1
        for index in result.dimensions.indices { result.dimensions[index].without.change += 1 }
        let report = HTMLReport(
            result: result, before: fixture.before, during: fixture.during, timeline: fixture.during, command: "",
            version: "1")
        #expect(!String(decoding: report.rendered(), as: UTF8.self).contains("what has no value"))
    }

    @Test func `the answer and the address that caused it are there`() throws {
        let html = try Self.html()
        for text in ["192.0.2.9", "=Owner, Inc.", "3.0×", "≥ 6 min 40 s", "Active and long", "Who explains it"] {
            #expect(html.contains(text), "\(text)")
        }
    }
}

/// Opens the report in a browser, where there is one.
@Suite(.enabled(if: Browser.path != nil, "no Chromium here"), .serialized) struct BrowserTests {
    @Test(arguments: [390, 1280]) func `sorting, brushing and keys work and nothing leaves the page`(width: Int) throws
    {
        // The address with its long connections, what it did before and during, and how sure the total is.
        let seen = ["192.0.2.9", "≥ 6 min 40 s", "0 → 4,500", "× – "]
        let (lines, complaints) = try #require(
            try ReportProbe.run(try HTMLReportTests.html(), width: width, sorting: "connections", lookingFor: seen))
        #expect(lines.contains("down 4,500 1,500 780"), "\(lines)")
        #expect(lines.contains("up 780 1,500 4,500 ascending"), "\(lines)")
        // 15 minutes of 452 connections, of which every third minute has one and every third two more.
        #expect(
            lines.contains { $0.hasPrefix("brush 2026-03-17 09:15") && $0.contains("6,795 connections") }, "\(lines)")
        #expect(lines.contains("cleared []"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("keys 2026-03-17 09:00") && $0.contains("(5 min)") }, "\(lines)")
        for text in seen { #expect(lines.contains("visible \(text)"), "\(text) \(lines)") }
        #expect(lines.contains("cut 0"), "\(lines)")
        #expect(lines.contains("closed for print 0") && !lines.contains("closed on screen 0"), "\(lines)")
        #expect(lines.contains("wide false"), "\(lines)")
        #expect(lines.contains("resources 0"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("title Load balancer incident") }, "\(lines)")
        #expect(!lines.contains { $0.hasPrefix("error") || $0.hasPrefix("left") }, "\(lines)")
        #expect(complaints.isEmpty)
    }

    @Test func `paper has the hashes and the evidence, and nothing is cut at its edge`() throws {
        // What holds on paper, on a screen as wide as a sheet.
        let html = try HTMLReportTests.html().replacing("@media print", with: "@media all")
        let seen = [HTMLReportTests.digest, "one handshake failed", "0 → 4,500"]
        let (lines, _) = try #require(
            try ReportProbe.run(html, width: 700, sorting: "connections", lookingFor: seen))
        for text in seen { #expect(lines.contains("visible \(text)"), "\(text) \(lines)") }
        #expect(lines.contains("wide false"), "\(lines)")
    }
}
