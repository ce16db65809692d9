import ForensicsCompare
import ForensicsModel

/// Who explains the change: bars that add up to the whole, one dimension at a time.
struct HTMLWaterfall {
    let result: ComparisonResult

    private static let bars = 8
    /// A share that reads `0 %` is no bar.
    private static let least = 0.001

    func html() -> String {
        let telling = result.dimensions(standingOut: true)
        let rest = result.dimensions(standingOut: false)
        var out = ""
        for dimension in telling { out += section(dimension) }
        if (telling + rest).contains(where: { $0.values.contains(where: \.standsOut) }) {
            out = "<p class=\"faint\"><b>Bold</b>: stands out from the rest of its dimension.</p>\n" + out
        }
        if telling.isEmpty { out += "<p>No value of any dimension stands out from the rest.</p>\n" }
        guard !rest.isEmpty else { return out }
        out += "<details><summary>Dimensions in which nothing stands out (\(rest.count))</summary>\n"
        for dimension in rest { out += section(dimension) }
        return out + "</details>\n"
    }

    private struct Bar {
        var label: String
        var detail: String
        var change: Double
        var share: Double?
        var style: String
    }

    private func section(_ dimension: DimensionExplanation) -> String {
        let shown = dimension.values.filter(\.passesGate).prefix(Self.bars)
        var bars = shown.map { one in
            Bar(
                label: HTMLText.evidence(one.value) + (one.owner.map { " <i>\(HTMLText.evidence($0))</i>" } ?? ""),
                detail:
                    "\(amount(one.before)) → \(amount(one.during)), \(one.isRecorded ? ratio(one.ratio) : "not all recorded")",
                change: one.change, share: one.shareOfChange, style: one.standsOut ? "strong" : "")
        }
        let listed = shown.reduce(0) { $0 + $1.change }
        let total = result.total.change
        let left = total - listed
        if let rest = rest(dimension, shown: shown.count), abs(left) >= 0.5, abs(left) >= Self.least * abs(total) {
            bars.append(
                Bar(
                    label: "<i>\(rest)</i>", detail: "", change: left,
                    share: result.total.direction == .same || total == 0 ? nil : left / total, style: "rest"))
        }
        bars.append(
            Bar(
                label: "<i>all</i>",
                detail: "\(amount(result.total.before)) → \(amount(result.total.during))",
                change: total, share: result.total.direction == .same ? nil : 1, style: "all"))
        let name = MeasureName.words(dimension.dimension)
        return "<h3>\(HTMLText.escaped(name))</h3>\n" + table(bars, name)
    }

    private func amount(_ count: Int64) -> String {
        result.question.countedIn == RankMeasure.bytes.rawValue
            ? NumberText.bytes(Double(count)) : NumberText.grouped(count)
    }

    /// What the last bar before the sum stands for; `nil` where nothing is left.
    private func rest(_ dimension: DimensionExplanation, shown: Int) -> String? {
        let others = dimension.valueCount - shown
        var parts: [String] = []
        if others > 0 { parts.append("\(NumberText.grouped(Int64(others))) \(others == 1 ? "other" : "others")") }
        let without = abs(dimension.without.change)
        if without >= 0.5, without >= Self.least * abs(result.total.change) { parts.append("what has no value") }
        return parts.isEmpty ? nil : parts.joined(separator: " and ")
    }

    private func table(_ bars: [Bar], _ name: String) -> String {
        var low = 0.0
        var high = 0.0
        var running = 0.0
        var spans: [(from: Double, to: Double)] = []
        for (index, bar) in bars.enumerated() {
            let from = index == bars.count - 1 ? 0 : running
            spans.append((min(from, from + bar.change), max(from, from + bar.change)))
            low = min(low, from + bar.change, from)
            high = max(high, from + bar.change, from)
            if index < bars.count - 1 { running += bar.change }
        }
        let width = max(high - low, 1e-9)
        var out =
            "<table class=\"waterfall\"><caption class=\"hidden\">Share of the change by \(HTMLText.escaped(name))</caption>"
        out += "<colgroup><col class=\"label\"><col class=\"counts\"><col><col class=\"share\"></colgroup>"
        out += "<thead class=\"hidden\"><tr><th scope=\"col\">value</th><th scope=\"col\">counts</th>"
        out += "<th scope=\"col\">bar</th><th scope=\"col\">share of change</th></tr></thead><tbody>\n"
        for (bar, span) in zip(bars, spans) {
            let left = NumberText.fixed((span.from - low) / width * 100, 2)
            let size = NumberText.fixed((span.to - span.from) / width * 100, 2)
            let sign = bar.change < 0 ? " down" : ""
            let share =
                bar.share.map { NumberText.percent($0) } ?? amount(Int64(max(-9e15, min(9e15, bar.change)).rounded()))
            out +=
                "<tr class=\"\(bar.style)\"><th scope=\"row\">\(bar.label)</th><td class=\"n faint counts\">\(bar.detail)</td>"
            out += "<td class=\"track\"><div class=\"bar\(sign)\" style=\"left:\(left)%;width:\(size)%\"></div></td>"
            out += "<td class=\"n share\">\(share)</td></tr>\n"
        }
        return out + "</tbody></table>\n"
    }

    private func ratio(_ ratio: RateRatio) -> String {
        NumberText.value(of: ratio) ?? (ratio.lower == nil ? "–" : "new")
    }
}
