package import ForensicsModel

/// Recognises TCP health checks: a load balancer's side that connects to a target without a byte, again and again, at a
/// steady pace.
///
/// One such connection proves nothing, so that the first two of a run are held back until the third decides. Three or more
/// at gaps of 5 to 300 s (the intervals that target groups take), each within a fifth of the first or a small multiple of
/// it (a check that the capture missed), are health checks; what stays alone is an ordinary connection.
///
/// Facts have to come in the order of their ends, as the merged parts of a capture do. Deterministic, and bounded:
/// beyond `pairLimit` pairs nothing more is held back.
package struct TCPHealthProbes: Sendable {
    /// Pairs of checker and target that are watched.
    package static let pairLimit = 4096

    private static let second: Int64 = 1_000_000_000
    private static let shortest = 5 * second
    private static let longest = 300 * second
    /// A gap may be off by this much, whatever its length.
    private static let slack = second
    private static let missedChecks: Int64 = 4
    private static let needed = 3

    private struct Pair: Hashable {
        var checker: IPAddress
        var target: Endpoint
    }

    private struct Run {
        /// Connections whose nature is not decided yet.
        var held: [Connection] = []
        /// The gap between checks, once there are two.
        var gap: Int64?
        var last: Timestamp
        var isProven = false
    }

    private let loadBalancers: [IPNetwork]
    private var runs: [Pair: Run] = [:]
    /// Connections held back, all in all.
    private var heldCount = 0

    /// - Parameter loadBalancers: addresses that are load balancers though they are not private.
    package init(loadBalancers: [IPNetwork]) { self.loadBalancers = loadBalancers }

    /// Takes the connections that may be health checks out of a batch, and puts back those that are decided: marked, with
    /// the health check each of them is, or as they were.
    package mutating func sift(_ batch: inout FactBatch) {
        var kept: [Connection] = []
        var decided: [Connection] = []
        var isChanged = false
        for index in batch.connections.indices {
            guard isCandidate(batch.connections[index]) else { continue }
            if !isChanged {
                kept = Array(batch.connections[..<index])
                isChanged = true
            }
            break
        }
        guard isChanged else { return }
        for connection in batch.connections[kept.count...] {
            if isCandidate(connection) { take(connection, &decided, &batch) } else { kept.append(connection) }
        }
        batch.connections = kept
        merge(decided, into: &batch)
    }

    /// Gives out what is still held when the evidence ends.
    package mutating func finish(_ batch: inout FactBatch) {
        var left: [Connection] = []
        for run in runs.values { left += run.held }
        runs = [:]
        heldCount = 0
        merge(left, into: &batch)
    }

    private func isCandidate(_ connection: Connection) -> Bool {
        guard connection.transport == .tcp, connection.bytesFromClient == 0, connection.bytesFromServer == 0,
            connection.flags.rawValue & ConnectionFlags.startSeen.rawValue != 0,
            connection.flags.rawValue & ConnectionFlags.healthCheck.rawValue == 0
        else { return false }
        return connection.peer.isPrivate || loadBalancers.contains { $0.contains(connection.peer) }
    }

    private mutating func take(_ connection: Connection, _ decided: inout [Connection], _ batch: inout FactBatch) {
        let pair = Pair(checker: connection.peer, target: connection.server)
        guard var run = runs[pair] else {
            if runs.count < Self.pairLimit {
                runs[pair] = Run(held: [connection], last: connection.start)
                // Texts of a batch end with it: health probes carry none that matter before the third.
                heldCount += 1
            } else {
                decided.append(connection)
            }
            return
        }
        let gap = connection.start.since(run.last)
        if Self.continues(gap, run.gap) {
            run.gap = run.gap ?? gap
            run.held.append(connection)
            run.isProven = run.isProven || run.held.count >= Self.needed
        } else {
            // The last one may begin a run of its own; the others were none.
            if !run.isProven, run.held.count > 1 { decided += run.held.dropLast() }
            let previous = run.isProven ? nil : run.held.last
            run = Run(held: previous.map { [$0] } ?? [], last: run.last)
            if previous != nil, Self.continues(gap, nil) {
                run.gap = gap
            } else if let previous {
                decided.append(previous)
                run.held = []
            }
            run.held.append(connection)
        }
        run.last = max(run.last, connection.start)
        if run.isProven {
            for var one in run.held {
                one.flags = ConnectionFlags(rawValue: one.flags.rawValue | ConnectionFlags.healthCheck.rawValue)
                batch.healthChecks.append(Self.check(one))
                decided.append(one)
            }
            run.held = []
        }
        runs[pair] = run
    }

    private static func continues(_ gap: Int64, _ usual: Int64?) -> Bool {
        guard let usual else { return gap >= shortest - slack && gap <= longest + slack }
        for times in 1...missedChecks where abs(gap - usual * times) <= max(slack, usual * times / 5) { return true }
        return false
    }

    /// The check that a connection is: a handshake is success, a reset failure, silence a time-out.
    private static func check(_ connection: Connection) -> HealthCheck {
        let outcome: HealthCheck.Outcome =
            switch connection.state {
            case .s0, .sh: .timeout
            case .rej, .rstrh, .rstos0: .failure
            default: .success
            }
        var check = HealthCheck(
            id: connection.id, offset: connection.offset, kind: connection.kind, probe: .tcp, outcome: outcome,
            time: connection.start)
        check.checker = connection.peer
        check.target = connection.server
        check.latency = outcome == .timeout ? nil : connection.handshake
        check.weight = connection.weight
        return check
    }

    private func merge(_ connections: [Connection], into batch: inout FactBatch) {
        guard !connections.isEmpty else { return }
        batch.connections += connections
        batch.connections.sort { $0.id < $1.id }
        batch.healthChecks.sort { $0.id < $1.id }
    }
}
