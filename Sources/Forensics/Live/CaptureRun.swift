import ForensicsAnalyze
import ForensicsCapture
import ForensicsDecode
import ForensicsModel
import ForensicsStore
import ForensicsTrack
import Foundation

/// One run of `capture`: packets of an interface through the same stages as those of a file.
///
/// One thread reads, decodes, tracks and analyzes; the kernel's ring is the queue before it. Another stores. Packet time
/// drives everything; when the wire is silent, a tick of the clock stands in for it.
final class CaptureRun {
    /// How long a connection may be silent before it is given out; nanoseconds. Longer than the idle time-outs of load
    /// balancers (NLB at most 6000 s).
    static let idleTimeout: Int64 = 7_200 * Timestamp.nanosecondsPerSecond
    /// Connections per shard: 64 of these are in memory at most.
    static let flowsPerShard = 4096
    /// A source holds at most this many packets, and this much time; then another one begins.
    static let recordLimit: UInt32 = 4_000_000_000
    static let sourceDuration: Int64 = 86_400 * Timestamp.nanosecondsPerSecond
    private static let second = Timestamp.nanosecondsPerSecond
    private static let readLimit = 4096
    /// Packets whose open connections are given out together at the end.
    private static let cutLength: UInt32 = 1 << 16

    private let request: CaptureRequest
    private let options: CaptureOptions
    private let interface: LiveInterface
    private let note: (String) -> Void
    private let report: (String) -> Void
    private let store: CaseStore?
    private let writer: LiveWriter?
    private let log: EventLog?
    private let ring: EvidenceRing?
    private let metrics: MetricsEndpoint?
    private let publisher: (any CloudPublishing)?
    private var watch: AlertWatch?
    private var retention: StoreRetention
    /// Lines of other threads that wait to be told.
    private let notes = NoteQueue()

    // The source at hand.
    private var unit: UnitHandle?
    private var sourceNumber = 0
    private var tracker: Tracker
    private var fragments = FragmentTable()
    private var tally = LedgerTally()
    private var rollups = RollupBuilder()
    private var checks = CheckSet(captureKind: .live)
    private var probes: PacedHealthProbes
    private var sourceStart: Timestamp?
    private var reporter: EventReporter
    private let startedAt: Timestamp

    // Since the run began.
    private var total = LiveCounts()
    private var evictedBefore: UInt64 = 0
    private var latest: Timestamp
    private var nextFacts: Timestamp
    private var nextCheckpoint: Timestamp
    private var nextFindings: Timestamp
    private var nextExpiry: Timestamp
    private var nextSummary: Timestamp
    private var summaryFrom: Timestamp
    private var droppedAtSummary: UInt64 = 0
    private var hasSeenPackets = false
    private var storeFailed = false
    private var packets = PacketBatch()
    private var buffer: [UInt8] = []
    private var frameMemory: [FrameHeader] = []
    private var hashes: [UInt64] = []
    private let runName: String

    init(
        request: CaptureRequest, options: CaptureOptions, interface: LiveInterface, note: @escaping (String) -> Void,
        report: @escaping (String) -> Void
    ) throws(ForensicsError) {
        self.request = request
        self.options = options
        self.interface = interface
        self.note = note
        self.report = report
        let now = Self.now
        startedAt = now
        latest = now
        runName = "\(interface.name)-\(now.nanoseconds / 1_000_000_000)"
        nextFacts = now.advanced(by: Self.second)
        nextCheckpoint = now.advanced(by: 2 * Self.second)
        nextFindings = now.advanced(by: 10 * Self.second)
        nextExpiry = now.advanced(by: 2 * Self.second)
        nextSummary = now.advanced(by: options.statisticsInterval)
        summaryFrom = now
        log = try request.logFolder.map { (folder) throws(ForensicsError) in try EventLog(folder: folder, note: note) }
        let name = runName
        ring = try options.ringSize.map { (size) throws(ForensicsError) in
            try EvidenceRing(
                folder: request.ringFolder ?? (request.logFolder ?? "."), name: name, size: size,
                linkType: interface.linkType, snapLength: request.snapLength)
        }
        metrics = try options.metrics.map { (address) throws(ForensicsError) in
            try MetricsEndpoint(host: address.host, port: address.port)
        }
        publisher = try request.publisher(note: { [notes] in notes.put($0) })
        if publisher != nil, !options.alertRules.isEmpty {
            watch = AlertWatch(
                rules: options.alertRules, cooldown: options.alertCooldown, sample: options.interface.sample.rate)
        }
        if request.publishesToCloudWatch, let publisher {
            log?.copy = { publisher.publish($0, at: $1, $2) }
        }
        tracker = Self.makeTracker(request, options)
        probes = PacedHealthProbes(loadBalancers: options.loadBalancers)
        reporter = EventReporter(log: log, timeout: options.timeout, from: now)
        do throws(StoreError) {
            store = try request.store.map { (path) throws(StoreError) in try CaseStore(path: path, access: .create) }
            try store?.salvageLiveUnits()
            try store?.removePartialUnits()
        } catch {
            throw ForensicsError(error)
        }
        retention = StoreRetention(keep: options.storeKeep, size: options.storeSize)
        let notes = notes
        writer = store.map {
            LiveWriter(store: $0, selection: RowSelection(choice: request.rows), note: { notes.put($0) })
        }
    }

    private static func makeTracker(_ request: CaptureRequest, _ options: CaptureOptions) -> Tracker {
        var track = TrackOptions()
        track.timeout = options.timeout
        track.loadBalancers = options.loadBalancers
        track.trustedProxies = options.trustedProxies
        track.keepsQueryStrings = request.keepsQueryStrings
        track.weight = options.interface.sample.rate
        track.idleTimeout = idleTimeout
        track.flowsPerShard = flowsPerShard
        track.pendingPerShard = flowsPerShard
        return Tracker(options: track, kind: .live)
    }

    private static var now: Timestamp { Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)) }

    // MARK: The loop

    func run() throws(ForensicsError) {
        try beginSource()
        note(
            "capturing on \(interface.name)"
                + (options.interface.sample.rate > 1
                    ? ", 1 flow in \(options.interface.sample.rate); counts are scaled." : ", every flow."))
        ServiceNotice.send("READY=1")
        var failure: ForensicsError?
        var toldSilence = false
        let end = options.duration.map { startedAt.advanced(by: $0) }
        while !request.stop.isRequested {
            if request.reload.take() { log?.reopen() }
            let wanted = request.count.map {
                Int(clamping: $0) - Int(clamping: total.packets + reporter.counts.packets)
            }
            if let wanted, wanted <= 0 { break }
            var now: Timestamp
            do throws(CaptureError) {
                let batch = try read(limit: min(Self.readLimit, wanted ?? .max), waiting: 100)
                now = take(batch)
            } catch {
                failure = ForensicsError(error)
                break
            }
            let clock = Self.now
            // Packets of the last moments may still be in the ring: the tick stays behind them.
            now = max(now, clock.advanced(by: -Self.second))
            tick(now)
            if clock >= nextSummary { summarize(at: clock) }
            if let end, clock >= end { break }
            if !hasSeenPackets, !toldSilence, clock.since(startedAt) > 10 * Self.second {
                toldSilence = true
                note(
                    "\(interface.name): nothing seen for 10 s; check the interface (-i), the --filter, and that traffic passes "
                        + "here: `tcpdump -ni \(interface.name) -c 5`.")
            }
            if interface.lastRecord > Self.recordLimit
                || clock.since(sourceStart ?? clock) > Self.sourceDuration
            {
                endSource()
                try beginSource()
            }
        }
        ServiceNotice.send("STOPPING=1")
        try finish(failure)
    }

    private func finish(_ failure: ForensicsError?) throws(ForensicsError) {
        // What the ring holds was captured before the stop; what comes after it stays out, however busy the wire is.
        let stopped = Self.now
        while request.count == nil, let frames = try? read(limit: Self.readLimit, waiting: 0), !frames.frames.isEmpty {
            if take(frames) > stopped { break }
        }
        endSource()
        alert(at: Self.now)
        summarize(at: Self.now)
        log?.finish()
        ring?.close()
        metrics?.close()
        if let publisher {
            publisher.finish()
            for line in notes.take() { note(line) }
            if let losses = publisher.losses { note("lost on the way to AWS: \(losses).") }
        }
        var storeError: StoreError?
        do throws(StoreError) { try writer?.close() } catch { storeError = error }
        store?.close()
        if let storeError { throw ForensicsError(storeError) }
        if let failure { throw failure }
    }

    /// Reads what is there into the memory of the batch before.
    private func read(limit: Int, waiting: Int32) throws(CaptureError) -> FrameBatch {
        // Lent, not shared: a shared buffer would be made anew.
        var bytes: [UInt8] = []
        var headers: [FrameHeader] = []
        swap(&bytes, &buffer)
        swap(&headers, &frameMemory)
        return try interface.read(into: bytes, headers, limit: limit, waiting: waiting)
    }

    /// Takes frames through decoding and tracking. Returns the time of the last one.
    private func take(_ frames: consuming FrameBatch) -> Timestamp {
        var frames = frames
        guard let last = frames.frames.last else {
            buffer = frames.bytes
            frameMemory = frames.frames
            return latest
        }
        hasSeenPackets = true
        frames.source = unit?.ordinals.first ?? 0
        ring?.write(frames, source: sourcePath)
        if sourceStart == nil { sourceStart = frames.frames[0].time }
        var bytes: UInt64 = 0
        for index in frames.frames.indices { bytes &+= UInt64(frames.frames[index].originalLength) }
        frameMemory = PacketDecoder.decode(frames, into: &packets, tally: &tally)
        frames = FrameBatch()
        fragments.reassemble(&packets, tally: &tally)
        Shard.hashes(of: packets, into: &hashes)
        tracker.observe(packets, hashes: hashes)
        count(bytes)
        latest = max(latest, last.time)
        buffer = []
        swap(&buffer, &packets.bytes)
        return latest
    }

    private func count(_ bytes: UInt64) {
        var (tcp, udp, other): (UInt64, UInt64, UInt64) = (0, 0, 0)
        for index in packets.packets.indices {
            switch packets.packets[index].transport {
            case .tcp: tcp &+= 1
            case .udp: udp &+= 1
            default: other &+= 1
            }
        }
        reporter.countPackets { counts in
            counts.packets += tcp + udp + other
            counts.bytes += bytes
            counts.tcpPackets += tcp
            counts.udpPackets += udp
            counts.otherPackets += other
        }
    }

    // MARK: Time

    /// Does what is due at a time of packets or of the clock.
    private func tick(_ now: Timestamp) {
        if now >= nextExpiry {
            tracker.expire(at: now)
            reporter.observeOverdue(tracker, until: now)
            nextExpiry = now.advanced(by: 2 * Self.second)
        }
        guard now >= nextFacts || tracker.factCount > 100_000 else { return }
        nextFacts = now.advanced(by: Self.second)
        takeFacts()
        log?.flush()
        if let metrics { metrics.publish(summary(at: now)) }
        alert(at: now)
        for line in notes.take() { note(line) }
        if now >= nextCheckpoint {
            let withFindings = now >= nextFindings
            checkpoint(withFindings: withFindings)
            nextCheckpoint = now.advanced(by: 2 * Self.second)
            if withFindings { nextFindings = now.advanced(by: 10 * Self.second) }
            ServiceNotice.send("WATCHDOG=1")
        }
    }

    private func takeFacts() {
        keep(FactMerger.merge([tracker.take()]), isLast: false)
    }

    /// - Parameter isLast: whether the source ends with these facts.
    private func keep(_ facts: consuming FactBatch, isLast: Bool) {
        var facts = facts
        // Told at once: whether an empty connection is a health check is decided when the third comes.
        reporter.observeTraffic(facts)
        probes.sift(&facts)
        if isLast { probes.finish(&facts) }
        reporter.observeHealthChecks(facts)
        if facts.isEmpty { return }
        rollups.add(facts)
        checks.observe(facts)
        if let writer, !storeFailed, !writer.write(facts) { failStore() }
    }

    /// The case cannot be written any more: the capture goes on without it, and ends with the error.
    private func failStore() {
        storeFailed = true
        note("\(request.store ?? ""): the case cannot be written any more; the capture goes on without it.")
    }

    // MARK: Sources

    /// What the case calls the source at hand.
    private var sourcePath: String { "live:\(runName)" + (sourceNumber > 1 ? ".\(sourceNumber)" : "") }

    private func beginSource() throws(ForensicsError) {
        sourceNumber += 1
        sourceStart = nil
        interface.restartRecords()
        tally = LedgerTally()
        rollups = RollupBuilder(limits: Self.rollupLimits)
        checks = CheckSet(captureKind: .live)
        reporter.beginSource()
        guard let store, !storeFailed else { return }
        let name = sourcePath
        do throws(StoreError) {
            unit = try store.beginUnit(
                UnitDescription(
                    key: name, kind: .live, vantage: request.vantage ?? interface.name,
                    options: options.fingerprint(request),
                    sources: [
                        SourceDescription(path: name, bytes: nil, sampleRate: options.interface.sample.rate)
                    ]))
        } catch {
            throw ForensicsError(error)
        }
    }

    private static let rollupLimits = RollupBuilder.Limits(entries: 1 << 17, buckets: 1 << 12, cells: 1 << 18)

    /// Gives out everything that is open; the next source knows nothing of it.
    private func endSource() {
        evictedBefore += tracker.counters.evicted
        let source = unit?.ordinals.first ?? 0
        var cut = Self.cutLength
        while cut < Self.recordLimit, tracker.finish(at: latest, below: FactID(source: source, record: cut)) {
            takeFacts()
            cut += Self.cutLength
        }
        tracker.finish(at: latest)
        keep(FactMerger.merge([tracker.take()]), isLast: true)
        tracker.note(into: &tally)
        let findings = checks.finish(end: latest)
        reporter.observe(findings)
        tracker = Self.makeTracker(request, options)
        fragments = FragmentTable()
        guard let unit, let writer, !storeFailed else { return }
        var result = result(.complete)
        result.findings = findings
        if !writer.finish(unit, result) { failStore() }
        if !retention.apply(at: latest, writer) { failStore() }
        self.unit = nil
    }

    private func checkpoint(withFindings: Bool) {
        var findings: [Finding] = []
        if withFindings {
            // A copy is finished: the episodes go on.
            var copy = checks
            findings = copy.finish(end: latest)
            reporter.observe(findings)
        }
        guard let unit, let writer, !storeFailed else {
            rollups = RollupBuilder(limits: Self.rollupLimits)
            return
        }
        var result = result(.partial)
        result.findings = findings
        if !writer.checkpoint(unit, result, replacesFindings: withFindings) || !retention.apply(at: latest, writer) {
            failStore()
        }
    }

    /// What the case is told of the source so far; the roll-ups begin anew.
    private func result(_ status: SourceStatus) -> UnitResult {
        guard let ordinal = unit?.ordinals.first else { return UnitResult(sources: []) }
        var source = SourceResult(ordinal: ordinal, status: status, tally: tally)
        source.rollups = rollups.packed()
        source.distributions = rollups.packedDistributions()
        rollups = RollupBuilder(limits: Self.rollupLimits)
        let statistics = interface.statistics()
        var details: [String] = []
        if statistics.dropped > 0 {
            details.append("the kernel dropped \(statistics.dropped) of \(statistics.received) packets")
        }
        if statistics.interfaceDropped > 0 { details.append("the interface dropped \(statistics.interfaceDropped)") }
        source.detail = details.isEmpty ? nil : details.joined(separator: "; ")
        var result = UnitResult(sources: [source])
        result.ingestedAt = startedAt
        if let first = tally.firstTime, let last = tally.lastTime {
            result.coverage = [
                Coverage(
                    source: ordinal, loadBalancer: nil, node: nil, from: first, to: last.advanced(by: 1), reason: nil)
            ]
        }
        return result
    }

    // MARK: Telling

    /// What there is to tell of the interval so far.
    private func summary(at now: Timestamp) -> LiveSummary {
        let statistics = interface.statistics()
        var total = self.total
        total.add(reporter.counts)
        return LiveSummary(
            interface: interface.name, sample: options.interface.sample.rate, from: summaryFrom, to: now,
            interval: reporter.counts, total: total, clients: reporter.clients,
            openConnections: tracker.connectionCount, statistics: statistics,
            dropped: statistics.dropped - droppedAtSummary, evicted: evictedBefore + tracker.counters.evicted,
            lostLines: log?.lost ?? 0, cloudLosses: publisher?.losses)
    }

    /// Sends alerts for rules that are broken now.
    private func alert(at now: Timestamp) {
        guard watch != nil, let publisher else { return }
        var total = self.total
        total.add(reporter.counts)
        let alerts = watch?.observe(total, at: now) ?? []
        for alert in alerts {
            note("alert \(alert.rule): \(alert.value).")
            publisher.publish(alert, of: summary(at: now))
        }
    }

    private func summarize(at now: Timestamp) {
        let summary = summary(at: now)
        report(summary.text)
        total = summary.total
        reporter.beginInterval()
        droppedAtSummary = summary.statistics.dropped
        publisher?.publish(summary)
        summaryFrom = now
        nextSummary = now.advanced(by: options.statisticsInterval)
    }
}
