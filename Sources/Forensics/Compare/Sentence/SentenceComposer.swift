import ForensicsModel

/// Says a comparison in plain words. Values of the evidence stand in it as they are: whoever prints it escapes it.
enum SentenceComposer {
    static func compose(_ result: ComparisonResult, options: CompareOptions) -> String {
        var parts = [headline(result)]
        if result.total.before == 0, result.total.during == 0 { return parts[0] }
        // What is no news comes last: whoever reads on call reads the beginning.
        let long = ActiveLongText(result: result, options: options)
        let tellsLong = options.tellsActiveLong || !result.activeLong.isEmpty
        let news = tellsLong ? long.news : []
        if long.mayExplain { parts += news }
        parts += ExplanationText(result: result, options: options).sentences
        parts += SymptomText(result: result).sentences
        if !long.mayExplain { parts += news }
        if tellsLong { parts += long.background }
        return parts.joined(separator: " ")
    }

    // MARK: - The total

    private static func headline(_ result: ComparisonResult) -> String {
        let times = WindowText(result)
        let what = SentenceWords.noun(result.question.countedIn)
        let total = result.total
        let lead = "Between \(times.during) \(what)"
        if total.before == 0, total.during == 0 { return nothing(what, result) }
        if total.before == 0 {
            return "\(lead) went from none (\(times.before)) to \(NumberText.grouped(total.during))."
        }
        func rate(_ count: Int64, _ seconds: Double) -> String {
            let value = Double(count) / seconds
            return what == RankMeasure.bytes.rawValue ? NumberText.bytes(value) : NumberText.short(value)
        }
        let rates =
            "from \(rate(total.before, result.before.exposureSeconds)) to "
            + "\(rate(total.during, result.during.exposureSeconds)) per second"
        if total.during == 0 {
            return "\(lead) stopped; from \(times.before) there were \(NumberText.grouped(total.before))."
        }
        let ratio = NumberText.value(of: total.ratio) ?? NumberText.bound(0)
        guard total.ratio.hasInterval else {
            return
                "\(lead) went \(rates) (\(ratio) against \(times.before)); the windows are too short to tell whether "
                + "that is more than their usual variation."
        }
        let level = NumberText.fixed(result.question.confidence * 100, 0)
        let interval = "\(level) % interval \(NumberText.interval(total.ratio) ?? "unknown")"
        switch total.direction {
        case .rise: return "\(lead) rose \(ratio) against \(times.before) (\(interval)), \(rates)."
        case .fall:
            let lost = NumberText.percent(1 - (total.ratio.value ?? 0))
            return "\(lead) fell by \(lost) against \(times.before) (\(ratio), \(interval)), \(rates)."
        case .same:
            return "\(lead) did not change beyond their usual variation against \(times.before) "
                + "(\(ratio), \(interval))\(doubt(result))."
        }
    }

    /// Bounds this far apart hide changes that would matter.
    private static let wide = 4.0
    private static let fullCoverage = 0.995

    /// Why an interval is so wide that no change is told.
    private static func doubt(_ result: ComparisonResult) -> String {
        guard let lower = result.total.ratio.lower, result.total.ratio.upper ?? .infinity >= wide * lower else {
            return ""
        }
        var reasons = [result.isTentative ? "there are few minutes" : "the minutes of a window vary much"]
        for (name, window) in [("before", result.before), ("during", result.during)]
        where window.coveredShare < fullCoverage {
            reasons.append("the evidence covers \(NumberText.percent(window.coveredShare)) of the window \(name)")
        }
        return "; so wide an interval can hide a change: \(SentenceWords.list(reasons))"
    }

    private static func nothing(_ what: String, _ result: ComparisonResult) -> String {
        let filters = result.question.filters.joined(separator: ", ")
        return "No \(what) \(filters.isEmpty ? "" : "that match the filter (\(filters)) ")were seen in either window."
    }
}
