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

    /// Rows of a log one after another that change nothing but an episode's count, times and last record.
    private struct Run {
        var count: UInt64 = 0
        var start = Timestamp(nanoseconds: .max)
        var end = Timestamp(nanoseconds: .min)
    }

    /// Looks at the exchanges of a batch. What a log has more than an episode keeps as evidence is counted together.
    mutating func note(_ exchanges: Span<Exchange>, _ texts: borrowing TextTable) {
        var run = Run()
        // Rows of one log, in its order, that came right before.
        var streak = 0
        var logKind: Kind?
        for index in exchanges.indices {
            let kind: Kind? =
                switch exchanges[index].kind {
                case .alb: .application
                case .clb: .classic
                default: nil
                }
            if kind != nil, kind == logKind, exchanges[index &- 1].id.rawValue < exchanges[index].id.rawValue {
                streak &+= 1
            } else {
                streak = 0
                if run.count > 0 { close(&run, logKind, at: exchanges[index &- 1]) }
            }
            logKind = kind
            guard streak >= Episode.firstLimit else {
                note(exchanges[index], texts)
                continue
            }
            run.count &+= 1
            let time = exchanges[index].time.nanoseconds
            if time < run.start.nanoseconds { run.start = Timestamp(nanoseconds: time) }
            if time > run.end.nanoseconds { run.end = Timestamp(nanoseconds: time) }
        }
        if run.count > 0 { close(&run, logKind, at: exchanges[exchanges.count &- 1]) }
    }

    private mutating func close(_ run: inout Run, _ kind: Kind?, at last: borrowing Exchange) {
        guard let kind else { return }
        let evidence = Finding.Evidence(id: last.id, offset: last.offset, measure: 0)
        episodes[kind.rawValue]?.extend(run.count, run.start, run.end, last: evidence)
        run = Run()
    }

    @inline(__always)
    private mutating func note(_ exchange: borrowing Exchange, _ texts: borrowing TextTable) {
        switch exchange.kind {
        case .alb: add(.application, Reason.log, exchange.id, exchange.offset, exchange.time, exchange.kind)
        case .clb: add(.classic, Reason.log, exchange.id, exchange.offset, exchange.time, exchange.kind)
        case .pcap, .live:
            // Only the load balancer that handed the request on adds both headers.
            if exchange.trace != .none, !exchange.forwardedFor.isNone {
                add(
                    .application, Reason.traceHeader, exchange.id, exchange.offset, exchange.time, exchange.kind)
            } else if exchange.isHealthCheck {
                noteChecker(exchange, texts)
            }
        default: break
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

    mutating func note(_ connection: Connection, _ texts: borrowing TextTable) {
        switch connection.kind {
        case .nlb: add(.network, Reason.log, connection.id, connection.offset, connection.end, connection.kind)
        case .albConnection:
            add(.application, Reason.log, connection.id, connection.offset, connection.end, connection.kind)
        case .clb: add(.classic, Reason.log, connection.id, connection.offset, connection.end, connection.kind)
        case .pcap, .live:
            if connection.tunnel.rawValue != 0, texts.bytes(connection.tunnel).starts(with: "geneve ".utf8) {
                add(.gateway, Reason.geneve, connection.id, connection.offset, connection.end, connection.kind)
            }
        default: break
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
            .loadBalancerType, Subject.none, id: id, offset: offset, time: time, kind: evidence, tags: reason)
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
        let names: [StaticString] = [
            "Application Load Balancer", "Network Load Balancer", "Classic Load Balancer", "Gateway Load Balancer",
        ]
        for kind in Kind.allCases {
            guard let episode = episodes[kind.rawValue] else { continue }
            context.add(episode, .loadBalancerType, names[kind.rawValue])
        }
    }
}
