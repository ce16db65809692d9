import ForensicsAnalyze
import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import ForensicsTrack
import Synchronization

/// Reads one capture set: one thread decodes, several track a share of the flows each, one joins what they give.
///
/// The set is cut into parts whose lengths depend on the input alone. After each part every tracker gives up the facts that are
/// complete, so that neither memory nor the order of rows depends on the number of trackers. A part's facts are joined,
/// counted, checked and encoded while they are in the processor's cache; their texts go on through a chapter of parts.
final class CapturePipeline: @unchecked Sendable {
    /// Packets in a part at least: it ends with a batch. Of 512 MB or more; in proportion of less, since each may end a
    /// connection, where the tables are full, and a dozen parts are under way.
    private let partLength: Int
    private static let partLengths = (1 << 11)...(1 << 14)
    /// Parts in a chapter.
    static let chapterLength = 16
    private let files: [CaptureFile]
    private let options: TrackOptions
    private let choice: PacketChoice
    private let workers: Int
    private let limits: ByteSource.Limits
    private let rollupLimits: RollupBuilder.Limits
    private let stop: StopFlag
    private let pool = SparePool<[UInt8]>(limit: 64) { [] }
    private let batches = SparePool(limit: 64) { DecodedBatch() }
    private let spareFacts = SparePool(limit: 64) { FactBatch() }
    private let progress: @Sendable (_ bytes: Int64, _ records: Int64) -> Void

    init(
        files: [CaptureFile], options: TrackOptions, choice: PacketChoice, workers: Int, memory: Int64,
        limits: ByteSource.Limits, stop: StopFlag,
        progress: @escaping @Sendable (_ bytes: Int64, _ records: Int64) -> Void
    ) {
        self.files = files
        self.options = options
        self.choice = choice
        self.workers = min(workers, Shard.count)
        partLength = min(max(Int(clamping: memory >> 15), Self.partLengths.lowerBound), Self.partLengths.upperBound)
        self.limits = limits
        rollupLimits = RollupBuilder.Limits(memory: memory)
        self.stop = stop
        self.progress = progress
    }

    private enum Message: Sendable {
        case batch(SharedBatch)
        /// Packets of this time are missing, as far as is known.
        case hole(TimeWindow)
        case endOfPart(endsChapter: Bool)
        /// The last packet's time, and ids that cut what is still open into batches of a fair size.
        case endOfEvidence(Timestamp, cuts: [FactID])
    }

    private enum TrackerOutput: Sendable {
        case part(FactPart)
        /// What the shards tell of servers at the end of the evidence; what all tell goes back to each.
        case sightings(EndSightings)
        case end(FactPart, TrackCounters)
    }

    /// Rejects of a set that are kept with their place; the ledger counts the rest.
    private static let rejectLimit = 100_000

    private struct ReaderResult: Sendable {
        var outcomes: [SourceOutcome] = []
        var rejects: [Reject] = []
    }

    /// Reads the set to its end.
    ///
    /// - Parameters:
    ///   - counts: takes portions of what the set adds up to, which lie with its first source; returns `false` to stop.
    ///   - emit: takes the facts of each part in order, on the calling thread, and whether their texts are those
    ///     of the part before, and perhaps more; returns `false` to stop.
    /// - Returns: `nil` if it was stopped.
    func run(
        counts: (RollupPortion, _ source: UInt32) -> Bool, emit: (inout FactBatch, _ continues: Bool) -> Bool
    ) -> CaptureOutcome? {
        let inboxes = (0..<workers).map { _ in HandoffQueue<Message>(capacity: 16) }
        let outboxes = (0..<workers).map { _ in HandoffQueue<TrackerOutput>(capacity: 3) }
        let joined = (0..<workers).map { _ in HandoffQueue<ServerEnds>(capacity: 1) }
        let result = Mutex(ReaderResult())
        let threads = WorkerThreads()
        threads.start("decode") { [self] in
            let read = readPackets(into: inboxes)
            result.withLock { $0 = read }
            for inbox in inboxes { inbox.close() }
        }
        for worker in 0..<workers {
            threads.start("track \(worker)") { [self] in
                track(worker, from: inboxes[worker], to: outboxes[worker], told: joined[worker])
            }
        }
        let outcome = collect(outboxes, telling: joined, counts, emit)
        if outcome == nil {
            for queue in inboxes { queue.close() }
            for queue in outboxes { queue.close() }
            for queue in joined { queue.close() }
        }
        threads.join()
        guard var outcome else { return nil }
        let read = result.withLock { $0 }
        outcome.sources = read.outcomes
        // A set is tracked as one: what tracking met is told with its first file, as its roll-ups are.
        if !outcome.sources.isEmpty {
            outcome.counters.note(into: &outcome.sources[0].tally)
            outcome.sources[0].tally.note(.secondLeg, count: outcome.secondLegs)
        }
        if stop.isRequested { return nil }
        var last = FactBatch()
        last.rejects = read.rejects.sorted { $0.id < $1.id }
        return last.rejects.isEmpty || emit(&last, false) ? outcome : nil
    }

    // MARK: - Decoding

    private func readPackets(into inboxes: [HandoffQueue<Message>]) -> ReaderResult {
        let reader = CaptureSetReader(files: files, limits: limits, pool: pool)
        var fragments = FragmentTable()
        var mirrors = MirrorSessions()
        var result = ReaderResult()
        var inPart = 0
        var part = 0
        var raw: Int64 = 0
        var latest = Int64.min
        while !stop.isRequested, let (whole, file) = reader.next() {
            for hole in reader.takeHoles() { for inbox in inboxes { inbox.put(.hole(hole)) } }
            var batch = batches.take()
            var frames = whole
            var used: [FrameHeader] = []
            reader.withTally(file) { tally in
                choice.reduce(&frames, &tally)
                used = PacketDecoder.decode(frames, into: &batch.packets, tally: &tally)
                fragments.reassemble(&batch.packets, tally: &tally)
                choice.reduce(&batch.packets, &tally)
            }
            mirrors.join(&batch.packets)
            reader.giveBack(used)
            result.rejects += batch.packets.rejects.prefix(Self.rejectLimit - result.rejects.count)
            batch.hash()
            latest = max(latest, batch.latest)
            let count = batch.packets.packets.count
            let shared = SharedBatch(batch, users: workers)
            for inbox in inboxes { inbox.put(.batch(shared)) }
            inPart += count
            if inPart >= partLength {
                part += 1
                let endsChapter = part % Self.chapterLength == 0
                for inbox in inboxes { inbox.put(.endOfPart(endsChapter: endsChapter)) }
                inPart = 0
            }
            progress(reader.rawBytes - raw, Int64(count))
            raw = reader.rawBytes
        }
        result.outcomes = reader.outcomes
        // Of what is still in pieces the rest was not captured.
        if !result.outcomes.isEmpty {
            result.outcomes[result.outcomes.count - 1].tally.note(.fragmentTimeout, count: UInt64(fragments.count))
            result.outcomes[0].tally.note(.mirroredTwice, count: mirrors.doubled)
        }
        let end = Timestamp(nanoseconds: latest == .min ? 0 : latest)
        let cuts = Self.cuts(result.outcomes.map { ($0.ordinal, $0.tally.records) })
        for inbox in inboxes { inbox.put(.endOfEvidence(end, cuts: cuts)) }
        // The tables are at their fullest now, and what they hold turns to facts beside them.
        pool.close()
        batches.close()
        return result
    }

    /// Packets whose connections are given out together at the end: those that are still open by then. A dozen such parts
    /// are under way between the threads, and each of these packets may have a connection and a request: a part sixteen
    /// times as long takes 200 MB for them, beside all that is still in the tables.
    private static let cutLength: UInt64 = 1 << 11
    /// Such parts in a chapter.
    private static let cutsPerChapter = 256

    /// Ids that cut the records of the sources into runs of `cutLength`, rising; less than a run is left after them.
    private static func cuts(_ sources: [(ordinal: UInt32, records: UInt64)]) -> [FactID] {
        var cuts: [FactID] = []
        var run: UInt64 = 0
        for source in sources.sorted(by: { $0.ordinal < $1.ordinal }) {
            var record: UInt64 = 0
            while source.records - record >= cutLength - run {
                record += cutLength - run
                run = 0
                cuts.append(FactID(source: source.ordinal, record: UInt32(clamping: record) &+ 1))
            }
            run += source.records - record
        }
        return cuts
    }

    // MARK: - Tracking

    private func track(
        _ worker: Int, from inbox: HandoffQueue<Message>, to outbox: HandoffQueue<TrackerOutput>,
        told joined: HandoffQueue<ServerEnds>
    ) {
        var tracker = Tracker(options: options, kind: .pcap, shards: Tracker.mask(part: worker, of: workers))
        while let message = inbox.take() {
            switch message {
            case .batch(let shared):
                shared.withDecoded { tracker.observe($0.packets, hashes: $0.hashes) }
                shared.release(to: pool, batches)
            case .hole(let hole): tracker.note(hole: hole)
            case .endOfPart(let endsChapter):
                outbox.put(.part(tracker.takePart(spare: spareFacts.take(), endsChapter: endsChapter)))
            case .endOfEvidence(let end, let cuts):
                outbox.put(.sightings(tracker.prepareEnd()))
                guard let servers = joined.take() else { break }
                tracker.learn(servers)
                for (index, cut) in cuts.enumerated() {
                    tracker.finish(at: end, below: cut)
                    let endsChapter = (index + 1) % Self.cutsPerChapter == 0
                    outbox.put(.part(tracker.takePart(spare: spareFacts.take(), endsChapter: endsChapter)))
                }
                tracker.finish(at: end)
                outbox.put(.end(tracker.takePart(spare: FactBatch(), endsChapter: true), tracker.counters))
            }
        }
        outbox.close()
    }

    // MARK: - Joining

    private func collect(
        _ outboxes: [HandoffQueue<TrackerOutput>], telling joined: [HandoffQueue<ServerEnds>],
        _ counts: (RollupPortion, _ source: UInt32) -> Bool, _ emit: (inout FactBatch, _ continues: Bool) -> Bool
    ) -> CaptureOutcome? {
        var outcome = CaptureOutcome(sources: [])
        var rollups = RollupBuilder(limits: rollupLimits)
        var checks = CheckSet()
        var probes = PacedHealthProbes(loadBalancers: options.loadBalancers)
        var merger = FactMerger()
        var legs = ProxyLegs()
        var peers = PooledPeers()
        var running = outboxes
        while !running.isEmpty {
            if stop.isRequested { return nil }
            guard var round = Self.take(from: &running) else { return nil }
            for counters in round.counters { outcome.counters.add(counters) }
            // Every tracker gives them after as many parts as the others.
            if !round.sightings.isEmpty {
                let servers = ServerEnds(round.sightings)
                for queue in joined { queue.put(servers) }
                continue
            }
            merger.merge(round.parts)
            round.giveMemory(to: spareFacts)
            legs.sift(&merger.merged)
            peers.sift(&merger.merged)
            probes.sift(&merger.merged)
            if running.isEmpty { probes.finish(&merger.merged) }
            peers.settle(&merger.merged)
            rollups.add(merger.merged, continues: merger.continues)
            checks.observe(merger.merged)
            if !emit(&merger.merged, merger.continues) { return nil }
            if let portion = rollups.takePortion(), !counts(portion, files[0].ordinal) { return nil }
        }
        outcome.secondLegs = legs.count
        outcome.counters.forgetUnasked(legs.halfCount)
        outcome.counts = rollups.takeRest()
        outcome.refusedSightings = checks.refusedSightings
        outcome.unwatchedProbes = probes.unwatched
        outcome.findings = checks.finish(end: Timestamp(nanoseconds: .max))
        return outcome
    }

    /// What each tracker that runs gave next.
    private struct Round {
        var parts: [FactPart] = []
        var sightings: [EndSightings] = []
        /// Of the trackers that are done.
        var counters: [TrackCounters] = []

        /// Hands on the memory of the facts, once they are joined.
        mutating func giveMemory(to pool: SparePool<FactBatch>) {
            for index in parts.indices {
                parts[index].facts.removeFacts()
                var spare = FactBatch()
                swap(&spare, &parts[index].facts)
                pool.give(spare)
            }
        }
    }

    /// Takes one output of each tracker that runs, and leaves those that go on; `nil` if they were stopped.
    private static func take(from running: inout [HandoffQueue<TrackerOutput>]) -> Round? {
        var round = Round()
        var next: [HandoffQueue<TrackerOutput>] = []
        for outbox in running {
            guard let output = outbox.take() else { return nil }
            switch output {
            case .part(let part):
                round.parts.append(part)
                next.append(outbox)
            case .sightings(let seen):
                round.sightings.append(seen)
                next.append(outbox)
            case .end(let part, let counters):
                round.parts.append(part)
                round.counters.append(counters)
            }
        }
        running = next
        return round
    }
}
