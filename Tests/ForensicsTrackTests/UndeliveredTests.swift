import ForensicsModel
import ForensicsTrack
import Testing

/// Segments that are sent again and again and do not arrive: a path that drops them all, or the large ones alone.
@Suite struct UndeliveredTests {
    /// When Linux sends a segment again that nobody acknowledges, milliseconds after the first time: the time-out doubles.
    private static let backoff: [Double] = [200, 600, 1400, 3000, 6200]

    /// A download of which the client takes the first segment alone, and which it gives up after 7 s.
    ///
    /// - Parameters:
    ///   - again: when the second segment is sent again, after the first time.
    ///   - closes: whether the client hangs up.
    private static func download(_ again: [Double], closes: Bool = true) -> Talk {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /big HTTP/1.1\r\nHost: a.example\r\n\r\n", at: 100)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", at: 110)
        talk.acknowledge(.client, at: 111)
        let segment = [UInt8](repeating: 0x78, count: 1400)
        let number = talk.serverNext
        talk.say(.server, segment, at: 112)
        for time in again {
            talk.packet(.server, "PA", seq: number, ack: talk.clientNext, segment, at: 112 + time)
        }
        if closes { talk.packet(.client, "FA", seq: talk.clientNext, ack: number, at: 7100) }
        return talk
    }

    @Test(arguments: [
        (backoff, true), (Array(backoff.prefix(4)), true), (Array(backoff.prefix(3)), false), ([], false),
        // A burst of copies is no time.
        ([200, 201, 202, 203, 204], false),
    ])
    func `a segment that is sent four times again in vain is undelivered`(_ again: [Double], _ isUndelivered: Bool) {
        let tracked = Tracked(Self.download(again), end: 20_000)
        #expect(tracked.connections.map { $0.fact.flags.contains(.undelivered) } == [isUndelivered])
        #expect(tracked.connections.map(\.fact.retransmissions) == [UInt32(again.count)])
    }

    /// The payload of the segment, whether it is told to be a large one. RFC 8200, section 5: every link carries 1,280 bytes.
    @Test(arguments: [(1400, true), (1200, true), (1199, false), (40, false)])
    func `what does not arrive is told to be large where all of it is`(_ length: Int, _ isLarge: Bool) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /big HTTP/1.1\r\nHost: a.example\r\n\r\n", at: 100)
        let segment = [UInt8](repeating: 0x78, count: length)
        let number = talk.serverNext
        talk.say(.server, segment, at: 112)
        for time in Self.backoff {
            talk.packet(.server, "PA", seq: number, ack: talk.clientNext, segment, at: 112 + time)
        }
        let flags = Tracked(talk, end: 20_000).connections.map(\.fact.flags)
        #expect(flags.map { $0.contains(.undelivered) } == [true])
        #expect(flags.map { $0.contains(.undeliveredLarge) } == [isLarge])
    }

    @Test func `different segments that are each sent again are not`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /big HTTP/1.1\r\nHost: a.example\r\n\r\n", at: 100)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", at: 110)
        for number in 0..<8 {
            let sequence = talk.serverNext
            let time = 1000 * Double(number + 1)
            talk.say(.server, [UInt8](repeating: 0x78, count: 1400), at: time)
            talk.packet(
                .server, "PA", seq: sequence, ack: talk.clientNext, [UInt8](repeating: 0x78, count: 1400),
                at: time + 300)
            talk.acknowledge(.client, at: time + 310)
        }
        let facts = Tracked(talk, end: 20_000).connections.map(\.fact)
        #expect(facts.map(\.retransmissions) == [8])
        #expect(facts.allSatisfy { !$0.flags.contains(.undelivered) })
    }

    // The client hung up 7 s after it had asked; the evidence goes on for long enough to tell that nothing follows, or does not.
    @Test(arguments: [
        (backoff, true, 20_000, ExchangeCause.clientClosed, Blame.network), ([], true, 20_000, .clientClosed, .client),
        (backoff, true, 12_000, .none, .none), (backoff, false, 20_000, .none, .none),
    ])
    func `a client that hangs up in the middle of an answer did not get it`(
        _ again: [Double], _ closes: Bool, _ end: Double, _ cause: ExchangeCause, _ blame: Blame
    ) {
        let facts = Tracked(Self.download(again, closes: closes), end: end).exchanges.map(\.fact)
        #expect(facts.map(\.status) == [200])
        #expect(facts.map(\.cause) == [cause] && facts.map(\.blame) == [blame])
        let isTold = cause == .clientClosed
        #expect(facts.map { $0.flags.contains(.aborted) } == [isTold])
        #expect(facts.map { $0.flags.contains(.undetermined) } == [!isTold])
        #expect(facts.map(\.totalTime) == [isTold ? 7_000_000_000 : 12_000_000])
    }

    // The request waits for 3.1 s in vain, arrives, and is answered at once, or after 4 s; or another one before it had waited.
    @Test(arguments: [(3300.0, true), (7400, false)])
    func `a request that was not acknowledged for half of its time did not arrive`(
        _ answered: Double, _ isUndelivered: Bool
    ) {
        var talk = Talk()
        talk.handshake()
        let request = Array("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n".utf8)
        let number = talk.clientNext
        talk.say(.client, request, at: 100)
        for time in [300.0, 700, 1500, 3100] {
            talk.packet(.client, "PA", seq: number, ack: talk.serverNext, request, at: time)
        }
        talk.acknowledge(.server, at: 3101)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", at: answered)
        talk.say(.client, request, at: 8000)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", at: 8100)
        let flags = Tracked(talk, end: 20_000).exchanges.map { $0.fact.flags.contains(.undelivered) }
        #expect(flags == [isUndelivered, false])
    }
}
