import ForensicsAnalyze
import ForensicsCapture
import ForensicsDecode
import ForensicsModel
import ForensicsStore
import ForensicsTrack

/// One source of a capture: its packets on their way to facts, and what is counted of them.
///
/// A capture that runs for long is several sources in a row; what one leaves open is given out at its end, and the next
/// knows nothing of it.
struct LiveSource: ~Copyable {
    /// How long a connection may be silent before it is given out; nanoseconds. Longer than the idle time-outs of load
    /// balancers (NLB at most 6000 s).
    private static let idleTimeout: Int64 = 7_200 * Timestamp.nanosecondsPerSecond
    /// What a capture may take in memory, as `--max-memory` of `ingest`: below the limit of the service (MemoryMax).
    private static let memory: Int64 = 192 << 20
    /// A source holds at most this many packets, and this much time; then another one begins.
    private static let recordLimit: UInt32 = 4_000_000_000
    private static let duration: Int64 = 86_400 * Timestamp.nanosecondsPerSecond
    /// Packets whose open connections are given out together at the end.
    private static let cutLength: UInt32 = 1 << 16
    private static let rollupLimits = RollupBuilder.Limits(entries: 1 << 17, buckets: 1 << 12, cells: 1 << 18)

    /// From 1 in each run.
    let number: Int
    private let run: String
    private(set) var tracker: Tracker
    private let choice: PacketChoice
    /// Of the frames that were taken last the records whose packets are left out: of addresses that the kernel did not see.
    private(set) var leftOut: Set<UInt32> = []
    private var fragments = FragmentTable()
    private var mirrors = MirrorSessions()
    private var legs = ProxyLegs()
    private var peers = PooledPeers()
    private var tally = LedgerTally()
    private var rollups = RollupBuilder(limits: Self.rollupLimits)
    private var checks = CheckSet(captureKind: .live)
    private var merger = FactMerger()
    /// Memory of facts before, for those to come.
    private var spare = FactBatch()
    /// The time of the first packet.
    private var start: Timestamp?
    /// When the interface did not run, in order of time.
    private var holes = EvidenceHoles()
    private var hashes: [UInt64] = []
    /// At the end: the records whose connections have been given out.
    private var cut: UInt32 = 0

    /// - Parameter run: what the case calls the run.
    init(run: String, number: Int, tracking: TrackOptions) {
        self.run = run
        self.number = number
        // The kernel left out what shows its addresses outside.
        choice = PacketChoice(ignored: tracking.ignored)
        tracker = Tracker(options: tracking, kind: .live)
    }

    /// How the packets of a capture are tracked.
    static func tracking(_ request: CaptureRequest, _ options: CaptureOptions) -> TrackOptions {
        var track = TrackOptions()
        track.timeout = options.timeout
        track.loadBalancers = options.loadBalancers
        track.trustedProxies = options.trustedProxies
        track.ignored = options.interface.ignored
        track.keepsQueryStrings = request.keepsQueryStrings
        track.weight = options.interface.sample.rate
        track.idleTimeout = idleTimeout
        track.fit(memory: memory)
        return track
    }

    /// What files and the case call a run, by the second that tells it from others.
    static func runName(interface: String, second: Int64) -> String { "\(interface)-\(second)" }

    /// What the case calls a source of a run.
    static func path(run: String, number: Int) -> String { "live:\(run)" + (number > 1 ? ".\(number)" : "") }

    /// What the case calls the source.
    var path: String { Self.path(run: run, number: number) }

    /// Whether the source has as many packets, or as much time, as one may.
    func isFull(lastRecord: UInt32, at clock: Timestamp) -> Bool {
        lastRecord > Self.recordLimit || clock.since(start ?? clock) > Self.duration
    }

    // MARK: Packets

    /// Takes frames, of which there are some, through decoding and tracking.
    ///
    /// - Parameter packets: takes the packets and the bytes of the frames.
    /// - Returns: the frames, whose memory may be used again.
    mutating func observe(_ frames: consuming FrameBatch, into packets: inout PacketBatch) -> [FrameHeader] {
        if start == nil { start = frames.frames.first?.time }
        let memory = PacketDecoder.decode(consume frames, into: &packets, tally: &tally)
        fragments.reassemble(&packets, tally: &tally)
        leftOut = Set(choice.reduce(&packets, &tally))
        mirrors.join(&packets)
        Shard.hashes(of: packets, into: &hashes)
        tracker.observe(packets, hashes: hashes)
        return memory
    }

    /// Whose time-out passed after one time and not after another, but for second legs of others that wait.
    mutating func overdue(after start: Timestamp, until end: Timestamp, limit: Int) -> OverdueList {
        var overdue = tracker.overdue(after: start, until: end, limit: limit)
        var legs = ProxyLegs()
        swap(&legs, &self.legs)
        overdue.removeWaits { wait in
            wait.leg != 0 && legs.isSecond(wait.leg, to: wait.server, from: wait.start, until: wait.time)
        }
        swap(&legs, &self.legs)
        return overdue
    }

    /// Notes a time in which the interface did not run, or more of the last one.
    mutating func note(hole: TimeWindow) {
        tracker.note(hole: hole)
        holes.add(hole)
    }

    /// Gives out connections that were silent for too long.
    mutating func expire(at now: Timestamp) { tracker.expire(at: now) }

    /// Takes the facts that are complete so far, in order of their ids, in place of those of the time before.
    mutating func takeFacts(into facts: inout FactBatch) {
        var memory = FactBatch()
        swap(&memory, &spare)
        var parts = [tracker.takePart(spare: consume memory, endsChapter: true)]
        merger.merge(parts)
        swap(&facts, &merger.merged)
        legs.sift(&facts)
        peers.sift(&facts)
        parts[0].facts.removeFacts()
        swap(&spare, &parts[0].facts)
    }

    /// Tells what comes from load balancers, once checks of TCP are told.
    mutating func settle(_ facts: inout FactBatch) { peers.settle(&facts) }

    /// Gives out the next part of what is open at the end of the source, as much as memory has room for.
    ///
    /// - Returns: whether more is left: take the facts and come back.
    mutating func giveOut(ordinal: UInt32, at end: Timestamp) -> Bool {
        cut += Self.cutLength
        if cut < Self.recordLimit, tracker.finish(at: end, below: FactID(source: ordinal, record: cut)) { return true }
        tracker.finish(at: end)
        return false
    }

    // MARK: What is counted

    /// Counts facts of the source.
    ///
    /// - Parameter addsUp: whether a case takes what they add up to.
    mutating func count(_ facts: borrowing FactBatch, addsUp: Bool) {
        if addsUp { rollups.add(facts) }
        checks.observe(facts)
    }

    /// What the tables of the source had no room for.
    var refused: LiveRefusals {
        LiveRefusals(evicted: tracker.counters.evicted, sightings: checks.refusedSightings)
    }

    /// The findings so far; the episodes go on.
    func findings(at now: Timestamp) -> [Finding] {
        var copy = checks
        return copy.finish(end: now)
    }

    /// The findings of the whole source.
    mutating func finish(at end: Timestamp) -> [Finding] { checks.finish(end: end) }

    /// What was met so far.
    private var ledger: LedgerTally {
        var ledger = tally
        var counters = tracker.counters
        counters.forgetUnasked(legs.halfCount)
        counters.note(into: &ledger)
        ledger.note(.secondLeg, count: legs.count)
        ledger.note(.mirroredTwice, count: mirrors.doubled)
        return ledger
    }

    /// What the case is told of the source so far; the roll-ups begin anew.
    ///
    /// - Parameter end: until when the interface was seen to run: silence is covered too.
    mutating func result(
        _ status: SourceStatus, ordinal: UInt32, _ statistics: LiveInterface.Statistics, runStart: Timestamp,
        until end: Timestamp
    ) -> UnitResult {
        var source = SourceResult(ordinal: ordinal, status: status, tally: ledger)
        source.counts = rollups.takeRest()
        rollups = RollupBuilder(limits: Self.rollupLimits)
        source.detail = Self.detail(statistics)
        var result = UnitResult(sources: [source])
        result.ingestedAt = runStart
        if let first = tally.firstTime, let last = tally.lastTime {
            let whole = TimeWindow(start: first, end: max(last.advanced(by: 1), end))
            result.coverage = holes.rest(of: whole).map {
                Coverage(source: ordinal, loadBalancer: nil, node: nil, from: $0.start, to: $0.end, reason: nil)
            }
        }
        return result
    }

    private static func detail(_ statistics: LiveInterface.Statistics) -> String? {
        var details: [String] = []
        if statistics.dropped > 0 {
            details.append("the kernel dropped \(statistics.dropped) of \(statistics.received) packets")
        }
        if statistics.interfaceDropped > 0 { details.append("the interface dropped \(statistics.interfaceDropped)") }
        return details.isEmpty ? nil : details.joined(separator: "; ")
    }
}
