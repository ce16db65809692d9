import ForensicsDecode
import ForensicsModel

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
        var start: Timestamp
        var end: Timestamp
        var comment: String
        /// Whether the comment stands beside a packet already.
        var isIntroduced = false
    }

    private(set) var flows: [Key: [Flow]] = [:]
    private(set) var count = 0
    /// Datagrams of wanted flows that came in fragments, by addresses and identification.
    private var fragmented: Set<FragmentKey> = []

    private struct FragmentKey: Hashable {
        var source: IPAddress
        var destination: IPAddress
        var identification: UInt32
    }

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

    /// Whether a packet belongs to a wanted connection, or quotes one in an ICMP error.
    mutating func look(at packet: Packet, in batch: borrowing PacketBatch) -> Answer {
        if packet.icmpError >= 0, Int(packet.icmpError) < batch.icmpErrors.count {
            let error = batch.icmpErrors[Int(packet.icmpError)]
            let key = Key(error.quotedSource, error.quotedDestination, error.quotedTransport)
            if let answer = find(key, packet.time) { return answer }
        }
        return find(Key(packet), packet.time) ?? .no
    }

    private mutating func find(_ key: Key, _ time: Timestamp) -> Answer? {
        guard var list = flows[key] else { return nil }
        for index in list.indices where list[index].start <= time && time <= list[index].end {
            if list[index].isIntroduced { return .wanted(comment: "") }
            list[index].isIntroduced = true
            flows[key] = list
            return .wanted(comment: list[index].comment)
        }
        return nil
    }

    /// Notes that a wanted packet is the first fragment of a datagram.
    mutating func noteFragment(_ packet: Packet, _ place: FragmentPlace) {
        fragmented.insert(
            FragmentKey(
                source: packet.source, destination: packet.destination, identification: place.identification))
    }

    /// Whether a later fragment belongs to a wanted datagram.
    func holdsFragment(_ packet: Packet, _ place: FragmentPlace) -> Bool {
        fragmented.contains(
            FragmentKey(
                source: packet.source, destination: packet.destination, identification: place.identification))
    }
}
