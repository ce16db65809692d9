import ForensicsModel

/// What speaks for each type of load balancer. One record is looked at per fact, so nothing is looked up.
struct LoadBalancerEvidence: Sendable {
    /// The types, in the order of `tags` of their sightings.
    enum Kind: Int, CaseIterable {
        case application = 0
        case network, classic, gateway
    }

    /// Why a record speaks for a type: bits of an episode's tags.
    enum Reason {
        static let log: UInt64 = 1
        static let traceHeader: UInt64 = 2
        static let healthChecker: UInt64 = 4
        static let proxyVersion1: UInt64 = 8
        static let proxyVersion2: UInt64 = 16
        static let geneve: UInt64 = 32
    }

    private var episodes = [Episode?](repeating: nil, count: Kind.allCases.count)

    /// Rows of a log one after another. Those that change nothing but an episode's count, times and last record are
    /// counted together.
    private struct Run {
        var kind: Kind?
        var length = 0
        var last = Finding.Evidence(id: FactID(rawValue: 0), offset: 0, measure: 0)
        var count: UInt64 = 0
        var start = Timestamp(nanoseconds: .max)
        var end = Timestamp(nanoseconds: .min)
    }

    /// Looks at the facts of a batch.
    mutating func note(_ batch: borrowing FactBatch, _ texts: borrowing TextTable) {
        var run = Run()
        let exchanges = batch.exchanges.span
        for index in exchanges.indices {
            let (id, offset, time) = (exchanges[index].id, exchanges[index].offset, exchanges[index].time)
            if count(Self.kind(ofRow: exchanges[index].kind), id, offset, time, &run) { continue }
            note(exchanges[index], texts)
        }
        close(&run)
        let connections = batch.connections.span
        for index in connections.indices {
            let (id, offset, end) = (connections[index].id, connections[index].offset, connections[index].end)
            if count(Self.kind(ofRow: connections[index].kind), id, offset, end, &run) { continue }
            note(connections[index], texts)
        }
        close(&run)
    }

    /// The type of load balancer that writes logs of a kind.
    @inline(__always)
    private static func kind(ofRow kind: EvidenceKind) -> Kind? {
        switch kind {
        case .alb, .albConnection: .application
        case .nlb: .network
        case .clb: .classic
        default: nil
        }
    }

    /// Counts a row that an episode would not keep as evidence: it comes right after enough rows of the same log.
    @inline(__always)
    private mutating func count(
        _ kind: Kind?, _ id: FactID, _ offset: UInt64, _ time: Timestamp, _ run: inout Run
    ) -> Bool {
        if kind != nil, kind == run.kind, run.last.id.rawValue < id.rawValue {
            run.length &+= 1
        } else {
            close(&run)
        }
        run.kind = kind
        run.last = Finding.Evidence(id: id, offset: offset, measure: 0)
        guard run.length >= Episode.firstLimit else { return false }
        run.count &+= 1
        if time < run.start { run.start = time }
        if time > run.end { run.end = time }
        return true
    }

    private mutating func close(_ run: inout Run) {
        if let kind = run.kind, run.count > 0 {
            episodes[kind.rawValue]?.extend(run.count, run.start, run.end, last: run.last)
        }
        run = Run()
    }

    @inline(__always)
    private mutating func note(_ exchange: borrowing Exchange, _ texts: borrowing TextTable) {
        if let kind = Self.kind(ofRow: exchange.kind) {
            add(kind, Reason.log, exchange.id, exchange.offset, exchange.time, exchange.kind)
        } else if !exchange.kind.isCapture {
            return
        } else if exchange.isSecondLeg {
            return
        } else if exchange.trace != .none, !exchange.forwardedFor.isNone {
            // Only the load balancer that handed the request on adds both headers.
            add(.application, Reason.traceHeader, exchange.id, exchange.offset, exchange.time, exchange.kind)
        } else if exchange.isHealthCheck {
            noteChecker(exchange, texts)
        }
    }

    private mutating func noteChecker(_ exchange: borrowing Exchange, _ texts: borrowing TextTable) {
        if exchange.userAgent.isNone { return }
        let agent = texts.bytes(exchange.userAgent)
        guard agent.starts(with: "ELB-HealthChecker/".utf8) else { return }
        // Version 2.0 is that of Application and Network Load Balancers: an HTTP check speaks for the first.
        let kind: Kind = agent.starts(with: "ELB-HealthChecker/1.".utf8) ? .classic : .application
        add(kind, Reason.healthChecker, exchange.id, exchange.offset, exchange.time, exchange.kind)
    }

    @inline(__always)
    private mutating func note(_ connection: borrowing Connection, _ texts: borrowing TextTable) {
        if let kind = Self.kind(ofRow: connection.kind) {
            add(kind, Reason.log, connection.id, connection.offset, connection.end, connection.kind)
        } else if connection.kind.isCapture, !connection.isSecondLeg, connection.tunnel.rawValue != 0,
            texts.bytes(connection.tunnel).starts(with: "geneve ".utf8)
        {
            add(.gateway, Reason.geneve, connection.id, connection.offset, connection.end, connection.kind)
        }
    }

    mutating func note(_ event: Event) {
        if event.kind != .proxyHeader { return }
        let kind: Kind = event.value == 1 ? .classic : .network
        let reason = event.value == 1 ? Reason.proxyVersion1 : Reason.proxyVersion2
        add(kind, reason, event.id, event.offset, event.time, .pcap)
    }

    @inline(__always)
    private mutating func add(
        _ kind: Kind, _ reason: UInt64, _ id: FactID, _ offset: UInt64, _ time: Timestamp, _ evidence: EvidenceKind
    ) {
        let sighting = Sighting(
            .loadBalancerType, .none, Subject.none, id: id, offset: offset, time: time, kind: evidence, tags: reason)
        if episodes[kind.rawValue] == nil {
            episodes[kind.rawValue] = Episode(sighting)
        } else {
            episodes[kind.rawValue]?.note(sighting)
        }
    }

    /// Adds what was gathered of another log.
    mutating func join(_ episode: Episode, _ kind: Kind) {
        if episodes[kind.rawValue] == nil {
            episodes[kind.rawValue] = episode
        } else {
            episodes[kind.rawValue]?.join(episode)
        }
    }

    func write(to writer: inout NumberWriter) {
        for episode in episodes {
            writer.add(episode == nil ? 0 : 1)
            episode?.write(to: &writer)
        }
    }

    /// Hands what was gathered to the table of episodes: one episode per type, however long the evidence.
    func flush(_ context: inout CheckContext) {
        let names = [
            "Application Load Balancer", "Network Load Balancer", "Classic Load Balancer", "Gateway Load Balancer",
        ]
        for kind in Kind.allCases {
            guard let episode = episodes[kind.rawValue] else { continue }
            context.add(episode, .loadBalancerType, names[kind.rawValue])
        }
    }
}
