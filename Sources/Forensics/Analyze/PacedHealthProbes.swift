package import ForensicsModel

/// Recognises the health checks that only their pace tells: connections of a load balancer's side to a target that carry nothing
/// (TCP), or a datagram or two (UDP), again and again; and what comes instead of an HTTP check where the target refuses the
/// connection or does not answer.
///
/// AWS checks UDP targets over TCP and HTTP; checks of UDP come from load balancers of one's own. Much else is small and
/// steady there (NTP, DNS), so that only the addresses that `--load-balancer` names are believed.
///
/// One such connection proves nothing, so that a run is held back until it is decided. Three or more at gaps of 5 to 300 s (the
/// intervals that target groups take), each within a fifth of the first or a small multiple of it (a check that the capture
/// missed), are health checks; what stays alone is an ordinary connection. Several checkers may stand behind one address, as
/// those of a Network Load Balancer do: up to eight beats of the same interval are told once each has come round four times, two of them six times.
///
/// Failures alone prove a check only of an address that has not asked the target for anything before: what tries again at a pace
/// after that is a client whose server is gone.
///
/// Of a capture that runs, an attempt that nobody answers ends long after its time-out, too late for its beat: it is asked about
/// (`expects`) when that passes, and a check from then on.
///
/// HTTP checks that were answered are known by their agent. Three connections at a pace, of which two are such checks, set their
/// beat, and what fails on it is a check from the first on, as near to it as the known checks are.
///
/// Facts have to come in the order of their ends, as the merged parts of a capture do. Deterministic, and bounded:
/// beyond `pairLimit` pairs nothing more is followed, and beyond `keptLimit` connections nothing more held back, until others
/// have been silent for too long to prove anything.
package struct PacedHealthProbes: Sendable {
    /// Pairs of checker and target that are watched.
    package static let pairLimit = 4096
    /// Connections that are kept until they, or those after them, are decided.
    package static let keptLimit = 8192

    /// Datagrams that a check sends at most.
    private static let datagramLimit: UInt64 = 3
    /// Connections that ICMP called unreachable and that are remembered.
    private static let refusedLimit = 4096

    private struct Pair: Hashable {
        var checker: IPAddress
        var target: Endpoint
        var isUDP: Bool
    }

    private let loadBalancers: [IPNetwork]
    private var runs: [Pair: HealthCheckRun] = [:]
    /// What all runs keep.
    private var keptCount = 0
    private var droppedAt = Timestamp(nanoseconds: .min)
    /// Attempts to connect that are known to be checks before their connections come, and of what kind.
    private var expected: [FactID: HealthCheck.Probe] = [:]
    /// Connections that may be checks for which there was no room: they are given out as they were.
    package private(set) var unwatched: UInt64 = 0
    /// Connections of named load balancers that ICMP called unreachable.
    private var refused: Set<FactID> = []
    /// Who has asked whom for something that is no check; at most `pairLimit`.
    private var clients: Set<Pair> = []
    /// The latest of them: most connections are of the same pair as the one before.
    private var latestClient: Pair?

    /// - Parameter loadBalancers: addresses that are load balancers though they are not private.
    package init(loadBalancers: [IPNetwork]) { self.loadBalancers = loadBalancers }

    /// Takes the connections that may be health checks out of a batch, and puts back those that are decided: marked, with
    /// the health check each of them is, or as they were.
    package mutating func sift(_ batch: inout FactBatch) {
        noteRefusals(batch)
        let signs = signs(batch.connections.span)
        guard !signs.isEmpty else { return }
        var places: [Int] = []
        var decided: [HeldConnection] = []
        for (place, sign) in signs {
            var held: HeldConnection?
            if sign != .asked {
                places.append(place)
                held = HeldConnection(batch.connections[place], batch.texts)
            }
            take(held, sign, of: batch.connections[place], &decided)
        }
        Self.remove(places, from: &batch.connections)
        merge(decided, into: &batch)
    }

    /// Whether an attempt to connect that nobody has answered within the time-out begins on a beat that is known, so that it is a
    /// check. Its connection will be given out as one.
    ///
    /// - Parameters:
    ///   - id: of its connection, which comes later.
    ///   - start: when its first SYN was sent. Attempts have to be asked about in order of this.
    package mutating func expects(
        _ id: FactID, from checker: IPAddress, at target: Endpoint, since start: Timestamp
    ) -> Bool {
        let pair = Pair(checker: checker, target: target, isUDP: false)
        guard expected.count < Self.keptLimit, let index = runs.index(forKey: pair),
            let probe = runs.values[index].probe(ofFailureAt: start)
        else { return false }
        expected[id] = probe
        return true
    }

    /// Takes places, in order, out of a list: what stays moves together, run by run.
    private static func remove(_ places: [Int], from connections: inout [Connection]) {
        guard var kept = places.first else { return }
        for (number, place) in places.enumerated() {
            let next = number + 1 < places.count ? places[number + 1] : connections.count
            for index in place + 1..<next {
                connections[kept] = connections[index]
                kept += 1
            }
        }
        connections.removeLast(connections.count - kept)
    }

    /// Remembers whom ICMP called unreachable: the event may come in an earlier part than its connection.
    private mutating func noteRefusals(_ batch: borrowing FactBatch) {
        guard !loadBalancers.isEmpty else { return }
        for event in batch.events where event.kind == .icmpUnreachable && refused.count < Self.refusedLimit {
            if isNamed(event.client.address) { refused.insert(event.connection) }
        }
    }

    private func isNamed(_ address: IPAddress) -> Bool { loadBalancers.contains { $0.contains(address) } }

    /// Gives out what is still held when the evidence ends.
    package mutating func finish(_ batch: inout FactBatch) {
        let left = runs.values.flatMap(\.held)
        runs = [:]
        keptCount = 0
        merge(left, into: &batch)
    }

    // MARK: - What a connection says

    private mutating func signs(_ connections: Span<Connection>) -> [(place: Int, sign: HealthCheckRun.Sign)] {
        var signs: [(place: Int, sign: HealthCheckRun.Sign)] = []
        for index in connections.indices {
            if let sign = sign(connections[index]) {
                signs.append((index, sign))
            } else {
                noteClient(connections[index])
                if !expected.isEmpty { expected[connections[index].id] = nil }
            }
        }
        return signs
    }

    private mutating func noteClient(_ connection: borrowing Connection) {
        guard connection.transport == .tcp, connection.bytesFromClient ?? 0 > 0, connection.peer.isPrivate,
            connection.flags.rawValue & ConnectionFlags.healthCheck.rawValue == 0
        else { return }
        let pair = Pair(checker: connection.peer, target: connection.server, isUDP: false)
        if latestClient == pair { return }
        latestClient = pair
        if clients.count < Self.pairLimit { clients.insert(pair) }
    }

    private func sign(_ connection: borrowing Connection) -> HealthCheckRun.Sign? {
        let flags = connection.flags.rawValue
        let peer = connection.peer
        // What a host sends to itself no load balancer sent (`hairpin`).
        if peer == connection.server.address { return nil }
        switch connection.transport {
        case .tcp:
            guard flags & ConnectionFlags.startSeen.rawValue != 0 else { return nil }
            if flags & ConnectionFlags.healthCheck.rawValue != 0 {
                return peer.isPrivate || isNamed(peer) ? .asked : nil
            }
            guard connection.bytesFromServer == 0, Self.saysNothing(connection), peer.isPrivate || isNamed(peer) else {
                return nil
            }
            return Self.isUnanswered(connection.state, flags) ? .failed : .empty
        case .udp:
            guard flags & ConnectionFlags.healthCheck.rawValue == 0, let packets = connection.packetsFromClient,
                packets >= 1, packets <= Self.datagramLimit
            else { return nil }
            return connection.packetsFromServer ?? 0 <= Self.datagramLimit && isNamed(peer) ? .empty : nil
        case .icmp, .other: return nil
        }
    }

    /// Whether the client sent nothing, or a header of PROXY protocol that names nobody, as a Network Load Balancer's checks do,
    /// or only its sender, as HAProxy's do in version 1.
    private static func saysNothing(_ connection: borrowing Connection) -> Bool {
        if connection.bytesFromClient == 0 { return true }
        guard connection.flags.rawValue & ConnectionFlags.proxyHeaderOnly.rawValue != 0 else { return false }
        if connection.flags.rawValue & ConnectionFlags.proxied.rawValue == 0 { return true }
        return connection.client.address == connection.peer
    }

    private static func isUnanswered(_ state: ConnectionState, _ flags: UInt32) -> Bool {
        switch state {
        case .s0, .sh, .rstos0: flags & ConnectionFlags.answerUnseen.rawValue == 0
        case .rej, .rstrh: true
        default: false
        }
    }

    // MARK: - Deciding

    private mutating func take(
        _ held: HeldConnection?, _ sign: HealthCheckRun.Sign, of connection: borrowing Connection,
        _ decided: inout [HeldConnection]
    ) {
        if !expected.isEmpty, let probe = expected.removeValue(forKey: connection.id), sign != .asked,
            sign == .failed || probe == .tcp, var held
        {
            held.probe = probe
            decided.append(held)
            return
        }
        let pair = Pair(checker: connection.peer, target: connection.server, isUDP: connection.transport == .udp)
        if keptCount >= Self.keptLimit || runs.count >= Self.pairLimit { dropSilent(at: connection.start, &decided) }
        if runs[pair] == nil {
            guard runs.count < Self.pairLimit else {
                if let held {
                    unwatched += 1
                    decided.append(held)
                }
                return
            }
            runs[pair] = HealthCheckRun()
        }
        guard let index = runs.index(forKey: pair) else { return }
        let before = runs.values[index].count
        let isTaken = runs.values[index].take(
            HealthCheckRun.One(time: connection.start, sign: sign, held: held),
            isClient: clients.contains(pair) && !isNamed(pair.checker), isFull: keptCount >= Self.keptLimit, &decided)
        if !isTaken, sign != .asked { unwatched += 1 }
        keptCount += runs.values[index].count - before
    }

    /// Forgets those of whom nothing more can come that would prove what is kept of them; once a minute of packet time at most.
    private mutating func dropSilent(at now: Timestamp, _ decided: inout [HeldConnection]) {
        guard now.since(droppedAt) > 60 * Timestamp.nanosecondsPerSecond else { return }
        droppedAt = now
        let silent = runs.filter { now.since($0.value.latest) > HealthBeats.memory }
        for (pair, run) in silent {
            keptCount -= run.count
            decided += run.held
            runs[pair] = nil
        }
    }

    /// The outcome of the check that a connection is; `nil` where the evidence ended before it could be known. TCP: a
    /// handshake is success, a refusal failure, silence a time-out. UDP: an answer is success, an ICMP error failure, silence a
    /// time-out.
    private mutating func outcome(_ connection: Connection) -> HealthCheck.Outcome? {
        switch connection.state {
        case .s0, .sh, .rstos0:
            if connection.flags.contains(.answerUnseen) { return .success }
            if refused.remove(connection.id) != nil || connection.flags.contains(.unreachable) { return .failure }
            let isCut = connection.transport == .tcp && connection.state == .s0
            return isCut && !connection.flags.contains(.synTimeout) ? nil : .timeout
        case .rej, .rstrh: return .failure
        default: return .success
        }
    }

    private mutating func check(_ connection: Connection, _ probe: HealthCheck.Probe) -> HealthCheck? {
        guard let outcome = outcome(connection) else { return nil }
        var check = HealthCheck(
            id: connection.id, offset: connection.offset, kind: connection.kind,
            probe: connection.transport == .udp ? .udp : probe, outcome: outcome, time: connection.start)
        check.checker = connection.peer
        check.target = connection.server
        check.latency = outcome == .timeout ? nil : connection.handshake
        check.weight = connection.weight
        return check
    }

    private mutating func merge(_ decided: [HeldConnection], into batch: inout FactBatch) {
        guard !decided.isEmpty else { return }
        for one in decided {
            let connection = one.moved(to: &batch.texts)
            batch.connections.append(connection)
            if let probe = one.probe, let check = check(connection, probe) { batch.healthChecks.append(check) }
        }
        batch.connections.sort { $0.id < $1.id }
        batch.healthChecks.sort { $0.id < $1.id }
    }
}
