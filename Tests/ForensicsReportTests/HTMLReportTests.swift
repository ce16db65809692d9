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

    @Test func `the answer and the address that caused it are there`() throws {
        let html = try Self.html()
        for text in ["192.0.2.9", "=Owner, Inc.", "3.0×", "≥ 6 min 40 s", "Active and long", "Who explains it"] {
            #expect(html.contains(text), "\(text)")
        }
    }
}

/// Opens the report in a browser, where there is one.
@Suite(.enabled(if: Browser.path != nil), .serialized) struct BrowserTests {
    /// What runs in the page after its own script: it sorts, brushes, and writes down what it sees.
    private static let probe = """
        <script>
        var log = [];
        window.addEventListener("error", function (e) { log.push("error " + e.message); });
        window.addEventListener("load", function () {
          var table = document.querySelector("#top table.sortable");
          function column(name) {
            var cells = Array.from(table.tHead.rows[0].cells);
            return cells.findIndex(function (c) { return c.textContent.trim() === name; });
          }
          function values(i) { return Array.from(table.tBodies[0].rows).map(function (r) { return r.cells[i].textContent; }); }
          var index = column("connections");
          var button = table.tHead.rows[0].cells[index].querySelector("button");
          button.click();
          log.push("down " + values(index).join(" "));
          button.click();
          log.push("up " + values(index).join(" ") + " " + table.tHead.rows[0].cells[index].getAttribute("aria-sort"));
          var timeline = document.getElementById("timeline");
          var box = timeline.getBoundingClientRect();
          function fire(type, part) {
            timeline.dispatchEvent(new PointerEvent(type, { clientX: box.left + box.width * part, clientY: box.top + 5,
              button: 0, pointerId: 1, bubbles: true }));
          }
          timeline.setPointerCapture = function () {};
          fire("pointerdown", 0.51); fire("pointermove", 0.98); fire("pointerup", 0.98);
          log.push("brush " + document.getElementById("selection").textContent);
          timeline.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
          log.push("cleared [" + document.getElementById("selection").textContent + "]");
          timeline.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
          log.push("keys " + document.getElementById("selection").textContent);
          log.push("wide " + (document.documentElement.scrollWidth > window.innerWidth));
          log.push("resources " + performance.getEntriesByType("resource").length);
          log.push("title " + document.title);
          document.body.setAttribute("data-probe", log.join("\\n"));
        });
        </script>
        </body>
        """

    @Test(arguments: [390, 1280]) func `sorting, brushing and keys work and nothing leaves the page`(width: Int) throws
    {
        let html = try HTMLReportTests.html().components(separatedBy: "</body>").joined(separator: Self.probe)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("report.html")
        try Data(html.utf8).write(to: file)
        let output = try #require(Browser.dump(file, width: width, profile: folder))
        let log = output.text.components(separatedBy: "data-probe=\"").dropFirst().first?
            .components(separatedBy: "\"").first
        let lines = try #require(log).components(separatedBy: "\n")
        #expect(lines.contains("down 4,500 1,500 780"), "\(lines)")
        #expect(lines.contains("up 780 1,500 4,500 ascending"), "\(lines)")
        // 15 minutes of 452 connections, of which every third minute has one and every third two more.
        #expect(
            lines.contains { $0.hasPrefix("brush 2026-03-17 09:15") && $0.contains("6,795 connections") }, "\(lines)")
        #expect(lines.contains("cleared []"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("keys 2026-03-17 09:00") && $0.contains("(5 min)") }, "\(lines)")
        #expect(lines.contains("wide false"), "\(lines)")
        #expect(lines.contains("resources 0"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("title Load balancer incident") }, "\(lines)")
        #expect(!lines.contains { $0.hasPrefix("error") }, "\(lines)")
        let complaints = output.messages.split(separator: "\n").filter { $0.contains("CONSOLE") }
        #expect(complaints.isEmpty)
    }
}
