import ForensicsCapture
import ForensicsModel

/// Tells how a capture does: a summary block every interval, metrics at any time, alerts; to the user and to AWS.
final class SummaryReporter {
    private let report: (String) -> Void
    private let note: (String) -> Void
    private let metrics: MetricsEndpoint?
    /// What publishes to AWS, if anything does.
    let publisher: (any CloudPublishing)?
    private var watch: AlertWatch?
    /// Lines of other threads that wait to be told.
    let notes = NoteQueue()
    private var summaries: Recurrence

    /// What was counted since the run began, up to the interval at hand.
    private(set) var total = LiveCounts()
    /// When the interval at hand began.
    private(set) var intervalStart: Timestamp
    /// What the kernel had dropped when the interval at hand began.
    private(set) var droppedBefore: UInt64 = 0

    /// - Parameters:
    ///   - note: takes one line for the user.
    ///   - report: takes each summary block.
    init(
        _ request: CaptureRequest, _ options: CaptureOptions, from start: Timestamp, note: @escaping (String) -> Void,
        report: @escaping (String) -> Void
    ) throws(ForensicsError) {
        self.report = report
        self.note = note
        summaries = Recurrence(every: options.statisticsInterval, from: start)
        intervalStart = start
        metrics = try options.metrics.map { (address) throws(ForensicsError) in
            try MetricsEndpoint(host: address.host, port: address.port)
        }
        publisher = try request.publisher(note: { [notes] in notes.put($0) })
        if publisher != nil, !options.alertRules.isEmpty {
            watch = AlertWatch(
                rules: options.alertRules, cooldown: options.alertCooldown, sample: options.interface.sample.rate)
        }
    }

    /// What was counted since the run began.
    ///
    /// - Parameter interval: what was counted in the interval at hand.
    func total(with interval: LiveCounts) -> LiveCounts {
        var total = self.total
        total.add(interval)
        return total
    }

    /// Whether a summary block is due.
    func isDue(at clock: Timestamp) -> Bool { summaries.isDue(at: clock) }

    /// Writes a summary block and publishes its metrics; the next interval begins.
    func summarize(_ summary: LiveSummary) {
        report(summary.text)
        total = summary.total
        droppedBefore = summary.statistics.dropped
        publisher?.publish(summary)
        intervalStart = summary.to
        summaries.restart(at: summary.to)
    }

    /// The next interval begins at a time that may lie before what was seen so far.
    func restart(at clock: Timestamp) {
        intervalStart = clock
        summaries.restart(at: clock)
    }

    /// Hands over the numbers for who fetches them.
    func publishMetrics(_ summary: () -> LiveSummary) {
        if let metrics { metrics.publish(summary()) }
    }

    /// Sends alerts for rules that are broken now.
    ///
    /// - Parameter interval: what was counted in the interval at hand.
    func alert(_ interval: LiveCounts, at now: Timestamp, _ summary: () -> LiveSummary) {
        guard watch != nil, let publisher else { return }
        for alert in watch?.observe(total(with: interval), at: now) ?? [] {
            note("alert \(alert.rule): \(alert.rule.metric.rawValue) is \(alert.valueText).")
            publisher.publish(alert, of: summary())
        }
    }

    /// Tells the lines that other threads have left.
    func tellNotes() {
        for line in notes.take() { note(line) }
    }

    /// Ends what serves and publishes.
    func close() {
        metrics?.close()
        guard let publisher else { return }
        publisher.finish()
        tellNotes()
        if let losses = publisher.losses { note("lost on the way to AWS: \(losses).") }
    }
}
