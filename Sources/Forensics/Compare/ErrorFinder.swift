package import ForensicsModel

/// Finds out who makes the errors that became a larger part of all requests or connections.
///
/// Roll-ups count the errors of each value, so no rows are needed unless one sort of errors rose beside many others
/// (`ErrorSort`). What they count by the minute is the measure that was asked for: where that is another, the variation of all
/// errors, the one of their rate, stands in for that of the values.
package enum ErrorFinder {
    /// Returns who makes them; `nil` where errors are no larger part than before. Where one sort rose beside many others nobody is
    /// named: `add` tells it from rows.
    static func failures(_ explainer: Explainer, _ result: ComparisonResult) -> Failures? {
        guard
            ErrorShare.names.contains(where: { ErrorShare(of: $0, in: result)?.hasRisen == true })
                || !ErrorShare.risenStatuses(in: result).isEmpty
        else { return nil }
        let pair = explainer.pair
        let errors = counted(pair)
        let variation = explainer.errorVariation()
        let total = errors.total(variation?.ofTotal)
        if ErrorSort.alone(in: result) != nil { return Failures(total: total, leading: []) }
        guard total.change > 0 else { return nil }
        let explainer =
            variation.map { Explainer(pair: errors, total: total, variation: $0) }
            ?? Explainer(pair: errors, total: total)
        return Failures(
            total: total, leading: leading(explainer, all: [pair.before, pair.during]),
            makers: makers(explainer, of: pair.during))
    }

    /// Adds to a result who makes the errors of a sort, and says it.
    ///
    /// - Parameters:
    ///   - before: the window before, of such errors alone, with series that count errors.
    ///   - during: the window during, likewise.
    ///   - all: both windows, of all facts.
    package static func add(
        to result: inout ComparisonResult, _ sort: ErrorSort, before: WindowAggregate, during: WindowAggregate,
        all: [WindowAggregate], options: CompareOptions
    ) {
        var options = options
        options.measure = .errors
        options.isPartOfAll = true
        options.limit = max(options.limit, fewestListed)
        let pair = WindowPair(before: before, during: during, options: options)
        let total = pair.total()
        guard total.change > 0 else { return }
        let explainer = Explainer(pair: pair, total: total)
        let failures = Failures(
            sort: sort.name, total: total, leading: leading(explainer, all: all, of: sort),
            makers: all.last.flatMap { makers(explainer, of: $0) })
        if sort == .connections { result.failedConnections = failures } else { result.failures = failures }
        result.sentence = SentenceComposer.compose(result, options: options)
    }

    private static let fewestListed = 10

    /// Who makes more of the errors than of all there is that may fail so.
    ///
    /// - Parameter sort: errors of any sort are held against what time-outs are. What requests alone have is held against them: where
    ///   every request has one method, so has every one that failed, however many connections there are beside them.
    private static func leading(
        _ errors: Explainer, all: [WindowAggregate], of sort: ErrorSort = .timeouts
    ) -> [Explanation] {
        let sections = errors.pair.options.dimensions.compactMap { errors.explain($0)?.explanation }
        let leading = ExcessRanking.leading(
            sections, of: errors.total, than: all, options: errors.pair.options, counting: sort.mayFail)
        return SoleClients(pair: errors.pair).named(leading)
    }

    /// How many clients make nearly all of what became more, those with most of it first.
    ///
    /// - Parameter all: the window during, of all facts.
    private static func makers(_ errors: Explainer, of all: WindowAggregate) -> Failures.Makers? {
        let clients = (all.dimensions[.client] ?? []).filter { $0.activity.requests + $0.activity.connections > 0 }
        let values = MergedValue.merge(errors.pair, .client)
        guard !(clients.map(\.value) + values.map(\.value)).contains(MergedValue.overflow) else { return nil }
        let risen = values.map { errors.pair.change(before: $0.before, during: $0.during) }.sorted(by: >)
        var sum = 0.0
        for (count, change) in zip(1..., risen) where change > 0 {
            sum += change
            if sum >= Failures.Makers.part * errors.total.change {
                return Failures.Makers(clients: count, all: max(count, clients.count))
            }
        }
        return nil
    }

    /// The windows with errors as what is counted, with series where they count errors.
    private static func counted(_ pair: WindowPair) -> WindowPair {
        var options = pair.options
        options.measure = .errors
        options.isPartOfAll = true
        options.limit = max(options.limit, fewestListed)
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
