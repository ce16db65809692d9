import ForensicsModel

/// Facts drawn from a seed, and the means to divide them into batches.
struct AggregatesFixture {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ value >> 31) % UInt64(bound))
    }

    /// A fact with its texts spelled out, so that it can go into any batch.
    struct Fact {
        enum Body {
            case exchange(Exchange)
            case connection(Connection)
            case check(HealthCheck)
        }
        var body: Body
        var domain: String?
        var path: String?
        var agent: String?
        var method: String?
        var reason: String?
        var balancer: String?
    }

    static let origin = Timestamp(nanoseconds: 1_700_000_000 * 1_000_000_000)
    static let domains = ["a.example.com", "b.example.com", "\"quoted\\\"", "tab\there", "é.example"]
    static let agents = ["curl/8.1", "Mozilla/5.0 (X11) Gecko/20100101 Firefox/120.0", "python-requests/2.31"]

    mutating func address() -> IPAddress {
        next(5) == 0
            ? IPAddress(high: 0x2001_0DB8_0000_0000, low: UInt64(next(7)))
            : IPAddress(v4: 0xC633_6400 + UInt32(next(40)))
    }

    mutating func fact(_ index: Int, span: Int64) -> Fact {
        let time = Self.origin.advanced(by: Int64(next(Int(span))))
        let id = FactID(source: 1, record: UInt32(index + 1))
        let client = Endpoint(address(), UInt16(1024 + next(100)))
        switch next(10) {
        case 0:
            var check = HealthCheck(
                id: id, offset: 0, kind: .pcap, probe: .http, outcome: next(3) == 0 ? .failure : .success, time: time)
            check.target = Endpoint(IPAddress(v4: 0x0A00_0001), 80)
            return Fact(body: .check(check))
        case 1...4: return Fact(body: .connection(connection(id, time, client)), domain: Self.domains[next(5)])
        default:
            var fact = Fact(body: .exchange(exchange(id, time, client)))
            fact.domain = next(6) == 0 ? nil : Self.domains[next(5)]
            fact.path = ["/", "/orders/{id}", "/login"][next(3)]
            fact.agent = Self.agents[next(3)]
            fact.method = ["GET", "POST"][next(2)]
            fact.reason = next(9) == 0 ? "TargetTimeout" : nil
            fact.balancer = "app/lb-\(next(2))/50dc6c495c0c9188"
            return fact
        }
    }

    private mutating func exchange(_ id: FactID, _ time: Timestamp, _ client: Endpoint) -> Exchange {
        var exchange = Exchange(id: id, offset: 0, kind: next(4) == 0 ? .pcap : .alb, time: time, client: client)
        if next(4) == 0 { exchange.peer = IPAddress(v4: 0x0A00_0909) }
        exchange.target = next(5) == 0 ? nil : Endpoint(IPAddress(v4: 0x0A00_0000 + UInt32(next(3))), 8080)
        exchange.status = next(12) == 0 ? nil : [200, 200, 200, 404, 502, 504, 0][next(7)]
        exchange.tlsVersion = [.none, .tls12, .tls13][next(3)]
        exchange.bytesFromClient = UInt64(next(10_000))
        exchange.bytesFromServer = next(50) == 0 ? .max : UInt64(next(1_000_000))
        exchange.totalTime = Int64(next(5_000_000_000))
        exchange.targetTime = next(3) == 0 ? nil : Int64(next(4_000_000_000))
        exchange.start = time.advanced(by: -Int64(next(5_000_000_000)))
        if next(11) == 0 { exchange.flags.insert(.healthCheck) }
        if next(30) == 0 { exchange.flags.insert(.timedOut) }
        return exchange
    }

    private mutating func connection(_ id: FactID, _ end: Timestamp, _ client: Endpoint) -> Connection {
        let duration = Int64(next(20) == 0 ? 400_000_000_000 : next(90_000_000_000))
        var connection = Connection(
            id: id, offset: 0, kind: [.pcap, .nlb, .alb][next(3)], start: end.advanced(by: -duration), end: end,
            client: client, server: Endpoint(IPAddress(v4: 0x0A00_0001), [80, 443][next(2)]))
        connection.duration = duration
        connection.flags = next(4) == 0 ? [.endSeen] : [.startSeen, .endSeen]
        if next(8) == 0 { connection.role = .backend }
        if next(11) == 0 { connection.flags.insert(.healthCheck) }
        if next(9) == 0 { connection.resetBy = .client }
        connection.bytesFromClient = UInt64(next(5000))
        connection.handshake = Int64(next(80_000_000))
        return connection
    }

    mutating func facts(_ count: Int, minutes: Int) -> [Fact] {
        (0..<count).map { fact($0, span: Int64(minutes) * 60_000_000_000) }
    }

    /// Puts facts into one batch, in order.
    static func batch(_ facts: some Sequence<Fact>) -> FactBatch {
        var batch = FactBatch()
        for fact in facts {
            func id(_ text: String?) -> TextID { text.map { batch.texts.intern($0) } ?? .none }
            switch fact.body {
            case .check(let check): batch.healthChecks.append(check)
            case .connection(var connection):
                connection.domain = id(fact.domain)
                batch.connections.append(connection)
            case .exchange(var exchange):
                exchange.domain = id(fact.domain)
                exchange.pathTemplate = id(fact.path)
                exchange.userAgent = id(fact.agent)
                exchange.method = id(fact.method)
                exchange.errorReason = id(fact.reason)
                exchange.loadBalancer = id(fact.balancer)
                batch.exchanges.append(exchange)
            }
        }
        return batch
    }

    /// Divides facts at random places.
    mutating func batches(_ facts: [Fact]) -> [FactBatch] {
        var batches: [FactBatch] = []
        var start = 0
        while start < facts.count {
            let end = min(facts.count, start + 1 + next(70))
            batches.append(Self.batch(facts[start..<end]))
            start = end
        }
        return batches
    }

    mutating func shuffled<Element>(_ items: [Element]) -> [Element] {
        var items = items
        for index in items.indices.dropFirst() { items.swapAt(index, next(index + 1)) }
        return items
    }
}
