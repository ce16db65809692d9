import ForensicsCapture
import ForensicsModel
import Foundation

/// One run of `capture`: packets of an interface through the same stages as those of a file.
///
/// One thread reads, decodes, tracks and analyzes; the kernel's ring is the queue before it. Another stores. Packet time
/// drives everything; when the wire is silent, a tick of the clock stands in for it.
final class CaptureRun {
    private static let second = Timestamp.nanosecondsPerSecond
    private static let readLimit = 4096
    /// How far behind the packets the clock may be before it counts as set back; nanoseconds.
    private static let stepLimit = 2 * second
    /// Facts that are not left to wait for their second: half a kilobyte each, three times over on their way into order.
    private static let factLimit = 1 << 11

    private let request: CaptureRequest
    private let options: CaptureOptions
    private let interface: LiveInterface
    private let note: (String) -> Void
    private let log: EventLog?
    private let ring: EvidenceRing?
    private let summaries: SummaryReporter
    private let pipeline: LivePipeline
    private let startedAt: Timestamp

    private var facts: Recurrence
    private var checkpoints: Recurrence
    private var findings: Recurrence
    private var expiry: Recurrence
    private var link: LinkWatch
    private var hasToldSilence = false

    init(
        request: CaptureRequest, options: CaptureOptions, interface: LiveInterface, note: @escaping (String) -> Void,
        report: @escaping (String) -> Void
    ) throws(ForensicsError) {
        self.request = request
        self.options = options
        self.interface = interface
        self.note = note
        let now = Self.now
        startedAt = now
        facts = Recurrence(every: Self.second, from: now)
        checkpoints = Recurrence(every: Self.second, from: now)
        findings = Recurrence(every: 10 * Self.second, from: now)
        expiry = Recurrence(every: 2 * Self.second, from: now)
        link = LinkWatch(from: now)
        log = try request.logFolder.map { (folder) throws(ForensicsError) in try EventLog(folder: folder, note: note) }
        summaries = try SummaryReporter(request, options, from: now, note: note, report: report)
        let notes = summaries.notes
        let stored = try request.store.map { (path) throws(ForensicsError) in
            try LiveCase(path: path, request, options, vantage: interface.name, notes: notes, note: note)
        }
        ring = try options.ringSize.map { (size) throws(ForensicsError) in
            try EvidenceRing(
                folder: request.ringFolder ?? request.logFolder ?? ".", interface: interface.name, size: size,
                linkType: interface.linkType, snapLength: request.snapLength, note: note)
        }
        let run = try Self.name(of: interface.name, from: now, stored, ring)
        if request.publishesToCloudWatch, let publisher = summaries.publisher {
            log?.copy = { publisher.publish($0, at: $1, $2) }
        }
        pipeline = LivePipeline(
            request, options, interface: interface, run: run, from: now, log: log, ring: ring, stored: stored)
    }

    /// What files and the case call the run: the second in which it began, or the next one of which neither has a run.
    private static func name(
        of interface: String, from start: Timestamp, _ stored: LiveCase?, _ ring: EvidenceRing?
    ) throws(ForensicsError) -> String {
        var second = start.nanoseconds / Timestamp.nanosecondsPerSecond
        while true {
            let run = LiveSource.runName(interface: interface, second: second)
            if try stored?.holds(run: run) != true,
                ring?.begin(run: run, source: LiveSource.path(run: run, number: 1), at: start) != false
            {
                return run
            }
            second += 1
        }
    }

    private static var now: Timestamp { Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)) }

    // MARK: The loop

    func run() throws(ForensicsError) {
        try pipeline.beginSource()
        note(
            "capturing on \(interface.name)"
                + (options.interface.sample.rate > 1
                    ? ", 1 flow in \(options.interface.sample.rate); counts are scaled." : ", every flow."))
        ServiceNotice.send("READY=1")
        var failure: ForensicsError?
        let end = options.duration.map { startedAt.advanced(by: $0) }
        while !request.stop.isRequested {
            if request.reload.take() { log?.reopen() }
            let wanted = wantedPackets
            if let wanted, wanted <= 0 { break }
            let limit = min(Self.readLimit, wanted ?? .max)
            let seen: (latest: Timestamp, count: Int)
            do throws(CaptureError) {
                seen = try pipeline.read(limit: limit, waiting: 100)
            } catch {
                failure = ForensicsError(error)
                break
            }
            let clock = Self.now
            watchLink(at: clock, isSilent: seen.count == 0)
            if seen.count < limit {
                if seen.latest.since(clock) > Self.stepLimit { try followClock(to: clock) }
                // Packets of the last moments may still be in the ring: the tick stays behind them.
                tick(max(pipeline.latest, clock.advanced(by: -Self.second)))
            } else {
                // More wait in the ring, as after a moment without a processor: the answers to what is open may be there.
                tick(seen.latest)
            }
            if summaries.isDue(at: clock) { summarize(at: clock) }
            if let end, clock >= end { break }
            tellSilence(at: clock)
            if pipeline.isSourceFull(at: clock) {
                pipeline.endSource()
                try pipeline.beginSource()
            }
        }
        ServiceNotice.send("STOPPING=1")
        try finish(failure)
    }

    /// Packets that are left of those asked for; `nil` where no number was.
    private var wantedPackets: Int? {
        request.count.map {
            Int(clamping: $0) - Int(clamping: summaries.total.packets + pipeline.reporter.counts.packets)
        }
    }

    /// Goes on from a clock that was set back: nothing would be due until it has caught up.
    private func followClock(to clock: Timestamp) throws(ForensicsError) {
        let back = pipeline.latest.since(clock) / Self.second
        note("the clock was set back by \(back) s; what follows is a source of its own.")
        pipeline.endSource()
        summarize(at: pipeline.latest)
        summaries.restart(at: clock)
        link = LinkWatch(from: clock)
        log?.restart()
        try pipeline.restart(at: clock)
    }

    /// Notes the time in which the interface did not run: nobody is to blame for what was not answered in it.
    private func watchLink(at clock: Timestamp, isSilent: Bool) {
        guard let look = link.look(at: clock, isSilent: isSilent, isRunning: { interface.isRunning }) else { return }
        pipeline.note(hole: look.hole)
        switch look.change {
        case .wentDown: note("\(interface.name) is down; what waits for an answer meanwhile is not told as a time-out.")
        case .cameUp:
            note("\(interface.name) is up again after \(max(1, look.hole.length / Self.second)) s without a packet.")
        case .none: break
        }
    }

    /// Says once that the wire has been silent from the start.
    private func tellSilence(at clock: Timestamp) {
        guard !pipeline.hasSeenPackets, !hasToldSilence, clock.since(startedAt) > 10 * Self.second else { return }
        hasToldSilence = true
        note(
            "\(interface.name): nothing seen for 10 s; check the interface (-i), the --filter, and that traffic passes "
                + "here: `tcpdump -ni \(interface.name) -c 5`.")
    }

    private func finish(_ failure: ForensicsError?) throws(ForensicsError) {
        // What the ring holds was captured before the stop; what comes after it stays out, however busy the wire is.
        let stopped = Self.now
        while request.count == nil, let seen = try? pipeline.read(limit: Self.readLimit, waiting: 0), seen.count > 0 {
            if seen.latest > stopped { break }
        }
        pipeline.endSource()
        alert(at: Self.now)
        summarize(at: Self.now)
        log?.finish()
        ring?.close()
        summaries.close()
        try pipeline.closeCase()
        if let failure { throw failure }
    }

    // MARK: Time

    /// Does what is due at a time of packets or of the clock.
    private func tick(_ now: Timestamp) {
        if expiry.takesPlace(at: now) { pipeline.expire(at: now) }
        guard facts.isDue(at: now) || pipeline.factCount > Self.factLimit else { return }
        facts.restart(at: now)
        pipeline.takeFacts()
        log?.flush(at: now)
        ring?.look(at: now)
        summaries.publishMetrics { summary(at: now) }
        alert(at: now)
        summaries.tellNotes()
        if checkpoints.takesPlace(at: now) {
            pipeline.checkpoint(withFindings: findings.takesPlace(at: now))
            ServiceNotice.send("WATCHDOG=1")
        }
    }

    // MARK: Telling

    /// What there is to tell of the interval so far.
    private func summary(at now: Timestamp) -> LiveSummary {
        let statistics = interface.statistics()
        let reporter = pipeline.reporter
        return LiveSummary(
            interface: interface.name, sample: options.interface.sample.rate, from: summaries.intervalStart, to: now,
            interval: reporter.counts, total: summaries.total(with: reporter.counts), clients: reporter.clients,
            openConnections: pipeline.connectionCount, statistics: statistics,
            dropped: statistics.dropped - summaries.droppedBefore, refused: pipeline.refused,
            lostLines: log?.lost ?? 0, lostEvidence: ring?.lost ?? 0, hasLostCase: pipeline.hasLostCase,
            cloudLosses: summaries.publisher?.losses)
    }

    private func alert(at now: Timestamp) {
        summaries.alert(pipeline.reporter.counts, at: now) { summary(at: now) }
    }

    private func summarize(at now: Timestamp) {
        summaries.summarize(summary(at: now))
        pipeline.beginInterval()
    }
}
