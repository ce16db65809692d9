import ForensicsAnalyze
import ForensicsDecode
import ForensicsModel
import ForensicsTrack

/// Turns facts into counts and lines of the error log.
///
/// A time-out is told when it passes, while its connection is still open, and not again when the fact comes.
struct EventReporter {
    private(set) var counts = LiveCounts()
    private(set) var clients = ClientCounts()
    private let log: EventLog?
    private let timeout: Int64
    private let limits = CheckOptions()
    /// Time-outs up to here have been told.
    private var overdueUntil: Timestamp
    /// Attempts to connect that were counted as health checks while they waited; their connections are to come.
    private var waitingChecks: Set<FactID> = []
    /// How often each finding of a loop was told: by check and subject.
    private var toldLoops: [String: UInt64] = [:]

    init(log: EventLog?, timeout: Int64, from start: Timestamp) {
        self.log = log
        self.timeout = timeout
        overdueUntil = start
    }

    /// Goes on from a time that may lie before what was seen so far.
    mutating func restart(at time: Timestamp) { overdueUntil = time }

    /// Counts from 0 again.
    mutating func beginInterval() {
        counts = LiveCounts()
        clients = ClientCounts()
    }

    /// - Parameter bytes: on the wire.
    mutating func observe(_ packets: borrowing PacketBatch, bytes: UInt64) { counts.add(packets, bytes: bytes) }

    /// Counts an event, and tells its line where there is a log with room for it.
    private mutating func tell(_ cause: EventCause, _ time: Timestamp, _ line: @autoclosure () -> String) {
        counts.note(cause.kind)
        log?.tell(cause, at: time, line())
    }

    // MARK: Facts

    /// Observes requests, and those of health checks that were asked.
    mutating func observeRequests(_ batch: borrowing FactBatch) {
        var overdue: Set<FactID> = []
        for exchange in batch.exchanges {
            if exchange.isHealthCheck {
                if wasOverdue(exchange) { overdue.insert(exchange.id) }
            } else if !exchange.isSecondLeg {
                observe(exchange, batch.texts)
            }
        }
        for check in batch.healthChecks {
            let wasOverdue = overdue.contains(check.id)
            observe(check, wasCounted: wasOverdue, wasTold: wasOverdue)
        }
    }

    /// Observes connections that came as facts, each once: whether an empty one is a health check may be decided later, and it
    /// is a connection until then.
    ///
    /// - Parameters:
    ///   - connections: those that came now, as they came.
    ///   - sifted: those that came now or before and are decided.
    ///   - asked: health checks that were told with their requests.
    mutating func observe(_ connections: [Connection], sifted: borrowing FactBatch, asked: Set<FactID>) {
        let probes = Set(sifted.connections.lazy.filter(\.isHealthCheck).map(\.id))
        for connection in connections where !probes.contains(connection.id) { observe(connection) }
        for check in sifted.healthChecks where !asked.contains(check.id) {
            // What waited for the answer to a SYN was told when its time-out passed, as that or as a check.
            let wasTold = check.probe != .udp && check.time.advanced(by: timeout) <= overdueUntil
            observe(check, wasCounted: waitingChecks.contains(check.id), wasTold: wasTold)
        }
        if !waitingChecks.isEmpty { waitingChecks.subtract(connections.lazy.map(\.id)) }
    }

    /// Whether the time-out of a health check passed, and was told, before its fact came.
    private func wasOverdue(_ exchange: Exchange) -> Bool {
        guard let start = exchange.start, exchange.targetTime.map({ $0 > timeout }) ?? true else { return false }
        return start.advanced(by: (exchange.requestTime ?? 0) + timeout) <= overdueUntil
    }

    private mutating func observe(_ exchange: Exchange, _ texts: TextTable) {
        counts.requests += 1
        clients.noteRequest(exchange.client.address)
        if exchange.isClientError { counts.clientErrors += 1 }
        if exchange.isServerError { counts.serverErrors += 1 }
        if exchange.flags.contains(.timedOut) {
            tellTimeout(exchange, texts)
            return
        }
        tellLateAnswer(exchange, texts)
        if exchange.isServerError, let status = exchange.status {
            // Who answered, not who is to blame: without a target's status the load balancer did.
            let cause: EventCause = exchange.targetStatus == nil ? .loadBalancerError : .applicationError
            tell(cause, exchange.time, "HTTP \(status): \(Self.describe(exchange, texts))")
        } else if exchange.flags.contains(.aborted), exchange.blame != .client {
            let cause: EventCause = exchange.blame == .loadBalancer ? .loadBalancerAbort : .applicationAbort
            let how = exchange.cause.name ?? "aborted"
            tell(cause, exchange.time, "\(how) before the whole response: \(Self.describe(exchange, texts))")
        }
        if let elapsed = exchange.totalTime, elapsed > limits.slowRequest {
            tell(.slowRequest, exchange.time, "\(Wording.duration(elapsed)): \(Self.describe(exchange, texts))")
        }
    }

    /// Tells a request that timed out, unless that was told while it waited. A call of gRPC is cancelled at a deadline of its own,
    /// before the time-out or after it, perhaps in the middle of its answer.
    private mutating func tellTimeout(_ exchange: Exchange, _ texts: TextTable) {
        var due = exchange.time
        var waited = timeout
        if let start = exchange.start {
            let asked = start.advanced(by: exchange.requestTime ?? 0)
            let isAnsweredInTime = exchange.targetTime.map { $0 <= timeout } ?? false
            if !isAnsweredInTime { due = min(due, asked.advanced(by: timeout)) }
            waited = due.since(asked)
        }
        guard due > overdueUntil else { return }
        let what = exchange.status == nil ? "no response" : "no whole response"
        tell(
            .responseTimeout, due, "\(what) within \(Wording.duration(waited)): \(Self.describe(exchange, texts))")
    }

    /// Tells an answer that came after the time-out and before anybody looked.
    private mutating func tellLateAnswer(_ exchange: Exchange, _ texts: TextTable) {
        guard let start = exchange.start, let waited = exchange.targetTime, waited > timeout else { return }
        let deadline = start.advanced(by: (exchange.requestTime ?? 0) + timeout)
        guard deadline > overdueUntil else { return }
        let patience = Wording.duration(timeout)
        tell(.responseTimeout, deadline, "no response within \(patience): \(Self.describe(exchange, texts))")
    }

    private static func describe(_ exchange: Exchange, _ texts: TextTable) -> String {
        let method = texts.string(exchange.method) ?? "-"
        let path = texts.string(exchange.pathTemplate) ?? "-"
        let domain = texts.string(exchange.domain) ?? ""
        // A client that a header named has no port.
        let client = exchange.client.port == 0 ? "\(exchange.client.address)" : "\(exchange.client)"
        let target = exchange.target.map { " at \($0)" } ?? ""
        return "\(method) \(domain)\(path) from \(client)\(target)"
    }

    private mutating func observe(_ connection: Connection) {
        if connection.isHealthCheck || connection.isSecondLeg { return }
        counts.connections += 1
        if connection.service == .tls || connection.service == .quic { counts.httpsConnections += 1 }
        if connection.namesClient { clients.noteConnection(connection.client.address) }
        guard connection.transport == .tcp else { return }
        tellEnd(connection)
        if connection.flags.contains(.tlsFailed) {
            tell(.tlsFailed, connection.end, "TLS handshake failed: \(Self.ends(connection))")
        }
        let packets = (connection.packetsFromClient ?? 0) + (connection.packetsFromServer ?? 0)
        if let repeated = connection.retransmissions,
            connection.flags.contains(.undelivered)
                || repeated >= limits.retransmissions
                    && UInt64(repeated) * 100 >= limits.retransmissionPercent * packets
        {
            tell(
                .retransmissions, connection.end,
                "\(repeated) of \(packets) segments retransmitted: \(Self.ends(connection))")
        }
        let handshake = max(connection.handshake ?? 0, connection.tlsHandshake ?? 0)
        if handshake > limits.slowHandshake {
            tell(.slowHandshake, connection.end, "\(Wording.duration(handshake)): \(Self.ends(connection))")
        }
    }

    /// Tells how a connection failed: without an answer, refused, or reset.
    private mutating func tellEnd(_ connection: Connection) {
        if connection.isTimeout {
            guard connection.start.advanced(by: timeout) > overdueUntil else { return }
            let patience = Wording.duration(timeout)
            tell(.synTimeout, connection.end, "SYN not answered within \(patience): \(Self.ends(connection))")
        } else if connection.state == .rej || connection.flags.contains(.unreachable) && connection.state == .s0 {
            tell(.connectionRefused, connection.end, "connection refused: \(Self.ends(connection))")
        } else if let sender = connection.resetBy.name, let cause = EventCause(resetBy: connection.resetBy) {
            let state = connection.state.name ?? "-"
            tell(cause, connection.end, "reset by \(sender) in state \(state): \(Self.ends(connection))")
        }
    }

    private static func ends(_ connection: Connection) -> String { "\(connection.client) to \(connection.server)" }

    /// - Parameters:
    ///   - wasCounted: whether it was counted as timed out while it waited.
    ///   - wasTold: whether its time-out was told.
    private mutating func observe(_ check: HealthCheck, wasCounted: Bool, wasTold: Bool) {
        let target = check.target.map { "\($0)" } ?? "-"
        let isLate = check.outcome == .timeout || check.latency ?? 0 > timeout
        if !wasCounted {
            counts.healthChecks += 1
            if isLate { counts.timedOutHealthChecks += 1 }
        }
        if isLate, !wasTold { tellHealthCheckTimeout(check, target) }
        guard check.outcome == .failure else { return }
        if !isLate { counts.failedHealthChecks += 1 }
        tell(
            .healthCheckFail, check.time,
            check.status.map { "HTTP \($0) from \(target) to \(check.checker)" }
                ?? "\(target) refused or closed the connection of \(check.checker)")
    }

    private mutating func tellHealthCheckTimeout(_ check: HealthCheck, _ target: String) {
        // A checker may give up earlier.
        let waited = min(timeout, check.latency ?? timeout)
        tell(
            .healthCheckTimeout, check.time,
            "\(target) gave \(check.checker) no answer within \(Wording.duration(waited))")
    }

    // MARK: What has no fact yet

    /// Tells whose time-out passed; `limit` of them at most one by one, so that a flood costs no more.
    ///
    /// - Parameter probes: knows which attempts to connect are health checks.
    mutating func observeOverdue(
        _ source: inout LiveSource, _ probes: inout PacedHealthProbes, until now: Timestamp, limit: Int = 4096
    ) {
        guard now > overdueUntil else { return }
        let overdue = source.overdue(after: overdueUntil, until: now, limit: limit)
        counts.noteTimedOutHealthChecks(overdue.furtherHealthChecks)
        for (cause, number) in [
            (EventCause.synTimeout, overdue.furtherHandshakes), (.responseTimeout, overdue.furtherResponses),
            (.healthCheckTimeout, overdue.furtherHealthChecks),
        ] where number > 0 {
            counts.note(cause.kind, count: number)
            log?.suppress(cause, number, at: now)
        }
        let patience = Wording.duration(timeout)
        for wait in overdue.waits {
            switch wait.waiting {
            case .handshake
            where probes.expects(wait.connection, from: wait.client.address, at: wait.server, since: wait.start):
                waitingChecks.insert(wait.connection)
                tellHealthCheckTimeout(wait)
            case .handshake:
                tell(.synTimeout, wait.time, "SYN not answered within \(patience): \(wait.client) to \(wait.server)")
            case .response:
                tell(.responseTimeout, wait.time, "no response within \(patience): \(wait.client) to \(wait.server)")
            case .healthCheck: tellHealthCheckTimeout(wait)
            }
        }
        overdueUntil = now
    }

    private mutating func tellHealthCheckTimeout(_ wait: Overdue) {
        counts.noteTimedOutHealthChecks(1)
        let patience = Wording.duration(timeout)
        tell(
            .healthCheckTimeout, wait.time,
            "\(wait.server) gave \(wait.client.address) no answer within \(patience)")
    }

    /// Tells loops, which only findings know: each time its count has grown.
    mutating func observe(_ findings: [Finding]) {
        for finding in findings {
            let cause: EventCause
            switch finding.check {
            case "redirect-loop": cause = .redirectLoop
            case "proxy-loop": cause = .proxyLoop
            case "traffic-loop": cause = .trafficLoop
            default: continue
            }
            let key = "\(finding.check) \(finding.id.rawValue) \(finding.subject)"
            let told = toldLoops[key] ?? 0
            guard finding.count > told else { continue }
            toldLoops[key] = finding.count
            counts.note(cause.kind, count: finding.count - told)
            log?.tell(cause, at: finding.end, "\(finding.subject): \(finding.summary)")
        }
    }

    /// Forgets the findings of a source that is over.
    mutating func beginSource() { toldLoops = [:] }
}
