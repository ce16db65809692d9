import ForensicsModel
import ForensicsTrack
import Testing

/// One conversation cut, reordered and repeated in every way must give the same exchanges.
@Suite struct StreamOrderTests {
    static let request =
        "POST /cart HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nitems"
        + "GET /two HTTP/1.1\r\nHost: a.test\r\n\r\n"
    static let response =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nWiki\r\n0\r\nTrailer: t\r\n\r\n"
        + "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"

    private func check(_ talk: Talk, _ note: String) {
        let tracked = Tracked(talk)
        // Ids follow the packets as they came: what was sent second may have come first.
        let told = tracked.exchanges.map { "\($0.path ?? "") \($0.fact.status ?? 0)" }.sorted()
        #expect(told == ["/cart 200", "/two 404"], "\(note)")
        #expect(tracked.counters.resynchronizations == 0, "\(note)")
    }

    /// Sends the pieces of a text in the order of `order`.
    private func send(
        _ talk: inout Talk, _ side: Talk.Side, _ text: String, cuts: [Int], order: [Int]? = nil, at start: Double
    ) {
        let bytes = Array(text.utf8)
        let edges = [0] + cuts + [bytes.count]
        let base = side == .client ? talk.clientNext : talk.serverNext
        let ack = side == .client ? talk.serverNext : talk.clientNext
        for (place, piece) in (order ?? Array(0...cuts.count)).enumerated() {
            let from = edges[piece]
            talk.packet(
                side, "PA", seq: base &+ UInt32(from), ack: ack, Array(bytes[from..<edges[piece + 1]]),
                at: start + Double(place) * 0.1)
        }
        if side == .client { talk.clientNext &+= UInt32(bytes.count) } else { talk.serverNext &+= UInt32(bytes.count) }
    }

    @Test func `heads cut at every byte are read`() {
        for cut in 1..<Self.request.utf8.count {
            var talk = Talk()
            talk.handshake()
            send(&talk, .client, Self.request, cuts: [cut], at: 30)
            send(&talk, .server, Self.response, cuts: [min(cut, Self.response.utf8.count - 1)], at: 40)
            check(talk, "cut \(cut)")
        }
    }

    @Test func `heads cut at every byte and exchanged are read`() {
        for cut in 1..<Self.response.utf8.count {
            var talk = Talk()
            talk.clientNext = .max - 40
            talk.serverNext = .max - 60
            talk.handshake()
            send(&talk, .client, Self.request, cuts: [min(cut, Self.request.utf8.count - 1)], order: [1, 0], at: 30)
            send(&talk, .server, Self.response, cuts: [cut], order: [1, 0], at: 40)
            check(talk, "cut \(cut)")
        }
    }

    @Test func `single bytes are read`() {
        var talk = Talk()
        talk.handshake()
        send(&talk, .client, Self.request, cuts: Array(1..<Self.request.utf8.count), at: 30)
        send(&talk, .server, Self.response, cuts: Array(1..<Self.response.utf8.count), at: 60)
        check(talk, "single bytes")
    }

    @Test func `segments that come twice are read once`() {
        var talk = Talk()
        talk.handshake()
        send(&talk, .client, Self.request, cuts: [20, 50], order: [0, 1, 0, 1, 2, 1], at: 30)
        send(&talk, .server, Self.response, cuts: [20, 50], order: [1, 1, 0, 0, 2, 2], at: 40)
        check(talk, "twice")
    }

    @Test func `a segment lost inside a body changes nothing`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n", at: 30)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n", at: 40)
        talk.serverNext &+= 100
        talk.say(.server, [UInt8](repeating: 0x41, count: 200), at: 50)
        talk.say(.client, "GET /next HTTP/1.1\r\nHost: a\r\n\r\n", at: 60)
        talk.say(.server, "HTTP/1.1 204 No\r\n\r\n", at: 70)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.fact.status) == [200, 204])
        #expect(tracked.exchanges[0].fact.time == Talk.time(50))
    }

    @Test func `after a gap reading goes on at the next head`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /one HTTP/1.1\r\nHost: a\r\n\r\n", at: 30)
        // The whole answer to the first request was not captured.
        talk.serverNext &+= 500
        talk.say(.client, "GET /two HTTP/1.1\r\nHost: a\r\n\r\n", at: 60)
        talk.say(.server, "HTTP/1.1 204 No\r\n\r\n", at: 70)
        let tracked = Tracked(talk, end: 60_000)
        #expect(tracked.exchanges.map(\.path) == ["/one", "/two"])
        #expect(tracked.exchanges[0].fact.flags == .undetermined)
        #expect(tracked.exchanges[1].fact.status == 204)
    }

    @Test func `a connection joined in the middle is read from its next head`() {
        var talk = Talk()
        talk.say(.server, [UInt8](repeating: 0x41, count: 300), at: 0)
        talk.acknowledge(.client, at: 1)
        talk.say(.client, "GET /two HTTP/1.1\r\nHost: a\r\n\r\n", at: 60)
        talk.say(.server, "HTTP/1.1 204 No\r\n\r\n", at: 70)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.fact.status) == [204])
        #expect(tracked.connections[0].fact.service == .http)
    }

    @Test func `heads cut by the snap length are used as far as they go`() {
        var talk = Talk()
        talk.handshake()
        let cookie = String(repeating: "c", count: 400)
        let request = Array("GET /cut HTTP/1.1\r\nHost: a\r\nCookie: \(cookie)\r\n\r\n".utf8)
        talk.packet(.client, "PA", seq: talk.clientNext, ack: talk.serverNext, request, at: 30, captured: 60)
        talk.clientNext &+= UInt32(request.count)
        let response = Array("HTTP/1.1 503 Slow Down\r\nX: \(String(repeating: "c", count: 400))\r\n\r\n".utf8)
        talk.packet(.server, "PA", seq: talk.serverNext, ack: talk.clientNext, response, at: 40, captured: 60)
        talk.serverNext &+= UInt32(response.count)
        talk.say(.client, "GET /two HTTP/1.1\r\nHost: a\r\n\r\n", at: 60)
        talk.say(.server, "HTTP/1.1 204 No\r\n\r\n", at: 70)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.path) == ["/cut", "/two"])
        #expect(tracked.exchanges.map(\.fact.status) == [503, 204])
    }

    @Test func `a head without an end is given up at 64 KiB`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET / HTTP/1.1\r\n", at: 30)
        for round in 0..<80 { talk.say(.client, [UInt8](repeating: 0x41, count: 1000), at: 31 + Double(round)) }
        let tracked = Tracked(talk)
        #expect(tracked.counters.httpHeadTooLong == 1)
        #expect(tracked.exchanges.map(\.path) == ["/"])
        #expect(tracked.exchanges.map { $0.fact.flags.contains(.undetermined) } == [true])
    }
}
