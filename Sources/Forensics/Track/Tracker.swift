package import ForensicsDecode
package import ForensicsModel

/// Packets in, connections and exchanges out: the flow tables of some of the 64 shards.
///
/// State and caps are a shard's own. One tracker over all shards and several that share them out give the same facts;
/// sorted by id they come in the same order. A fact's id is that of its first record; two requests that begin in
/// one packet share it and differ in nothing else but their order in the batch.
package struct Tracker: ~Copyable {
    private let options: TrackOptions
    private var shards: [ShardTracker] = []
    /// By shard number: the place in `shards`, or -1 for another tracker's.
    private var places = [Int](repeating: -1, count: Shard.count)
    private var facts = FactBatch()
    private var epoch: UInt32 = 1
    private var order: [UInt32] = []
    private var starts = [Int](repeating: 0, count: Shard.count + 1)
    private var finishing = 0
    /// Facts that one call of `finish` gives out, about.
    private static let finishLimit = 16_384

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
        sort(hashes, count: min(batch.packets.count, hashes.count))
        let context = BatchContext(batch)
        let order = self.order
        for shard in 0..<Shard.count where starts[shard] < starts[shard + 1] {
            shards[places[shard]].observe(
                batch.packets.span, order.span, starts[shard]..<starts[shard + 1], hashes.span, batch.bytes.span,
                context, &facts)
        }
    }

    /// Takes the packets of a batch that belong to this tracker's shards.
    package mutating func observe(_ batch: PacketBatch) {
        var hashes: [UInt64] = []
        Shard.hashes(of: batch, into: &hashes)
        observe(batch, hashes: hashes)
    }

    /// Puts the numbers of this tracker's packets into `order`, shard by shard.
    private mutating func sort(_ hashes: [UInt64], count: Int) {
        for shard in starts.indices { starts[shard] = 0 }
        for index in 0..<count {
            let shard = Shard.of(hashes[index])
            if hashes[index] != 0, places[shard] >= 0 { starts[shard + 1] += 1 }
        }
        for shard in 0..<Shard.count { starts[shard + 1] += starts[shard] }
        let total = starts[Shard.count]
        if order.count < total { order = [UInt32](repeating: 0, count: max(total, 4096)) }
        var next = starts
        for index in 0..<count {
            let shard = Shard.of(hashes[index])
            guard hashes[index] != 0, places[shard] >= 0 else { continue }
            order[next[shard]] = UInt32(truncatingIfNeeded: index)
            next[shard] += 1
        }
    }

    /// Gives out what is still open at the end of the evidence, about 16 thousand connections a call.
    ///
    /// - Parameter end: the time of the evidence's last packet; nothing times out after it.
    /// - Returns: whether more is left: call `take` and then `finish` again.
    package mutating func finish(at end: Timestamp) -> Bool {
        while finishing < shards.count {
            if shards[finishing].finish(at: end.nanoseconds, limit: Self.finishLimit, &facts) { return true }
            finishing += 1
        }
        finishing = 0
        return false
    }

    /// Gives out connections that were silent for longer than the options' `idleTimeout`; does nothing without one.
    ///
    /// - Parameter now: packet time, or the time of a tick on a running interface.
    package mutating func expire(at now: Timestamp) {
        guard let silence = options.idleTimeout else { return }
        for place in shards.indices { shards[place].expire(at: now.nanoseconds, silence: silence, &facts) }
    }

    /// Facts that wait to be taken.
    package var factCount: Int {
        facts.connections.count + facts.exchanges.count + facts.events.count + facts.healthChecks.count
    }

    /// Takes the facts that are complete so far; the batch is whole in itself.
    package mutating func take() -> FactBatch {
        let taken = facts
        facts = FactBatch()
        epoch &+= 1
        for place in shards.indices { shards[place].tables.epoch = epoch }
        return taken
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

    /// Adds what tracking met to a ledger's anomalies.
    package func note(into tally: inout LedgerTally) {
        let counters = counters
        tally.note(.flowTableFull, count: counters.evicted)
        tally.note(.httpHeadTooLong, count: counters.httpHeadTooLong)
        tally.note(.httpMalformed, count: counters.httpMalformed)
        tally.note(.tlsMalformed, count: counters.tlsMalformed)
        tally.note(.proxyMalformed, count: counters.proxyMalformed)
        tally.note(.http2Malformed, count: counters.http2Malformed)
    }
}
