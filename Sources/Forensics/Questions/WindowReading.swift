import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// Gathers what a group did in a window: roll-ups for whole minutes, rows for edges, filters and other anchors.
struct WindowReading {
    let session: CaseSession
    let group: EvidenceGroup
    var measure: RankMeasure
    /// Nanoseconds.
    var long = RollupBuilder.longLimit
    var anchor = AggregateAccumulator.Anchor.record
    var dimensions: [Dimension] = Dimension.allCases
    var includesDistributions = true
    var includesSeries = true
    /// Nodes whose facts are left out.
    var withoutNodes: Set<String> = []
    /// Whether long connections are looked for.
    var includesLong = true
    /// Where whole minutes end that are counted instead of a window: those of another window begin there.
    var end: Timestamp?
    /// The window before that the one read is compared with.
    var earlier: TimeWindow?

    /// What was gathered of a window, while more may come.
    struct Gathered {
        var accumulator: AggregateAccumulator
        /// The window that is counted, and whether it is the asked one widened to whole minutes.
        var window: TimeWindow
        var isWidened: Bool
    }

    /// Returns the window's aggregate, and whether the window had to be widened to whole minutes.
    func aggregate(_ asked: TimeWindow) throws(ForensicsError) -> (aggregate: WindowAggregate, isWidened: Bool) {
        let gathered = try gather(asked)
        return (finish(gathered), gathered.isWidened)
    }

    /// Gathers a window, from roll-ups where they can tell what is asked.
    func gather(_ asked: TimeWindow) throws(ForensicsError) -> Gathered {
        let rows = session.rows(of: group)
        let needsRows = facts.needsRows || anchor != .record
        if needsRows, rows != .all {
            throw ForensicsError(
                .data,
                "\(session.restrictions.place): keeps no rows that filters or --anchor could look at; ingest with --rows all."
            )
        }
        let window = rows == .all ? asked : try widened(asked)
        var question = question(window)
        question.dimensions = dimensions
        question.takesLongFromRollups = rows == .none
        var accumulator = AggregateAccumulator(question)
        let filter = self.filter
        try session.reading {
            if needsRows {
                try forEachBatch(window, withHealthChecks: true) { accumulator.add($0, filter: filter) }
            } else {
                try fold(&accumulator, window)
                for edge in AggregateAccumulator.edges(of: window) where rows == .all {
                    try forEachBatch(edge, withHealthChecks: true) { accumulator.add($0, within: edge) }
                }
            }
            if rows != .none, includesLong {
                let scan = FactScan(window: window, sources: group.sources, membership: .overlap)
                try session.store.longConnections(over: long, scan) { batch in
                    accumulator.addLong(batch, filter: filter)
                    return true
                }
            }
        }
        return Gathered(accumulator: accumulator, window: window, isWidened: window != asked)
    }

    func finish(_ gathered: Gathered) -> WindowAggregate { finish(gathered.accumulator, gathered.window) }

    private func finish(_ accumulator: AggregateAccumulator, _ window: TimeWindow) -> WindowAggregate {
        var result = accumulator.finish(
            exposure: group.exposure(of: window), owners: session.owners, derive: session.addressDimensions)
        result.coverage = group.coverage.compactMap { $0.intersection(window) }
        result.scale(by: group.sampleRate)
        return result
    }

    private var filter: CompiledFilter? { facts.needsRows ? CompiledFilter(facts) : nil }

    /// What the facts have to pass.
    private var facts: FactFilter {
        var facts = session.filter
        facts.nodes += withoutNodes.sorted().map { FactFilter.Entry(text: $0, isNegated: true) }
        return facts
    }

    private func question(_ window: TimeWindow) -> AggregateAccumulator.Question {
        // The series have to count what shares will be taken of.
        let counted = measure.counted(hasConnections: group.connections > 0)
        var question = AggregateAccumulator.Question(window: window, measure: counted, long: long)
        question.anchor = anchor
        question.earlier = earlier
        question.includesHealthChecks = session.filter.includesHealthChecks
        question.includesSeries = includesSeries
        return question
    }

    /// What the rows of a window tell beyond roll-ups.
    struct Closer {
        var combined: WindowAggregate
        var slow: [WindowAggregate]
        var failed: [WindowAggregate]
    }

    /// Reads the rows of a window once for what roll-ups cannot tell: combinations of some values, and the facts alone that are
    /// slower than each of some limits, or failed in each of some ways.
    func lookCloser(
        _ window: TimeWindow, combined: [WindowAggregate.CombinationValue.Part], slower limits: [SlownessFinder.Limit],
        failed sorts: [ErrorSort]
    ) throws(ForensicsError) -> Closer {
        var question = question(window)
        question.includesDistributions = false
        question.dimensions = dimensions
        var slow = limits.map { _ in AggregateAccumulator(question) }
        var ofErrors = question
        ofErrors.measure = .errors
        var failed = sorts.map { _ in AggregateAccumulator(ofErrors) }
        question.dimensions = []
        question.combined = combined
        var all = AggregateAccumulator(question)
        let filter = self.filter
        var chosen = FactBatch()
        try session.reading {
            try forEachBatch(window, withHealthChecks: false) { batch in
                if !combined.isEmpty { all.add(batch, filter: filter) }
                for (index, limit) in limits.enumerated() {
                    limit.select(from: batch, into: &chosen)
                    if !chosen.isEmpty { slow[index].add(chosen, filter: filter) }
                }
                for (index, sort) in sorts.enumerated() {
                    sort.select(from: batch, into: &chosen)
                    if !chosen.isEmpty { failed[index].add(chosen, filter: filter) }
                }
            }
        }
        return Closer(
            combined: finish(all, window), slow: slow.map { finish($0, window) },
            failed: failed.map { finish($0, window) })
    }

    private static let minute: Int64 = 60_000_000_000

    /// The start of the minute in which a window begins.
    static func firstMinute(of window: TimeWindow) -> Timestamp {
        Timestamp(nanoseconds: window.start.bucket(width: minute))
    }

    /// The whole minutes of a window, without those that belong to another.
    private func widened(_ window: TimeWindow) throws(ForensicsError) -> TimeWindow {
        let minutes = TimeWindow(
            start: Self.firstMinute(of: window),
            end: Timestamp(nanoseconds: window.end.advanced(by: Self.minute - 1).bucket(width: Self.minute)))
        guard let end, end < minutes.end else { return minutes }
        guard end > minutes.start else {
            throw ForensicsError(
                .data,
                "\(session.restrictions.place): keeps no rows, and both windows lie in one minute; choose whole minutes."
            )
        }
        return TimeWindow(start: minutes.start, end: end)
    }

    private func fold(_ accumulator: inout AggregateAccumulator, _ window: TimeWindow) throws {
        let minutes = AggregateAccumulator.wholeMinutes(of: window)
        guard !minutes.isEmpty else { return }
        let question = accumulator.question
        try session.store.loadRollups(
            sources: group.sources, minutes: minutes, dimensions: dimensions, includingTotals: true,
            takesHours: !question.includesSeries && !question.takesLongFromRollups
        ) { place, json in
            _ =
                place.isHour
                ? accumulator.foldHour(dimension: place.dimension, healthChecks: place.healthChecks, json: json)
                : accumulator.fold(
                    minute: place.minute, dimension: place.dimension, healthChecks: place.healthChecks, json: json)
        }
        guard includesDistributions else { return }
        try session.store.loadDistributions(
            sources: group.sources, minutes: minutes, measures: DistributionMeasure.allCases
        ) { _, packed in _ = accumulator.fold(packed) }
    }

    /// Hands out the facts that may belong to a window, by the anchor.
    private func forEachBatch(
        _ window: TimeWindow, withHealthChecks: Bool, _ body: (borrowing FactBatch) -> Void
    ) throws {
        let membership: FactScan.Membership = anchor == .record ? .recordTime : .overlap
        let scan = FactScan(window: window, sources: group.sources, membership: membership)
        func each(_ batch: FactBatch) -> Bool {
            body(batch)
            return true
        }
        try session.store.scanRequests(scan, each)
        try forEachConnectionBatch(window, each)
        if withHealthChecks { try session.store.scanHealthChecks(scan, each) }
    }

    /// Connections whose record time lies in the window, and those that began in it and ended later: they were opened in it.
    ///
    /// Short ones end within a minute after the window; longer ones are listed.
    private func forEachConnectionBatch(_ window: TimeWindow, _ body: (FactBatch) -> Bool) throws {
        var scan = FactScan(window: window, sources: group.sources, membership: .overlap)
        guard anchor == .record else { return try session.store.scanConnections(scan, body) }
        let reach = window.end.advanced(by: CaseStore.listedDuration)
        try session.store.longConnections(over: CaseStore.listedDuration, scan) { batch in
            var late = batch
            late.connections.removeAll { $0.end < reach }
            return body(late)
        }
        scan.membership = .recordTime
        scan.window = TimeWindow(start: window.start, end: reach)
        try session.store.scanConnections(scan, body)
    }
}
