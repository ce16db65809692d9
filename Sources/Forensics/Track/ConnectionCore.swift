import ForensicsDecode
import ForensicsModel

/// What is kept of every connection: one record of 160 bytes. All else is in side tables, made when needed.
struct ConnectionCore {
    var originator: IPAddress
    var responder: IPAddress
    /// Nanoseconds since the epoch.
    var start: Int64
    var last: Int64
    /// The record and source of the first packet.
    var record: UInt32
    var source: UInt32
    private var offsetLow: UInt32
    private var offsetHigh: UInt16
    var label: UInt16
    var originatorPort: UInt16
    var responderPort: UInt16
    var transport: TransportProtocol
    var service: ApplicationService = .unknown
    var marks: ConnectionMarks = []
    var history = ConnectionHistory()
    /// Index into the details, or -1.
    var detail: Int32 = -1
    /// Index into the streams, or -1; below that, what is left of a stream that was read to its end: `settledDomain`.
    var stream: Int32 = -1
    /// From the last SYN to the handshake's last ACK in nanoseconds, at most 4.29 s; 0 if not known.
    var initialRTT: UInt32 = 0
    /// Since the last packet of the side that did not send the connection's last packet, at most 4.29 s.
    var otherLag: UInt32 = 0
    /// Originator, responder.
    var halves: InlineArray<2, FlowHalf> = [FlowHalf(), FlowHalf()]

    init(_ packet: Packet, source: UInt32, fromOriginator: Bool) {
        originator = fromOriginator ? packet.source : packet.destination
        responder = fromOriginator ? packet.destination : packet.source
        originatorPort = fromOriginator ? packet.sourcePort : packet.destinationPort
        responderPort = fromOriginator ? packet.destinationPort : packet.sourcePort
        start = packet.time.nanoseconds
        last = packet.time.nanoseconds
        record = packet.record
        self.source = source
        offsetLow = UInt32(truncatingIfNeeded: packet.offset)
        offsetHigh = UInt16(truncatingIfNeeded: packet.offset >> 32)
        label = packet.label
        transport = packet.transport
        if !fromOriginator { marks.insert(.lastFromResponder) }
    }

    var id: FactID { FactID(source: source, record: record) }
    var offset: UInt64 { UInt64(offsetHigh) << 32 | UInt64(offsetLow) }
    var client: Endpoint { Endpoint(originator, originatorPort) }
    var server: Endpoint { Endpoint(responder, responderPort) }
    var hash: UInt64 { Shard.hash(of: self) }

    /// What the two ends are told apart by: address, port and network.
    @inline(__always)
    var originatorDigest: UInt64 { Shard.digest(originator, originatorPort) ^ UInt64(label) }
    @inline(__always)
    var responderDigest: UInt64 { Shard.digest(responder, responderPort) ^ UInt64(label) }

    /// Whether nothing but the ports told which side is the client: no SYN, and nothing that only one of both sends.
    @inline(__always)
    var isClientUntold: Bool {
        guard isTCP, marks.contains(.clientGuessed), !marks.contains(.hasExchanges) else { return false }
        switch service {
        case .unknown, .tls, .h2: return true
        case .http, .quic, .dns, .webSocket, .grpc: return false
        }
    }

    /// Which side sent the packet (0 originator, 1 responder), or -1 if the packet is of another flow.
    @inline(__always)
    func direction(of packet: Packet) -> Int {
        guard packet.label == label, transport.isSame(as: packet.transport) else { return -1 }
        if packet.sourcePort == originatorPort, packet.destinationPort == responderPort,
            packet.source.isSame(as: originator), packet.destination.isSame(as: responder)
        {
            return 0
        }
        if packet.sourcePort == responderPort, packet.destinationPort == originatorPort,
            packet.source.isSame(as: responder), packet.destination.isSame(as: originator)
        {
            return 1
        }
        return -1
    }

    /// Which side is the source of a quoted packet, or -1.
    func direction(source: Endpoint, destination: Endpoint, transport: TransportProtocol, label: UInt16) -> Int {
        guard label == self.label, self.transport.isSame(as: transport) else { return -1 }
        if source == client, destination == server { return 0 }
        return source == server && destination == client ? 1 : -1
    }

    /// Turns the roles round: what was taken for the server is the client.
    mutating func flip() {
        swap(&originator, &responder)
        swap(&originatorPort, &responderPort)
        let first = halves[0]
        halves[0] = halves[1]
        halves[1] = first
        marks.formSymmetricDifference(.lastFromResponder)
        history.flip()
    }

    /// The host of the first request, once nothing more is read and the stream is given back.
    var settledDomain: LiveText {
        get { stream < -1 ? LiveText(number: UInt32(bitPattern: -2 &- stream)) : .none }
        set { stream = newValue.isNone ? -1 : -2 &- Int32(truncatingIfNeeded: newValue.number) }
    }

    /// Whether the client acknowledged the answer to its SYN while nothing of the server was captured.
    var hasUnseenAnswer: Bool { marks.contains(.startSeen) && halves[1].packets == 0 && hasGoneOn }

    /// Whether the client sent more than its SYN: what may follow one without an answer is the same SYN or a reset.
    var hasGoneOn: Bool {
        let followed = HalfMarks.historyACK.rawValue | HalfMarks.historyData.rawValue | HalfMarks.sentFIN.rawValue
        return halves[0].marks.contains(.sentSYN) && halves[0].marks.rawValue & followed != 0
    }

    /// Both initial sequence numbers where the SYN was answered, as that answer alone tells them; 0 elsewhere.
    var initialNumbers: UInt64 {
        guard halves[1].marks.contains(.sentSYN), halves[0].marks.contains(.base) else { return 0 }
        return UInt64(halves[0].base) &<< 32 | UInt64(halves[1].base)
    }

    /// The client's initial sequence number, in the upper half of a word, where its SYN was not answered; 0 elsewhere.
    var attemptNumber: UInt64 {
        guard halves[0].marks.contains(.sentSYN), !halves[1].marks.contains(.sentSYN), halves[0].marks.contains(.base)
        else { return 0 }
        return UInt64(halves[0].base) &<< 32
    }

    /// Whether it is an attempt to connect of which nothing but the client's SYNs was seen.
    var isUnanswered: Bool {
        isTCP && halves[1].packets == 0 && halves[0].marks.contains(.sentSYN) && !hasUnseenAnswer
    }

    /// Whether nothing more is expected: both sides closed, or one reset.
    @inline(__always)
    var isClosed: Bool { marks.contains(.closed) }
}

/// Yes-or-no facts of a connection while it is tracked.
struct ConnectionMarks: OptionSet {
    let rawValue: UInt16
    @inline(__always)
    init(rawValue: UInt16) { self.rawValue = rawValue }

    static let startSeen = ConnectionMarks(rawValue: 1)
    /// The handshake's time was taken, or never will be.
    static let handshakeDone = ConnectionMarks(rawValue: 1 << 1)
    static let clientGuessed = ConnectionMarks(rawValue: 1 << 2)
    static let reusedPorts = ConnectionMarks(rawValue: 1 << 3)
    static let closed = ConnectionMarks(rawValue: 1 << 4)
    static let lastFromResponder = ConnectionMarks(rawValue: 1 << 5)
    static let backend = ConnectionMarks(rawValue: 1 << 6)
    static let healthCheck = ConnectionMarks(rawValue: 1 << 7)
    static let mirrored = ConnectionMarks(rawValue: 1 << 8)
    static let tlsFailed = ConnectionMarks(rawValue: 1 << 9)
    /// The payload is no protocol that is followed.
    static let opaque = ConnectionMarks(rawValue: 1 << 10)
    /// An exchange beside health checks was seen.
    static let hasExchanges = ConnectionMarks(rawValue: 1 << 11)
    static let evicted = ConnectionMarks(rawValue: 1 << 12)
    /// The history holds `^` already.
    static let flipped = ConnectionMarks(rawValue: 1 << 13)
    /// The last packet was a keep-alive or a window probe: its byte is no payload.
    static let probe = ConnectionMarks(rawValue: 1 << 15)
    /// At least one segment waits for a gap to be filled.
    static let holdsSegments = ConnectionMarks(rawValue: 1 << 14)
}
