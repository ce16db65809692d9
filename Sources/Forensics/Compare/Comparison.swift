package import ForensicsModel

/// Compares two windows of one kind of evidence, seen from one vantage.
package enum Comparison {
    /// What aggregates have to hold whatever is told of: active and long is about clients, and how errors vary their statuses tell.
    package static let alwaysRead: Set<Dimension> = [.client, .status]

    /// Returns what changed from `before` to `during` and who explains it.
    ///
    /// Pure: the same aggregates and options give the same result, in whatever order they hold their values. Counts are
    /// compared as rates over the exposures, so windows of unequal length and partly covered ones compare rightly.
    ///
    /// - Throws: `ComparisonError` where the evidence covers nothing of a window.
    package static func compare(
        before: WindowAggregate, during: WindowAggregate, options: CompareOptions
    ) throws(ComparisonError) -> ComparisonResult {
        if before.exposure <= 0 { throw .noCoverageBefore }
        if during.exposure <= 0 { throw .noCoverageDuring }
        let pair = WindowPair(before: before, during: during, options: options)
        let total = pair.total()
        let explainer = Explainer(pair: pair, total: total)
        let changes = RateMeter.changes(explainer)
        var sections = options.dimensions.compactMap { explainer.explain($0) }
        LeadingExplanations.confirm(&sections, rate: options.falseDiscoveryRate)
        let leading = LeadingExplanations.choose(sections, total: total)
        let mayBeUniform = leading.isUniform && !pair.isTentative && !options.restrictsClients
        let activeLong = ActiveLongFinder(pair)
        let usual = activeLong.usual
        var result = ComparisonResult(
            question: question(pair), before: window(before, pair.gridBefore, pair.counted),
            during: window(during, pair.gridDuring, pair.counted), total: total, changes: changes,
            shifts: QuantileMeter.shifts(pair), dimensions: sections.map(\.explanation),
            leading: SoleClients(pair: pair).named(leading.explanations),
            activeLong: activeLong.clients(total, usual: usual), new: sections.flatMap(\.new),
            gone: sections.flatMap(\.gone), caveats: CaveatCollector.caveats(pair), sentence: "")
        if let caveat = CaveatCollector.unlisted(sections) { result.caveats.append(caveat) }
        result.longTotal = usual
        result.retransmissions = options.retransmissions
        result.isTentative = pair.isTentative
        result.failures = ErrorFinder.failures(explainer, result)
        // Errors that are a larger part of everything than before are not everybody's.
        result.total.isUniform = mayBeUniform && (pair.counted != .errors || result.failures == nil)
        result.sentence = SentenceComposer.compose(result, options: options)
        return result
    }

    private static func question(_ pair: WindowPair) -> ComparisonResult.Question {
        let options = pair.options
        let tellsLengths = options.kind?.told.contains(.connectionLengths) ?? true
        return ComparisonResult.Question(
            kind: options.kind?.name, vantage: options.vantage, measure: options.measure.rawValue,
            countedIn: pair.counted.rawValue, activeLongCountedIn: pair.activeLongCounted.rawValue,
            anchor: options.anchor, top: options.top,
            longMilliseconds: Double(options.longNanoseconds) / 1e6, confidence: options.confidence,
            falseDiscoveryRate: pair.isTentative ? nil : options.falseDiscoveryRate, filters: options.filters,
            ranksLongestRequests: !tellsLengths || (options.kind == .alb && options.lacksRows))
    }

    /// Windows longer than this have no counts per minute.
    private static let plottedMinutes = 1440

    private static func window(
        _ aggregate: WindowAggregate, _ grid: MinuteGrid, _ measure: RankMeasure
    ) -> ComparisonResult.Window {
        let window = aggregate.window
        var perMinute: [Int64?] = []
        if grid.minuteCount <= plottedMinutes {
            perMinute = (0..<grid.minuteCount).map { grid.slot(ofMinute: $0) == nil ? nil : 0 }
            for bucket in aggregate.buckets {
                let minute = grid.minute(ofBucket: bucket.start)
                guard perMinute.indices.contains(minute), perMinute[minute] != nil else { continue }
                perMinute[minute] = bucket.totals.activity.value(of: measure)
            }
        }
        return ComparisonResult.Window(
            startNanoseconds: window.start.nanoseconds, endNanoseconds: window.end.nanoseconds,
            start: RFC3339.string(window.start), end: RFC3339.string(window.end),
            exposureSeconds: Double(aggregate.exposure) / 1e9,
            coveredShare: window.length > 0 ? min(1, Double(aggregate.exposure) / Double(window.length)) : 0,
            perMinute: perMinute)
    }
}
