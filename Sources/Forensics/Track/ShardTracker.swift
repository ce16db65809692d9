import ForensicsDecode
import ForensicsModel

/// One shard: its flow table and its side tables. It knows no other shard.
struct ShardTracker {
    private var index = FlowIndex()
    private(set) var connections = Pool<ConnectionCore>()
    private var duplicates = DuplicateFilter()
    /// What connections that were given out before the end tell of servers.
    private var seen = EndSightings()
    var tables: ShardTables

    init(options: TrackOptions, kind: EvidenceKind) {
        tables = ShardTables(options: options, kind: kind)
    }

    var connectionCount: Int { index.count }

    /// Takes over from the old texts those that something of this shard holds.
    mutating func keepTexts(from old: TextTable, _ texts: inout LiveTexts) {
        tables.keepTexts(from: old, &connections, &texts)
    }

    /// Takes one packet of this shard.
    mutating func take(
        _ packet: borrowing Packet, _ hash: UInt64, _ bytes: Span<UInt8>, _ context: BatchContext,
        _ out: inout TrackOutput
    ) {
        tables.counters.packets += 1
        if tables.hasGrown { weigh(at: packet.time.nanoseconds, &out) }
        if packet.icmpError >= 0 {
            icmpError(packet, hash, context, &out)
            return
        }
        var found = find(packet, hash)
        let verdict = duplicates.judge(
            packet, bytes, hash: hash, source: context.source, window: tables.options.duplicateWindow)
        if verdict != .fresh {
            repeated(packet, verdict, found, context.source, &out)
            return
        }
        if found.index >= 0, isNewConversation(packet, found) {
            let isTCP = packet.isTCP
            // Who asks now from the same port asked before.
            if isTCP, found.direction == 1 {
                tables.turnWhole(&connections.chunks[chunk(found.index)][place(found.index)])
            }
            seen.observe(connections.chunks[chunk(found.index)][place(found.index)])
            close(found.index, hash, at: packet.time.nanoseconds, &out)
            found = create(packet, hash, context, &out)
            if isTCP { connections.chunks[chunk(found.index)][place(found.index)].marks.insert(.reusedPorts) }
            if isTCP { reused(found.index, packet, context.source, &out) }
        } else if found.index < 0 {
            found = create(packet, hash, context, &out)
        }
        if packet.isTCP {
            tables.segment(
                &connections.chunks[chunk(found.index)][place(found.index)], direction: found.direction, packet, bytes,
                source: context.source, &out)
        } else {
            tables.datagram(
                &connections.chunks[chunk(found.index)][place(found.index)], direction: found.direction, packet, bytes,
                &out)
        }
    }

    /// Fetches the slot where the search for a flow will begin. Called mutating, as this and the next are, lest the
    /// tracker be copied to be asked.
    @inline(__always)
    mutating func fetchSlot(_ hash: UInt64) { index.fetch(hash) }

    /// Fetches the record of the connection that a flow's first slot names.
    @inline(__always)
    mutating func fetchConnection(_ hash: UInt64) {
        let candidate = index.candidate(index.home(hash), hash)
        guard candidate >= 0 else { return }
        Prefetch.element(place(candidate), of: connections.chunks[chunk(candidate)])
    }

    @inline(__always)
    private func chunk(_ index: Int32) -> Int { Pool<ConnectionCore>.chunk(index) }
    @inline(__always)
    private func place(_ index: Int32) -> Int { Pool<ConnectionCore>.place(index) }

    @inline(__always)
    private func find(_ packet: Packet, _ hash: UInt64) -> (index: Int32, direction: Int) {
        var slot = index.home(hash)
        while true {
            let candidate = index.candidate(slot, hash)
            if candidate == -2 { return (-1, 0) }
            if candidate >= 0 {
                let direction = connections.chunks[chunk(candidate)][place(candidate)].direction(of: packet)
                if direction >= 0 { return (candidate, direction) }
            }
            slot = index.next(slot)
        }
    }

    /// A SYN whose number is not the known one's, or a datagram after a long silence, begins a new conversation.
    @inline(__always)
    private func isNewConversation(_ packet: Packet, _ found: (index: Int32, direction: Int)) -> Bool {
        if packet.isTCP {
            guard packet.hasSYN, !packet.hasACK else { return false }
            let half = connections.chunks[chunk(found.index)][place(found.index)].halves[found.direction]
            return half.marks.contains(.base) && half.base != packet.sequence
        }
        let last = connections.chunks[chunk(found.index)][place(found.index)].last
        return packet.time.nanoseconds &- last > tables.options.datagramSilence
    }

    private var isFull: Bool { connections.count >= tables.options.flowsPerShard || isHeavy }

    private var isHeavy: Bool {
        connections.count &* TrackOptions.bytesPerFlow &+ tables.recordBytes >= tables.options.bytesPerShard
    }

    /// Connections that are known may come to need as much again as new ones.
    private mutating func weigh(at time: Int64, _ out: inout TrackOutput) {
        tables.hasGrown = false
        if isHeavy { makeRoom(at: time, &out) }
    }

    private mutating func create(
        _ packet: Packet, _ hash: UInt64, _ context: BatchContext, _ out: inout TrackOutput
    ) -> (index: Int32, direction: Int) {
        if isFull { makeRoom(at: packet.time.nanoseconds, &out) }
        let guess = Orientation(packet)
        var core = ConnectionCore(packet, source: context.source, fromOriginator: guess.fromOriginator)
        core.marks.insert(guess.isStart ? .startSeen : .handshakeDone)
        if guess.isGuessed { core.marks.insert(.clientGuessed) }
        if !guess.fromOriginator { core.marks.insert(.flipped) }
        if packet.attributes.contains(.mirrored) { core.marks.insert(.mirrored) }
        if packet.tunnel >= 0 { tables.keepTunnel(&core, context.tunnel(packet.tunnel), &out.kept) }
        let place = connections.allocate(core)
        index.insert(hash, place)
        // A packet from a loopback address to itself is nothing to note.
        if packet.hasSYN, packet.source.isSame(as: packet.destination), !packet.source.isLoopback {
            let seen = packet.place(in: context.source)
            tables.event(.hairpin, &connections.chunks[chunk(place)][self.place(place)], direction: 0, seen, &out)
        }
        return (place, guess.fromOriginator ? 0 : 1)
    }

    /// Gives a connection out and frees its place.
    private mutating func close(_ connection: Int32, _ hash: UInt64, at end: Int64, _ out: inout TrackOutput) {
        tables.giveOut(&connections.chunks[chunk(connection)][place(connection)], at: end, &out)
        index.remove(hash, connection)
        // A freed place is known by a record number of 0: records count from 1.
        connections.chunks[chunk(connection)][place(connection)].record = 0
        connections.release(connection)
    }

    private mutating func reused(
        _ connection: Int32, _ packet: Packet, _ source: UInt32, _ out: inout TrackOutput
    ) {
        let seen = packet.place(in: source)
        tables.event(
            .reusedPorts, &connections.chunks[chunk(connection)][place(connection)], direction: 0, seen, &out)
    }

    private mutating func repeated(
        _ packet: Packet, _ verdict: DuplicateFilter.Verdict, _ found: (index: Int32, direction: Int),
        _ source: UInt32, _ out: inout TrackOutput
    ) {
        tables.counters.duplicates += 1
        if verdict == .loop { tables.counters.loops += 1 }
        guard found.index >= 0 else { return }
        let seen = packet.place(in: source)
        tables.event(
            verdict == .loop ? .ttlFalling : .duplicatePacket,
            &connections.chunks[chunk(found.index)][place(found.index)], direction: found.direction, seen,
            value: Int64(packet.ttl), &out)
    }

    /// Ties an ICMP error to the connection whose packet it quotes.
    private mutating func icmpError(
        _ packet: Packet, _ hash: UInt64, _ context: BatchContext, _ out: inout TrackOutput
    ) {
        guard let error = context.icmpError(packet.icmpError),
            let kind = Self.kind(of: error, isV6: packet.attributes.contains(.ipv6))
        else { return }
        var slot = index.home(hash)
        while true {
            let candidate = index.candidate(slot, hash)
            if candidate == -2 { break }
            if candidate >= 0 {
                let direction = connections[candidate].direction(
                    source: error.quotedSource, destination: error.quotedDestination,
                    transport: error.quotedTransport, label: packet.label)
                if direction >= 0 {
                    let seen = packet.place(in: context.source)
                    tables.event(
                        kind, &connections.chunks[chunk(candidate)][place(candidate)], direction: direction, seen,
                        value: Int64(error.type) << 8 | Int64(error.code), &out)
                    if case .icmpUnreachable = kind, direction == 0 {
                        let core = connections[candidate]
                        if core.detail >= 0 {
                            tables.details[core.detail].isUnreachable = true
                            if error.reporter.isSame(as: core.responder) {
                                tables.details[core.detail].isRefusedByServer = true
                            }
                        }
                    }
                    return
                }
            }
            slot = index.next(slot)
        }
        tables.counters.unmatchedICMPErrors += 1
    }

    /// RFC 792, RFC 4443.
    private static func kind(of error: ICMPError, isV6: Bool) -> Event.Kind? {
        switch (isV6, error.type, error.code) {
        case (false, 3, 4), (true, 2, _): .icmpFragmentationNeeded
        case (false, 3, _), (true, 1, _): .icmpUnreachable
        case (false, 11, _), (true, 3, _): .icmpTimeExceeded
        default: nil
        }
    }

    /// Gives out a sixteenth of the connections: closed ones first, then those that were silent longest.
    private mutating func makeRoom(at time: Int64, _ out: inout TrackOutput) {
        var candidates: [(isOpen: Bool, last: Int64, id: Int64, place: Int32)] = []
        candidates.reserveCapacity(connections.count)
        for place in 0..<connections.capacity where connections[place].record != 0 {
            let core = connections[place]
            candidates.append((!core.isClosed, core.last, core.id.rawValue, place))
        }
        candidates.sort {
            if $0.isOpen != $1.isOpen { return !$0.isOpen }
            return ($0.last, $0.id) < ($1.last, $1.id)
        }
        let leaving = candidates.prefix(max(1, candidates.count / 16))
        // What other shards know is not asked: how far they are depends on the threads.
        let servers =
            leaving.contains { connections[$0.place].isClientUntold } ? ServerEnds([sightings()]) : ServerEnds()
        for candidate in leaving {
            if candidate.isOpen {
                tables.counters.evicted += 1
                connections[candidate.place].marks.insert(.evicted)
            }
            giveOutEarly(candidate.place, servers, at: time, &out)
        }
    }

    /// Gives a connection out while others go on.
    private mutating func giveOutEarly(
        _ connection: Int32, _ servers: borrowing ServerEnds, at end: Int64, _ out: inout TrackOutput
    ) {
        tables.settleClient(&connections.chunks[chunk(connection)][place(connection)], servers)
        seen.observe(connections.chunks[chunk(connection)][place(connection)])
        close(connection, connections[connection].hash, at: end, &out)
    }

    /// What this shard's connections tell of servers, those that were given out included.
    func sightings() -> EndSightings {
        var all = seen
        for place in 0..<connections.capacity where connections[place].record != 0 {
            all.observe(connections.chunks[chunk(place)][self.place(place)])
        }
        return all
    }

    /// Gives out the connections whose ids are below `limit`, in the order of their ids; false when none is left.
    /// Needs `prepareEnd` once before.
    mutating func finish(
        at end: Int64, below limit: Int64, _ servers: borrowing ServerEnds, _ out: inout TrackOutput
    ) -> Bool {
        while ended < ending.count {
            let place = ending[ended]
            if connections[place].id.rawValue >= limit { return true }
            tables.settleClient(&connections.chunks[chunk(place)][self.place(place)], servers)
            close(place, connections[place].hash, at: end, &out)
            ended += 1
        }
        return false
    }
    /// The places of what is still open in the order of ids, once giving out has begun, and how many of them are out.
    private var ending: [Int32] = []
    private var ended = 0

    /// Puts what is open into order; places are given in order of the packets, so that there is little to sort.
    ///
    /// - Returns: what this shard's connections tell of servers.
    mutating func prepareEnd() -> EndSightings {
        ending.removeAll(keepingCapacity: true)
        ended = 0
        connections.end()
        tables.streams.end()
        tables.pending.end()
        ending.reserveCapacity(connections.count)
        var isSorted = true
        var last = Int64.min
        for place in 0..<connections.capacity where connections[place].record != 0 {
            let id = connections[place].id.rawValue
            if id < last { isSorted = false }
            last = id
            ending.append(place)
            seen.observe(connections.chunks[chunk(place)][self.place(place)])
        }
        if isSorted { return seen }
        var order = ending.map { (id: connections[$0].id.rawValue, place: $0) }
        order.sort { $0.id < $1.id }
        ending = order.map(\.place)
        return seen
    }

    /// Gives out what has been silent for longer than the options allow.
    mutating func expire(at now: Int64, silence: Int64, _ servers: borrowing ServerEnds, _ out: inout TrackOutput) {
        for place in 0..<connections.capacity where isDue(place, at: now, silence) {
            giveOutEarly(place, servers, at: now, &out)
        }
    }

    /// Whether `expire` will give out a connection of which it is not told who the client is.
    func expiresUntold(at now: Int64, silence: Int64) -> Bool {
        for place in 0..<connections.capacity where isDue(place, at: now, silence) && connections[place].isClientUntold
        {
            return true
        }
        return false
    }

    private func isDue(_ place: Int32, at now: Int64, _ silence: Int64) -> Bool {
        guard connections[place].record != 0 else { return false }
        let silent = now &- connections[place].last
        if silent > silence { return true }
        if connections[place].isClosed { return silent > Self.linger }
        return silent > Self.attempt && connections[place].isUnanswered
    }
    /// How long an attempt to connect that nobody answers waits for its next SYN: Linux sends one after 120 s at most (TCP_RTO_MAX).
    private static let attempt: Int64 = 125_000_000_000
    /// How long a closed connection waits for late packets on the live path: Zeek's tcp_close_delay, 5 s.
    private static let linger: Int64 = 5_000_000_000
}
