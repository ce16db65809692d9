import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// HTTP/2 of which the snap length cuts lists of headers: pseudo-headers come first, and tell what they tell.
@Suite struct CutHTTP2HeadTests {
    /// Fields that take more room than any snap length leaves.
    private static let long = H2.block([("x-filler", String(repeating: "f", count: 100)), ("cookie", "a=b")])

    /// Pseudo-headers by the static table, as encoders write them (RFC 7541, appendix A), then the long fields.
    private static func request(_ stream: UInt32, _ path: String, ends: Bool = true) -> [UInt8] {
        let block = [0x82, 0x86, 0x04, UInt8(path.utf8.count)] + Array(path.utf8) + long
        return H2.frame(1, H2.endHeaders | (ends ? H2.endStream : 0), stream, block)
    }

    private static func answer(_ stream: UInt32, _ status: Int, ends: Bool = true) -> [UInt8] {
        let block = [0x08, 3] + Array(String(status).utf8) + long
        return H2.frame(1, H2.endHeaders | (ends ? H2.endStream : 0), stream, block)
    }

    /// Adds a segment of which no more than so many bytes of payload are captured.
    private static func say(
        _ talk: inout Talk, _ side: Talk.Side, _ bytes: [UInt8], at time: Double, captured: Int
    ) {
        let (seq, ack) = side == .client ? (talk.clientNext, talk.serverNext) : (talk.serverNext, talk.clientNext)
        talk.packet(side, "PA", seq: seq, ack: ack, bytes, at: time, captured: min(bytes.count, captured))
        if side == .client { talk.clientNext &+= UInt32(bytes.count) } else { talk.serverNext &+= UInt32(bytes.count) }
    }

    private static let statuses = [200, 503, 204, 404, 500, 302]

    /// Twelve calls of 20 ms; each answer is one segment, of a list of headers and perhaps a body.
    private static func calls(captured: Int, body: Bool, from first: Int = 0) -> Talk {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.server, H2.settings, at: 31)
        for index in 0..<12 {
            let stream = UInt32(1 + 2 * index)
            let time = 100 * Double(index + 1)
            say(&talk, .client, request(stream, "/a"), at: time, captured: captured)
            let answer = answer(stream, statuses[index % statuses.count], ends: !body)
            say(&talk, .server, answer + (body ? H2.data(stream, 60) : []), at: time + 20, captured: captured)
            talk.acknowledge(.client, at: time + 21)
        }
        talk.batch.packets.removeFirst(first)
        return talk
    }

    // Nine bytes of a frame's head and five of the status: 14.
    @Test(arguments: [14, 30, 42, 62, 80], [false, true])
    func `answers keep their status, and requests their method`(_ captured: Int, _ body: Bool) {
        let tracked = Tracked(Self.calls(captured: captured, body: body), end: 60_000)
        #expect(tracked.exchanges.map(\.fact.status) == (0..<12).map { UInt16(Self.statuses[$0 % 6]) })
        #expect(tracked.exchanges.allSatisfy { $0.method == "GET" })
        #expect(tracked.exchanges.allSatisfy { $0.fact.totalTime == 20_000_000 })
        #expect(tracked.exchanges.count { $0.fact.isError } == 6)
        // Of an answer whose body lies in what was not captured the end is not known.
        #expect(tracked.exchanges.allSatisfy { $0.fact.flags.contains(.undetermined) == body })
        #expect(tracked.counters.http2Malformed == 0)
    }

    @Test(arguments: [30, 62], [false, true])
    func `so they do on a connection that began before the capture`(_ captured: Int, _ body: Bool) {
        let tracked = Tracked(Self.calls(captured: captured, body: body, from: 5), end: 60_000)
        #expect(tracked.exchanges.map(\.fact.status) == (0..<12).map { UInt16(Self.statuses[$0 % 6]) })
        #expect(tracked.connections.map(\.fact.client.port) == [40_000])
    }

    @Test func `a path is told where it was captured`() {
        #expect(Tracked(Self.calls(captured: 15, body: false)).exchanges.allSatisfy { $0.path == "/a" })
        #expect(Tracked(Self.calls(captured: 14, body: false)).exchanges.allSatisfy { $0.path == nil })
    }

    @Test func `entries of the table before a cut list are not taken for those that it added`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        let path = { (text: String) in [0x44, UInt8(text.utf8.count)] + Array(text.utf8) }
        let flags = H2.endHeaders | H2.endStream
        talk.say(.client, H2.frame(1, flags, 1, [0x82, 0x86] + path("/old")), at: 100)
        let second = H2.frame(1, flags, 3, [0x82, 0x86] + path("/new") + path("/newest"))
        Self.say(&talk, .client, second, at: 200, captured: 17)
        // Entry 62 is the newest, which was not captured.
        talk.say(.client, H2.frame(1, flags, 5, [0x82, 0x86, 0xBE]), at: 300)
        #expect(Tracked(talk).exchanges.map(\.path) == ["/old", "/new", nil])
    }

    @Test func `what comes behind a cut frame is read`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.client, H2.request(1, "/a") + H2.request(3, "/b"), at: 40)
        // A list of two segments, the first of which is cut, and the next answer behind it.
        let answer = Self.answer(1, 503)
        Self.say(&talk, .server, H2.settings + Array(answer.prefix(90)), at: 50, captured: 40)
        Self.say(&talk, .server, Array(answer.dropFirst(90)) + H2.answer(3, 200), at: 51, captured: .max)
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.fact.status) == [503, 200])
        #expect(tracked.exchanges.allSatisfy { $0.fact.flags == [] })
        #expect(tracked.counters.resynchronizations == 0)
    }

    // RFC 9113, section 8.1: a server that has answered may say that it wants no more of the request.
    @Test(arguments: [(UInt8(0), true), (5, true), (2, false)])
    func `an answer whose end was cut is not given up by what may follow one`(_ code: UInt8, _ isWhole: Bool) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.client, H2.request(1, "/a", ends: false), at: 40)
        let answer = Self.answer(1, 415, ends: false) + H2.data(1, 10)
        Self.say(&talk, .server, answer, at: 50, captured: 40)
        let reset = H2.frame(8, 0, 0, [0, 0, 1, 0]) + H2.frame(3, 0, 1, [0, 0, 0, code])
        talk.say(.server, reset, at: 60)
        let exchanges = Tracked(talk, end: 60_000).exchanges.map(\.fact)
        #expect(exchanges.map(\.status) == [415])
        #expect(exchanges.map(\.cause) == [isWhole ? .clientError : .reset])
    }

    @Test func `a stream whose cancellation was cut is cancelled`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.client, H2.request(1, "/a"), at: 40)
        Self.say(&talk, .client, H2.frame(3, 0, 1, [0, 0, 0, 8]), at: 50, captured: 10)
        let exchanges = Tracked(talk, end: 60_000).exchanges
        #expect(exchanges.map(\.fact.cause) == [.reset])
        #expect(exchanges.map(\.fact.blame) == [.client])
    }
}
