import Foundation
import ForensicsCompare
import ForensicsReport
import ForensicsTestSupport
import Testing

/// What a browser makes of the report: contrast of what is really drawn, and use without a mouse.
@Suite(.enabled(if: Browser.path != nil, "no Chromium here"), .serialized) struct ReadabilityTests {
    /// The contrast of every text against what is behind it. WCAG 2.2, definitions of contrast ratio and relative luminance.
    private static let contrast = """
        document.querySelectorAll("details").forEach(function (one) { one.open = true; });
        function colour(text) {
          var m = text.match(/[\\d.]+/g).map(Number);
          return { c: m.slice(0, 3), a: m.length > 3 ? m[3] : 1 };
        }
        function over(top, under, a) { return top.map(function (v, i) { return v * a + under[i] * (1 - a); }); }
        function luminance(c) {
          var l = c.map(function (v) { v /= 255; return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); });
          return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2];
        }
        function ratio(a, b) {
          var x = luminance(a), y = luminance(b);
          return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
        }
        function chain(element) {
          var all = [];
          for (var e = element; e; e = e.parentElement) { all.unshift(e); }
          return all;
        }
        function behind(element) {
          return chain(element).reduce(function (under, e) {
            var back = colour(getComputedStyle(e).backgroundColor);
            return over(back.c, under, back.a);
          }, [255, 255, 255]);
        }
        var walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), node, count = 0, least = 99;
        while ((node = walker.nextNode())) {
          var parent = node.parentElement, box = parent.getBoundingClientRect();
          if (!node.data.trim() || parent.closest("script, style, svg, .skip") || !parent.checkVisibility()
            || box.width < 2 || box.height < 2) { continue; }
          var back = behind(parent), front = colour(getComputedStyle(parent).color);
          var opacity = chain(parent).reduce(function (o, e) { return o * getComputedStyle(e).opacity; }, front.a);
          var found = ratio(over(front.c, back, opacity), back);
          count += 1;
          least = Math.min(least, found);
          if (found < 4.5) { log.push("faint " + found.toFixed(2) + " " + node.data.trim().slice(0, 40)); }
        }
        // What is drawn, success criterion 1.4.11.
        document.querySelectorAll(".key, tr:not(.rest) .bar").forEach(function (bar) {
          var own = colour(getComputedStyle(bar).backgroundColor), back = behind(bar.parentElement);
          if (ratio(over(own.c, back, own.a), back) < 3) { log.push("dim " + bar.className); }
        });
        log.push("texts " + (count > 100 ? "many" : count) + " least " + least.toFixed(2));
        """

    private static func html() throws -> String {
        var html = try HTMLReportTests.html()
        let map = String(decoding: try FlowMapTests.report([FlowMapTests.map()]).rendered(), as: UTF8.self)
        let part = map.components(separatedBy: "<div class=\"flow\">")[1].components(separatedBy: "</section>")[0]
        html = html.replacing("</main>", with: "<div class=\"flow\">\(part)</main>")
        return html
    }

    @Test(
        arguments: [("light", ""), ("dark", "@media (prefers-color-scheme: dark)"), ("paper", "@media print")],
        [390, 1280])
    func `every text has the contrast that it needs`(theme: (name: String, query: String), width: Int) throws {
        var html = try Self.html()
        if !theme.query.isEmpty {
            #expect(html.contains(theme.query))
            html = html.replacing(theme.query, with: "@media all")
        }
        let (lines, complaints) = try #require(try ReportProbe.run(html, width: width, script: Self.contrast))
        #expect(!lines.contains { $0.hasPrefix("faint") || $0.hasPrefix("dim") || $0.hasPrefix("error") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("texts many") }, "\(lines)")
        #expect(complaints.isEmpty)
    }

    @Test func `the brush and every heading that sorts work from the keyboard, and show where the focus is`() throws {
        let script = """
            var timeline = document.getElementById("timeline"), selection = document.getElementById("selection");
            function press(key, shift) {
              var event = new KeyboardEvent("keydown", { key: key, shiftKey: !!shift, bubbles: true, cancelable: true });
              document.activeElement.dispatchEvent(event);
              return event.defaultPrevented;
            }
            function span() { return (selection.textContent.match(/^(\\S+ \\S+) to (\\S+ \\S+) \\((\\d+) min\\)/) || []).slice(1).join(" "); }
            timeline.focus();
            log.push("focus " + (document.activeElement === timeline) + " " + getComputedStyle(timeline).outlineStyle);
            log.push("taken " + press("ArrowRight") + " " + press("Tab"));
            log.push("first " + span());
            press("ArrowRight"); log.push("moved " + span());
            press("ArrowRight", true); log.push("wider " + span());
            press("ArrowLeft"); log.push("back " + span());
            press("Escape"); log.push("cleared [" + selection.textContent + "]");
            var buttons = Array.from(document.querySelectorAll("th button"));
            document.querySelectorAll("details").forEach(function (one) { one.open = true; });
            log.push("buttons " + (buttons.length > 0) + " " + buttons.filter(function (b) {
              b.focus();
              return document.activeElement !== b || b.tabIndex !== 0 || !b.textContent.trim() || b.type !== "button"
                || getComputedStyle(b).outlineStyle === "none";
            }).length);
            log.push("boxes " + Array.from(document.querySelectorAll(".scroll")).filter(function (box) {
              return box.tabIndex !== 0 || !box.getAttribute("aria-label");
            }).length);
            """
        let (lines, _) = try #require(try ReportProbe.run(try Self.html(), width: 1280, script: script))
        // Five minutes at first, one more with shift.
        let expected = [
            "focus true solid", "taken true false", "first 2026-03-17 09:00Z 2026-03-17 09:05Z 5",
            "moved 2026-03-17 09:01Z 2026-03-17 09:06Z 5", "wider 2026-03-17 09:01Z 2026-03-17 09:07Z 6",
            "back 2026-03-17 09:00Z 2026-03-17 09:06Z 6", "cleared []", "buttons true 0", "boxes 0",
        ]
        #expect(lines == expected)
    }

    @Test func `intervals stand by their lower bound, addresses by their number, and what says nothing last`() throws {
        var report = try FlowMapTests.report([])
        report.tops = [
            ReportTable(
                name: "t",
                columns: [
                    ReportColumn("client", isKey: true), ReportColumn("interval", alignment: .right),
                    ReportColumn("n", nil, .count), ReportColumn("bar", "", .bar(10)),
                ],
                rows: [
                    [.text("198.18.252.1"), .words("≥ 15×", order: 15.2), .absent, .number(1)],
                    [.text("198.18.56.1"), .words("3.1× – 6.2×", order: 3.1), .integer(7), .number(1)],
                    [.text("2001:db8::1"), .absent, .integer(1_000), .number(1)],
                    [.text("9.0.0.1"), .words("13× – 58×", order: 13), .integer(50), .number(1)],
                ])
        ]
        let script = """
            var table = document.querySelector("#top table");
            Array.from(table.tHead.rows[0].cells).forEach(function (cell, index) {
              var button = cell.querySelector("button");
              if (!button) { log.push("no button, named " + cell.textContent.trim()); return; }
              for (var i = 0; i < 2; i += 1) {
                button.click();
                log.push(Array.from(table.tBodies[0].rows).map(function (r) {
                  return r.cells[index].textContent.trim();
                }).join(" | "));
              }
            });
            """
        let html = String(decoding: report.rendered(), as: UTF8.self)
        let (lines, complaints) = try #require(try ReportProbe.run(html, width: 1280, script: script))
        #expect(
            lines == [
                "9.0.0.1 | 198.18.56.1 | 198.18.252.1 | 2001:db8::1",
                "2001:db8::1 | 198.18.252.1 | 198.18.56.1 | 9.0.0.1",
                "≥ 15× | 13× – 58× | 3.1× – 6.2× | –", "3.1× – 6.2× | 13× – 58× | ≥ 15× | –",
                "1,000 | 50 | 7 | –", "7 | 50 | 1,000 | –", "no button, named bar",
            ])
        #expect(complaints.isEmpty)
    }
}
