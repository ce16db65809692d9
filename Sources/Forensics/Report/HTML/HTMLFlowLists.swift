import ForensicsCompare
import ForensicsModel

/// Where traffic came from and went where no rows tell them together: each counted for itself, side by side.
struct HTMLFlowLists {
    let before: WindowAggregate
    let during: WindowAggregate
    let measure: RankMeasure

    private static let rows = 8
    private static let columns: [(title: String, choices: [Dimension])] = [
        ("from", [.owner, .clientNetwork, .client]), ("asked for", [.domain, .path]),
        ("through", [.node, .loadBalancer, .targetPort]), ("to", [.target, .targetGroup, .targetPort]),
    ]

    func html() -> String {
        var out =
            "<p class=\"faint\">The case keeps no rows, so who went to which target is not known: each list counts for itself."
            + "</p>\n<div class=\"map\">\n"
        var used: Set<Dimension> = []
        for column in Self.columns {
            let choice = column.choices.first { !used.contains($0) && !(during.dimensions[$0] ?? []).isEmpty }
            guard let choice else { continue }
            used.insert(choice)
            out += self.column(column.title, choice)
        }
        return used.isEmpty ? "<p class=\"faint\">Nothing to map.</p>\n" : out + "</div>\n"
    }

    private func column(_ title: String, _ dimension: Dimension) -> String {
        func counts(_ window: WindowAggregate) -> [String: Int64] {
            Dictionary(
                (window.dimensions[dimension] ?? []).map { ($0.value, $0.activity.value(of: measure)) },
                uniquingKeysWith: +)
        }
        let old = counts(before)
        let new = counts(during)
        let ordered = new.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        let total = Double(max(1, during.totals.activity.value(of: measure)))
        let oldTotal = Double(max(1, before.totals.activity.value(of: measure)))
        var out = "<section><h3>\(title): \(HTMLText.escaped(MeasureName.words(dimension.name)))</h3><ol>"
        for (value, count) in ordered.prefix(Self.rows) {
            let share = Double(count) / total
            let oldShare = Double(old[value] ?? 0) / oldTotal
            out += "<li><p>\(HTMLText.evidence(value)) <span class=\"n\"><span class=\"faint\">"
            out += "\(NumberText.percent(oldShare)) →</span> \(NumberText.percent(share))</span></p>"
            out += "<div class=\"track\"><div class=\"bar old\" style=\"width:\(width(oldShare))%\"></div></div>"
            out += "<div class=\"track\"><div class=\"bar\" style=\"width:\(width(share))%\"></div></div></li>"
        }
        let left = ordered.count - Self.rows
        return out + "</ol>" + (left > 0 ? "<p class=\"faint\">\(left) more</p>" : "") + "</section>\n"
    }

    private func width(_ share: Double) -> String { NumberText.fixed(min(1, max(0, share)) * 100, 2) }
}
