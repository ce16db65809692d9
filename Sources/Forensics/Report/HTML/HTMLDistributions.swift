import ForensicsCompare
import ForensicsModel

/// Distributions before and during, one above the other on one logarithmic axis.
struct HTMLDistributions {
    let before: [DistributionMeasure: LogLinearHistogram]
    let during: [DistributionMeasure: LogLinearHistogram]
    let shifts: [QuantileShift]

    private static let bins = 48
    private static let minimumCount: UInt64 = 20

    func html() -> String {
        var out = ""
        for measure in DistributionMeasure.allCases {
            guard let old = before[measure], let new = during[measure], old.count >= Self.minimumCount,
                new.count >= Self.minimumCount
            else { continue }
            out += figure(measure, old, new)
        }
        return out.isEmpty ? "<p class=\"faint\">Too few values.</p>\n" : "<div class=\"grid\">\n\(out)</div>\n"
    }

    private func figure(
        _ measure: DistributionMeasure, _ old: LogLinearHistogram, _ new: LogLinearHistogram
    ) -> String {
        let unit = measure.isTime ? 1e6 : 1.0
        let low = max(1, Double(min(old.quantile(0.001) ?? 1, new.quantile(0.001) ?? 1)))
        let high = max(low * 2, Double(max(old.maximum, new.maximum)))
        let oldShares = shares(old, low, high)
        let newShares = shares(new, low, high)
        let largest = max(oldShares.max() ?? 0, newShares.max() ?? 0, 1e-12)
        let name = MeasureName.words(measure.name)
        func amount(_ value: Double) -> String {
            measure.isTime ? NumberText.duration(milliseconds: value) : NumberText.bytes(value)
        }
        var out = "<figure class=\"distribution\"><figcaption><b>\(HTMLText.escaped(name))</b></figcaption>"
        out += "<svg viewBox=\"0 0 \(Self.bins) 100\" preserveAspectRatio=\"none\" role=\"img\" "
        out +=
            "aria-label=\"Distribution of the \(HTMLText.escaped(name)), before and during; the table has its quantiles\">"
        out += "<path class=\"before\" d=\"\(path(oldShares, largest))\"/>"
        out += "<path class=\"during\" d=\"\(path(newShares, largest))\"/></svg>"
        out +=
            "<div class=\"axis\" aria-hidden=\"true\"><span>\(amount(low / unit))</span><span>\(amount(high / unit))</span></div>"
        out += "<table><thead><tr><th scope=\"col\"></th><th scope=\"col\" class=\"n\">before</th>"
        out += "<th scope=\"col\" class=\"n\">during</th><th scope=\"col\" class=\"n\">ratio</th></tr></thead><tbody>"
        for shift in shifts where shift.measure == measure.name {
            let ratio = NumberText.value(of: shift.ratio) ?? "–"
            out +=
                "<tr class=\"\(shift.isNotable ? "strong" : "")\"><th scope=\"row\">p\(NumberText.fixed(shift.quantile * 100, 0))</th>"
            out += "<td class=\"n\">\(amount(shift.before))</td><td class=\"n\">\(amount(shift.during))</td>"
            out += "<td class=\"n\">\(ratio)</td></tr>"
        }
        return out + "</tbody></table></figure>\n"
    }

    /// The share of all values in each of equally wide bins of the logarithm.
    private func shares(_ histogram: LogLinearHistogram, _ low: Double, _ high: Double) -> [Double] {
        var bins = [Double](repeating: 0, count: Self.bins)
        let span = ElementaryFunctions.log(high / low)
        for (index, count) in histogram.counts.enumerated() where count > 0 {
            let value = max(low, Double(LogLinearHistogram.representative(of: index)))
            let bin = Int(ElementaryFunctions.log(value / low) / span * Double(Self.bins))
            bins[min(Self.bins - 1, max(0, bin))] += Double(count) / Double(histogram.count)
        }
        return bins
    }

    private func path(_ shares: [Double], _ largest: Double) -> String {
        var out = "M0 100"
        for (index, share) in shares.enumerated() {
            out += "H\(index)V\(NumberText.fixed(100 - 100 * share / largest, 1))"
        }
        return out + "H\(shares.count)V100Z"
    }
}
