package import ForensicsDecode
package import ForensicsModel

/// Packets in, connections and exchanges out: the flow tables of some of the 64 shards.
///
/// State and caps are a shard's own. One tracker over all shards and several that share them out give the same facts;
/// sorted by id they come in the same order. A fact's id is that of its first record; two requests that begin in
/// one packet share it and differ in nothing else but their order in the batch.
package struct Tracker: ~Copyable {
    private let options: TrackOptions
    var shards: [ShardTracker] = []
    /// By shard number: the place in `shards`, or -1 for another tracker's.
    private var places = [Int](repeating: -1, count: Shard.count)
    private(set) var output = TrackOutput()
    private var servers = ServerEnds()
    /// Whether the shards have put their open connections into the order in which they are given out.
    private var isFinishing = false
    /// Texts of the batch at hand that a part before took along.
    private var textsTaken = 0

    /// Creates a tracker for the shards whose bits are set.
    package init(options: TrackOptions, kind: EvidenceKind, shards mask: UInt64 = .max) {
        self.options = options
        for shard in 0..<Shard.count where mask >> UInt64(shard) & 1 == 1 {
            places[shard] = shards.count
            shards.append(ShardTracker(options: options, kind: kind))
        }
    }

    /// The shards of one of `count` trackers: shard numbers that are `part` modulo `count`.
    package static func mask(part: Int, of count: Int) -> UInt64 {
        var mask: UInt64 = 0
        for shard in 0..<Shard.count where shard % max(count, 1) == part { mask |= 1 << UInt64(shard) }
        return mask
    }

    /// Takes the packets of a batch that belong to this tracker's shards.
    ///
    /// - Parameter hashes: what `Shard.hashes(of:into:)` gave for this batch.
    package mutating func observe(_ batch: PacketBatch, hashes: [UInt64]) {
        isFinishing = false
        let places = places
        Self.observe(batch, hashes.span, &shards, places.span, &output)
        if output.kept.isCollectionDue { collectTexts() }
    }

    /// Lets go of texts that no open connection or request holds any more.
    private mutating func collectTexts() {
        let old = output.kept.beginCollection()
        for place in shards.indices { shards[place].keepTexts(from: old, &output.kept) }
        output.kept.endCollection()
    }

    private static func observe(
        _ batch: PacketBatch, _ hashes: Span<UInt64>, _ shards: inout [ShardTracker], _ places: Span<Int>,
        _ output: inout TrackOutput
    ) {
        let context = BatchContext(batch)
        let packets = batch.packets.span
        let bytes = batch.bytes.span
        // In place, without asking for every packet whether somebody else holds the shards.
        var shards = shards.mutableSpan
        // Each packet is of another flow: a run's memory is asked for before the first of it is needed.
        var run = InlineArray<16, Int32>(repeating: 0)
        var length = 0
        let count = min(packets.count, hashes.count)
        for index in 0..<count {
            let hash = hashes[index]
            let place = places[Shard.of(hash)]
            if hash != 0 && place >= 0 {
                Prefetch.element(index, of: packets)
                shards[place].fetchSlot(hash)
                run[length] = Int32(truncatingIfNeeded: index)
                length &+= 1
            }
            guard length == run.count || index == count &- 1 else { continue }
            for step in 0..<length {
                let index = Int(run[step])
                let hash = hashes[index]
                shards[places[Shard.of(hash)]].fetchConnection(hash)
                if packets[index].payloadCaptured > 0 { fetchPayload(packets[index], bytes) }
            }
            for step in 0..<length {
                let index = Int(run[step])
                let hash = hashes[index]
                shards[places[Shard.of(hash)]].take(packets[index], hash, bytes, context, &output)
            }
            length = 0
        }
    }

    /// Fetches what is looked at first of a payload, if anything is: a head.
    @inline(__always)
    private static func fetchPayload(_ packet: borrowing Packet, _ bytes: Span<UInt8>) {
        let position = Int(packet.payloadPosition)
        let end = min(position &+ min(Int(packet.payloadCaptured), headLength), bytes.count)
        if position < end { Prefetch.bytes(position..<end, of: bytes) }
    }
    /// The bytes of a head that most are shorter than.
    private static let headLength = 384

    /// Takes the packets of a batch that belong to this tracker's shards.
    package mutating func observe(_ batch: PacketBatch) {
        var hashes: [UInt64] = []
        Shard.hashes(of: batch, into: &hashes)
        observe(batch, hashes: hashes)
    }

    /// Notes a stretch of time of which packets are missing, before the first packet after it is observed: nothing times out
    /// for what was not seen in it.
    package mutating func note(hole: TimeWindow) {
        for place in shards.indices { shards[place].tables.holes.add(hole) }
    }

    /// Puts what is still open at the end of the evidence into order. `finish` does it where one tracker has all shards.
    ///
    /// - Returns: what it tells of servers. Those of all trackers together are to be learnt before `finish`.
    package mutating func prepareEnd() -> EndSightings {
        isFinishing = true
        var all = EndSightings()
        for place in shards.indices { all.formUnion(shards[place].prepareEnd()) }
        return all
    }

    /// Takes which ends are servers: who is the client of what begins before the capture is told by it.
    package mutating func learn(_ ends: ServerEnds) { servers = ends }

    /// Gives out what is still open at the end of the evidence and has an id below `limit`, roughly in order of ids.
    ///
    /// - Parameters:
    ///   - end: the time of the evidence's last packet; nothing times out after it.
    ///   - limit: keeps a batch small: call this with rising limits, and `take` in between.
    /// - Returns: whether more is left.
    @discardableResult
    package mutating func finish(at end: Timestamp, below limit: FactID = FactID(rawValue: .max)) -> Bool {
        if !isFinishing { learn(ServerEnds([prepareEnd()])) }
        var hasMore = false
        for place in shards.indices
        where shards[place].finish(at: end.nanoseconds, below: limit.rawValue, servers, &output) {
            hasMore = true
        }
        return hasMore
    }

    /// Gives out connections that were silent for longer than the options' `idleTimeout`; does nothing without one.
    ///
    /// - Parameter now: packet time, or the time of a tick on a running interface.
    package mutating func expire(at now: Timestamp) {
        guard let silence = options.idleTimeout else { return }
        if shards.contains(where: { $0.expiresUntold(at: now.nanoseconds, silence: silence) }) {
            learn(ServerEnds(shards.map { $0.sightings() }))
        }
        for place in shards.indices {
            shards[place].expire(at: now.nanoseconds, silence: silence, servers, &output)
        }
    }

    /// Facts that wait to be taken.
    package var factCount: Int {
        output.facts.connections.count + output.facts.exchanges.count + output.facts.events.count
            + output.facts.healthChecks.count
    }

    /// Takes the facts that are complete so far; the batch is whole in itself.
    package mutating func take() -> FactBatch {
        output.flushSegments()
        let taken = output.facts
        output.facts = FactBatch()
        beginTexts()
        return taken
    }

    /// Takes the facts that are complete so far as one part of a chapter, whose texts are numbered on from part to part.
    ///
    /// - Parameters:
    ///   - spare: an empty batch, whose memory the facts to come take.
    ///   - endsChapter: whether the texts of the parts after this one are numbered anew.
    package mutating func takePart(spare: consuming FactBatch, endsChapter: Bool) -> FactPart {
        output.flushSegments()
        var part = FactPart(facts: spare, endsChapter: endsChapter)
        swap(&part.facts, &output.facts)
        swap(&part.facts.texts, &output.facts.texts)
        part.newTexts = output.facts.texts.run(from: textsTaken + 1)
        textsTaken = output.facts.texts.count
        if endsChapter {
            output.facts.texts.removeAll()
            beginTexts()
        }
        return part
    }

    private mutating func beginTexts() {
        textsTaken = 0
        output.beginTexts()
    }

    /// Connections in the tables.
    package var connectionCount: Int {
        var count = 0
        for place in shards.indices { count += shards[place].connectionCount }
        return count
    }

    /// What was met that is no fact, summed over the shards.
    package var counters: TrackCounters {
        var sum = TrackCounters()
        for place in shards.indices { sum.add(shards[place].tables.counters) }
        return sum
    }

    /// The bytes of a connection's fixed record.
    package static var connectionCoreBytes: Int { MemoryLayout<ConnectionCore>.stride }
}
