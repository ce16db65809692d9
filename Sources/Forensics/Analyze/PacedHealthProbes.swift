package import ForensicsModel

/// Recognises health checks by their pace: a load balancer's side that connects to a target without a byte (TCP), or
/// sends it a datagram or two (UDP), again and again.
///
/// AWS checks UDP targets over TCP and HTTP; checks of UDP come from load balancers of one's own. Much else is small and
/// steady there (NTP, DNS), so that only the addresses that `--load-balancer` names are believed.
///
/// One such connection proves nothing, so that the first two of a run are held back until the third decides. Three or more
/// at gaps of 5 to 300 s (the intervals that target groups take), each within a fifth of the first or a small multiple of
/// it (a check that the capture missed), are health checks; what stays alone is an ordinary connection.
///
/// Facts have to come in the order of their ends, as the merged parts of a capture do. Deterministic, and bounded:
/// beyond `pairLimit` pairs nothing more is held back.
package struct PacedHealthProbes: Sendable {
    /// Pairs of checker and target that are watched.
    package static let pairLimit = 4096

    private static let second: Int64 = 1_000_000_000
    private static let shortest = 5 * second
    private static let longest = 300 * second
    /// A gap may be off by this much, whatever its length.
    private static let slack = second
    private static let missedChecks: Int64 = 4
    private static let needed = 3

    /// Datagrams that a check sends at most.
    private static let datagramLimit: UInt64 = 3
    /// Connections that ICMP called unreachable and that are remembered.
    private static let refusedLimit = 4096

    private struct Pair: Hashable {
        var checker: IPAddress
        var target: Endpoint
        var isUDP: Bool
    }

    /// A connection with texts of its own, as the batch that it came in is gone when it is decided.
    private struct Held {
        var connection: Connection
        var texts = TextTable()

        init(_ connection: Connection, _ texts: TextTable) {
            self.connection = connection
            self.connection.mapTexts { id in id.isNone ? id : self.texts.intern(texts.bytes(id)) }
        }

        func moved(to texts: inout TextTable) -> Connection {
            var moved = connection
            moved.mapTexts { id in id.isNone ? id : texts.intern(self.texts.bytes(id)) }
            return moved
        }
    }

    private struct Run {
        /// Connections whose nature is not decided yet.
        var held: [Held] = []
        /// The gap between checks, once there are two.
        var gap: Int64?
        var last: Timestamp
        var isProven = false
    }

    private let loadBalancers: [IPNetwork]
    private var runs: [Pair: Run] = [:]
    /// Connections of named load balancers that ICMP called unreachable.
    private var refused: Set<FactID> = []

    /// - Parameter loadBalancers: addresses that are load balancers though they are not private.
    package init(loadBalancers: [IPNetwork]) { self.loadBalancers = loadBalancers }

    /// Takes the connections that may be health checks out of a batch, and puts back those that are decided: marked, with
    /// the health check each of them is, or as they were.
    package mutating func sift(_ batch: inout FactBatch) {
        noteRefusals(batch)
        var places = candidates(batch.connections.span)
        guard !places.isEmpty else { return }
        var decided: [Held] = []
        for place in places { take(Held(batch.connections[place], batch.texts), &decided) }
        // The others move together, run by run.
        places.append(batch.connections.count)
        var kept = places[0]
        for index in 1..<places.count {
            for place in (places[index - 1] + 1)..<places[index] {
                batch.connections[kept] = batch.connections[place]
                kept += 1
            }
        }
        batch.connections.removeLast(batch.connections.count - kept)
        merge(decided, into: &batch)
    }

    /// Remembers whom ICMP called unreachable: the event may come in an earlier part than its connection.
    private mutating func noteRefusals(_ batch: borrowing FactBatch) {
        guard !loadBalancers.isEmpty else { return }
        for event in batch.events where event.kind == .icmpUnreachable && refused.count < Self.refusedLimit {
            if isNamed(event.client.address) { refused.insert(event.connection) }
        }
    }

    private func isNamed(_ address: IPAddress) -> Bool { loadBalancers.contains { $0.contains(address) } }

    private func candidates(_ connections: Span<Connection>) -> [Int] {
        var places: [Int] = []
        for index in connections.indices where isCandidate(connections[index]) { places.append(index) }
        return places
    }

    /// Gives out what is still held when the evidence ends.
    package mutating func finish(_ batch: inout FactBatch) {
        let left = runs.values.flatMap(\.held)
        runs = [:]
        merge(left, into: &batch)
    }

    private func isCandidate(_ connection: borrowing Connection) -> Bool {
        guard connection.flags.rawValue & ConnectionFlags.healthCheck.rawValue == 0 else { return false }
        let peer = connection.peer
        switch connection.transport {
        case .tcp:
            guard connection.bytesFromClient == 0, connection.bytesFromServer == 0,
                connection.flags.rawValue & ConnectionFlags.startSeen.rawValue != 0
            else { return false }
            return peer.isPrivate || isNamed(peer)
        case .udp:
            guard let packets = connection.packetsFromClient, packets >= 1, packets <= Self.datagramLimit else {
                return false
            }
            return connection.packetsFromServer ?? 0 <= Self.datagramLimit && isNamed(peer)
        case .icmp, .other: return false
        }
    }

    private mutating func take(_ one: Held, _ decided: inout [Held]) {
        let pair = Pair(
            checker: one.connection.peer, target: one.connection.server, isUDP: one.connection.transport == .udp)
        let start = one.connection.start
        guard var run = runs[pair] else {
            if runs.count < Self.pairLimit { runs[pair] = Run(held: [one], last: start) } else { decided.append(one) }
            return
        }
        let gap = start.since(run.last)
        if !Self.continues(gap, run.gap, missed: run.isProven ? Self.missedChecks : 0) {
            // The one before may begin a run of its own; the others were none.
            let previous = run.isProven ? nil : run.held.popLast()
            decided += run.held
            run = Run(last: run.last)
            if let previous {
                if Self.continues(gap, nil, missed: 0) { run.held = [previous] } else { decided.append(previous) }
            }
        }
        if !run.held.isEmpty || run.isProven { run.gap = run.gap ?? gap }
        run.held.append(one)
        run.last = max(run.last, start)
        run.isProven = run.isProven || run.held.count >= Self.needed
        if run.isProven {
            for var check in run.held {
                check.connection.flags = ConnectionFlags(
                    rawValue: check.connection.flags.rawValue | ConnectionFlags.healthCheck.rawValue)
                decided.append(check)
            }
            run.held = []
        }
        runs[pair] = run
    }

    /// - Parameter missed: how many checks in between may have been missed.
    private static func continues(_ gap: Int64, _ usual: Int64?, missed: Int64) -> Bool {
        guard let usual else { return gap >= shortest - slack && gap <= longest + slack }
        return (1...missed + 1).contains { abs(gap - usual * $0) <= max(slack, usual / 5) }
    }

    /// The check that a connection is. TCP: a handshake is success, a reset failure, silence a time-out. UDP: an answer
    /// is success, an ICMP error failure, silence a time-out.
    private mutating func check(_ connection: Connection) -> HealthCheck {
        let outcome: HealthCheck.Outcome =
            switch connection.state {
            case .s0, .sh: refused.remove(connection.id) != nil ? .failure : .timeout
            case .rej, .rstrh, .rstos0: .failure
            default: .success
            }
        var check = HealthCheck(
            id: connection.id, offset: connection.offset, kind: connection.kind,
            probe: connection.transport == .udp ? .udp : .tcp, outcome: outcome, time: connection.start)
        check.checker = connection.peer
        check.target = connection.server
        check.latency = outcome == .timeout ? nil : connection.handshake
        check.weight = connection.weight
        return check
    }

    private mutating func merge(_ decided: [Held], into batch: inout FactBatch) {
        guard !decided.isEmpty else { return }
        for one in decided {
            let connection = one.moved(to: &batch.texts)
            batch.connections.append(connection)
            if connection.flags.rawValue & ConnectionFlags.healthCheck.rawValue != 0 {
                batch.healthChecks.append(check(connection))
            }
        }
        batch.connections.sort { $0.id < $1.id }
        batch.healthChecks.sort { $0.id < $1.id }
    }
}

extension Connection {
    /// Replaces every text by what `map` gives for it.
    fileprivate mutating func mapTexts(_ map: (TextID) -> TextID) {
        loadBalancer = map(loadBalancer)
        node = map(node)
        domain = map(domain)
        history = map(history)
        tlsCipher = map(tlsCipher)
        alpn = map(alpn)
        ja4 = map(ja4)
        errorReason = map(errorReason)
        tunnel = map(tunnel)
        details = map(details)
    }
}
