package import ForensicsCompare
package import ForensicsModel

/// The whole answer as one HTML file: no network, no external script, the same bytes for the same case.
package struct HTMLReport: Sendable {
    /// The comparison.
    package var result: ComparisonResult
    /// The two windows that were compared.
    package var before: WindowAggregate
    package var during: WindowAggregate
    /// The whole case, for the timeline: its totals per minute and its window.
    package var timeline: WindowAggregate
    /// The command that makes this report again.
    package var command: String
    /// The version of the program.
    package var version: String
    /// What else was compared: the kind of evidence that active and long counts in, where it is another.
    package var others: [View] = []
    /// Who went where, by kind of evidence; empty where the case keeps no rows that tell.
    package var maps: [FlowMap] = []
    /// Errors by blamed side, as the caller counts them.
    package var blame: ReportTable?
    /// Health checks of both windows by target and outcome.
    package var healthChecks: ReportTable?
    /// Top tables: clients, target ports, domains …
    package var tops: [ReportTable] = []
    package var findings: [Finding] = []
    /// The name of a source by its ordinal, for evidence.
    package var sourceName: @Sendable (UInt32) -> String = { "source \($0)" }
    /// The vantage of a source.
    package var vantage: @Sendable (UInt32) -> String? = { _ in nil }
    /// What the measures of a check's evidence are numbers of.
    package var unit: @Sendable (String) -> Finding.Unit = { _ in .none }
    /// The ledger, with hashes where they are known.
    package var ledger: ReportTable?
    /// What the ledger says in short, where it is long.
    package var ledgerDigest: SourcesDigest?

    package init(
        result: ComparisonResult, before: WindowAggregate, during: WindowAggregate, timeline: WindowAggregate,
        command: String, version: String
    ) {
        self.result = result
        self.before = before
        self.during = during
        self.timeline = timeline
        self.command = command
        self.version = version
    }

    private static let namedLoadBalancers = 3

    /// Returns the file.
    package func rendered() -> [UInt8] {
        var page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        page += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
        page += "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        page += "<meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n"
        page += "<title>\(title)</title>\n"
        page += "<style>\n\(HTMLStyle.css)</style>\n</head>\n<body>\n"
        page += "<a class=\"skip\" href=\"#answer\">Skip to the answer</a>\n"
        page += header
        page += "<main>\n"
        for section in sections {
            page += "<section id=\"\(section.id)\" aria-labelledby=\"\(section.id)-title\">\n"
            page +=
                "<h2 id=\"\(section.id)-title\">\(HTMLText.escaped(section.title))</h2>\n\(section.body)</section>\n"
        }
        page +=
            "</main>\n<footer><p>lbforensics \(HTMLText.escaped(version)). This file loads nothing from anywhere.</p></footer>\n"
        page += "<script>\n\(HTMLScript.javascript)</script>\n</body>\n</html>\n"
        return Array(page.utf8)
    }

    private struct Section {
        var id: String
        var title: String
        var body: String
    }

    private var title: String {
        let names = loadBalancers.map { ", \(HTMLText.escaped($0))" }.joined()
        return "Load balancer incident\(names), \(HTMLText.escaped(TimeText.short(result.during.start)))"
    }

    private var heading: String {
        let names = loadBalancers.map { HTMLText.evidence($0) }.joined(separator: " and ")
        let day = String(result.during.start.prefix(10))
        return "\(names.isEmpty ? "" : names + " on ")\(day): what changed, and who explains it"
    }

    /// The busiest load balancers during, by the part of their names that people know; empty where there are too many.
    private var loadBalancers: [String] {
        let values = (during.dimensions[.loadBalancer] ?? []).sorted { left, right in
            let (a, b) = (left.activity.value(of: counted), right.activity.value(of: counted))
            return a != b ? a > b : left.value < right.value
        }
        guard values.count <= Self.namedLoadBalancers else { return [] }
        return values.map { value in
            // `app/my-name/50dc6c495c0c9188`, as in the logs.
            let parts = value.value.split(separator: "/")
            return parts.count == 3 ? String(parts[1]) : value.value
        }
    }

    private var header: String {
        var out = "<header><h1>\(heading)</h1>\n<dl>"
        for (name, window) in [("before", result.before), ("during", result.during)] {
            let covered = NumberText.duration(milliseconds: window.exposureSeconds * 1000)
            let share = window.coveredShare < 0.995 ? ", \(NumberText.percent(window.coveredShare)) covered" : ""
            out +=
                "<div><dt><span class=\"key \(name)\"></span> \(name)</dt><dd><time>\(TimeText.clock(window.start))</time> to "
            out +=
                "<time>\(TimeText.clock(window.end))</time> UTC <span class=\"faint\">\(covered)\(share)</span></dd></div>"
        }
        let question = result.question
        let source = [question.kind, question.vantage].compactMap { $0 }.joined(separator: ", ")
        let place = source.isEmpty ? "" : " in \(HTMLText.evidence(source))"
        out += "<div><dt>counting</dt><dd>\(HTMLText.escaped(question.measure))\(place)</dd></div>"
        if !question.filters.isEmpty {
            out += "<div><dt>filters</dt><dd>\(HTMLText.evidence(question.filters.joined(separator: " ")))</dd></div>"
        }
        out += "</dl>\n<nav aria-label=\"Sections\"><ul>"
        for section in sections { out += "<li><a href=\"#\(section.id)\">\(HTMLText.escaped(section.title))</a></li>" }
        return out + "</ul></nav></header>\n"
    }

    private var sections: [Section] {
        let report = ComparisonReport(result)
        var all = [
            Section(
                id: "answer", title: "The answer",
                body:
                    "<div class=\"sentence\">\(report.paragraphs.map { "<p>\(HTMLText.escaped($0))</p>" }.joined())</div>\n"
            ),
            Section(
                id: "time", title: "Timeline",
                body: HTMLTimeline(
                    parts: views.map { .init(name: $0.name, timeline: $0.timeline) }, window: timeline.window,
                    before: result.before, during: result.during
                ).html()),
            Section(
                id: "long", title: "Active and long",
                body: report.longViews.map { HTMLTable.html($0.table, caption: $0.title) }.joined()),
            Section(
                id: "who", title: "Who explains it", body: HTMLWaterfall(result: result).html() + combinations(report)),
            Section(id: "rates", title: "What changed", body: rates),
            Section(id: "latency", title: "Latency, durations and sizes", body: distributions),
            Section(id: "map", title: "Where it came from and went", body: map),
            Section(
                id: "new", title: "New and gone",
                body: HTMLTable.html(report.seenView(result.new, "first minute"), caption: "Seen only during")
                    + HTMLTable.html(report.seenView(result.gone, "last minute"), caption: "Seen only before")),
        ]
        if let blame { all.append(Section(id: "blame", title: "Errors by blame", body: HTMLTable.html(blame))) }
        if let healthChecks {
            all.append(
                Section(
                    id: "health", title: "Health checks",
                    body: HTMLTable.html(healthChecks, caption: healthChecks.title)))
        }
        if !tops.isEmpty {
            let body = tops.map { "<h3>\(HTMLText.escaped($0.title))</h3>\n" + HTMLTable.html($0) }.joined()
            all.append(Section(id: "top", title: "Most active", body: body))
        }
        if !findings.isEmpty {
            all.append(
                Section(
                    id: "findings", title: "Findings",
                    body: HTMLFindings(findings: findings, sourceName: sourceName, vantage: vantage, unit: unit).html())
            )
        }
        all.append(Section(id: "caveats", title: "Caveats", body: caveats))
        if let ledger {
            all.append(
                Section(id: "ledger", title: "Ledger", body: HTMLLedger(table: ledger, digest: ledgerDigest).html()))
        }
        all.append(
            Section(
                id: "command", title: "The command",
                body: "<pre><code>\(HTMLText.escaped(command))</code></pre>\n"))
        return all
    }

    private func combinations(_ report: ComparisonReport) -> String {
        result.combinations.isEmpty
            ? "" : HTMLTable.html(report.combinationView, caption: "Combinations that say more than their parts")
    }

    var counted: RankMeasure { RankMeasure(rawValue: result.question.countedIn) ?? .requests }

    private var caveats: String {
        guard !result.caveats.isEmpty else { return "<p>None known.</p>\n" }
        return "<ul>" + result.caveats.map { "<li>\(HTMLText.escaped($0.text))</li>" }.joined() + "</ul>\n"
    }
}
