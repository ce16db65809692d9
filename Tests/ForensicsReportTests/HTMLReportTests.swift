import Foundation
import ForensicsModel
import ForensicsReport
import ForensicsTestSupport
import Testing

@Suite struct HTMLReportTests {
    static func html() throws -> String {
        let fixture = ComparisonFixture()
        var whole = WindowAggregate(
            window: TimeWindow(start: fixture.before.window.start, end: fixture.during.window.end),
            exposure: 30 * ComparisonFixture.minute)
        whole.buckets = fixture.before.buckets + fixture.during.buckets
        var report = HTMLReport(
            result: try fixture.result(), before: fixture.before, during: fixture.during, timeline: whole,
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
                evidence: [.init(id: id, offset: 99, measure: 400_000_000_000)])
        ]
        report.sourceName = { _ in ComparisonFixture.hostile }
        report.ledger = SourcesReport.table([
            .init(
                id: 1, path: ComparisonFixture.hostile, kind: "nlb", vantage: nil, bytes: 5, firstTime: nil,
                lastTime: nil, records: 1, accepted: 1, ignored: 0, rejected: 0, anomalous: 0, status: "complete",
                sha256: "abc")
        ])
        return String(decoding: report.rendered(), as: UTF8.self)
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
        let (lines, complaints) = try #require(
            try ReportProbe.run(
                try HTMLReportTests.html(), width: width, sorting: "connections", lookingFor: ["192.0.2.9"]))
        #expect(lines.contains("down 4,500 1,500 780"), "\(lines)")
        #expect(lines.contains("up 780 1,500 4,500 ascending"), "\(lines)")
        // 15 minutes of 452 connections, of which every third minute has one and every third two more.
        #expect(
            lines.contains { $0.hasPrefix("brush 2026-03-17 09:15") && $0.contains("6,795 connections") }, "\(lines)")
        #expect(lines.contains("cleared []"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("keys 2026-03-17 09:00") && $0.contains("(5 min)") }, "\(lines)")
        #expect(lines.contains("visible 192.0.2.9"), "\(lines)")
        #expect(lines.contains("wide false"), "\(lines)")
        #expect(lines.contains("resources 0"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("title Load balancer incident") }, "\(lines)")
        #expect(!lines.contains { $0.hasPrefix("error") || $0.hasPrefix("left") }, "\(lines)")
        #expect(complaints.isEmpty)
    }
}
