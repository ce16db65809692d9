import ForensicsModel

/// Finds out who makes the errors that became a larger part of all requests or connections.
///
/// Roll-ups count the errors of each value, so no rows are needed. What they count by the minute is the measure that was
/// asked for: where that is another, the variation of all errors, the one of their rate, stands in for that of the values.
enum ErrorFinder {
    /// Returns who makes them; `nil` where errors are no larger part than before.
    static func failures(_ explainer: Explainer, _ result: ComparisonResult) -> Failures? {
        guard ErrorShare.names.contains(where: { ErrorShare(of: $0, in: result)?.hasRisen == true }) else { return nil }
        let pair = explainer.pair
        let errors = counted(pair)
        let variation = explainer.errorVariation()
        let total = errors.total(variation?.ofTotal)
        guard total.change > 0 else { return nil }
        let explainer =
            variation.map { Explainer(pair: errors, total: total, variation: $0) }
            ?? Explainer(pair: errors, total: total)
        let sections = Dimension.allCases.compactMap { explainer.explain($0)?.explanation }
        let leading = ExcessRanking.leading(sections, of: total, options: pair.options) { dimension in
            ExcessRanking.shares([pair.before, pair.during], dimension) { $0.requests + $0.connections }
        }
        return Failures(total: total, leading: SoleClients(pair: errors).named(leading))
    }

    /// The windows with errors as what is counted, with series where they count errors.
    private static func counted(_ pair: WindowPair) -> WindowPair {
        var options = pair.options
        options.measure = .errors
        options.limit = max(options.limit, 10)
        let isMeasure = pair.counted == .errors
        return WindowPair(
            before: isMeasure ? pair.before : withoutSeries(pair.before),
            during: isMeasure ? pair.during : withoutSeries(pair.during), options: options)
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
