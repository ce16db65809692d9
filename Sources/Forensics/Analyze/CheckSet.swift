package import ForensicsModel

/// All checks at work on one unit of evidence.
///
/// Facts may be divided into batches at will. Facts of log rows come in the order of the log; those of captures may come
/// in any order in which each connection and exchange comes after what began before it ended.
package struct CheckSet: Sendable {
    var context: CheckContext

    /// What captures are here, which events do not say.
    private let captureKind: EvidenceKind

    /// - Parameter captureKind: `.live` where the packets are those of an interface.
    package init(options: CheckOptions = CheckOptions(), captureKind: EvidenceKind = .pcap) {
        context = CheckContext(options: options)
        self.captureKind = captureKind
    }

    /// Shows a batch to every check.
    package mutating func observe(_ batch: borrowing FactBatch) {
        context.begin(batch.texts)
        let exchanges = batch.exchanges.span
        context.loadBalancers.note(batch, context.texts)
        // Before what they happened to: the reset that ends a request tells whether a timer had cut its connection.
        for event in batch.events { Self.observe(event, &context) }
        for minute in batch.segments { context.losses.note(minute) }
        for index in exchanges.indices {
            if Self.isNotable(exchanges[index], context.options) { Self.observe(exchanges[index], &context) }
        }
        let connections = batch.connections.span
        for index in connections.indices {
            // No log of a load balancer tells refused attempts.
            if connections[index].kind.showsPeers { context.scans.noteAnswer(connections[index]) }
            if connections[index].kind.isCapture { context.leaks.note(connections[index]) }
            if Self.isNotable(connections[index], context) { Self.observe(connections[index], &context) }
        }
        for probe in batch.healthChecks { Self.observe(probe, &context) }
        context.end()
    }

    /// Sightings that may be missing in bursts: more subjects had some at once than are followed.
    package var refusedSightings: UInt64 { context.refusedSightings }

    /// Returns the findings, ordered by time, check and subject. Nothing times out after `end`, the last record.
    package mutating func finish(end: Timestamp) -> [Finding] {
        ZeroWindowStallCheck.finish(&context)
        IdleCloseCheck.finish(&context)
        IdleTimeoutResetCheck.finish(&context)
        PortScanCheck.finish(&context)
        ConnectionRefusedCheck.finish(&context)
        TargetsReplacedCheck.finish(&context)
        PacketLossCheck.finish(&context)
        ConnectionLeakCheck.finish(&context)
        context.flushBursts()
        let loadBalancers = context.loadBalancers
        loadBalancers.flush(&context)
        var findings: [(check: CheckID, finding: Finding)] = []
        let episodes = ClientCrowds.joined(context.episodes.all)
        let rowsBeside = IdleTimeoutResetCheck.rowsBeside(episodes)
        for (key, episode) in episodes {
            let check = CheckRegistry.check(key.check)
            guard check.qualifies(episode, context.options) else { continue }
            if IdleTimeoutResetCheck.isChance(key, episode, rowsBeside) { continue }
            let subject = key.subject.text(context.subjects)
            let finding = Finding(
                id: episode.firstID, check: check.description.name,
                severity: key.subject.isSmallCrowd ? min(.notice, check.severity(episode)) : check.severity(episode),
                blame: check.blame(episode, key.blame), kind: episode.kind == .pcap ? captureKind : episode.kind,
                subject: subject,
                summary: check.summary(episode, subject, context.options), start: episode.start, end: episode.end,
                count: episode.count, evidence: episode.evidence)
            findings.append((key.check, finding))
        }
        findings.sort { left, right in
            let (first, second) = (left.finding, right.finding)
            if first.start != second.start { return first.start < second.start }
            if left.check != right.check { return left.check.rawValue < right.check.rawValue }
            if first.subject != second.subject {
                return first.subject.utf8.lexicographicallyPrecedes(second.subject.utf8)
            }
            if first.blame != second.blame { return first.blame.rawValue < second.blame.rawValue }
            return first.id < second.id
        }
        context = CheckContext(options: context.options)
        return findings.map(\.finding)
    }

    // MARK: - Which check sees what

    /// Whether any check of exchanges could have something to say: nearly all are plain successes.
    @inline(__always)
    private static func isNotable(_ exchange: borrowing Exchange, _ options: CheckOptions) -> Bool {
        guard let status = exchange.status, status > 0, status < 300 else { return true }
        // Raw values: operators of another module are calls, and this is asked of every row.
        if exchange.flags.rawValue != 0 { return true }
        if exchange.cause.rawValue != 0 { return true }
        if exchange.classification.rawValue != 0 { return true }
        if exchange.forwardedFor.rawValue != 0 { return true }
        guard let elapsed = exchange.totalTime else { return true }
        return elapsed > options.slowRequest
    }

    /// Each speaks of a fault. Made once: an option set from a literal costs more than all else that is asked of a row.
    private static let marks = ConnectionFlags(
        [.rejected, .synTimeout, .tlsFailed, .unreachable, .undispatched]
    ).rawValue

    /// Whether any check of connections could have something to say: most are without a fault, and short.
    @inline(__always)
    private static func isNotable(_ connection: borrowing Connection, _ context: borrowing CheckContext) -> Bool {
        if connection.flags.rawValue & marks != 0 { return true }
        if connection.state.rawValue == ConnectionState.rej.rawValue { return true }
        if connection.resetBy.rawValue != ResetSender.none.rawValue { return true }
        if connection.client.address.low == connection.server.address.low { return true }
        let slow = context.options.slowHandshake
        if connection.handshake ?? 0 > slow { return true }
        if connection.tlsHandshake ?? 0 > slow { return true }
        let long = min(context.options.longConnection, IdleTimeoutResetCheck.shortestRow)
        if let duration = connection.duration, duration >= long { return true }
        guard connection.kind.isCapture else { return false }
        // What its events told waits for it.
        if context.awaitsConnections { return true }
        if connection.retransmissions ?? 0 > 0 { return true }
        if connection.zeroWindows ?? 0 > 0 { return true }
        guard connection.bytesFromClient == 0 else { return false }
        return connection.bytesFromServer == 0
    }

    private static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        if exchange.isHealthCheck || exchange.isHalfLeg { return }
        RequestTimeoutCheck.observe(exchange, &context)
        RequestAbandonedCheck.observe(exchange, &context)
        TargetErrorsCheck.observe(exchange, &context)
        GRPCErrorsCheck.observe(exchange, &context)
        LoadBalancerErrorsCheck.observe(exchange, &context)
        TargetTimeoutCheck.observe(exchange, &context)
        KeepAliveRaceCheck.observe(exchange, &context)
        AnswerCutCheck.observe(exchange, &context)
        // What the client did is told of the leg on which it came in.
        if exchange.isSecondLeg { return }
        SlowRequestCheck.observe(exchange, &context)
        ClientErrorsCheck.observe(exchange, &context)
        RedirectLoopCheck.observe(exchange, &context)
        ProxyLoopCheck.observe(exchange, &context)
        DesyncCheck.observe(exchange, &context)
        RapidResetCheck.observe(exchange, &context)
        RequestsCancelledCheck.observe(exchange, &context)
        WAFBlockedCheck.observe(exchange, &context)
        SpoofedForwardedForCheck.observe(exchange, &context)
    }

    private static func observe(_ connection: Connection, _ context: inout CheckContext) {
        ZeroWindowStallCheck.observe(connection, &context)
        context.idleGaps.forget(connection.id)
        if connection.isHealthCheck || connection.isHalfLeg {
            _ = context.tlsFailures.take(connection.id)
            return
        }
        SynTimeoutCheck.observe(connection, &context)
        ConnectionRefusedCheck.observe(connection, &context)
        UndispatchedConnectionCheck.observe(connection, &context)
        ResetByTargetCheck.observe(connection, &context)
        HairpinCheck.observe(connection, &context)
        IdleTimeoutResetCheck.observe(connection, &context)
        if connection.isSecondLeg {
            _ = context.tlsFailures.take(connection.id)
            return
        }
        SlowHandshakeCheck.observe(connection, &context)
        SlowConnectionCheck.observe(connection, &context)
        LongConnectionCheck.observe(connection, &context)
        ResetByClientCheck.observe(connection, &context)
        RetransmissionBurstCheck.observe(connection, &context)
        HalfOpenCheck.observe(connection, &context)
        TLSFailureCheck.observe(connection, &context)
        DatalessConnectCheck.observe(connection, &context)
    }

    private static func observe(_ probe: HealthCheck, _ context: inout CheckContext) {
        HealthCheckFailureCheck.observe(probe, &context)
        HealthCheckTimeoutCheck.observe(probe, &context)
        HealthFlapCheck.observe(probe, &context)
        TargetsReplacedCheck.observe(probe, &context)
    }

    private static func observe(_ event: Event, _ context: inout CheckContext) {
        context.loadBalancers.note(event)
        ZeroWindowStallCheck.observe(event, &context)
        TrafficLoopCheck.observe(event, &context)
        PacketLossCheck.observe(event, &context)
        TLSFailureCheck.observe(event, &context)
        IdleTimeoutResetCheck.observe(event, &context)
        IdleCloseCheck.observe(event, &context)
    }
}
