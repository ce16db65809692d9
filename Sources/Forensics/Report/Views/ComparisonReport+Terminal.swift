import ForensicsCompare

/// The whole answer for a terminal.
extension ComparisonReport {
    private static let plotColumns = 30

    func terminal(style: ReportStyle) -> [UInt8] {
        var page = TerminalPage(style: style)
        header(&page)
        for (index, paragraph) in paragraphs.enumerated() { page.paragraph(paragraph, index == 0 ? .strong : .none) }
        for view in longViews { page.table(view.table, title: view.title, empty: "none") }
        page.table(rateView, title: "What changed")
        page.table(shiftView, title: "Quantiles that moved", empty: result.shifts.isEmpty ? nil : "none")
        page.table(slownessView, title: slownessTitle)
        page.table(failuresView, title: "Who makes the errors")
        page.table(failedConnectionsView, title: Self.failedConnectionsTitle)
        explanations(&page)
        if !result.combinations.isEmpty {
            page.table(combinationView, title: "Combinations that say more than their parts")
        }
        page.table(seenView(result.new, "first minute"), title: "New: seen only during")
        page.table(seenView(result.gone, "last minute"), title: "Gone: seen only before")
        if !result.caveats.isEmpty {
            page.heading("Caveats")
            for caveat in result.caveats { page.item(caveat.text) }
        }
        return page.bytes
    }

    private func header(_ page: inout TerminalPage) {
        let plots = ["before": sparkline(result.before), "during": sparkline(result.during)]
        for fact in facts {
            page.fact(fact.label, plots[fact.label].map { [fact.text, $0].joined(separator: "  ") } ?? fact.text)
        }
        page.blank()
    }

    /// Dimensions in which something stands out, the strongest explanation first; the others in a line.
    private func explanations(_ page: inout TerminalPage) {
        let telling = result.dimensions(standingOut: true)
        let rest = result.dimensions(standingOut: false)
        for dimension in telling.isEmpty ? rest : telling {
            let view = dimensionView(dimension)
            if !view.rows.isEmpty {
                page.table(view, title: "Who explains it: \(MeasureName.words(dimension.dimension))")
            }
        }
        guard !telling.isEmpty, !rest.isEmpty else { return }
        page.blank()
        page.paragraph(
            "\(result.isTentative ? "From so few minutes nothing can be told to stand out" : "Nothing stands out") by "
                + "\(rest.map { MeasureName.words($0.dimension) }.joined(separator: ", ")).", .faint)
    }

    /// What was counted in each minute, on one scale for both windows.
    private func sparkline(_ window: ComparisonResult.Window) -> String {
        let top = [result.before, result.during].flatMap(\.perMinute).compactMap { $0 }.max() ?? 0
        let values = BarPlot.fitted(window.perMinute.map { $0.map { Double($0) } }, columns: Self.plotColumns)
        return top > 0 ? BarPlot.sparkline(values, top: Double(top)) : ""
    }
}
