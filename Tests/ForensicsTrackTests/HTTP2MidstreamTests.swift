import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// HTTP/2 on connections whose beginning, and with it the preface, was not captured.
@Suite struct HTTP2MidstreamTests {
    /// Indices of the static table that encoders use of the pseudo-headers. RFC 7541, appendix A.
    private static func request(_ stream: UInt32, _ path: String, ends: Bool = true) -> [UInt8] {
        // GET, http, `:path` as a literal, and two entries that were set before the capture began.
        let block: [UInt8] = [0x82, 0x86, 0x04, UInt8(path.utf8.count)] + Array(path.utf8) + [0xC0, 0xBF]
        return H2.frame(1, H2.endHeaders | (ends ? H2.endStream : 0), stream, block)
    }

    private static func answer(_ stream: UInt32, _ status: Int, ends: Bool = true) -> [UInt8] {
        let block: [UInt8] = [0x08, 3] + Array(String(status).utf8) + [0xBF]
        return H2.frame(1, H2.endHeaders | (ends ? H2.endStream : 0), stream, block)
    }

    private static func middle(_ port: UInt16 = 50_051) -> Talk {
        var talk = Talk()
        talk.server.port = port
        return talk
    }

    @Test func `requests on a connection that began before the capture are read`() {
        var talk = Self.middle()
        for index in 0..<3 {
            let stream = UInt32(101 + 2 * index)
            let time = Double(index * 100)
            talk.say(.client, Self.request(stream, "/m\(index)"), at: time)
            talk.say(.server, Self.answer(stream, 503, ends: false) + H2.data(stream, 20), at: time + 50)
        }
        let tracked = Tracked(talk)
        #expect(tracked.connections.map(\.fact.service) == [.h2])
        #expect(tracked.exchanges.map(\.path) == ["/m0", "/m1", "/m2"])
        #expect(tracked.exchanges.map(\.fact.status) == [503, 503, 503])
        #expect(tracked.exchanges.map(\.fact.blame) == [.target, .target, .target])
        #expect(tracked.counters.http2Malformed == 0)
    }

    @Test func `who sends requests is the client, though the server was seen first`() {
        var talk = Self.middle(40_001)
        talk.client.port = 3000
        talk.say(.server, H2.frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]), at: 1)
        talk.say(.client, H2.frame(6, 1, 0, [1, 2, 3, 4, 5, 6, 7, 8]), at: 2)
        talk.say(.client, Self.request(7, "/a", ends: false) + H2.data(7, 30), at: 3)
        talk.say(.server, Self.answer(7, 200), at: 4)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.fact.status) == [200])
        #expect(tracked.connections.map(\.fact.service) == [.h2])
    }

    @Test(arguments: [false, true], [false, true])
    func `inside a tunnel too, who sends requests is the client`(isHTTP2: Bool, answersFirst: Bool) {
        var talk = Self.middle(40_001)
        talk.client.port = 3000
        let request = isHTTP2 ? Self.request(7, "/a") : Array("GET /a HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let answer = isHTTP2 ? Self.answer(7, 500) : Array("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n".utf8)
        let before = isHTTP2 ? Self.answer(5, 200) : Array("HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n".utf8)
        if answersFirst { talk.say(.server, before, at: 1) }
        talk.say(.client, request, at: 2)
        talk.say(.server, answer, at: 3)
        talk.batch.tunnels = [TunnelEvidence(kind: .vxlan)]
        for index in talk.batch.packets.indices { talk.batch.packets[index].tunnel = 0 }
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.fact.status) == [500])
        #expect(tracked.exchanges.map(\.fact.target) == [talk.server])
        #expect(tracked.connections.map(\.fact.peer) == [talk.client.address])
    }

    @Test func `an answer whose status was told before the capture is undetermined, not late`() throws {
        var talk = Self.middle()
        talk.say(.client, Self.request(9, "/a"), at: 0)
        // Nothing but indices of what was set before.
        talk.say(.server, H2.frame(1, H2.endHeaders, 9, [0xBE, 0xBF]) + H2.data(9, 20), at: 50)
        let exchange = try #require(Tracked(talk, end: 20_000).exchanges.first)
        #expect(exchange.fact.status == nil)
        #expect(exchange.fact.flags.contains(.undetermined))
        #expect(!exchange.fact.isError)
    }

    /// Payloads of other protocols in the middle of a stream.
    @Test(arguments: [
        [UInt8](repeating: 0, count: 400),
        // Kafka: length, api key, version, correlation id.
        [0, 0, 0, 40, 0, 1, 0, 11, 0, 0, 0, 7] + [UInt8](repeating: 1, count: 32),
        // PostgreSQL: DataRow after DataRow.
        [0x44, 0, 0, 0, 15, 0, 1, 0, 0, 0, 5, 1, 2, 3, 4, 5, 0x44, 0, 0, 0, 15, 0, 1, 0, 0, 0, 5, 1, 2, 3, 4, 5],
        // MySQL: length, sequence, OK.
        [7, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0], [5, 0, 0, 2, 0xFE, 0, 0, 2, 0, 5, 0, 0, 3, 0xFE, 0, 0, 2, 0],
        // Thrift, framed.
        [0, 0, 0, 30, 0x80, 1, 0, 1, 0, 0, 0, 4] + Array("ping".utf8) + [0, 0, 0, 1, 0],
        // AMQP: method frame and its end.
        [1, 0, 1, 0, 0, 0, 4, 0, 20, 0, 11, 0xCE], [UInt8](repeating: 0xFF, count: 90),
        // A head alone, of a frame that is not in the segment.
        [0, 0x20, 0, 0, 0, 0, 0, 0, 9] + [UInt8](repeating: 3, count: 60),
    ])
    func `what is no HTTP/2 is not taken for it`(_ payload: [UInt8]) {
        var talk = Self.middle()
        for time in 0..<4 {
            talk.say(.client, payload, at: Double(time))
            talk.say(.server, payload, at: Double(time) + 0.5)
        }
        let tracked = Tracked(talk)
        #expect(tracked.connections.map(\.fact.service) == [.unknown])
        #expect(tracked.counters.http2Malformed == 0)
    }

    @Test func `random bytes are not taken for it`() {
        var state: UInt64 = 0x1234_5678_9ABC_DEF1
        for port in 0..<2000 {
            var talk = Self.middle(UInt16(5000 + port))
            for time in 0..<8 {
                var bytes: [UInt8] = []
                for _ in 0..<200 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    bytes.append(UInt8(truncatingIfNeeded: state >> 40))
                }
                talk.say(.client, bytes, at: Double(time))
            }
            #expect(Tracked(talk).connections.map(\.fact.service) == [.unknown])
        }
    }

    @Test func `more streams than are usual have their answers`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.server, H2.settings, at: 31)
        for index in 0..<400 { talk.say(.client, H2.request(UInt32(1 + 2 * index), "/p"), at: 40) }
        for index in 0..<400 { talk.say(.server, H2.answer(UInt32(1 + 2 * index), 500), at: 60) }
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.count == 400)
        #expect(tracked.exchanges.allSatisfy { $0.fact.status == 500 })
        #expect(tracked.counters.refusedRequests == 0)
    }

    @Test func `a header table larger than is kept ends no reading`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.server, H2.settings, at: 31)
        // A size update to 2²⁰, then the request. RFC 7541, section 6.3.
        let update: [UInt8] = [0x3F, 0xE1, 0xFF, 0x3F]
        let block = update + Array(H2.request(1, "/p").dropFirst(9))
        talk.say(.client, H2.frame(1, H2.endHeaders | H2.endStream, 1, block), at: 40)
        talk.say(.server, H2.answer(1, 500), at: 50)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.fact.status) == [500])
        #expect(tracked.counters.http2Malformed == 0)
    }
}
