package import ForensicsCompare
package import ForensicsModel

/// What each kind of evidence tells by itself, under its name where there is more than one.
extension HTMLReport {
    /// A comparison with what it was made of.
    package struct View: Sendable {
        /// The evidence: `nlb`.
        package var name: String
        package var result: ComparisonResult
        package var before: WindowAggregate
        package var during: WindowAggregate
        /// Its totals per minute in the window of the timeline.
        package var timeline: WindowAggregate

        package init(
            name: String, result: ComparisonResult, before: WindowAggregate, during: WindowAggregate,
            timeline: WindowAggregate
        ) {
            self.name = name
            self.result = result
            self.before = before
            self.during = during
            self.timeline = timeline
        }
    }

    /// The answer's evidence first.
    var views: [View] {
        let question = result.question
        let name = [question.kind, question.vantage].compactMap { $0 }.joined(separator: ", ")
        return [View(name: name, result: result, before: before, during: during, timeline: timeline)] + others
    }

    private func title(_ view: View) -> String {
        others.isEmpty ? "" : "<h3>\(HTMLText.evidence(view.name))</h3>\n"
    }

    var rates: String {
        "<p class=\"faint\"><b>Bold</b>: the interval leaves no change (1×) out.</p>\n"
            + views.map { view in
                let label = others.isEmpty ? "What changed" : "What changed in \(view.name)"
                let report = ComparisonReport(view.result)
                return title(view) + HTMLTable.html(report.rateView, label: label)
                    + makers(report.failuresView, "Who makes the errors")
                    + makers(report.failedConnectionsView, ComparisonReport.failedConnectionsTitle)
            }.joined()
    }

    /// A table that tells who makes something, of which there is nothing where nobody does.
    private func makers(_ table: ReportTable, _ caption: String) -> String {
        table.rows.isEmpty ? "" : HTMLTable.html(table, caption: caption)
    }

    var distributions: String {
        "<p class=\"faint\"><b>Bold</b>: moved more than chance explains, and enough to matter.</p>\n"
            + views.map { view in
                let report = ComparisonReport(view.result)
                return title(view)
                    + HTMLDistributions(
                        before: view.before.distributions, during: view.during.distributions, shifts: view.result.shifts
                    ).html() + makers(report.slownessView, report.slownessTitle)
            }.joined()
    }

    var map: String {
        guard !maps.isEmpty else { return HTMLFlowLists(before: before, during: during, measure: counted).html() }
        return maps.map { map in
            (maps.count > 1 ? "<h3>\(HTMLText.evidence(map.name))</h3>\n" : "") + HTMLFlowMap(map: map).html()
        }.joined()
    }
}
