import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Requests whose client did not send the end of their head, and those whose head is too long to be read.
@Suite struct UnfinishedRequestTests {
    private static let timeout = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    /// A head that begins at 30 ms, with a field more each second.
    private static func begun(fields: Int) -> Talk {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /slow HTTP/1.1\r\nHost: a\r\n", at: 30)
        for index in 0..<fields {
            talk.say(.client, "X-\(index): y\r\n", at: 1000 * Double(index + 1))
            talk.acknowledge(.server, at: 1000 * Double(index + 1) + 1)
        }
        return talk
    }

    private static func end(_ talk: inout Talk, _ ending: String, at time: Double) {
        switch ending {
        case "cF": talk.finish(.client, at: time)
        case "sF": talk.finish(.server, at: time)
        case "cR": talk.reset(.client, at: time)
        case "sR": talk.reset(.server, at: time)
        default: break
        }
    }

    // The time-out is 5 s.
    @Test(arguments: ["cF", "sF", "cR", "sR", ""])
    func `a request whose head does not end in time is a time-out of its client`(_ ending: String) throws {
        var talk = Self.begun(fields: 10)
        Self.end(&talk, ending, at: 10_500)
        let tracked = Tracked(talk, end: 20_000)
        let exchange = try #require(tracked.exchanges.first)
        #expect(tracked.exchanges.count == 1)
        #expect(exchange.method == "GET")
        #expect(exchange.path == "/slow")
        #expect(exchange.domain == "a")
        #expect(exchange.fact.status == nil)
        #expect(exchange.fact.cause == .clientTimeout)
        #expect(exchange.fact.flags.contains(.requestIncomplete))
        #expect(exchange.fact.blame == .client)
        #expect(tracked.connections.map(\.fact.service) == [.http])
        #expect(tracked.counters.resynchronizations == 0)
    }

    @Test(arguments: [
        ("cF", ExchangeCause.clientClosed, Blame.client), ("cR", .reset, .client), ("sF", .targetClosed, .target),
        ("sR", .reset, .target), ("", .none, .none),
    ])
    func `a head that is cut off early blames who closed`(_ ending: String, _ cause: ExchangeCause, _ blame: Blame)
        throws
    {
        var talk = Self.begun(fields: 1)
        Self.end(&talk, ending, at: 1500)
        let exchange = try #require(Tracked(talk, end: 2000).exchanges.first)
        #expect(exchange.fact.cause == cause)
        #expect(exchange.fact.blame == blame)
        #expect(exchange.fact.flags.contains(ending.isEmpty ? .undetermined : .aborted))
    }

    @Test func `the answer to a head that does not end is told`() throws {
        var talk = Self.begun(fields: 10)
        talk.say(.server, Self.timeout, at: 10_500)
        talk.finish(.server, at: 10_501)
        // What the client sent before it knew.
        talk.say(.client, "X-late: y\r\n", at: 10_502)
        talk.finish(.client, at: 10_503)
        let tracked = Tracked(talk, end: 20_000)
        #expect(tracked.exchanges.map(\.fact.status) == [408])
        #expect(tracked.exchanges.map(\.fact.blame) == [.client])
        #expect(tracked.exchanges.map(\.path) == ["/slow"])
        #expect(tracked.counters.orphanResponses == 0)
    }

    @Test(arguments: ["\r\n", "GE", "GET /cut"])
    func `what does not tell what is asked for is no request`(_ rest: String) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", at: 30)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", at: 40)
        talk.say(.client, rest, at: 50)
        talk.finish(.client, at: 60)
        talk.finish(.server, at: 61)
        #expect(Tracked(talk, end: 20_000).exchanges.map(\.path) == ["/a"])
    }

    @Test func `the answer to a head that is too long is told`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /big HTTP/1.1\r\nHost: a\r\nCookie: ", at: 30)
        for index in 0..<70 { talk.say(.client, [UInt8](repeating: 0x78, count: 1000), at: 31 + Double(index)) }
        talk.say(.server, "HTTP/1.1 431 X\r\nContent-Length: 0\r\n\r\n", at: 200)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.path) == ["/big"])
        #expect(tracked.exchanges.map(\.fact.status) == [431])
        #expect(tracked.counters.httpHeadTooLong == 1)
        #expect(tracked.counters.orphanResponses == 0)
    }
}
