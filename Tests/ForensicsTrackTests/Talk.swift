import ForensicsDecode
import ForensicsModel
import ForensicsTrack

/// Builds the packets of conversations for tests, one call a packet.
struct Talk {
    enum Side { case client, server }

    var batch = PacketBatch()
    var client = Endpoint(IPAddress(v4: 0x0A00_0001), 40_000)
    var server = Endpoint(IPAddress(v4: 0xC000_0201), 80)
    var transport: TransportProtocol = .tcp
    /// Of the next packet; counts up, so that no packet is taken for a copy of another.
    var ipID: UInt16 = 1
    var ttl: UInt8 = 64
    var interface: UInt16 = 0
    var captureDirection: UInt8 = 0
    var clientNext: UInt32 = 1000
    var serverNext: UInt32 = 5000
    private var record: UInt32 = 0

    init(source: UInt32 = 1) { batch.source = source }

    static func flags(_ letters: String) -> TCPFlags {
        var bits: UInt16 = 0
        for letter in letters {
            switch letter {
            case "F": bits |= 1
            case "S": bits |= 2
            case "R": bits |= 4
            case "P": bits |= 8
            case "A": bits |= 16
            default: break
            }
        }
        return TCPFlags(rawValue: bits)
    }

    /// Adds one packet with everything given; `captured` cuts the payload.
    @discardableResult
    mutating func packet(
        _ side: Side, _ letters: String, seq: UInt32, ack: UInt32 = 0, _ payload: [UInt8] = [], at milliseconds: Double,
        window: UInt16 = 8192, scale: UInt8 = 255, length: Int? = nil, captured: Int? = nil, ipID: UInt16? = nil
    ) -> UInt32 {
        record += 1
        var packet = Packet(
            time: Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(milliseconds * 1_000_000)),
            offset: UInt64(record) * 100, record: record)
        let (from, to) = side == .client ? (client, server) : (server, client)
        packet.source = from.address
        packet.sourcePort = from.port
        packet.destination = to.address
        packet.destinationPort = to.port
        packet.transport = transport
        packet.sequence = seq
        packet.acknowledgment = ack
        packet.tcpFlags = Self.flags(letters)
        packet.window = window
        packet.windowScale = scale
        packet.ipID = ipID ?? self.ipID
        if ipID == nil { self.ipID &+= 1 }
        packet.ttl = ttl
        packet.interface = interface
        packet.captureDirection = captureDirection
        // Room for a header before the payload, as in a real buffer.
        batch.bytes.append(contentsOf: [UInt8](repeating: 0, count: 20))
        packet.payloadPosition = Int32(batch.bytes.count)
        let kept = captured ?? payload.count
        batch.bytes.append(contentsOf: payload.prefix(kept))
        packet.payloadCaptured = Int32(kept)
        packet.payloadLength = Int32(length ?? payload.count)
        batch.packets.append(packet)
        return record
    }

    /// SYN, SYN-ACK, ACK at 0, 10 and 20 ms after `start`.
    mutating func handshake(at start: Double = 0) {
        packet(.client, "S", seq: clientNext, at: start)
        clientNext &+= 1
        packet(.server, "SA", seq: serverNext, ack: clientNext, at: start + 10)
        serverNext &+= 1
        packet(.client, "A", seq: clientNext, ack: serverNext, at: start + 20)
    }

    /// Sends bytes in order.
    @discardableResult
    mutating func say(_ side: Side, _ payload: [UInt8], at milliseconds: Double) -> UInt32 {
        let number: UInt32
        if side == .client {
            number = packet(.client, "PA", seq: clientNext, ack: serverNext, payload, at: milliseconds)
            clientNext &+= UInt32(payload.count)
        } else {
            number = packet(.server, "PA", seq: serverNext, ack: clientNext, payload, at: milliseconds)
            serverNext &+= UInt32(payload.count)
        }
        return number
    }

    @discardableResult
    mutating func say(_ side: Side, _ text: String, at milliseconds: Double) -> UInt32 {
        say(side, Array(text.utf8), at: milliseconds)
    }

    mutating func acknowledge(_ side: Side, at milliseconds: Double) {
        if side == .client {
            packet(.client, "A", seq: clientNext, ack: serverNext, at: milliseconds)
        } else {
            packet(.server, "A", seq: serverNext, ack: clientNext, at: milliseconds)
        }
    }

    mutating func finish(_ side: Side, at milliseconds: Double) {
        if side == .client {
            packet(.client, "FA", seq: clientNext, ack: serverNext, at: milliseconds)
            clientNext &+= 1
        } else {
            packet(.server, "FA", seq: serverNext, ack: clientNext, at: milliseconds)
            serverNext &+= 1
        }
    }

    mutating func reset(_ side: Side, at milliseconds: Double) {
        if side == .client {
            packet(.client, "R", seq: clientNext, ack: serverNext, at: milliseconds)
        } else {
            packet(.server, "R", seq: serverNext, ack: clientNext, at: milliseconds)
        }
    }

    /// Begins another conversation with its own ports and numbers; packets go on in the same batch.
    mutating func another(port: UInt16, clientNext: UInt32 = 1000, serverNext: UInt32 = 5000) {
        client.port = port
        self.clientNext = clientNext
        self.serverNext = serverNext
    }

    /// The time so many milliseconds after the start of all conversations.
    static func time(_ milliseconds: Double) -> Timestamp {
        Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(milliseconds * 1_000_000))
    }
}

/// All facts of a run, with texts resolved.
struct Tracked {
    var connections: [(fact: Connection, history: String, domain: String?)] = []
    var exchanges: [(fact: Exchange, method: String?, path: String?, domain: String?, agent: String?, chain: String?)] =
        []
    /// The details of those connections that have some, by id.
    var details: [FactID: String] = [:]
    var checks: [HealthCheck] = []
    var events: [Event] = []
    /// By minute and connection group, as they were counted.
    var segments: [SegmentMinute] = []
    var texts: [String] = []
    var counters = TrackCounters()

    /// Tracks batches with one tracker over the shards of `mask`; the evidence ends at `end` or the last packet.
    init(
        _ batches: [PacketBatch], options: TrackOptions = TrackOptions(), end: Timestamp? = nil,
        shards mask: UInt64 = .max
    ) {
        var tracker = Tracker(options: options, kind: .pcap, shards: mask)
        var last = Timestamp(nanoseconds: .min)
        for batch in batches {
            tracker.observe(batch)
            for packet in batch.packets where packet.time > last { last = packet.time }
            add(tracker.take())
        }
        while true {
            let more = tracker.finish(at: end ?? last)
            add(tracker.take())
            if !more { break }
        }
        counters = tracker.counters
        sort()
    }

    /// Tracks batches with several trackers, which join what they know of servers as the pipeline has them.
    init(_ batches: [PacketBatch], options: TrackOptions = TrackOptions(), end: Timestamp? = nil, trackers count: Int) {
        let last = end ?? batches.lazy.flatMap(\.packets).map(\.time).max() ?? Timestamp(nanoseconds: 0)
        var sightings: [EndSightings] = []
        for round in 0..<2 {
            for part in 0..<count {
                var tracker = Tracker(options: options, kind: .pcap, shards: Tracker.mask(part: part, of: count))
                for batch in batches { tracker.observe(batch) }
                let seen = tracker.prepareEnd()
                if round == 0 {
                    sightings.append(seen)
                    continue
                }
                tracker.learn(ServerEnds(sightings))
                while tracker.finish(at: last) { add(tracker.take()) }
                add(tracker.take())
                counters.add(tracker.counters)
            }
        }
        sort()
    }

    init(_ talk: Talk, options: TrackOptions = TrackOptions(), end milliseconds: Double? = nil) {
        self.init([talk.batch], options: options, end: milliseconds.map { Talk.time($0) })
    }

    mutating func add(_ batch: FactBatch) {
        for fact in batch.connections {
            connections.append((fact, batch.texts.string(fact.history) ?? "", batch.texts.string(fact.domain)))
            details[fact.id] = batch.texts.string(fact.details)
        }
        for fact in batch.exchanges {
            let path = batch.texts.string(fact.pathTemplate).map {
                PathTemplate.join(template: $0, argument: fact.pathArgument, texts: batch.texts)
            }
            exchanges.append(
                (
                    fact, batch.texts.string(fact.method), path, batch.texts.string(fact.domain),
                    batch.texts.string(fact.userAgent), batch.texts.string(fact.forwardedFor)
                ))
        }
        checks += batch.healthChecks
        events += batch.events
        segments += batch.segments
    }

    mutating func merge(_ other: Tracked) {
        connections += other.connections
        details.merge(other.details) { first, _ in first }
        exchanges += other.exchanges
        checks += other.checks
        events += other.events
        segments += other.segments
        counters.add(other.counters)
        sort()
    }

    private mutating func sort() {
        connections.sort { $0.fact.id < $1.fact.id }
        exchanges.sort { ($0.fact.id, $0.fact.time) < ($1.fact.id, $1.fact.time) }
        checks.sort { $0.id < $1.id }
        events.sort { ($0.id.rawValue, $0.kind.rawValue) < ($1.id.rawValue, $1.kind.rawValue) }
    }

    func events(_ kind: Event.Kind) -> [Event] { events.filter { $0.kind == kind } }
}
