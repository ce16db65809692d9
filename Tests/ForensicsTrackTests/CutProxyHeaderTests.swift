import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Headers of PROXY protocol of which the snap length, or a mirror's, cut the end. PROXY protocol, section 2.2.
@Suite struct CutProxyHeaderTests {
    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let named = Endpoint(IPAddress(v4: 0xCB00_7107), 5555)
    /// 100 bytes as a Network Load Balancer writes them: addresses, then 72 bytes of a TLV.
    private static let binary =
        signature + [0x21, 0x11, 0, 84, 203, 0, 113, 7, 10, 0, 0, 10, 0x15, 0xB3, 0, 80]
        + [4, 0, 69] + [UInt8](repeating: 0, count: 69)
    private static let local = signature + [0x20, 0x00, 0, 40] + [4, 0, 37] + [UInt8](repeating: 0, count: 37)
    private static let text = Array("PROXY TCP4 203.0.113.7 10.0.0.10 5555 80\r\n".utf8)

    private static func get(_ path: String) -> [UInt8] { Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8) }

    /// Sends segments, of the first of which, or of each, so much is captured, then an answer and another request with its own.
    private static func sent(_ segments: [[UInt8]], captured: Int, each: Bool = false) -> Tracked {
        var talk = Talk()
        talk.handshake()
        for (index, segment) in segments.enumerated() {
            talk.packet(
                .client, "PA", seq: talk.clientNext, ack: talk.serverNext, segment, at: 30 + Double(index),
                captured: index == 0 || each ? min(segment.count, captured) : segment.count)
            talk.clientNext &+= UInt32(segment.count)
        }
        talk.say(.server, "HTTP/1.1 204 N\r\n\r\n", at: 60)
        talk.say(.client, get("/last"), at: 70)
        talk.say(.server, "HTTP/1.1 503 N\r\nContent-Length: 0\r\n\r\n", at: 80)
        return Tracked(talk)
    }

    @Test(arguments: 28..<100)
    func `the client of a header that is cut behind its addresses is known, and what follows is read`(_ captured: Int) {
        let tracked = Self.sent([Self.binary, Self.get("/a")], captured: captured)
        #expect(tracked.connections.map(\.fact.client) == [Self.named])
        #expect(tracked.connections.map { $0.fact.flags.contains(.proxied) } == [true])
        #expect(tracked.connections.map(\.fact.role) == [.client])
        #expect(tracked.exchanges.map(\.fact.client) == [Self.named, Self.named])
        #expect(tracked.exchanges.map(\.path) == ["/a", "/last"])
        #expect(tracked.exchanges.map(\.fact.status) == [204, 503])
        #expect(tracked.exchanges.allSatisfy { !$0.fact.flags.contains(.clientUntrusted) })
        #expect(tracked.counters.cutProxyHeaders == 0)
    }

    @Test(arguments: 28..<100)
    func `a request in the segment of a cut header is lost, and the next one read`(_ captured: Int) {
        let tracked = Self.sent([Self.binary + Self.get("/a")], captured: captured)
        #expect(tracked.connections.map(\.fact.client) == [Self.named])
        #expect(tracked.exchanges.map(\.path) == ["/last"])
        #expect(tracked.exchanges.map(\.fact.status) == [503])
    }

    @Test(arguments: [10, 60])
    func `a cut header in two segments is stepped over`(_ cut: Int) {
        let parts = [Array(Self.binary[..<cut]), Array(Self.binary[cut...])]
        let tracked = Self.sent(parts + [Self.get("/a")], captured: 50, each: true)
        #expect(tracked.connections.map(\.fact.client) == [Self.named])
        #expect(tracked.exchanges.map(\.path) == ["/a", "/last"])
        let joined = Self.sent([parts[0], parts[1] + Self.get("/a")], captured: 50, each: true)
        #expect(joined.connections.map(\.fact.client) == [Self.named])
        #expect(joined.exchanges.last?.path == "/last")
    }

    @Test(arguments: 12..<28)
    func `a header that is cut before its client leaves it unknown, and says so`(_ captured: Int) {
        let tracked = Self.sent([Self.binary, Self.get("/a")], captured: captured)
        Self.checkUnknown(tracked, "\(captured)")
    }

    @Test(arguments: [6, 20, 40])
    func `a line that is cut leaves its client unknown, and says so`(_ captured: Int) {
        let tracked = Self.sent([Self.text, Self.get("/a")], captured: captured)
        Self.checkUnknown(tracked, "\(captured)")
    }

    private static func checkUnknown(_ tracked: Tracked, _ note: String) {
        #expect(tracked.connections.map(\.fact.role) == [.backend], "\(note)")
        #expect(tracked.connections.map { $0.fact.flags.contains(.proxied) } == [false], "\(note)")
        #expect(tracked.exchanges.map(\.path) == ["/a", "/last"], "\(note)")
        #expect(tracked.exchanges.allSatisfy { $0.fact.flags.contains(.clientUntrusted) }, "\(note)")
        var tally = LedgerTally()
        tracked.counters.note(into: &tally)
        #expect(tally.count(.proxyHeaderCut) == 1, "\(note)")
    }

    @Test(arguments: [text, binary, local])
    func `a whole header before a request that is cut is read, and so is the request`(_ header: [UInt8]) {
        let tracked = Self.sent([header + Self.get("/a/path/that/is/cut")], captured: header.count + 12)
        let isLocal = header == Self.local
        #expect(tracked.connections.map { $0.fact.flags.contains(.proxied) } == [!isLocal])
        #expect(tracked.exchanges.map(\.method) == ["GET", "GET"])
        #expect(tracked.exchanges.map(\.fact.status) == [204, 503])
        #expect(tracked.counters.cutProxyHeaders == 0)
    }

    @Test func `a load balancer that speaks for itself in a cut header is the client`() {
        let tracked = Self.sent([Self.local, Self.get("/a")], captured: 40)
        #expect(tracked.connections.map(\.fact.role) == [.client])
        #expect(tracked.exchanges.map(\.path) == ["/a", "/last"])
        #expect(tracked.counters.cutProxyHeaders == 0)
    }

    @Test func `TLS behind a cut header is read`() {
        var talk = Talk()
        talk.server.port = 443
        talk.handshake()
        for (bytes, captured) in [(Self.binary, 60), (TLSHandshakeTests.clientHello("a.example"), 500)] {
            talk.packet(
                .client, "PA", seq: talk.clientNext, ack: talk.serverNext, bytes, at: 30,
                captured: min(bytes.count, captured))
            talk.clientNext &+= UInt32(bytes.count)
        }
        talk.say(.server, TLSHandshakeTests.record(21, [2, 40]), at: 40)
        let tracked = Tracked(talk)
        #expect(tracked.connections.map(\.domain) == ["a.example"])
        #expect(tracked.connections.map { $0.fact.flags.contains(.tlsFailed) } == [true])
        #expect(tracked.connections.map(\.fact.client) == [Self.named])
    }
}
