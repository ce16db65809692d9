import ForensicsDecode
import ForensicsModel
import ForensicsStore

/// The connections whose packets are wanted from the files of one capture set.
struct CarvedFlows {
    /// Both ends of a flow, in an order that does not depend on who sends.
    struct Key: Hashable {
        var low: Endpoint
        var high: Endpoint
        var transport: TransportProtocol

        init(_ one: Endpoint, _ other: Endpoint, _ transport: TransportProtocol) {
            (low, high) = one < other ? (one, other) : (other, one)
            self.transport = transport
        }

        init(_ packet: Packet) {
            self.init(
                Endpoint(packet.source, packet.sourcePort), Endpoint(packet.destination, packet.destinationPort),
                packet.transport)
        }
    }

    /// One connection, and why it is wanted.
    struct Flow {
        /// The source of its first record.
        var source: UInt32
        var start: Timestamp
        var end: Timestamp
        var comment: String
        /// Whether the comment stands beside a packet already.
        var isIntroduced = false
        /// Whether one of its datagrams came in fragments.
        var isFragmented = false
    }

    private(set) var flows: [Key: [Flow]] = [:]
    private(set) var count = 0
    /// The packets whose fragments made datagrams of wanted flows, by source.
    private var fragments: [UInt32: Set<UInt32>] = [:]
    /// Of each wanted flow with such datagrams the first packet of the first one, and when that was whole.
    private var firstFragments: [FactID: (key: Key, time: Timestamp)] = [:]

    mutating func add(_ key: Key, _ flow: Flow) {
        flows[key, default: []].append(flow)
        count += 1
    }

    /// Wanted connections of which no packet was met.
    var unseenCount: Int { flows.values.reduce(0) { $0 + $1.count { !$0.isIntroduced } } }

    /// What a packet's own headers say of it.
    enum Answer {
        case no
        /// Wanted; the comment of its connection if it is the first of it.
        case wanted(comment: String)
    }

    /// Whether a packet belongs to a wanted connection, quotes one in an ICMP error, or is part of a datagram that does.
    ///
    /// A fragment's own headers do not count, not even those of a first fragment: it is tracked in its datagram, at the time
    /// at which that is whole.
    mutating func look(at packet: Packet, in batch: borrowing PacketBatch) -> Answer {
        guard packet.attributes.isDisjoint(with: [.firstFragment, .laterFragment]) else {
            guard fragments[batch.source]?.contains(packet.record) == true else { return .no }
            guard let first = firstFragments[FactID(source: batch.source, record: packet.record)],
                let flow = place(of: first.key, at: first.time)
            else { return .wanted(comment: "") }
            return .wanted(comment: introduction(of: first.key, flow))
        }
        guard let (key, flow) = find(packet, in: batch) else { return .no }
        return .wanted(comment: introduction(of: key, flow))
    }

    /// Notes the packets of a datagram that came in fragments, if it belongs to a wanted connection.
    ///
    /// - Parameter packet: the whole datagram, in `batch`.
    mutating func note(_ packet: Packet, of members: [FactID], in batch: borrowing PacketBatch) {
        guard packet.attributes.isDisjoint(with: [.firstFragment, .laterFragment]),
            let (key, flow) = find(packet, in: batch)
        else { return }
        for member in members { fragments[member.source, default: []].insert(member.record) }
        guard flows[key]?[flow].isFragmented == false, let first = members.min() else { return }
        flows[key]?[flow].isFragmented = true
        firstFragments[first] = (key, packet.time)
    }

    private func find(_ packet: Packet, in batch: borrowing PacketBatch) -> (Key, Int)? {
        if packet.icmpError >= 0, Int(packet.icmpError) < batch.icmpErrors.count {
            let error = batch.icmpErrors[Int(packet.icmpError)]
            let key = Key(error.quotedSource, error.quotedDestination, error.quotedTransport)
            if let flow = place(of: key, at: packet.time) { return (key, flow) }
        }
        let key = Key(packet)
        return place(of: key, at: packet.time).map { (key, $0) }
    }

    /// The connection that a packet belongs to: the one that lasted at its time, else one that has begun and, by its time, had
    /// not. A clock that steps back and queues that were written late stamp packets before the first record of theirs; packets
    /// are looked at in the order in which the connections were tracked.
    private func place(of key: Key, at time: Timestamp) -> Int? {
        guard let list = flows[key] else { return nil }
        return list.firstIndex { $0.start <= time && time <= $0.end }
            ?? list.lastIndex { $0.isIntroduced && time < $0.start }
    }

    /// Whether a file may hold packets of wanted connections.
    func mayLie(in source: SourceRecord) -> Bool {
        flows.values.contains { list in
            list.contains { flow in
                if flow.source == source.id { return true }
                guard let first = source.firstTime, let last = source.lastTime else { return false }
                return first <= flow.end && last >= flow.start
            }
        }
    }

    /// The comment of a connection the first time, nothing later.
    private mutating func introduction(of key: Key, _ flow: Int) -> String {
        guard let known = flows[key]?[flow], !known.isIntroduced else { return "" }
        flows[key]?[flow].isIntroduced = true
        return known.comment
    }
}
