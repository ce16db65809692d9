import ForensicsAnalyze
import ForensicsCapture
import ForensicsDecode
import ForensicsModel
import ForensicsStore
import ForensicsTrack

/// The way of what a capture sees: frames in, facts of them counted, told and stored; one source after the other.
final class LivePipeline {
    private let interface: LiveInterface
    private let runName: String
    private let startedAt: Timestamp
    private let tracking: TrackOptions
    private let ring: EvidenceRing?
    /// The case that is written, if one is.
    private let stored: LiveCase?

    private var source: LiveSource
    private var probes: PacedHealthProbes
    /// What is counted of the interval at hand.
    private(set) var reporter: EventReporter
    /// What the interface had counted when the source at hand began.
    private var countedBefore = LiveInterface.Statistics()
    /// What the sources before had no room for.
    private var refusedBefore = LiveRefusals()
    /// The time of the last packet, or from when on there are any.
    private(set) var latest: Timestamp
    private(set) var hasSeenPackets = false
    /// Until when the interface was seen to run, with packets or without: what is unanswered then was not answered.
    private var watchedUntil: Timestamp

    // Memory of the batch before, for the next one.
    private var packets = PacketBatch()
    private var buffer: [UInt8] = []
    private var frameMemory: [FrameHeader] = []
    /// The facts at hand.
    private var facts = FactBatch()

    /// - Parameters:
    ///   - run: what files and the case call the run.
    ///   - stored: the case that takes what is found.
    init(
        _ request: CaptureRequest, _ options: CaptureOptions, interface: LiveInterface, run: String,
        from start: Timestamp, log: EventLog?, ring: EvidenceRing?, stored: LiveCase?
    ) {
        self.interface = interface
        self.ring = ring
        runName = run
        startedAt = start
        latest = start
        watchedUntil = start
        tracking = LiveSource.tracking(request, options)
        source = LiveSource(run: run, number: 1, tracking: tracking)
        probes = PacedHealthProbes(loadBalancers: options.loadBalancers)
        reporter = EventReporter(log: log, timeout: options.timeout, from: start)
        self.stored = stored
    }

    // MARK: Packets

    /// Reads what is there and takes it through decoding and tracking.
    ///
    /// - Parameters:
    ///   - limit: packets to take at most.
    ///   - waiting: milliseconds to wait for the first.
    /// - Returns: the time of the last packet so far, and how many there were now.
    func read(limit: Int, waiting: Int32) throws(CaptureError) -> (latest: Timestamp, count: Int) {
        // Lent, not shared: a shared buffer would be made anew.
        var bytes: [UInt8] = []
        var headers: [FrameHeader] = []
        swap(&bytes, &buffer)
        swap(&headers, &frameMemory)
        let frames = try interface.read(into: consume bytes, consume headers, limit: limit, waiting: waiting)
        let count = frames.frames.count
        take(consume frames)
        return (latest, count)
    }

    private func take(_ frames: consuming FrameBatch) {
        var frames = frames
        guard let last = frames.frames.last else {
            buffer = frames.bytes
            frameMemory = frames.frames
            return
        }
        hasSeenPackets = true
        frames.source = stored?.ordinal ?? 0
        frameMemory = source.observe(consume frames, into: &packets)
        ring?.write(frameMemory, packets.bytes, source: source.path, leavingOut: source.leftOut)
        reporter.observe(packets, bytes: bytes(of: frameMemory))
        latest = max(latest, last.time)
        buffer = []
        swap(&buffer, &packets.bytes)
    }

    /// The bytes on the wire of the frames whose packets are looked at; both are in order.
    private func bytes(of frames: [FrameHeader]) -> UInt64 {
        var bytes: UInt64 = 0
        var place = 0
        for index in frames.indices where place < packets.packets.count {
            guard frames[index].record == packets.packets[place].record else { continue }
            bytes &+= UInt64(frames[index].originalLength)
            place &+= 1
        }
        return bytes
    }

    // MARK: Facts

    /// Gives out connections that were silent for too long, and tells what has timed out.
    func expire(at now: Timestamp) {
        watchedUntil = max(watchedUntil, now)
        source.expire(at: now)
        // An answer that came too late is told by its fact, as long as its time-out has not been passed over.
        takeFacts()
        reporter.observeOverdue(&source, &probes, until: now)
    }

    /// Notes a time in which the interface did not run, or more of the last one: nothing times out for what was not seen in it.
    func note(hole: TimeWindow) { source.note(hole: hole) }

    /// Facts that wait to be taken.
    var factCount: Int { source.tracker.factCount }

    /// Counts, tells and stores the facts that are complete.
    func takeFacts() { takeFacts(isLast: false) }

    /// - Parameter isLast: whether the source ends with these facts.
    private func takeFacts(isLast: Bool) {
        source.takeFacts(into: &facts)
        reporter.observeRequests(facts)
        let connections = facts.connections
        let asked = Set(facts.healthChecks.lazy.map(\.id))
        probes.sift(&facts)
        if isLast { probes.finish(&facts) }
        source.settle(&facts)
        reporter.observe(connections, sifted: facts, asked: asked)
        if facts.isEmpty { return }
        source.count(facts, addsUp: stored?.isWritable ?? false)
        stored?.write(&facts)
    }

    // MARK: Sources

    /// Begins a source: packets are numbered from 1 again.
    func beginSource() throws(ForensicsError) {
        interface.restartRecords()
        countedBefore = interface.statistics()
        reporter.beginSource()
        try stored?.begin(source.path)
    }

    /// Gives out everything that is open; the next source knows nothing of it.
    func endSource() {
        let ordinal = stored?.ordinal ?? 0
        while source.giveOut(ordinal: ordinal, at: max(latest, watchedUntil)) { takeFacts() }
        takeFacts(isLast: true)
        let findings = source.finish(at: latest)
        reporter.observe(findings)
        if let stored, stored.isWritable { stored.finish(result(.complete, stored, findings), at: latest) }
        refusedBefore.add(source.refused)
        source = LiveSource(run: runName, number: source.number + 1, tracking: tracking)
    }

    /// Begins a source at a time that may lie before what was seen so far.
    func restart(at clock: Timestamp) throws(ForensicsError) {
        latest = clock
        watchedUntil = clock
        reporter.restart(at: clock)
        try beginSource()
    }

    /// Whether the source at hand has to end.
    func isSourceFull(at clock: Timestamp) -> Bool { source.isFull(lastRecord: interface.lastRecord, at: clock) }

    /// Stores what was counted since the checkpoint before.
    func checkpoint(withFindings: Bool) {
        let findings = withFindings ? source.findings(at: latest) : []
        if withFindings { reporter.observe(findings) }
        guard let stored, stored.isWritable else { return }
        stored.checkpoint(result(.partial, stored, findings), replacesFindings: withFindings, at: latest)
    }

    private func result(_ status: SourceStatus, _ stored: LiveCase, _ findings: [Finding]) -> UnitResult {
        var result = source.result(
            status, ordinal: stored.ordinal, interface.statistics().since(countedBefore), runStart: startedAt,
            until: watchedUntil)
        result.findings = findings
        return result
    }

    // MARK: The interval at hand

    func beginInterval() { reporter.beginInterval() }

    /// Connections that are open.
    var connectionCount: Int { source.tracker.connectionCount }

    /// Whether the case could not be written at some time.
    var hasLostCase: Bool { stored?.hasFailed ?? false }

    /// What there was no room for since the run began.
    var refused: LiveRefusals {
        var refused = refusedBefore
        refused.add(source.refused)
        // They are watched from one source to the next.
        refused.probes = probes.unwatched
        return refused
    }

    /// Waits until everything is stored in the case.
    func closeCase() throws(ForensicsError) { try stored?.close() }
}
