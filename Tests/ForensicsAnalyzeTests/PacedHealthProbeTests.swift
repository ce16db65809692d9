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
            if state == .s0 { connection.flags.insert(.synTimeout) }
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

    /// Attempts that nobody has answered yet, asked about when their time-out passes, and their connections two minutes later.
    @Test(arguments: [
        // On the beat of every ten seconds, off it, and of another peer.
        (40.0, checker, true), (44.9, checker, false), (40.0, IPAddress(v4: 0x0A14_0029), false),
    ])
    func `an attempt on a known beat is a check before its connection comes`(
        second: Double, peer: IPAddress, isCheck: Bool
    ) {
        var texts = TextTable()
        var probes = PacedHealthProbes(loadBalancers: [])
        var batch = FactBatch()
        batch.connections = Self.connections([0, 10, 20, 30], texts: &texts)
        batch.texts = texts
        probes.sift(&batch)
        let attempt = Self.connections([second], from: peer, state: .s0, texts: &texts)[0]
        #expect(probes.expects(attempt.id, from: peer, at: Self.target, since: attempt.start) == isCheck)
        // The target is well again; what comes late is decided all the same.
        for time in stride(from: 50.0, to: 170, by: 10) {
            var later = FactBatch()
            later.connections = Self.connections([time], texts: &texts)
            later.texts = texts
            probes.sift(&later)
        }
        var late = FactBatch()
        late.connections = [attempt]
        late.texts = texts
        probes.sift(&late)
        #expect(late.healthChecks.map(\.outcome) == (isCheck ? [.timeout] : []))
        #expect(late.connections.map(\.isHealthCheck) == (isCheck ? [true] : []))
    }

    // MARK: - Beside HTTP checks

    /// Connections of one checker, one every `gap` seconds: `h` an HTTP check, `r` refused, `u` unanswered, `e` established
    /// without a byte, `.` none.
    static func beat(_ script: String, every gap: Double = 30, from start: Double = 0, texts: inout TextTable)
        -> [Connection]
    {
        var all: [Connection] = []
        for (index, letter) in script.enumerated() where letter != "." {
            let state: ConnectionState = letter == "r" ? .rej : letter == "u" ? .s0 : .sf
            var one = connections([start + Double(index) * gap], state: state, texts: &texts)[0]
            one.client.port = UInt16(40_000 + index)
            if letter == "h" {
                one.flags.insert(.healthCheck)
                one.bytesFromClient = 120
                one.bytesFromServer = 80
            }
            all.append(one)
        }
        return all
    }

    /// The outcomes of the health checks that were made of connections, in parts of a size.
    static func outcomes(_ all: [Connection], _ texts: TextTable, part: Int = 100) -> [String] {
        var probes = PacedHealthProbes(loadBalancers: [])
        var checks: [HealthCheck] = []
        let sorted = all.sorted { $0.id < $1.id }
        for start in stride(from: 0, to: sorted.count, by: part) {
            var batch = FactBatch()
            batch.texts = texts
            batch.connections = Array(sorted[start..<min(start + part, sorted.count)])
            probes.sift(&batch)
            if start + part >= sorted.count { probes.finish(&batch) }
            checks += batch.healthChecks
        }
        return checks.sorted { $0.id < $1.id }.map { "\($0.probe.name) \($0.outcome.name)" }
    }

    @Test(
        arguments: [
            ("hhhrh", ["http failure"]), ("hhuhh", ["http timeout"]),
            (
                "hhhrruuhh",
                [
                    "http failure", "http failure",
                    "http timeout", "http timeout",
                ]
            ),
            // The capture begins while the target is down.
            ("rhh", ["http failure"]), ("urhh", ["http timeout", "http failure"]), ("rh", []), ("hr", []),
            ("hhh..rh", ["http failure"]), ("hhh......r", []),
            // Where a handshake was made there was no check of HTTP without a request.
            ("hhhehh", []), ("eee", ["tcp success", "tcp success", "tcp success"]),
        ], [1, 2, 100])
    func `what fails on the beat of HTTP checks is a check`(_ one: (script: String, checks: [String]), part: Int) {
        var texts = TextTable()
        let all = Self.beat(one.script, texts: &texts)
        #expect(Self.outcomes(all, texts, part: part) == one.checks, "\(one.script)")
    }

    /// Whether the address had asked the target for something before its server was gone.
    @Test(arguments: [(true, 0), (false, 6)])
    func `what a client tries again at a pace is no check`(isClient: Bool, checks: Int) {
        var texts = TextTable()
        let failing = Self.connections([60, 70, 80, 90, 100, 110], state: .rej, texts: &texts)
        let before = isClient ? Self.connections([10, 20, 30, 40], bytes: 200, texts: &texts) : []
        let result = Self.sifted(before + failing, texts, part: 3)
        #expect(result.checks == checks)
        #expect(result.connections.filter { $0.isHealthCheck }.count == checks)
    }

    @Test func `an attempt at the very end of the evidence has no outcome yet`() {
        var texts = TextTable()
        var all = Self.beat("hhhu", texts: &texts)
        all[3].flags.remove(.synTimeout)
        #expect(Self.outcomes(all, texts).isEmpty)
        #expect(Self.sifted(all, texts, part: 100).connections[3].flags.contains(.healthCheck))
    }

    @Test func `what fails off the beat of HTTP checks is the load balancer's traffic`() {
        var texts = TextTable()
        let checks = Self.beat("hhhhrrhhhh", texts: &texts)
        let traffic = Self.connections(
            [98, 105, 132, 133.5, 141, 152, 161, 166, 171.5, 188, 200], state: .rej, texts: &texts)
        #expect(Self.outcomes(checks + traffic, texts) == ["http failure", "http failure"])
    }

    @Test func `of a load balancer's failing connections the one on the beat is the check, though others come close`() {
        var texts = TextTable()
        let checks = Self.beat("hhhhhh..hhh", every: 5, texts: &texts)
        let failed = Self.connections(
            [29.5, 29.7, 29.9, 30, 30.2, 30.6, 34.2, 34.9, 35, 35.1, 36], state: .rej, texts: &texts)
        let all = Self.sifted(checks + failed, texts, part: 100).connections
        let marked = all.filter { $0.flags.contains(.healthCheck) && $0.state == .rej }
        #expect(marked.map(\.start.nanoseconds) == [30_000_000_000, 35_000_000_000])
    }

    @Test func `a checker that counts on from its time-out is followed`() {
        var texts = TextTable()
        // The check at 20 s runs into its time-out of two seconds.
        let all =
            Self.beat("hhhhh", every: 5, texts: &texts) + Self.beat("hrrhh", every: 5, from: 27, texts: &texts)
        #expect(Self.outcomes(all, texts) == ["http failure", "http failure"])
    }

    // MARK: - Several checkers behind one address

    @Test(arguments: [[1], [1, 4], [1, 3.5, 7], [1, 1.2, 6, 9.5], [1, 2, 3, 4, 5, 6, 7, 8]], [1, 7, 1000])
    func `several beats of one address are checks`(_ bases: [Double], part: Int) {
        var texts = TextTable()
        var all: [Connection] = []
        for base in bases { all += Self.beat("eeeeerrreeee", every: 10, from: base, texts: &texts) }
        let told = Self.outcomes(all, texts, part: part)
        #expect(told.count == bases.count * 12)
        #expect(told.count { $0 == "tcp failure" } == bases.count * 3)
    }

    @Test func `a second checker that begins later is told as well, and one that ends does not end the others`() {
        var texts = TextTable()
        let all =
            Self.beat("eeeeeeeeeeee", every: 10, texts: &texts)
            + Self.beat("eeeer", every: 10, from: 43.5, texts: &texts)
        #expect(Self.outcomes(all, texts).count == 17)
    }

    @Test func `failing HTTP checks of several beats are checks too`() {
        var texts = TextTable()
        let all =
            Self.beat("hhhhhrrhhh", every: 10, from: 1, texts: &texts)
            + Self.beat("hhhhhrrhhh", every: 10, from: 4.2, texts: &texts)
        #expect(Self.outcomes(all, texts) == Array(repeating: "http failure", count: 4))
    }

    @Test(arguments: 0..<200) func `connections without any pace are no checks`(_ seed: UInt64) {
        var texts = TextTable()
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var second = 0.0
        // Closer than any interval, so that only several beats could be seen in them.
        let seconds = (0..<80).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            second += 0.2 + Double(state >> 33 & 0xFFFF) / 65_536 * 3.7
            return second
        }
        #expect(Self.outcomes(Self.connections(seconds, texts: &texts), texts).isEmpty)
    }

    @Test func `a crowd of peers that connect without data neither grows without bound nor hides later checks`() {
        var texts = TextTable()
        var all: [Connection] = []
        // Without any pace: 9 connections of each of 1000 peers within an hour; then a checker.
        for peer in 0..<1000 {
            let seconds = [0.0, 3, 7, 8, 17, 18.5, 21, 24, 26].map { $0 + Double(peer) * 3.6 }
            all += Self.connections(seconds, from: IPAddress(v4: 0x0A00_0000 + UInt32(peer)), texts: &texts)
        }
        all += Self.beat("eeeee", every: 10, from: 6000, texts: &texts)
        for index in all.indices { all[index].id = FactID(source: 1, record: UInt32(index) + 1) }
        #expect(Self.outcomes(all, texts, part: 500).count == 5)
        #expect(Self.sifted(all, texts, part: 500).connections.count == 9005)
    }

    // MARK: - Payload, and captures of one direction

    @Test func `a header of PROXY protocol is no payload, unless it names a client other than its sender`() {
        var texts = TextTable()
        var connections = Self.connections([0, 10, 20, 30], bytes: 16, texts: &texts)
        for index in connections.indices { connections[index].flags.insert(.proxyHeaderOnly) }
        #expect(Self.outcomes(connections, texts).count == 4)
        for index in connections.indices { connections[index].flags.insert(.proxied) }
        #expect(Self.outcomes(connections, texts).count == 4)
        for index in connections.indices {
            connections[index].client = Endpoint(IPAddress(v4: 0xC633_6407), connections[index].client.port)
        }
        #expect(Self.outcomes(connections, texts).isEmpty)
    }

    @Test func `a check of which only the checker's packets were captured succeeded`() {
        var texts = TextTable()
        var connections = Self.connections([0, 10, 20, 30], state: .sh, texts: &texts)
        for index in connections.indices { connections[index].flags.insert(.answerUnseen) }
        #expect(Self.outcomes(connections, texts) == Array(repeating: "tcp success", count: 4))
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

    @Test(arguments: [(target.address, 0), (checker, 4)])
    func `what a host tries with itself is no health check`(peer: IPAddress, checks: Int) {
        var texts = TextTable()
        let attempts = Self.connections([0, 10, 20, 30], from: peer, state: .s0, texts: &texts)
        let found = Self.sifted(attempts, texts, part: 10)
        #expect(found.checks == checks && found.connections.count == 4)
        #expect(found.connections.count { $0.flags.contains(.healthCheck) } == checks)
    }

    @Test func `connections beyond the pairs that are watched are counted, and given out`() {
        var texts = TextTable()
        let more = 7
        var all: [Connection] = []
        for peer in 0..<(PacedHealthProbes.pairLimit + more) {
            var one = Self.connections(
                [Double(peer) / 1000], from: IPAddress(v4: 0x0A00_0000 + UInt32(peer)), texts: &texts)
            one[0].id = FactID(source: 1, record: UInt32(peer) + 1)
            all += one
        }
        var probes = PacedHealthProbes(loadBalancers: [])
        var batch = FactBatch()
        batch.texts = texts
        batch.connections = all
        probes.sift(&batch)
        #expect(batch.connections.count == more && probes.unwatched == UInt64(more))
        probes.finish(&batch)
        #expect(batch.connections.count == all.count && batch.healthChecks.isEmpty)
    }
}
