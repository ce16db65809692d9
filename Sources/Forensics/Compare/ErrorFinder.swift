import ForensicsModel

/// Finds out who makes the errors that became a larger part of all requests or connections.
///
/// Roll-ups count the errors of each value, so no rows are needed; what they count by the minute is the measure that was
/// asked for, so the variation of all errors stands in for that of the values.
enum ErrorFinder {
    /// Returns who makes them; `nil` where errors are no larger part than before.
    static func failures(_ pair: WindowPair, _ result: ComparisonResult) -> Failures? {
        guard ErrorShare(of: "errors", in: result)?.hasRisen == true else { return nil }
        let errors = WindowPair(
            before: withoutSeries(pair.before), during: withoutSeries(pair.during), options: options(pair))
        let total = errors.total()
        guard total.direction == .rise else { return nil }
        let explainer = Explainer(pair: errors, total: total)
        let sections = Dimension.allCases.compactMap { explainer.explain($0)?.explanation }
        let totals = pair.during.totals.activity
        let all = totals.requests + totals.connections
        let leading = ExcessRanking.leading(sections) { dimension in
            let counts = (pair.during.dimensions[dimension] ?? []).map {
                ($0.value, Double($0.activity.requests + $0.activity.connections) / Double(max(1, all)))
            }
            return Dictionary(counts, uniquingKeysWith: +)
        }
        return Failures(total: total, leading: leading)
    }

    private static func options(_ pair: WindowPair) -> CompareOptions {
        var options = pair.options
        options.measure = .errors
        options.limit = max(options.limit, 10)
        return options
    }

    private static func withoutSeries(_ window: WindowAggregate) -> WindowAggregate {
        var window = window
        for (dimension, values) in window.dimensions {
            window.dimensions[dimension] = values.filter { $0.activity.errors > 0 }.map {
                WindowAggregate.DimensionValue(value: $0.value, activity: $0.activity, series: [])
            }
        }
        return window
    }
}
