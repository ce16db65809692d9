import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// What is told of requests whose answer passed by and could not be read: that it is not known, never that none came.
@Suite struct UnreadAnswerTests {
    private static let get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func answer(_ status: Int, _ body: String = "") -> String {
        "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// One request, answered after 52 ms with packets of which so many payload bytes were captured.
    private static func cut(_ captured: Int, _ ending: (inout Talk) -> Void) -> Tracked {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        talk.batch.packets[talk.batch.packets.count - 1].payloadCaptured = Int32(captured)
        let whole = answer(200, String(repeating: "z", count: 2000))
        for (index, part) in [whole.prefix(1400), whole.dropFirst(1400)].enumerated() {
            talk.say(.server, String(part), at: 82 + Double(index))
            talk.batch.packets[talk.batch.packets.count - 1].payloadCaptured = Int32(captured)
        }
        talk.acknowledge(.client, at: 90)
        ending(&talk)
        return Tracked(talk, end: 30_000)
    }

    // Five bytes tell a request; twelve are needed of an answer.
    @Test(arguments: [6, 10, 11], ["idle", "close", "client", "reset"])
    func `an answer whose head was not captured leaves its request undetermined`(_ captured: Int, _ end: String) throws
    {
        let tracked = Self.cut(captured) { talk in
            switch end {
            case "close":
                talk.finish(.server, at: 91)
                talk.finish(.client, at: 92)
            case "client": talk.finish(.client, at: 20_000)
            case "reset": talk.reset(.client, at: 20_000)
            default: break
            }
        }
        let exchange = try #require(tracked.exchanges.first)
        #expect(exchange.fact.flags.contains(.undetermined))
        #expect(exchange.fact.flags.isDisjoint(with: [.timedOut, .aborted]))
        #expect(exchange.fact.status == nil)
        #expect(exchange.fact.cause == .none)
        #expect(exchange.fact.blame == .none)
        #expect(!exchange.fact.isError)
    }

    @Test func `with twelve bytes of it an answer tells its status`() {
        #expect(Self.cut(12) { _ in }.exchanges.map(\.fact.status) == [200])
    }

    @Test(arguments: ["-ERR unknown command\r\n", "\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}F", "<html>hello</html>"])
    func `what is no HTTP answers wrongly, not late`(_ text: String) throws {
        for closes in [false, true] {
            var talk = Talk()
            talk.handshake()
            talk.say(.client, Self.get, at: 30)
            talk.say(.server, text, at: 82)
            talk.acknowledge(.client, at: 83)
            if closes { talk.finish(.server, at: 84) }
            let exchange = try #require(Tracked(talk, end: 20_000).exchanges.first)
            #expect(exchange.fact.cause == .badTargetResponse)
            #expect(exchange.fact.blame == .target)
            #expect(exchange.fact.flags == [])
            #expect(exchange.fact.time == Talk.time(82))
            #expect(exchange.fact.bytesFromServer == UInt64(text.utf8.count))
            #expect(exchange.fact.isError && !exchange.fact.isTimeout)
        }
    }

    @Test(arguments: [false, true])
    func `where the capture begins, what the client has taken is an answer, but not the end of the server alone`(
        _ isAnswered: Bool
    ) throws {
        var talk = Talk()
        talk.say(.client, Self.get, at: 30)
        talk.acknowledge(.server, at: 31)
        if isAnswered {
            talk.say(.server, Self.answer(200, "hello"), at: 82)
            talk.batch.packets.removeLast()
            talk.acknowledge(.client, at: 83)
        }
        talk.finish(.server, at: 200)
        talk.acknowledge(.client, at: 201)
        talk.finish(.client, at: 202)
        let fact = try #require(Tracked(talk, end: 30_000).exchanges.first?.fact)
        #expect(fact.flags.contains(.undetermined) == isAnswered)
        #expect(fact.cause == (isAnswered ? .none : .targetClosed))
    }

    @Test func `an answer that the capture lacks whole, and that the client has taken, is no time-out`() throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, Self.get, at: 30)
        talk.say(.server, Self.answer(200, "hello"), at: 82)
        talk.batch.packets.removeLast()
        talk.acknowledge(.client, at: 90)
        let exchange = try #require(Tracked(talk, end: 20_000).exchanges.first)
        #expect(exchange.fact.flags == .undetermined)
        #expect(exchange.fact.cause == .none)
    }

    @Test func `an interim answer is none, and what comes after it may be late`() throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, Self.get, at: 30)
        talk.say(.server, "HTTP/1.1 102 Processing\r\n\r\n", at: 82)
        talk.acknowledge(.client, at: 90)
        #expect(Tracked(talk, end: 20_000).exchanges.map(\.fact.cause) == [.requestTimeout])
    }

    // With and without its last fields; twelve bytes tell the status.
    @Test(arguments: [12, 25, 60], ["100 Continue", "102 Processing", "103 Early Hints"])
    func `an interim answer whose end was not captured is not the final one`(_ captured: Int, _ line: String) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, Self.get, at: 30)
        talk.say(.server, "HTTP/1.1 \(line)\r\nLink: </style.css>; rel=preload; as=style; crossorigin\r\n\r\n", at: 40)
        talk.batch.packets[talk.batch.packets.count - 1].payloadCaptured = Int32(captured)
        // Whether the final answer stood in the same packet is not known.
        let alone = Tracked(talk, end: 20_000).exchanges
        #expect(alone.map(\.fact.status) == [nil])
        #expect(alone.first?.fact.flags == .undetermined)
        talk.say(.server, Self.answer(500), at: 540)
        let tracked = Tracked(talk, end: 20_000)
        #expect(tracked.exchanges.map(\.fact.status) == [500])
        #expect(tracked.exchanges.map(\.fact.totalTime) == [510_000_000])
        #expect(tracked.exchanges.map(\.fact.flags.isEmpty) == [true])
        #expect(tracked.counters.orphanResponses == 0)
    }

    // MARK: - Expect: 100-continue. RFC 9110, section 10.1.1.

    private static let expecting =
        "POST /no HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    private static let chunked =
        "POST /no HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test(arguments: [417, 401, 500, 200])
    func `a final answer to a request that waits to send its body is followed by the next request`(_ status: Int) {
        for head in [Self.expecting, Self.chunked] {
            for size in [1, 3, 7, 4000] {
                var talk = Talk()
                talk.handshake()
                talk.say(.client, head, at: 30)
                talk.say(.server, Self.answer(status), at: 40)
                var rest = Array(Self.get.utf8)[...]
                while !rest.isEmpty {
                    talk.say(.client, Array(rest.prefix(size)), at: 50)
                    rest = rest.dropFirst(size)
                }
                talk.say(.server, Self.answer(503), at: 60)
                let tracked = Tracked(talk)
                #expect(tracked.exchanges.map(\.path) == ["/no", "/a"])
                #expect(tracked.exchanges.map(\.fact.status) == [UInt16(status), 503])
                #expect(tracked.counters.orphanResponses == 0)
            }
        }
    }

    @Test(arguments: ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 417 X\r\nContent-Length: 0\r\n\r\n"])
    func `a body that comes all the same is a body`(_ first: String) {
        for (head, body) in [
            (Self.expecting, "GET x"), (Self.expecting, "hello"), (Self.chunked, "2\r\nab\r\n0\r\n\r\n"),
        ] {
            var talk = Talk()
            talk.handshake()
            talk.say(.client, head, at: 30)
            talk.say(.server, first, at: 40)
            if first.contains(" 417 "), body == "GET x" { continue }
            talk.say(.client, body, at: 50)
            if first.contains(" 100 ") { talk.say(.server, Self.answer(204), at: 55) }
            talk.say(.client, Self.get, at: 60)
            talk.say(.server, Self.answer(200), at: 70)
            let tracked = Tracked(talk)
            #expect(tracked.exchanges.map(\.path) == ["/no", "/a"])
            #expect(tracked.exchanges.last?.fact.status == 200)
            #expect(tracked.counters.resynchronizations == 0)
        }
    }

    // MARK: - What could not be read is counted

    private static func told(_ tracked: Tracked, _ name: String) -> UInt64 {
        var tally = LedgerTally()
        tracked.counters.note(into: &tally)
        return Anomaly.allCases.filter { $0.name == name }.reduce(0) { $0 + tally.count($1) }
    }

    @Test func `answers of a capture of one direction are told as answers without a request`() throws {
        var talk = Talk()
        for index in 0..<5 {
            talk.another(port: UInt16(40_000 + index))
            talk.packet(.server, "SA", seq: talk.serverNext, ack: talk.clientNext &+ 1, at: Double(index))
            talk.serverNext &+= 1
            talk.clientNext &+= 80
            talk.say(.server, Self.answer(500 + index), at: Double(index) + 0.5)
        }
        let tracked = Tracked(talk)
        #expect(Self.told(tracked, "http-answer-without-request") == 5)
        #expect(Self.told(tracked, "client-not-captured") == 5)
        #expect(tracked.exchanges.map(\.fact.status) == [500, 501, 502, 503, 504])
        #expect(tracked.exchanges.map(\.fact.client.port) == [40_000, 40_001, 40_002, 40_003, 40_004])
        let exchange = try #require(tracked.exchanges.first)
        // What only the client's packets tell is not known, and never 0.
        #expect(exchange.method == nil && exchange.path == nil)
        #expect(exchange.fact.start == nil && exchange.fact.bytesFromClient == nil)
        #expect(exchange.fact.requestTime == nil && exchange.fact.targetTime == nil && exchange.fact.totalTime == nil)
        // The private peer may have forwarded it for anybody.
        #expect(exchange.fact.flags.contains(.clientUntrusted))
    }

    @Test func `the first answer of a connection whose beginning is missing may be to a request before the capture`() {
        var talk = Talk()
        for status in [200, 404, 503] { talk.say(.server, Self.answer(status), at: Double(status)) }
        #expect(Tracked(talk).exchanges.map(\.fact.status) == [404, 503])
        // Where the client is captured, the others are no requests either.
        talk.acknowledge(.client, at: 600)
        talk.say(.server, Self.answer(200), at: 700)
        #expect(Tracked(talk).exchanges.map(\.fact.status) == [404, 503])
    }

    @Test func `a stream that cannot be followed is told`() {
        #expect(Self.told(Self.cut(6) { _ in }, "stream-resynchronized") > 0)
    }

    @Test(arguments: ["get /b HTTP/1.1\r\nHost: a\r\n\r\n", "XX /b HTTP/1.1\r\nHost: a\r\n\r\n"])
    func `a garbled request counts the same wherever it stands`(_ text: String) throws {
        for reused in [false, true] {
            var talk = Talk()
            talk.handshake()
            if reused {
                talk.say(.client, Self.get, at: 30)
                talk.say(.server, Self.answer(200), at: 40)
            }
            talk.say(.client, text, at: 50)
            talk.say(.server, Self.answer(400), at: 60)
            let tracked = Tracked(talk)
            let exchange = try #require(tracked.exchanges.last)
            #expect(tracked.exchanges.count == (reused ? 2 : 1))
            #expect(exchange.fact.status == 400)
            #expect(exchange.fact.cause == .badRequest)
            #expect(Self.told(tracked, "http-malformed") == 1)
        }
    }
}
