import ForensicsModel
import ForensicsTrack
import Testing

/// What a captured HTTP check came to: a status decides, whoever hangs up after it; without one, who gave up tells.
@Suite struct HealthCheckOutcomeTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        /// What the target sends before anybody closes.
        var answer: String
        /// `c` or `s` for who closes, `F` or `R` for how, and after how many milliseconds.
        var ends: [(String, Double)]
        var outcome: HealthCheck.Outcome
    }

    private static let part = "Content-Length: 100\r\n\r\nhalf"

    private static func talk(_ item: Case) -> Talk {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /health HTTP/1.1\r\nHost: a\r\nUser-Agent: ELB-HealthChecker/2.0\r\n\r\n", at: 21)
        if !item.answer.isEmpty { talk.say(.server, item.answer, at: 22) }
        for (end, time) in item.ends {
            let side: Talk.Side = end.hasPrefix("c") ? .client : .server
            if end.hasSuffix("R") { talk.reset(side, at: time) } else { talk.finish(side, at: time) }
        }
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
