import ForensicsModel
import ForensicsTrack
import Testing

@Suite struct HTTPExchangeTests {
    private func response(_ status: Int, _ body: String = "", _ headers: String = "") -> String {
        "HTTP/1.1 \(status) X\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private let get = "GET /a HTTP/1.1\r\nHost: Shop.example:8080\r\nUser-Agent: curl/8\r\n\r\n"

    @Test func `an exchange has its phases, bytes and ends`() throws {
        var talk = Talk()
        talk.handshake()
        let post = "POST /o/17?q=1 HTTP/1.1\r\nHost: x.test\r\nContent-Length: 6\r\n\r\nabc"
        let first = talk.say(.client, post, at: 100)
        talk.say(.client, "def", at: 130)
        talk.say(.server, "HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\n12", at: 200)
        talk.say(.server, "34", at: 260)
        let tracked = Tracked(talk)
        let exchange = try #require(tracked.exchanges.first)
        #expect(exchange.fact.id.record == first)
        #expect(exchange.fact.connection?.record == 1)
        #expect(exchange.fact.start == Talk.time(100))
        #expect(exchange.fact.time == Talk.time(260))
        #expect(exchange.fact.requestTime == 30_000_000)
        #expect(exchange.fact.targetTime == 70_000_000)
        #expect(exchange.fact.responseTime == 60_000_000)
        #expect(exchange.fact.totalTime == 160_000_000)
        #expect(exchange.fact.bytesFromClient == UInt64(post.utf8.count + 3))
        #expect(exchange.fact.bytesFromServer == 47)
        #expect(exchange.fact.status == 201)
        #expect(exchange.fact.targetStatus == 201)
        #expect(exchange.fact.target == talk.server)
        #expect(exchange.method == "POST")
        #expect(exchange.path == "/o/17")
        #expect(exchange.domain == "x.test")
        #expect(exchange.fact.httpVersion == .http11)
        #expect(tracked.connections[0].fact.service == .http)
    }

    @Test(arguments: [true, false])
    func `a request after an answer that said close is its sender's fault`(_ isReset: Bool) throws {
        for (field, blame, cause) in [
            ("Connection: close\r\n", Blame.client, ExchangeCause.targetClosed),
            ("", .target, isReset ? .reset : .targetClosed),
        ] {
            var talk = Talk()
            talk.handshake()
            talk.say(.client, get, at: 30)
            talk.say(.server, response(200, "ok", field), at: 40)
            talk.say(.client, get, at: 50)
            if isReset { talk.reset(.server, at: 51) } else { talk.finish(.server, at: 51) }
            let tracked = Tracked(talk)
            let exchanges = tracked.exchanges
            #expect(exchanges.count == 2)
            #expect(tracked.connections[0].fact.flags.contains(.usedAfterClose) == (blame == .client))
            let last = try #require(exchanges.last).fact
            #expect(last.blame == blame && last.cause == cause && last.status == nil, "\(last.blame) \(last.cause)")
            #expect(last.flags.contains(.aborted))
            #expect(exchanges[0].fact.blame == .none)
        }
    }

    @Test(arguments: [true, false])
    func `who gave up is the client where the capture lacks its FIN`(_ isReset: Bool) throws {
        for isLost in [true, false] {
            var talk = Talk()
            talk.handshake()
            talk.say(.client, get, at: 30)
            talk.acknowledge(.server, at: 31)
            if isLost { talk.clientNext &+= 1 } else { talk.finish(.client, at: 2000) }
            if isReset {
                talk.packet(.server, "RA", seq: talk.serverNext, ack: talk.clientNext, at: 2001)
            } else {
                talk.finish(.server, at: 2001)
            }
            let fact = try #require(Tracked(talk).exchanges.first).fact
            #expect(fact.blame == .client && fact.cause == .clientClosed, "\(isLost) \(fact.blame) \(fact.cause)")
        }
    }

    @Test(arguments: [
        (404, Blame.client, ExchangeCause.clientError), (503, .target, .targetError), (302, .none, .none),
    ])
    func `a status blames its side`(_ status: Int, _ blame: Blame, _ cause: ExchangeCause) throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        talk.say(.server, response(status), at: 40)
        let exchange = try #require(Tracked(talk).exchanges.first)
        #expect(exchange.fact.blame == blame)
        #expect(exchange.fact.cause == cause)
        #expect(exchange.domain == "shop.example")
    }

    @Test(arguments: [
        // 403 and 503 may be WAF's and want of targets, or what a rule of the load balancer answers; 502 has several causes.
        (502, Blame.target, ExchangeCause.none), (503, .unknown, .none), (403, .unknown, .none),
        (504, .target, .targetTimeout), (500, .loadBalancer, .loadBalancerError), (460, .client, .clientClosed),
        (400, .client, .badRequest), (404, .client, .fixedResponse), (429, .client, .fixedResponse),
        (599, .loadBalancer, .fixedResponse), (200, .none, .none),
    ])
    func `what a load balancer of AWS answers by itself is no answer of the target`(
        _ status: Int, _ blame: Blame, _ cause: ExchangeCause
    ) throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        talk.say(.server, response(status, "", "Server: awselb/2.0\r\n"), at: 40)
        let exchange = try #require(Tracked(talk).exchanges.first)
        #expect(exchange.fact.status == UInt16(status))
        #expect(exchange.fact.targetStatus == nil)
        #expect(exchange.fact.blame == blame)
        #expect(exchange.fact.cause == cause)
    }

    @Test(arguments: ["GET/ HTTP/1.1", " / HTTP/1.1", "\u{1}\u{2} GET /txt HTTP/1.1", "/HTTP/1.1"])
    func `a garbled request that an HTTP server answers is a bad request`(_ line: String) throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, line + "\r\nHost: a\r\n\r\n", at: 30)
        talk.say(.server, response(400), at: 40)
        let tracked = Tracked(talk)
        let exchange = try #require(tracked.exchanges.first)
        #expect(tracked.exchanges.count == 1)
        #expect(exchange.fact.status == 400)
        #expect(exchange.fact.cause == .badRequest)
        #expect(exchange.fact.blame == .client)
    }

    @Test(arguments: ["GET/ HTTP/1.1\r\n\r\n", "SSH-2.0-HTTP/1\r\n", "\u{3}\u{0}"])
    func `what no HTTP server answers is no request`(_ line: String) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, line, at: 30)
        talk.say(.server, "SSH-2.0-OpenSSH_9.6\r\n", at: 40)
        #expect(Tracked(talk).exchanges.isEmpty)
    }

    @Test func `pipelined requests are answered in their order`() {
        var talk = Talk()
        talk.handshake()
        let head = "HEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n"
        talk.say(.client, get + head + "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n", at: 30)
        talk.say(
            .server,
            response(200, "hello") + "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + response(404, "no"), at: 40)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.path) == ["/a", "/2", "/3"])
        #expect(tracked.exchanges.map(\.fact.status) == [200, 200, 404])
    }

    @Test(arguments: [
        ("HTTP/1.1 204 N\r\n\r\n", "204"), ("HTTP/1.1 304 N\r\nContent-Length: 50\r\n\r\n", "304"),
        ("HTTP/1.1 200 N\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "chunked"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 N\r\nContent-Length: 1\r\n\r\nx", "continue"),
        ("HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 N\r\nContent-Length: 0\r\n\r\n", "early hints"),
    ])
    func `the next exchange is found after any framing`(_ first: String, _ name: String) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        talk.say(.server, first, at: 40)
        talk.say(.client, get, at: 50)
        talk.say(.server, response(418), at: 60)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.count == 2)
        #expect(tracked.exchanges.last?.fact.status == 418)
        #expect(tracked.counters.resynchronizations == 0)
    }

    @Test func `a body without a length ends with the connection`() throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        talk.say(.server, "HTTP/1.0 200 OK\r\n\r\nbytes", at: 40)
        talk.say(.server, "more", at: 50)
        talk.finish(.server, at: 60)
        let exchange = try #require(Tracked(talk).exchanges.first)
        #expect(exchange.fact.time == Talk.time(50))
        #expect(exchange.fact.bytesFromServer == 28)
        #expect(exchange.fact.flags == [])
    }

    @Test(arguments: [14, 40, 56, 70])
    func `an upgrade is over with its answer, though the snap length cut the head`(_ captured: Int) {
        var talk = Talk()
        talk.handshake()
        talk.say(
            .client, "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", at: 30)
        let answer =
            "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"
        talk.packet(
            .server, "PA", seq: talk.serverNext, ack: talk.clientNext, Array(answer.utf8), at: 40, captured: captured)
        talk.serverNext &+= UInt32(answer.utf8.count)
        for round in 0..<5 {
            talk.say(.server, [0x82, 5, 1, 2, 3, 4, 5], at: 1000 * Double(round + 1))
            talk.say(.client, [0x82, 0x85, 1, 2, 3, 4, 5, 6, 7, 8, 9], at: 1000 * Double(round + 1) + 10)
        }
        talk.finish(.client, at: 9000)
        talk.finish(.server, at: 9001)
        let exchanges = Tracked(talk, end: 60_000).exchanges
        #expect(exchanges.map(\.fact.status) == [101])
        #expect(exchanges.map(\.fact.flags) == [.upgraded])
        #expect(exchanges.map(\.fact.totalTime) == [10_000_000])
    }

    @Test func `a web socket is opaque after its upgrade`() throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", at: 30)
        talk.say(.server, "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", at: 40)
        talk.say(.client, "GET /not-a-request HTTP/1.1\r\nHost: a\r\n\r\n", at: 50)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.count == 1)
        #expect(tracked.exchanges[0].fact.flags.contains(.upgraded))
        #expect(tracked.connections[0].fact.service == .webSocket)
    }

    // The request ends at 30 ms; the time-out is 5 s.
    @Test(arguments: [(5029.0, ExchangeFlags.undetermined, ExchangeCause.none), (5030, .timedOut, .requestTimeout)])
    func `a request without an answer times out only if the evidence goes on`(
        _ end: Double, _ flag: ExchangeFlags, _ cause: ExchangeCause
    ) throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        let exchange = try #require(Tracked(talk, end: end).exchanges.first)
        #expect(exchange.fact.flags == flag)
        #expect(exchange.fact.cause == cause)
        #expect(exchange.fact.time == Talk.time(flag == .timedOut ? 5030 : 30))
        #expect(exchange.fact.status == nil)
    }

    /// Ends a connection: `cF sR` is a FIN of the client and then a RST of the server, a millisecond apart.
    private static func end(_ talk: inout Talk, _ ends: String) {
        for (index, end) in ends.split(separator: " ").enumerated() {
            let side: Talk.Side = end.first == "c" ? .client : .server
            let time = 50 + Double(index)
            if end.last == "R" { talk.reset(side, at: time) } else { talk.finish(side, at: time) }
        }
    }

    @Test(arguments: [
        ("cR", ExchangeCause.reset, Blame.client), ("sR", .reset, .target), ("sF", .targetClosed, .target),
        ("cF sF", .clientClosed, .client), ("cF", .clientClosed, .client), ("cF sR", .clientClosed, .client),
    ])
    func `a request cut off blames who closed`(_ ends: String, _ cause: ExchangeCause, _ blame: Blame) throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        Self.end(&talk, ends)
        let exchange = try #require(Tracked(talk, end: 60).exchanges.first)
        #expect(exchange.fact.flags == .aborted)
        #expect(exchange.fact.cause == cause)
        #expect(exchange.fact.blame == blame)
        #expect(exchange.fact.time == Talk.time(50))
    }

    @Test func `a connection that closes after the time-out does not hide it`() throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        talk.finish(.client, at: 60_030)
        let exchange = try #require(Tracked(talk, end: 60_040).exchanges.first)
        #expect(exchange.fact.flags == .timedOut)
        #expect(exchange.fact.time == Talk.time(5030))
    }

    @Test func `an answer that is cut keeps its status and is aborted`() throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", at: 40)
        talk.reset(.server, at: 45)
        let exchange = try #require(Tracked(talk).exchanges.first)
        #expect(exchange.fact.status == 200)
        #expect(exchange.fact.flags == .aborted)
        #expect(exchange.fact.cause == .reset)
    }

    @Test(arguments: [
        ("cF sF", ExchangeCause.clientClosed, Blame.client), ("cF sR", .clientClosed, .client),
        ("sF cF", .targetClosed, .target), ("cR", .reset, .client), ("sR", .reset, .target),
    ])
    func `an answer cut off blames who closed first`(_ ends: String, _ cause: ExchangeCause, _ blame: Blame) throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", at: 40)
        Self.end(&talk, ends)
        let tracked = Tracked(talk, end: 60)
        let exchange = try #require(tracked.exchanges.first)
        #expect(exchange.fact.status == 200)
        #expect(exchange.fact.flags == .aborted)
        #expect(exchange.fact.cause == cause)
        #expect(exchange.fact.blame == blame)
        #expect(tracked.connections[0].fact.flags.contains(.clientEndedFirst) == (blame == .client))
    }

    @Test func `a client that has closed may still be sent the rest`() throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", at: 40)
        talk.finish(.client, at: 50)
        let exchange = try #require(Tracked(talk, end: 60).exchanges.first)
        #expect(exchange.fact.flags == .undetermined)
        #expect(exchange.fact.blame == .none)
    }

    /// The request is at 30 ms; the answer comes a second after the client's FIN.
    @Test(arguments: [
        (2030.0, 200, ExchangeFlags.aborted, ExchangeCause.clientClosed, Blame.client),
        (530, 200, .aborted, .clientClosed, .client),
        // Whoever says that nothing follows waits for the answer.
        (529, 200, ExchangeFlags(), .none, .none), (30, 200, ExchangeFlags(), .none, .none),
        // By then the time-out had passed.
        (5030, 200, .aborted, .clientClosed, .target),
        // What the target answers stays its error.
        (2030, 503, .aborted, .targetError, .target),
    ])
    func `a client that hung up before the answer took none`(
        _ left: Double, _ status: Int, _ flags: ExchangeFlags, _ cause: ExchangeCause, _ blame: Blame
    ) throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        talk.finish(.client, at: left)
        talk.say(.server, response(status, "ok"), at: left + 1000)
        talk.finish(.server, at: left + 1000.1)
        talk.reset(.client, at: left + 1000.2)
        let tracked = Tracked(talk, end: left + 2000)
        let exchange = try #require(tracked.exchanges.first)
        #expect(exchange.fact.status == UInt16(status))
        #expect(exchange.fact.flags == flags)
        #expect(exchange.fact.cause == cause)
        #expect(exchange.fact.blame == blame)
        #expect(exchange.fact.time == Talk.time(left + 1000))
    }

    @Test(arguments: [("cR", false), ("cF cR", true), ("sF cR", false), ("cF sF", false), ("cF sR", false)])
    func `a reset of what the client had closed is told from one that closes`(_ ends: String, _ isClosed: Bool) throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get, at: 30)
        Self.end(&talk, ends)
        #expect(Tracked(talk).connections.map { $0.fact.flags.contains(.clientResetClosed) } == [isClosed])
    }

    @Test func `a head that is no request is told by the answer it gets`() throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /nonsense\u{1} FOO\r\n\r\n", at: 30)
        talk.say(.server, response(400), at: 40)
        let exchange = try #require(Tracked(talk).exchanges.first)
        #expect(exchange.fact.status == 400)
        #expect(exchange.fact.cause == .badRequest)
        #expect(exchange.method == "GET")
    }

    @Test(arguments: ["SSH-2.0-x\r\n", "EHLO mail\r\n", "\u{0}\u{1}\u{2}binary"])
    func `what is not HTTP gives no exchange`(_ opening: String) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, opening, at: 30)
        talk.say(.server, "whatever", at: 40)
        talk.say(.client, get, at: 50)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.isEmpty)
        #expect(tracked.connections[0].fact.service == .unknown)
    }

    @Test func `a redirect to its own address is told, also behind TLS that a load balancer ends`() {
        let cases: [(String, String, Bool)] = [
            ("", "http://shop.example/a", true), ("", "/a", true), ("", "https://shop.example/a", false),
            ("X-Forwarded-Proto: https\r\n", "https://SHOP.example:443/a", true), ("", "/b", false),
        ]
        for (header, location, expected) in cases {
            var talk = Talk()
            talk.handshake()
            talk.say(.client, "GET /a HTTP/1.1\r\nHost: shop.example\r\n\(header)\r\n", at: 30)
            talk.say(.server, response(301, "", "Location: \(location)\r\n"), at: 40)
            let tracked = Tracked(talk)
            #expect(tracked.exchanges[0].fact.flags.contains(.redirectsToItself) == expected, "\(location)")
            #expect(tracked.events(.redirect).map(\.value) == [301])
        }
    }

    @Test(arguments: [
        ("Root=1-6b008e32-77be781acc064b0f834c6476", TraceID.root(0x6b00_8e32_77be_781a, 0xcc06_4b0f_834c_6476)),
        (
            "Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678",
            TraceID.root(0x6789_1233_abcd_ef01, 0x2345_6789_1234_5678)
        ),
    ])
    func `a trace id is packed`(_ text: String, _ expected: TraceID) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET / HTTP/1.1\r\nHost: a\r\nX-Amzn-Trace-Id: \(text)\r\n\r\n", at: 30)
        talk.say(.server, response(200), at: 40)
        #expect(Tracked(talk).exchanges[0].fact.trace == expected)
    }
}
