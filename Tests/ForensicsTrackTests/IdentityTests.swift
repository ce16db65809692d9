import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

private func network(_ text: String) -> IPNetwork { IPNetwork(text) ?? IPNetwork(.unspecified, length: 0) }
private func address(_ text: String) -> IPAddress { IPAddress(text) ?? .unspecified }

/// A chain of X-Forwarded-For and whom it names.
struct IdentityCase: CustomTestStringConvertible, Sendable {
    var headers: [String]
    var peer = "10.0.0.1"
    var balancer: String?
    var trusted: [String] = []
    var client: String
    var port: UInt16 = 0
    var flags: ExchangeFlags = []
    var backend = true
    var testDescription: String { "\(headers) from \(peer)" }
}

@Suite struct IdentityTests {
    // Expected values: DESIGN's rule for the client; AWS, "HTTP headers and Application Load Balancers".
    @Test(arguments: [
        IdentityCase(headers: ["203.0.113.7"], client: "203.0.113.7"),
        IdentityCase(headers: ["198.51.100.1, 203.0.113.7"], client: "203.0.113.7"),
        IdentityCase(headers: ["10.9.9.9, 203.0.113.7"], client: "203.0.113.7", flags: .forwardedPrivate),
        IdentityCase(headers: ["203.0.113.7:4711"], client: "203.0.113.7", port: 4711),
        IdentityCase(headers: ["[2001:db8::7]:4711"], client: "2001:db8::7", port: 4711),
        IdentityCase(headers: ["2001:db8::7"], client: "2001:db8::7"),
        IdentityCase(headers: ["198.51.100.1, 203.0.113.7"], trusted: ["203.0.113.0/24"], client: "198.51.100.1"),
        IdentityCase(
            headers: ["192.0.2.9, 198.51.100.1, 203.0.113.7"], trusted: ["203.0.113.0/24", "198.51.100.0/24"],
            client: "192.0.2.9"),
        IdentityCase(headers: ["203.0.113.7"], trusted: ["203.0.113.0/24"], client: "203.0.113.7"),
        IdentityCase(headers: ["192.0.2.1", "203.0.113.7"], client: "203.0.113.7"),
        IdentityCase(headers: ["unknown"], client: "10.0.0.1", port: 40_000, flags: .clientUntrusted),
        IdentityCase(
            headers: ["203.0.113.7"], peer: "198.51.100.200", client: "198.51.100.200", port: 40_000,
            flags: .clientUntrusted, backend: false),
        IdentityCase(
            headers: ["203.0.113.7"], peer: "198.51.100.200", balancer: "198.51.100.0/24", client: "203.0.113.7"),
        IdentityCase(headers: [], client: "10.0.0.1", port: 40_000, backend: false),
        IdentityCase(headers: [], balancer: "10.0.0.0/8", client: "10.0.0.1", port: 40_000),
    ])
    func `a request's client is decided by its own chain and the options`(_ item: IdentityCase) throws {
        var options = TrackOptions()
        options.trustedProxies = item.trusted.map(network)
        if let balancer = item.balancer { options.loadBalancers = [network(balancer)] }
        var talk = Talk()
        talk.client.address = address(item.peer)
        talk.handshake()
        let headers = item.headers.map { "X-Forwarded-For: \($0)\r\n" }.joined()
        talk.say(.client, "GET / HTTP/1.1\r\nHost: a\r\n\(headers)\r\n", at: 30)
        talk.say(.server, "HTTP/1.1 204 N\r\n\r\n", at: 40)
        let tracked = Tracked(talk, options: options)
        let exchange = try #require(tracked.exchanges.first)
        #expect(exchange.fact.client == Endpoint(address(item.client), item.port))
        #expect(exchange.fact.peer == address(item.peer))
        #expect(exchange.fact.flags == item.flags)
        #expect(exchange.chain == (item.headers.isEmpty ? nil : item.headers.joined(separator: ", ")))
        // A connection is never named by X-Forwarded-For.
        #expect(tracked.connections[0].fact.client.address == address(item.peer))
        #expect(tracked.connections[0].fact.role == (item.backend ? .backend : .client))
    }

    /// A request of a private peer whose head was cut before its end, and which the peer then resets.
    private static func cut(_ fields: String, named: Bool = false) -> Tracked {
        var options = TrackOptions()
        if named { options.loadBalancers = [network("10.0.0.0/8")] }
        var talk = Talk()
        talk.handshake()
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
        talk.packet(
            .client, "PA", seq: talk.clientNext, ack: talk.serverNext, Array(request.utf8), at: 30,
            captured: min(60, request.utf8.count))
        talk.clientNext &+= UInt32(request.utf8.count)
        talk.packet(.client, "RA", seq: talk.clientNext, ack: talk.serverNext, at: 900)
        return Tracked(talk, options: options)
    }

    @Test func `whose side a private peer is whose head was cut is unknown, unless a chain or an option tells`() {
        let filler = "X-A: \(String(repeating: "a", count: 60))\r\n"
        let chain = "X-Forwarded-For: 203.0.113.7\r\n"
        let cases: [(fields: String, named: Bool, role: ConnectionRole, isUntold: Bool, blame: Blame)] = [
            (filler + chain, false, .client, true, .unknown), (chain + filler, false, .backend, false, .loadBalancer),
            ("", false, .client, false, .client), (filler, true, .backend, true, .loadBalancer),
        ]
        for item in cases {
            let tracked = Self.cut(item.fields, named: item.named)
            #expect(tracked.connections.map(\.fact.role) == [item.role], "\(item)")
            #expect(tracked.connections.map { $0.fact.flags.contains(.roleUntold) } == [item.isUntold], "\(item)")
            #expect(tracked.exchanges.map(\.fact.blame) == [item.blame], "\(item)")
            #expect(tracked.counters.cutHeads == (item.isUntold ? 1 : 0), "\(item)")
        }
    }

    @Test func `nor does a connection tell it of which no payload was captured`() {
        for captured in [0, 7] {
            var talk = Talk()
            talk.handshake()
            talk.packet(
                .client, "PA", seq: talk.clientNext, ack: talk.serverNext, [UInt8](repeating: 0xEE, count: 100), at: 30,
                captured: captured)
            #expect(
                Tracked(talk).connections.map { $0.fact.flags.contains(.roleUntold) } == [captured == 0],
                "\(captured)")
        }
    }

    @Test(arguments: [("10.0.0.1", true), ("198.51.100.7", false)])
    func `nor does a connection tell it that began before the capture and shows no request`(
        _ peer: String, _ isUntold: Bool
    ) {
        var talk = Talk()
        talk.client.address = address(peer)
        for time in 0..<5 {
            talk.say(.server, [UInt8](repeating: 7, count: 1000), at: Double(time))
            talk.acknowledge(.client, at: Double(time) + 0.5)
        }
        #expect(Tracked(talk).connections.map { $0.fact.flags.contains(.roleUntold) } == [isUntold])
    }

    @Test(arguments: [
        ("PROXY TCP4 203.0.113.9 192.0.2.1 5555 80\r\n", "203.0.113.9"),
        ("PROXY TCP6 2001:db8::9 2001:db8::1 5555 80\r\n", "2001:db8::9"),
    ])
    func `PROXY protocol names the client of connection and request`(_ header: String, _ client: String) {
        let text = header + "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.77\r\n\r\n"
        for cut in [0, 3, 20, header.utf8.count, header.utf8.count + 5] {
            var talk = Talk()
            talk.handshake()
            let bytes = Array(text.utf8)
            if cut > 0 { talk.say(.client, Array(bytes[..<cut]), at: 30) }
            talk.say(.client, Array(bytes[cut...]), at: 31)
            talk.say(.server, "HTTP/1.1 204 N\r\n\r\n", at: 40)
            let tracked = Tracked(talk)
            let expected = Endpoint(address(client), 5555)
            #expect(tracked.connections[0].fact.client == expected, "cut \(cut)")
            #expect(tracked.connections[0].fact.peer == talk.client.address)
            #expect(tracked.connections[0].fact.flags.contains(.proxied))
            #expect(tracked.exchanges.map(\.fact.client) == [expected], "cut \(cut)")
            #expect(tracked.events(.proxyHeader).map(\.value) == [1])
        }
    }

    /// What a mirror sends is the same connection: what its peer is does not depend on how it was seen.
    @Test(arguments: [
        ("X-Forwarded-For: 198.51.100.9\r\n", "", ConnectionRole.backend), ("", "", .mirror),
        ("", "PROXY TCP4 203.0.113.9 192.0.2.1 5555 80\r\n", .mirror),
    ])
    func `a mirrored connection of a load balancer that pools clients is none of a client`(
        _ header: String, _ proxy: String, _ role: ConnectionRole
    ) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, proxy + "GET / HTTP/1.1\r\nHost: a\r\n\(header)\r\n", at: 30)
        talk.say(.server, "HTTP/1.1 204 N\r\n\r\n", at: 40)
        for index in talk.batch.packets.indices { talk.batch.packets[index].attributes = .mirrored }
        let tracked = Tracked(talk)
        #expect(tracked.connections.map(\.fact.role) == [role])
        #expect(tracked.connections.map(\.fact.namesClient) == [role != .backend])
        var options = TrackOptions()
        options.loadBalancers = [network("10.0.0.0/8")]
        let expected: ConnectionRole = proxy.isEmpty ? .backend : .mirror
        #expect(Tracked(talk, options: options).connections.map(\.fact.role) == [expected])
    }

    @Test(arguments: [(100, "10.0.0.1", true), (400, "10.0.0.1", false), (100, "192.0.2.99", false)])
    func `a head cut before its end does not tell that the peer is the client`(
        _ captured: Int, _ peer: String, _ isUntrusted: Bool
    ) {
        var talk = Talk()
        talk.client.address = address(peer)
        talk.handshake()
        let cookie = String(repeating: "c", count: 150)
        talk.say(.client, "GET / HTTP/1.1\r\nHost: a\r\nCookie: \(cookie)\r\n\r\n", at: 30)
        let last = talk.batch.packets.count - 1
        talk.batch.packets[last].payloadCaptured = min(Int32(captured), talk.batch.packets[last].payloadLength)
        talk.say(.server, "HTTP/1.1 204 N\r\n\r\n", at: 40)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.fact.client.address) == [address(peer)])
        #expect(tracked.exchanges.map { $0.fact.flags.contains(.clientUntrusted) } == [isUntrusted])
    }

    @Test func `version 2 with AWS's endpoint TLV is stepped over`() {
        var header: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
        header += [0x21, 0x11, 0, 0]
        header += [203, 0, 113, 9, 192, 0, 2, 1, 0x15, 0xB3, 0, 80]
        header += [0xEA, 0, 5, 1] + Array("vpce".utf8)
        header[15] = UInt8(header.count - 16)
        var talk = Talk()
        talk.handshake()
        talk.say(.client, header + Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), at: 30)
        talk.say(.server, "HTTP/1.1 204 N\r\n\r\n", at: 40)
        let tracked = Tracked(talk)
        #expect(tracked.connections[0].fact.client == Endpoint(address("203.0.113.9"), 5555))
        #expect(tracked.exchanges.count == 1)
    }

    @Test(arguments: [(200, HealthCheck.Outcome.success), (302, .success), (500, .failure)])
    func `a health check is told from its agent, its peer and the missing chain`(
        _ status: Int, _ outcome: HealthCheck.Outcome
    ) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /health HTTP/1.1\r\nHost: a\r\nUser-Agent: ELB-HealthChecker/2.0\r\n\r\n", at: 30)
        talk.say(.server, "HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n", at: 47)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges[0].fact.flags == .healthCheck)
        #expect(tracked.connections[0].fact.flags.contains(.healthCheck))
        #expect(tracked.checks.map(\.outcome) == [outcome])
        #expect(tracked.checks.map(\.latency) == [17_000_000])
        #expect(tracked.checks.map(\.checker) == [talk.client.address])
        #expect(tracked.checks.map(\.target) == [talk.server])
    }

    @Test(arguments: [
        ("X-Forwarded-For: 203.0.113.7\r\n", "10.0.0.1"), ("", "198.51.100.7"),
    ])
    func `the checker's agent alone makes no health check`(_ header: String, _ peer: String) {
        var talk = Talk()
        talk.client.address = address(peer)
        talk.handshake()
        talk.say(.client, "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: ELB-HealthChecker/2.0\r\n\(header)\r\n", at: 30)
        talk.say(.server, "HTTP/1.1 204 N\r\n\r\n", at: 40)
        #expect(Tracked(talk).checks.isEmpty)
    }

    @Test func `a health check without an answer times out, one still open says nothing`() {
        for (end, expected) in [(10_000.0, [HealthCheck.Outcome.timeout]), (1000, [])] {
            var talk = Talk()
            talk.handshake()
            talk.say(.client, "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: ELB-HealthChecker/1.0\r\n\r\n", at: 30)
            #expect(Tracked(talk, end: end).checks.map(\.outcome) == expected)
        }
    }
}
