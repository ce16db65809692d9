import ForensicsModel

/// Says what weakens an answer: what the caller knows against the evidence, then what the aggregates show.
enum CaveatCollector {
    private static let fullCoverage = 0.995

    static func caveats(_ pair: WindowPair) -> [ComparisonResult.Caveat] {
        var caveats = pair.options.caveats
        func add(_ code: String, _ text: String) {
            caveats.append(ComparisonResult.Caveat(code: code, text: text))
        }
        coverage("before", pair.before, add)
        coverage("during", pair.during, add)
        if pair.scale > 1.01 || pair.scale < 0.99 {
            let before = NumberText.duration(milliseconds: pair.secondsBefore * 1000)
            let during = NumberText.duration(milliseconds: pair.secondsDuring * 1000)
            add("unequal-windows", "The windows cover \(before) and \(during): rates are compared, not counts.")
        }
        if pair.isEmpty { return caveats }
        if pair.isTooShort {
            add("too-short", tooShort(pair))
        } else if pair.gridBefore.count < Dispersion.minimumBuckets {
            add(
                "few-minutes",
                "The window before has \(pair.gridBefore.count) whole minutes: too few to measure how bursty each "
                    + "value is, so all values of a dimension share one estimate. At least so much variation beside chance is "
                    + "assumed: \(percent(.ofValues)) of what one client makes, less of what many make, "
                    + "\(percent(.ofTotals)) of totals, \(percent(.ofShares)) of how many values exceed a quantile.")
        }
        if pair.isTentative {
            add(
                "tentative",
                "A window has fewer than \(Dispersion.minimumBuckets) whole minutes: sessions of clients last as long, so who "
                    + "stands out is a candidate only, and no rate of false alarms is claimed.")
        }
        if pair.options.sampleRate > 1 {
            add("sampled", "One flow in \(pair.options.sampleRate) was kept: counts are estimates, intervals wider.")
        }
        if pair.options.measure == .duration {
            add("duration-shares", "Longest durations do not add up: shares are of \(pair.counted.rawValue).")
        }
        if let text = folded(pair) { add("folded-values", text) }
        let unlisted = pair.before.unlistedLong.addingSaturated(pair.during.unlistedLong)
        if unlisted > 0 {
            add(
                "long-clients-limit",
                "Too many clients hold long connections to tell all apart: those with the fewest, which hold "
                    + "\(NumberText.grouped(unlisted)), are left out.")
        }
        if pair.during.longClients.contains(where: \.isCensored) {
            add("censored-durations", "Some connections were cut by the edge of the evidence: they lasted longer.")
        }
        let areCut = pair.options.caveats.contains { $0.code == "cut-connections" }
        if !pair.options.canShowLongBefore, !pair.options.lacksRows, !areCut {
            add(
                "long-before-unknown",
                "The evidence before does not reach far enough back to show connections longer than "
                    + NumberText.duration(milliseconds: Double(pair.options.longNanoseconds) / 1e6) + ".")
        }
        return caveats
    }

    /// Says of which dimensions not every value is kept apart, and how much that leaves out.
    private static func folded(_ pair: WindowPair) -> String? {
        let counts = pair.options.dimensions.compactMap { dimension -> String? in
            let (before, during) = (pair.before.overflow[dimension] ?? 0, pair.during.overflow[dimension] ?? 0)
            if before == 0, during == 0 { return nil }
            return "\(MeasureName.words(dimension.name)) \(NumberText.grouped(before)) before and "
                + "\(NumberText.grouped(during)) during"
        }
        if counts.isEmpty { return nil }
        return
            "There are too many values to keep all apart: those that did least are (other), and may seem to be in one "
            + "window alone; requests and connections of them: \(counts.joined(separator: ", "))."
    }

    /// Says how many values of one window alone there are where not all are listed.
    static func unlisted(_ sections: [DimensionSection]) -> ComparisonResult.Caveat? {
        let cut = sections.filter { $0.newCount > $0.new.count || $0.goneCount > $0.gone.count }
        if cut.isEmpty { return nil }
        let counts = cut.map { section in
            "\(MeasureName.words(section.explanation.dimension)) \(NumberText.grouped(Int64(section.newCount))) and "
                + NumberText.grouped(Int64(section.goneCount))
        }
        return .init(
            code: "seen-once-unlisted",
            text: "Not all values seen only during, or only before, are listed, those with most first; there are: "
                + counts.joined(separator: ", ") + ".")
    }

    private static func tooShort(_ pair: WindowPair) -> String {
        let text = "The windows are too short to tell how much the traffic varies: "
        if pair.counted == .bytes {
            return text + "nothing says which change of bytes is beyond chance; ask by requests or connections."
        }
        return text + "intervals assume that totals vary by \(percent(.ofTotals)) and single values by "
            + "\(percent(.ofValues)) beside chance, those that many clients make by less; bytes have no interval."
    }

    private static func percent(_ assumption: Dispersion.Assumption) -> String {
        NumberText.percent(assumption.rateDeviation)
    }

    private static func coverage(_ name: String, _ aggregate: WindowAggregate, _ add: (String, String) -> Void) {
        let share = Double(aggregate.exposure) / Double(max(1, aggregate.window.length))
        guard share < fullCoverage else { return }
        add("partial-coverage", "The evidence covers \(NumberText.percent(share)) of the window \(name).")
    }
}
