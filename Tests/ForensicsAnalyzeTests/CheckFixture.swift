import ForensicsAnalyze
import ForensicsModel

/// Builds facts and shows them to all checks.
struct CheckFixture {
    static let origin = Timestamp(nanoseconds: 1_762_164_000_000_000_000)
    static let second: Int64 = 1_000_000_000
    static let target = Endpoint(IPAddress(v4: 0x0A00_0010), 8443)
    static let client = Endpoint(IPAddress(v4: 0xC633_6401), 40_000)

    private(set) var batch = FactBatch()
    private var record: UInt32 = 0

    private mutating func nextID() -> FactID {
        record += 1
        return FactID(source: 1, record: record)
    }

    static func at(_ seconds: Double) -> Timestamp { origin.advanced(by: Int64(seconds * 1_000_000_000)) }

    mutating func text(_ text: String) -> TextID { batch.texts.intern(text) }

    /// Adds an answered request: 200 in 5 ms unless changed.
    mutating func exchange(
        at seconds: Double = 0, _ kind: EvidenceKind = .alb, _ change: (inout Exchange) -> Void = { _ in }
    ) {
        var exchange = Exchange(id: nextID(), offset: 7, kind: kind, time: Self.at(seconds), client: Self.client)
        exchange.target = Self.target
        exchange.status = 200
        exchange.targetStatus = 200
        exchange.totalTime = 5_000_000
        exchange.targetTime = 5_000_000
        change(&exchange)
        batch.exchanges.append(exchange)
    }

    /// Adds a captured connection that was opened and closed in order, and moved data, unless changed.
    mutating func connection(
        at end: Double = 0, lasting seconds: Double = 1, _ kind: EvidenceKind = .pcap,
        _ change: (inout Connection) -> Void = { _ in }
    ) {
        var connection = Connection(
            id: nextID(), offset: 7, kind: kind, start: Self.at(end - seconds), end: Self.at(end),
            client: Self.client, server: Self.target)
        connection.duration = Int64(seconds * 1_000_000_000)
        connection.state = kind.isCapture ? .sf : .none
        connection.flags = [.startSeen, .endSeen]
        connection.bytesFromClient = 500
        connection.bytesFromServer = 5000
        connection.packetsFromClient = 10
        connection.packetsFromServer = 10
        change(&connection)
        batch.connections.append(connection)
    }

    mutating func probe(at seconds: Double, _ outcome: HealthCheck.Outcome, checker: UInt32 = 9) {
        var probe = HealthCheck(
            id: nextID(), offset: 7, kind: .pcap, probe: .http, outcome: outcome, time: Self.at(seconds))
        probe.target = Self.target
        probe.checker = IPAddress(v4: checker)
        batch.healthChecks.append(probe)
    }

    /// Adds a check as a log of health checks tells it.
    mutating func loggedProbe(
        at seconds: Double, _ outcome: HealthCheck.Outcome, node: String, group: String = "web",
        target: Endpoint = target
    ) {
        var probe = HealthCheck(
            id: nextID(), offset: 7, kind: .albHealthCheck, probe: .log, outcome: outcome, time: Self.at(seconds))
        probe.target = target
        probe.node = text(node)
        probe.targetGroup = text(group)
        batch.healthChecks.append(probe)
    }

    mutating func event(
        _ kind: Event.Kind, at seconds: Double, value: Int64 = 0, direction: Direction = .originator,
        connection: UInt32 = 1, client: Endpoint? = nil, server: Endpoint = target
    ) {
        batch.events.append(
            Event(
                kind: kind, direction: direction, id: nextID(), offset: 7, time: Self.at(seconds),
                connection: FactID(source: 1, record: connection), client: client ?? Self.client, server: server,
                value: value))
    }

    /// Adds data segments of a minute, of which some had been sent before; each of those has an event.
    ///
    /// - Parameters:
    ///   - largest: how many of these the connection has that has most.
    ///   - clients: how many addresses have them, in turn.
    mutating func segments(
        _ minute: Int, _ sender: Direction, sent: UInt64, resent: UInt64, unseen: UInt64 = 0, largest: UInt64 = 1,
        clients: UInt32 = 8
    ) {
        var counts = SegmentCounts()
        (counts.sent, counts.resent, counts.unseen, counts.largest) = (sent, resent, unseen, largest)
        var one = SegmentMinute(minute: Self.origin.nanoseconds / 60_000_000_000 + Int64(minute))
        if sender == .originator { one.fromClients = counts } else { one.fromServers = counts }
        batch.segments.append(one)
        for index in 0..<UInt32(resent) {
            let client = Endpoint(IPAddress(v4: 0xC633_6401 + index % clients), 40_000)
            event(
                .retransmission, at: Double(minute) * 60 + Double(index) * 0.01, value: 1460, direction: sender,
                client: client)
        }
    }

    /// The findings of everything added, other than those about the type of load balancer.
    var findings: [Finding] { allFindings.filter { $0.check != "load-balancer-type" } }

    var allFindings: [Finding] {
        var checks = CheckSet()
        checks.observe(batch)
        return checks.finish(end: Timestamp(nanoseconds: .max))
    }

    /// Check, blame and count of each finding, as text to compare.
    static func told(_ build: (inout CheckFixture) -> Void) -> [String] {
        var fixture = CheckFixture()
        build(&fixture)
        return fixture.findings.map { "\($0.check) \($0.blame.name ?? "-") \($0.subject) \($0.count)" }
    }
}
