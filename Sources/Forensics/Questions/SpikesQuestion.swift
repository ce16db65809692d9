import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// What `spikes` is asked.
public struct SpikesQuestion: Sendable {
    /// What the question is restricted to.
    public var restrictions: Restrictions
    /// What to look at alone; `nil` for all.
    public var by: RankMeasure?
    /// At most this many rows.
    public var limit = 10
    /// Up to so many are counted of other evidence, however few are listed.
    static let counted = 10

    /// Creates a question.
    public init(restrictions: Restrictions) { self.restrictions = restrictions }

    /// Writes the stretches that stand out, strongest first, each with the window to compare it with.
    ///
    /// - Parameter note: takes what the user should know beside the answer.
    public func answer(
        style: OutputStyle, note: (String) -> Void = { _ in }, to sink: (String) throws -> Void
    ) throws {
        let session = try CaseSession(restrictions)
        session.standingTexts().forEach(note)
        let reading = try SpikeReading(session: session, by: by)
        let found = try reading.find(limit: limit)
        try FlowLogCaveats(session: session, group: reading.group).note(reading.window, reading.measure, note)
        let spikes = Array(found.spikes.prefix(limit))
        var table = SpikesReport.table(spikes, gaps: found.gaps)
        table.title = TopQuestion.title("Spikes", reading.group, reading.window, session)
        if let leftOut = reading.leftOut { note(leftOut.words) }
        if let late = found.late { note(late.sentence) }
        if let text = MissingObjects.sentence(beside: spikes, of: reading.group, session) { note(text) }
        CaptureCaveats(session: session, group: reading.group).tell(note)
        try session.noteOthers(reading.chosen, note) { group throws(ForensicsError) in
            // What stands out in other evidence need not stand out in this one.
            try reading.instead(group)?.find(limit: max(limit, Self.counted)).words
        }
        if style.format == .table {
            let options =
                ["--store", restrictions.store] + restrictions.arguments + (by.map { ["--by", $0.rawValue] } ?? [])
            let list = SpikesReport.list(
                spikes, gaps: found.gaps, evidence: found.evidence, title: table.title, options: options,
                style: style.style)
            try sink(list)
            return
        }
        try style.write(table, note: note, to: sink)
    }
}

/// Looks for spikes in one body of evidence.
struct SpikeReading {
    let session: CaseSession
    let group: EvidenceGroup
    /// The time that is looked at.
    let window: TimeWindow
    /// What of the time asked for is not looked at; `nil` where all is.
    let leftOut: WatchedSpan.LeftOut?
    let measure: RankMeasure
    /// With the evidence that is not looked at.
    let chosen: CaseSession.Chosen
    /// What to look at alone.
    let by: RankMeasure?

    /// One interval without an object may be a late delivery or a quiet one.
    private static let notableIntervals: Int64 = 2

    /// Chooses the evidence as `timeline` does.
    ///
    /// - Parameter named: a window that has to be looked at, with what surrounds it.
    init(session: CaseSession, by: RankMeasure?, around named: TimeWindow? = nil) throws(ForensicsError) {
        try self.init(session: session, by: by, chosen: try session.choose(by: by), around: named)
    }

    /// Takes evidence that was chosen.
    init(
        session: CaseSession, by: RankMeasure?, chosen: CaseSession.Chosen, around named: TimeWindow? = nil
    ) throws(ForensicsError) {
        self.session = session
        self.by = by
        self.chosen = chosen
        (group, measure) = (chosen.group, chosen.measure)
        let span = try WatchedSpan(chosen.window, of: chosen.group, session, around: named)
        (window, leftOut) = (span.window, span.leftOut)
    }

    /// What was looked for, and in what.
    struct Found {
        /// Strongest first.
        var spikes: [Spike]
        /// Time without any evidence between covered time, in order.
        var gaps: [TimeWindow]
        var evidence: SpikesReport.Evidence
        /// Objects for want of which something that falls is left out.
        var late: LateObjects?

        /// How much stands out, and when most.
        var words: String {
            guard let first = spikes.first else { return "nothing stands out there" }
            let count =
                spikes.count == 1 ? "1 stretch of time stands out" : "\(spikes.count) stretches of time stand out"
            let reason = first.reasons.first.map { " (\($0.name) \($0.isRise ? "up" : "down"))" } ?? ""
            let (start, end) = (first.startNanoseconds, first.endNanoseconds)
            return "\(count) there, most from \(RFC3339.secondsString(Timestamp(nanoseconds: start))) to "
                + "\(RFC3339.secondsString(Timestamp(nanoseconds: end)))\(reason)"
        }
    }

    /// The same question to other evidence; `nil` where it covers nothing.
    func instead(_ other: EvidenceGroup) throws(ForensicsError) -> SpikeReading? {
        guard let window = session.span(of: other) else { return nil }
        var chosen = self.chosen
        (chosen.group, chosen.window) = (other, window)
        chosen.measure = by ?? VantageAmount(session: session, subject: chosen.subject).measure(of: other)
        return try SpikeReading(session: session, by: by, chosen: chosen)
    }

    func find(limit: Int) throws(ForensicsError) -> Found {
        var reading = WindowReading(session: session, group: group, measure: measure)
        reading.dimensions = SpikeSeries.watchedDimensions
        reading.includesDistributions = false
        // A minute that the evidence covers in part only would look like a fall.
        let aggregate = try reading.aggregate(whole).aggregate
        var detector = SpikeDetector()
        detector.limit = max(1, limit)
        let takesLevels = (by == nil || by == .duration) && !session.filter.needsRows
        let levels = SpikeLevels(
            session: session, group: group, minutes: AggregateAccumulator.wholeMinutes(of: aggregate.window))
        let latencies = takesLevels ? try levels.series() : []
        let found = detector.spikes(of: aggregate, by: by, also: try latencies + values(beside: aggregate))
        let counted = measure.counted(hasConnections: group.connections > 0)
        let spikes = SpikeNetworks.told(in: found, of: aggregate, by: counted) { value in
            by.map { "\($0.rawValue) of \(value)" } ?? value
        }
        let minutes = Int(aggregate.window.length / MinuteGrid.width)
        let evidence: SpikesReport.Evidence =
            minutes < SpikeDetector.neededMinutes
            ? .tooShort(length: group.exposure(of: window), neededMinutes: SpikeDetector.neededMinutes)
            : aggregate.totals == TrafficTotals() ? .noRows : .enough(ratio: detector.minimumRatio)
        let late = LateObjects(group, session, interval: interval)
        let (kept, isCut) = late?.withoutFalls(spikes) ?? (spikes, false)
        return Found(spikes: kept, gaps: gaps, evidence: evidence, late: isCut ? late : nil)
    }

    /// The most active values by whatever else is told of them: who fails, or takes much, need not ask more than usual.
    private func values(beside aggregate: WindowAggregate) throws(ForensicsError) -> [SpikeSeries] {
        guard by == nil else { return [] }
        let counted = measure.counted(hasConnections: group.connections > 0)
        let told = group.kind.told
        let others: [(measure: RankMeasure, needs: EvidenceKind.Told)] = [
            (.requests, .requests), (.connections, .connections), (.errors, .errors), (.bytes, .bytes),
        ]
        var series: [SpikeSeries] = []
        for other in others where other.measure != counted && told.contains(other.needs) {
            var reading = WindowReading(session: session, group: group, measure: other.measure)
            reading.dimensions = SpikeSeries.watchedDimensions
            reading.includesDistributions = false
            reading.includesLong = false
            series += SpikeSeries.values(
                of: try reading.aggregate(whole).aggregate, by: other.measure,
                events: other.measure == .bytes ? aggregate : nil, isBeside: true)
        }
        return series
    }

    /// Stretches of several log intervals between covered ones for which no node has an object: nothing delivers where
    /// there is no traffic, so they may be an outage.
    ///
    /// Not the gaps that the case keeps (`CoverageGaps`): those are told of each node alone, whatever the others deliver, from
    /// one interval on. An outage has no node left, and a single interval without objects is too common to be called one.
    private var gaps: [TimeWindow] {
        guard let interval else { return [] }
        return zip(group.coverage, group.coverage.dropFirst()).compactMap { left, right in
            let gap = TimeWindow(start: left.end, end: right.start)
            return gap.length >= Self.notableIntervals * interval ? gap.intersection(window) : nil
        }
    }

    /// How long the longest log object is; `nil` where there is none whose name tells.
    private var interval: Int64? {
        let ids = Set(group.sources)
        let classic = ClassicIntervals(session.sources)
        return session.sources.filter { ids.contains($0.id) && $0.kind != .vpcFlow }
            .compactMap { (classic.interval(of: $0) ?? LogObjectName(path: $0.path)?.interval)?.length }.max()
    }

    private var whole: TimeWindow {
        let minutes = AggregateAccumulator.wholeMinutes(of: window)
        guard !minutes.isEmpty else { return window }
        let width: Int64 = 60_000_000_000
        return TimeWindow(
            start: Timestamp(nanoseconds: minutes.lowerBound * width),
            end: Timestamp(nanoseconds: minutes.upperBound * width))
    }
}
