import ForensicsModel
import ForensicsTrack
import Testing

/// What a captured HTTP check came to: a status decides, whoever hangs up after it; without one, who gave up tells.
@Suite struct HealthCheckOutcomeTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        /// What the target sends, before anybody closes unless told otherwise.
        var answer: String
        /// When it does, in milliseconds.
        var answered = 22.0
        /// `c` or `s` for who closes, `F` or `R` for how, and after how many milliseconds.
        var ends: [(String, Double)]
        var outcome: HealthCheck.Outcome
    }

    private static let whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let part = "Content-Length: 100\r\n\r\nhalf"

    private static func talk(_ item: Case) -> Talk {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /health HTTP/1.1\r\nHost: a\r\nUser-Agent: ELB-HealthChecker/2.0\r\n\r\n", at: 21)
        var isAnswered = item.answer.isEmpty
        func answer() {
            if !isAnswered { talk.say(.server, item.answer, at: item.answered) }
            isAnswered = true
        }
        if item.ends.isEmpty { answer() }
        for (end, time) in item.ends {
            if time > item.answered { answer() }
            let side: Talk.Side = end.hasPrefix("c") ? .client : .server
            if end.hasSuffix("R") { talk.reset(side, at: time) } else { talk.finish(side, at: time) }
        }
        answer()
        return talk
    }

    @Test(arguments: [
        Case(
            testDescription: "200, hung up on before the body's end", answer: "HTTP/1.1 200 OK\r\n\(part)",
            ends: [("cR", 23)], outcome: .success),
        Case(
            testDescription: "200, closed in order before the body's end", answer: "HTTP/1.1 200 OK\r\n\(part)",
            ends: [("cF", 23), ("sF", 23.1)], outcome: .success),
        Case(
            testDescription: "200 and the evidence ends", answer: "HTTP/1.1 200 OK\r\n\(part)", ends: [],
            outcome: .success),
        Case(
            testDescription: "503, hung up on before the body's end", answer: "HTTP/1.1 503 No\r\n\(part)",
            ends: [("cR", 23)], outcome: .failure),
        Case(
            testDescription: "200 that the target resets", answer: "HTTP/1.1 200 OK\r\n\(part)", ends: [("sR", 23)],
            outcome: .failure),
        Case(
            testDescription: "200 that the target cuts", answer: "HTTP/1.1 200 OK\r\n\(part)",
            ends: [("sF", 23), ("cF", 24)], outcome: .failure),
        Case(
            testDescription: "five seconds from the SYN on, then FIN", answer: "",
            ends: [("cF", 5000), ("sF", 5000.2)],
            outcome: .timeout),
        Case(testDescription: "two seconds, then RST", answer: "", ends: [("cR", 2000)], outcome: .timeout),
        Case(
            testDescription: "given up, and the FIN answered by RST", answer: "", ends: [("cF", 2000), ("sR", 2000.1)],
            outcome: .timeout),
        Case(testDescription: "reset by the target", answer: "", ends: [("sR", 23)], outcome: .failure),
        Case(testDescription: "closed by the target", answer: "", ends: [("sF", 23), ("cF", 24)], outcome: .failure),
        Case(
            testDescription: "given up, then 200 into a closed socket", answer: whole, answered: 3000,
            ends: [("cF", 2000), ("cR", 3000.1)], outcome: .timeout),
        Case(
            testDescription: "given up, then 200 with FIN", answer: whole, answered: 3000,
            ends: [("cF", 2000), ("sF", 3000.1), ("cR", 3000.2)], outcome: .timeout),
        Case(
            testDescription: "given up, then 200 to the end of the evidence", answer: whole, answered: 3000,
            ends: [("cF", 2000)], outcome: .timeout),
        Case(
            testDescription: "given up, then a part of a 200", answer: "HTTP/1.1 200 OK\r\n\(part)", answered: 2100,
            ends: [("cF", 2000), ("cR", 2100.1)], outcome: .timeout),
        Case(
            testDescription: "given up, then 503", answer: "HTTP/1.1 503 No\r\n\(part)", answered: 9000,
            ends: [("cF", 8000), ("cR", 9000.1)], outcome: .timeout),
        Case(
            testDescription: "a FIN with the request, then 200", answer: whole, answered: 3000,
            ends: [("cF", 21.1), ("sF", 3000.1)], outcome: .success),
        Case(
            testDescription: "a FIN that was sent again, then 503", answer: "HTTP/1.1 503 No\r\n\(part)",
            answered: 3000,
            ends: [("cF", 320), ("sF", 3000.1)], outcome: .failure),
    ])
    func `a health check comes to`(_ item: Case) {
        let tracked = Tracked(Self.talk(item))
        #expect(tracked.checks.map(\.outcome) == [item.outcome])
    }

    @Test func `a check that was given up is a request that nobody answered in time`() throws {
        let given = Case(testDescription: "", answer: "", ends: [("cF", 5000), ("sF", 5000.2)], outcome: .timeout)
        let exchange = try #require(Tracked(Self.talk(given)).exchanges.first)
        #expect(exchange.fact.flags == [.healthCheck, .timedOut])
        #expect(exchange.fact.cause == .requestTimeout)
        #expect(exchange.fact.blame == .target)
        #expect(exchange.fact.totalTime == 4_979_000_000)
    }

    @Test func `a check that was given up stays so when its answer comes`() throws {
        let given = Case(
            testDescription: "", answer: "HTTP/1.1 503 No\r\n\(Self.part)", answered: 3000,
            ends: [("cF", 2021), ("cR", 3000.1)], outcome: .timeout)
        let tracked = Tracked(Self.talk(given))
        let exchange = try #require(tracked.exchanges.first)
        #expect(exchange.fact.flags == [.healthCheck, .timedOut])
        #expect(exchange.fact.cause == .requestTimeout)
        #expect(exchange.fact.blame == .target)
        #expect(exchange.fact.time == Talk.time(2021))
        let check = try #require(tracked.checks.first)
        #expect(check.latency == 2_000_000_000)
        #expect(check.status == nil)
    }

    @Test func `a checker that hangs up once it has the status is to blame for nothing`() throws {
        let short = Case(
            testDescription: "", answer: "HTTP/1.1 200 OK\r\n\(Self.part)", ends: [("cR", 23)], outcome: .success)
        let exchange = try #require(Tracked(Self.talk(short)).exchanges.first)
        #expect(exchange.fact.flags == .healthCheck)
        #expect(exchange.fact.blame == .none)
    }

    // MARK: - Checks of TCP behind PROXY protocol

    private static let local: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20, 0x00, 0x00, 0x00,
    ]

    @Test(arguments: [16, 7], ["FIN", "RST"])
    func `a connection that carries a header of PROXY protocol alone says so`(_ cut: Int, _ end: String) throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, Array(Self.local[..<cut]), at: 21)
        if cut < 16 { talk.say(.client, Array(Self.local[cut...]), at: 22) }
        if end == "FIN" {
            talk.finish(.client, at: 23)
            talk.finish(.server, at: 24)
        } else {
            talk.reset(.client, at: 23)
        }
        let connection = try #require(Tracked(talk).connections.first)
        #expect(connection.fact.flags.contains(.proxyHeaderOnly))
        #expect(connection.fact.bytesFromClient == 16)
    }

    @Test(arguments: ["with it", "after it", "after a gap", "from the server"])
    func `whatever else is said besides the header is payload`(_ place: String) throws {
        var talk = Talk()
        talk.handshake()
        let other = Array("EHLO mail\r\n".utf8)
        talk.say(.client, Self.local + (place == "with it" ? other : []), at: 21)
        switch place {
        case "after it": talk.say(.client, other, at: 22)
        case "after a gap":
            talk.clientNext &+= 5
            talk.say(.client, other, at: 22)
        case "from the server": talk.say(.server, other, at: 22)
        default: break
        }
        talk.reset(.client, at: 23)
        let connection = try #require(Tracked(talk).connections.first)
        #expect(!connection.fact.flags.contains(.proxyHeaderOnly))
    }
}
