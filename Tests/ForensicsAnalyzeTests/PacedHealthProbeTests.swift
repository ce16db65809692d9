import ForensicsAnalyze
import ForensicsModel
import Testing

@Suite struct PacedHealthProbeTests {
    static let checker = IPAddress(v4: 0x0A14_0028)
    static let target = Endpoint(IPAddress(v4: 0x0A14_010B), 8443)

    /// Connections of one peer that begin at these seconds, none of which carries a byte.
    static func connections(
        _ seconds: [Double], from peer: IPAddress = checker, state: ConnectionState = .sf, bytes: UInt64 = 0,
        texts: inout TextTable
    ) -> [Connection] {
        seconds.enumerated().map { index, second in
            let start = Timestamp(nanoseconds: Int64(second * 1e9))
            var connection = Connection(
                id: FactID(source: 1, record: UInt32(second * 10) + 1), offset: 0, kind: .pcap, start: start,
                end: start.advanced(by: 1_000_000), client: Endpoint(peer, UInt16(40_000 + index)), server: target)
            connection.transport = .tcp
            connection.flags = [.startSeen, .endSeen]
            connection.state = state
            connection.bytesFromClient = bytes
            connection.bytesFromServer = 0
            connection.history = texts.intern("ShAFf")
            return connection
        }
    }

    /// Runs facts through the probes in parts of a size, as a capture does.
    static func sifted(_ all: [Connection], _ texts: TextTable, part: Int) -> (connections: [Connection], checks: Int) {
        var probes = PacedHealthProbes(loadBalancers: [])
        var out: [Connection] = []
        var checks = 0
        let sorted = all.sorted { $0.id < $1.id }
        var start = 0
        repeat {
            let end = min(sorted.count, start + part)
            var batch = FactBatch()
            batch.texts = texts
            batch.connections = Array(sorted[start..<end])
            probes.sift(&batch)
            if end == sorted.count { probes.finish(&batch) }
            for connection in batch.connections { #expect(batch.texts.string(connection.history) == "ShAFf") }
            out += batch.connections
            checks += batch.healthChecks.count
            start = end
        } while start < sorted.count
        return (out.sorted { $0.id < $1.id }, checks)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var seconds: [Double]
        /// Places in `seconds` of health checks.
        var checks: [Int]
    }

    @Test(
        arguments: [
            Case(testDescription: "two prove nothing", seconds: [0, 10], checks: []),
            Case(testDescription: "three at a steady pace", seconds: [0, 10, 20], checks: [0, 1, 2]),
            Case(testDescription: "jitter of a second", seconds: [0, 10.9, 20.1, 30.6], checks: [0, 1, 2, 3]),
            Case(testDescription: "one missed", seconds: [0, 10, 20, 40, 50], checks: [0, 1, 2, 3, 4]),
            Case(testDescription: "too fast", seconds: [0, 1, 2, 3, 4], checks: []),
            Case(testDescription: "too slow", seconds: [0, 400, 800, 1200], checks: []),
            Case(testDescription: "the longest interval", seconds: [0, 300, 600], checks: [0, 1, 2]),
            Case(testDescription: "no pace", seconds: [0, 7, 40, 49, 120, 126], checks: []),
            Case(testDescription: "a run after a stray one", seconds: [0, 90, 100, 110, 120], checks: [1, 2, 3, 4]),
            Case(testDescription: "a stray one after a run", seconds: [0, 10, 20, 30, 245], checks: [0, 1, 2, 3]),
        ], [1, 2, 100]) func `a steady pace makes health checks`(_ one: Case, part: Int)
    {
        var texts = TextTable()
        let (connections, checks) = Self.sifted(Self.connections(one.seconds, texts: &texts), texts, part: part)
        #expect(connections.count == one.seconds.count)
        let marked = connections.indices.filter { connections[$0].flags.contains(.healthCheck) }
        #expect(marked == one.checks)
        #expect(checks == one.checks.count)
    }

    @Test func `payload, a public peer and an unseen start are no health checks`() {
        var texts = TextTable()
        let seconds = [0.0, 10, 20, 30]
        let payload = Self.connections(seconds, bytes: 1, texts: &texts)
        let stranger = Self.connections(seconds, from: IPAddress(v4: 0xC633_6407), texts: &texts)
        var cut = Self.connections(seconds, texts: &texts)
        for index in cut.indices { cut[index].flags = [.endSeen] }
        for connections in [payload, stranger, cut] { #expect(Self.sifted(connections, texts, part: 100).checks == 0) }
    }

    @Test func `a named load balancer's public address checks as well, and its silence is a time-out`() {
        var texts = TextTable()
        let public4 = IPAddress(v4: 0xC633_6407)
        var probes = PacedHealthProbes(loadBalancers: [IPNetwork("198.51.100.0/24")].compactMap { $0 })
        var batch = FactBatch()
        batch.connections = Self.connections([0, 10, 20], from: public4, state: .s0, texts: &texts)
        batch.texts = texts
        probes.sift(&batch)
        #expect(batch.healthChecks.map(\.outcome) == [.timeout, .timeout, .timeout])
        #expect(batch.healthChecks.allSatisfy { $0.probe == .tcp && $0.checker == public4 && $0.target == Self.target })
    }

    @Test(arguments: [
        ("an answer is success", ConnectionState.sf, false, HealthCheck.Outcome.success),
        ("silence is a time-out", .s0, false, .timeout), ("an ICMP error is failure", .s0, true, .failure),
    ])
    func `datagrams of a named load balancer at a steady pace are checks`(
        _ name: String, _ state: ConnectionState, _ isRefused: Bool, _ outcome: HealthCheck.Outcome
    ) {
        var texts = TextTable()
        var connections = Self.connections([0, 30, 60, 90], state: state, bytes: 12, texts: &texts)
        var batch = FactBatch()
        for index in connections.indices {
            connections[index].transport = .udp
            connections[index].packetsFromClient = 1
            connections[index].packetsFromServer = state == .sf ? 1 : 0
            if isRefused {
                let one = connections[index]
                batch.events.append(
                    Event(
                        kind: .icmpUnreachable, direction: .originator, id: one.id, offset: 0, time: one.start,
                        connection: one.id, client: one.client, server: one.server, value: 0x0303))
            }
        }
        batch.connections = connections
        batch.texts = texts
        var unnamed = batch
        var probes = PacedHealthProbes(loadBalancers: [IPNetwork("10.20.0.0/24")].compactMap { $0 })
        probes.sift(&batch)
        #expect(batch.healthChecks.map(\.outcome) == [outcome, outcome, outcome, outcome])
        #expect(batch.healthChecks.allSatisfy { $0.probe == .udp })
        // NTP and DNS of private hosts look just the same.
        var others = PacedHealthProbes(loadBalancers: [])
        others.sift(&unnamed)
        others.finish(&unnamed)
        #expect(unnamed.healthChecks.isEmpty)
        #expect(unnamed.connections.count == 4)
    }
}
