import ForensicsModel

/// What `timeline` is asked, as the user wrote it.
public struct TimelineQuestion: Sendable {
    /// What the question is restricted to.
    public var restrictions: Restrictions
    /// Width of a bucket, such as `5m`; `nil` to choose one.
    public var bucket: String?
    /// What to rank and share by; `nil` for what the evidence counts.
    public var by: RankMeasure?
    /// At most this many rows; `nil` for all.
    public var limit: Int?

    /// Creates a question.
    public init(restrictions: Restrictions) { self.restrictions = restrictions }

    /// Writes the buckets, with a plot in the table form.
    ///
    /// - Parameter note: takes what the user should know beside the answer.
    public func answer(
        style: OutputStyle, note: (String) -> Void = { _ in }, to sink: (String) throws -> Void
    ) throws {
        let session = try CaseSession(restrictions)
        session.standingTexts().forEach(note)
        let chosen = try session.choose(by: by)
        let (group, window, measure) = (chosen.group, chosen.window, chosen.measure)
        var reading = WindowReading(session: session, group: group, measure: measure)
        reading.dimensions = []
        reading.includesDistributions = false
        let (aggregate, isWidened) = try reading.aggregate(window)
        if isWidened { session.noteMinutes(aggregate.window, note) }
        try FlowLogCaveats(session: session, group: group).note(aggregate.window, measure, note)
        if let text = HealthCheckCaveat.note(group, session, aggregate) { note(text) }
        let width = try width(window)
        var table = TimelineReport(
            aggregate, window: aggregate.window, width: width, measure: measure, kind: group.kind,
            without: group.untold
        )
        .table(withPlot: style.format == .table)
        table.title = TopQuestion.title("Timeline of \(measure.rawValue)", group, aggregate.window, session)
        table.limit(to: limit)
        if style.isForPeople { table = table.withoutAbsentColumns }
        CaptureCaveats(session: session, group: group).tell(note)
        try session.noteOthers(chosen, note)
        try style.write(table, note: note, to: sink)
    }

    private func width(_ window: TimeWindow) throws(ForensicsError) -> Int64 {
        guard let bucket else { return TimelineReport.width(for: window, rows: 40) }
        guard let width = DurationText.parse(bucket), width > 0, width % 60_000_000_000 == 0 else {
            throw ForensicsError(.usage, "--bucket \(bucket): is no whole number of minutes; use 1m, 5m or 1h.")
        }
        return width
    }
}
