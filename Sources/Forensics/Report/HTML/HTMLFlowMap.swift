import ForensicsCompare

/// The way from clients through the load balancer to the targets, as bands, with the table behind them.
struct HTMLFlowMap {
    let map: FlowMap

    private static let tableRows = 60
    /// Thinner bands cannot be seen.
    private static let thinnest = 0.1
    private static let outlined = 2.0

    func html() -> String {
        let total = map.total
        guard total.during > 0 || total.before > 0 else {
            return "<p class=\"faint\">Nothing to map in \(HTMLText.evidence(map.name)).</p>\n"
        }
        let layout = FlowLayout(map)
        var out = legend(total) + "<div class=\"flow\"><h4>owner or client network</h4><h4>load balancer</h4><h4>"
        out += "\(HTMLText.escaped(map.goal))</h4>\n"
        out += column(layout.columns[0], layout, "from") + middle(layout) + column(layout.columns[2], layout, "to")
        out += "</div>\n"
        for note in [limitNote, thinNote(layout)].compactMap({ $0 }) + map.notes {
            out += "<p class=\"faint\">\(HTMLText.escaped(note))</p>\n"
        }
        return out + table()
    }

    /// Whom the map does not tell apart.
    private var limitNote: String? {
        guard let limit = map.limit else { return nil }
        let (rest, total) = (map.unnamed, map.total)
        func part(_ count: Int64, _ whole: Int64) -> String {
            let share = Self.share(count, whole).map { " (\(NumberText.percent($0)))" } ?? ""
            return NumberText.grouped(count) + share
        }
        let (before, during) = (part(rest.before, total.before), part(rest.during, total.during))
        return "There are more than the \(NumberText.grouped(Int64(limit))) ways that the map tells apart: each column "
            + "names the places that took most in either window, and \(FlowMap.rest) is everybody else. Ways with such "
            + "a place took \(before) of the \(map.counted) before and \(during) during."
    }

    /// What is too thin to draw.
    private func thinNote(_ layout: FlowLayout) -> String? {
        let thin = layout.bands.filter { $0.width > 0 && $0.width < Self.thinnest }
        guard !thin.isEmpty else { return nil }
        var count = FlowMap.Count()
        for band in thin { count.add(band.count) }
        let ways = thin.count == 1 ? "One way is" : "\(thin.count) ways between the places above are"
        return "\(ways) too thin to draw: \(NumberText.grouped(count.before)) before and "
            + "\(NumberText.grouped(count.during)) during."
    }

    private func legend(_ total: FlowMap.Count) -> String {
        let (before, during) = (NumberText.grouped(total.before), NumberText.grouped(total.during))
        var out = "<p class=\"faint\">\(before) \(HTMLText.escaped(map.counted)) before and \(during) during in "
        out += "\(HTMLText.evidence(map.name)). A band is as wide as what took that way in the window where that was "
        out += "more: "
        out += "<span class=\"key before\"></span> as much as in the same time before, "
        out += "<span class=\"key during\"></span> more than before, "
        out += "<span class=\"key gone\"></span> what came before and no longer. "
        return out + "Beside each name: its share before and during.</p>\n"
    }

    private func column(_ nodes: [FlowLayout.Node], _ layout: FlowLayout, _ side: String) -> String {
        var out = "<div class=\"\(side)\" style=\"height:\(number(layout.height))px\">\n"
        for node in nodes { out += name(node) }
        return out + "</div>\n"
    }

    private func name(_ node: FlowLayout.Node) -> String {
        let total = map.total
        let shares = [(node.count.before, total.before), (node.count.during, total.during)].map { part, whole in
            Self.share(part, whole).map { NumberText.percent($0) } ?? "–"
        }
        var out = "<div class=\"node\" title=\"\(HTMLText.escaped(node.name))\" "
        out += "style=\"top:\(number(node.top))px;height:\(number(node.height))px\">\(HTMLText.evidence(node.name))"
        out += "<span class=\"n faint\">\(shares[0]) → \(shares[1])</span></div>\n"
        return out
    }

    /// Of nothing there are no shares.
    private static func share(_ part: Int64, _ whole: Int64) -> Double? {
        whole > 0 ? Double(part) / Double(whole) : nil
    }

    /// The bands, with the load balancers' names above their bars.
    private func middle(_ layout: FlowLayout) -> String {
        let height = number(layout.height)
        var out = "<div class=\"bands\" style=\"height:\(height)px\"><svg viewBox=\"0 0 100 \(height)\" "
        out += "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Ways from clients through "
        out += "\(HTMLText.escaped(map.name)) to targets; the table below has their numbers\">\n"
        for band in layout.bands where band.width >= Self.thinnest { out += self.band(band, layout) }
        for (index, nodes) in layout.columns.enumerated() {
            let left = [0, 49, 98][index]
            for node in nodes {
                out += "<rect x=\"\(left)\" y=\"\(number(node.barTop))\" width=\"2\" "
                out += "height=\"\(number(max(1, node.barHeight)))\"/>"
            }
        }
        out += "</svg>\n"
        for node in layout.columns[1] { out += name(node) }
        return out + "</div>\n"
    }

    private func band(_ band: FlowLayout.Band, _ layout: FlowLayout) -> String {
        let names = zip(layout.columns, band.places).map { $0[$1].name }.joined(separator: " → ")
        let title = "\(names): \(NumberText.grouped(band.count.before)) → \(NumberText.grouped(band.count.during))"
        var out = "<g><title>\(HTMLText.escaped(title))</title>"
        var tops = band.tops
        // Outlines of what is very thin would make more of it than it is.
        let gone = band.gone >= Self.outlined ? "gone" : "gone thin"
        for (width, style) in [(band.kept, "before"), (band.grown, "during"), (band.gone, gone)] {
            if width >= Self.thinnest { out += path(tops, width, style) }
            tops = tops.map { $0 + width }
        }
        return out + "</g>\n"
    }

    /// A band of one width that bends twice.
    private func path(_ tops: [Double], _ width: Double, _ style: String) -> String {
        let (a, b, c) = (tops[0], tops[1], tops[2])
        var out = "<path class=\"\(style)\" d=\"M0 \(number(a))C25 \(number(a)) 25 \(number(b)) 50 \(number(b))"
        out += "C75 \(number(b)) 75 \(number(c)) 100 \(number(c))V\(number(c + width))"
        out += "C75 \(number(c + width)) 75 \(number(b + width)) 50 \(number(b + width))"
        out += "C25 \(number(b + width)) 25 \(number(a + width)) 0 \(number(a + width))Z\"/>"
        return out
    }

    private func table() -> String {
        let ways = map.leading(Self.tableRows)
        let total = map.total
        var table = ReportTable(
            name: "ways",
            columns: [
                ReportColumn("from", "owner or client network", isKey: true), ReportColumn("through", "load balancer"),
                ReportColumn("to", map.goal), ReportColumn("before", nil, .count), ReportColumn("during", nil, .count),
                ReportColumn("share_before", "share before", .percent), ReportColumn("share", "share during", .percent),
            ],
            rows: ways.map { way in
                [
                    .text(way.path.from), .text(way.path.through), .text(way.path.to), .integer(way.count.before),
                    .integer(way.count.during),
                    Self.share(way.count.before, total.before).map { .number($0) } ?? .absent,
                    Self.share(way.count.during, total.during).map { .number($0) } ?? .absent,
                ]
            })
        let all = map.counts.count
        if all > ways.count {
            let shown = Set(ways.map(\.path))
            var rest = FlowMap.Count()
            for (path, count) in map.counts where !shown.contains(path) { rest.add(count) }
            table.note =
                "\(NumberText.grouped(Int64(all - ways.count))) more ways, none of them taken more: "
                + "\(NumberText.grouped(rest.before)) before, \(NumberText.grouped(rest.during)) during."
        }
        table.note = [table.note, limitNote].compactMap { $0 }.joined(separator: " ")
        let words = "\(NumberText.grouped(Int64(all))) \(all == 1 ? "way" : "ways")"
        return "<details><summary>The numbers of the map: \(words)</summary>\n"
            + HTMLTable.html(table, label: "Ways through \(map.name)") + "</details>\n"
    }

    private func number(_ value: Double) -> String { NumberText.fixed(value, 1) }
}
