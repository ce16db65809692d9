import Foundation

/// Opens a report in a browser, works it as a reader would, and tells what was seen.
package enum ReportProbe {
    /// Before anything of the page: whatever goes wrong, or tries to leave the page, is written down.
    private static let early = """
        <script>
        var log = [];
        window.addEventListener("error", function (e) { log.push("error " + e.message); });
        document.addEventListener("securitypolicyviolation", function (e) { log.push("left " + e.blockedURI); });
        </script>
        """

    /// After the page's own script: it sorts the first of the top tables by a column, brushes, uses the keys, and looks
    /// for words.
    private static func late(_ column: String, _ words: [String]) -> String {
        let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
              var table = document.querySelector("#top table.sortable");
              var cells = Array.from(table.tHead.rows[0].cells);
              var index = cells.findIndex(function (c) { return c.textContent.trim() === "\(column)"; });
              function values() {
                return Array.from(table.tBodies[0].rows).map(function (r) { return r.cells[index].textContent; });
              }
              var button = cells[index].querySelector("button");
              button.click();
              log.push("down " + values().join(" "));
              button.click();
              log.push("up " + values().join(" ") + " " + cells[index].getAttribute("aria-sort"));
              var timeline = document.getElementById("timeline");
              var selection = document.getElementById("selection");
              var box = timeline.getBoundingClientRect();
              function fire(type, part) {
                timeline.dispatchEvent(new PointerEvent(type, { clientX: box.left + box.width * part, clientY: box.top + 5,
                  button: 0, pointerId: 1, bubbles: true }));
              }
              function press(key) { timeline.dispatchEvent(new KeyboardEvent("keydown", { key: key, bubbles: true })); }
              timeline.setPointerCapture = function () {};
              fire("pointerdown", 0.51); fire("pointermove", 0.98); fire("pointerup", 0.98);
              log.push("brush " + selection.textContent);
              press("Escape");
              log.push("cleared [" + selection.textContent + "]");
              press("ArrowRight");
              log.push("keys " + selection.textContent);
              var walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), node;
              var seen = new Set();
              while ((node = walker.nextNode())) {
                var box2 = node.parentElement.getBoundingClientRect();
                if (!node.parentElement.checkVisibility() || box2.width < 8 || box2.height < 8) { continue; }
                // What a table has beside the page is not seen either.
                if (box2.left < 0 || box2.right > window.innerWidth) { continue; }
                [\(list)].forEach(function (word) { if (node.data.includes(word)) { seen.add(word); } });
              }
              [\(list)].forEach(function (word) { log.push((seen.has(word) ? "visible " : "hidden ") + word); });
              window.dispatchEvent(new Event("beforeprint"));
              log.push("closed for print " + document.querySelectorAll("details:not([open])").length);
              window.dispatchEvent(new Event("afterprint"));
              log.push("closed on screen " + document.querySelectorAll("details:not([open])").length);
              log.push("cut " + Array.from(document.querySelectorAll(".scroll")).filter(function (scroll) {
                var box3 = scroll.getBoundingClientRect(), end = box3.top + scroll.clientTop + scroll.clientHeight;
                return Array.from(scroll.querySelectorAll("tbody tr")).some(function (row) {
                  var box4 = row.getBoundingClientRect();
                  return box4.top + 2 < end && box4.bottom - 2 > end;
                });
              }).length);
              log.push("wide " + (document.documentElement.scrollWidth > window.innerWidth));
              log.push("resources " + performance.getEntriesByType("resource").length);
              log.push("title " + document.title);
            """
    }

    /// Returns what the probe wrote down, line by line, and what the browser complained of; `nil` without an answer.
    ///
    /// - Parameters:
    ///   - column: a column of numbers of the first top table.
    ///   - words: text that has to be seen.
    package static func run(
        _ html: String, width: Int, sorting column: String, lookingFor words: [String] = []
    ) throws -> (lines: [String], complaints: [Substring])? {
        try run(html, width: width, script: late(column, words))
    }

    /// Returns what a script of the caller wrote down with `log.push`, after the page's own.
    package static func run(
        _ html: String, width: Int, script: String
    ) throws -> (lines: [String], complaints: [Substring])? {
        let last = """
            <script>
            window.addEventListener("load", function () {
            \(script)
              document.body.setAttribute("data-probe", log.join("\\n"));
            });
            </script>
            </body>
            """
        let probed = html.replacing("<head>\n", with: "<head>\n" + early)
            .components(separatedBy: "</body>").joined(separator: last)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("report.html")
        try Data(probed.utf8).write(to: file)
        guard let output = Browser.dump(file, width: width, profile: folder) else { return nil }
        let log = output.text.components(separatedBy: "data-probe=\"").dropFirst().first?
            .components(separatedBy: "\"").first
        guard let log else { return nil }
        return (
            log.components(separatedBy: "\n"), output.messages.split(separator: "\n").filter { $0.contains("CONSOLE") }
        )
    }
}
