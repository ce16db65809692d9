import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// HTTP/2 of which packets are missing from the capture, or lie in another order: never a wrong status, never a false error, and
/// what comes after the loss is read.
@Suite struct HTTP2LossTests {
    private static let count = 12

    /// Twelve requests one after the other, each with a path and a status of its own, in packets of their own.
    private static func dialogue() -> Talk {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.server, H2.settings, at: 31)
        for index in 0..<count {
            let stream = UInt32(1 + 2 * index)
            let time = 100 + Double(index) * 10
            talk.say(.client, H2.request(stream, "/p\(index)x", ends: false) + H2.data(stream, 30), at: time)
            talk.say(.server, H2.answer(stream, 200 + 25 * index, ends: false), at: time + 2)
            talk.say(.server, H2.data(stream, 700), at: time + 3)
            talk.acknowledge(.client, at: time + 4)
        }
        return talk
    }

    /// By path what was told; the connection stays open long enough for time-outs.
    private static func told(_ talk: Talk) -> [String: (status: UInt16?, isError: Bool)] {
        var told: [String: (status: UInt16?, isError: Bool)] = [:]
        for exchange in Tracked(talk, end: 60_000).exchanges {
            told[exchange.path ?? ""] = (exchange.fact.status, exchange.fact.status == nil && exchange.fact.isError)
        }
        return told
    }

    @Test func `one packet that the capture lacks hides at most the request it is of`() {
        let whole = Self.dialogue()
        for missing in whole.batch.packets.indices where whole.batch.packets[missing].payloadLength > 0 {
            var talk = whole
            talk.batch.packets.remove(at: missing)
            let told = Self.told(talk)
            // Without the preface the first segment of frames is needed to know them.
            #expect(told.count >= Self.count - 1, "packet \(missing)")
            #expect(told.values.count { $0.status != nil } >= Self.count - 1, "packet \(missing)")
            for (path, answer) in told {
                let number = Int(path.dropFirst(2).dropLast()) ?? -1
                #expect(
                    answer.status == nil || answer.status == UInt16(200 + 25 * number), "packet \(missing), \(path)")
                #expect(!answer.isError, "packet \(missing), \(path)")
            }
        }
    }

    @Test func `a loss is told`() {
        var talk = Self.dialogue()
        talk.batch.packets.remove(at: 10)
        var tally = LedgerTally()
        Tracked(talk).counters.note(into: &tally)
        #expect(Anomaly.allCases.contains { $0.name == "stream-resynchronized" && tally.count($0) > 0 })
    }

    @Test(arguments: [1, 2, 3])
    func `a packet captured late makes no error, and no wrong status`(_ distance: Int) {
        let whole = Self.dialogue()
        for late in whole.batch.packets.indices.dropFirst(5) where late + distance < whole.batch.packets.count {
            var talk = whole
            var packet = talk.batch.packets.remove(at: late)
            packet.time = talk.batch.packets[late + distance - 1].time.advanced(by: 20_000)
            talk.batch.packets.insert(packet, at: late + distance)
            for (path, answer) in Self.told(talk) {
                let number = Int(path.dropFirst(2).dropLast()) ?? -1
                #expect(answer.status == nil || answer.status == UInt16(200 + 25 * number), "packet \(late), \(path)")
                #expect(!answer.isError, "packet \(late), \(path)")
            }
        }
    }

    @Test(arguments: [false, true])
    func `a server that speaks HTTP/1 alone answers a request of HTTP/2 with its status`(closes: Bool) throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings + H2.request(1, "/a"), at: 30)
        talk.say(.server, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", at: 52)
        if closes { talk.finish(.server, at: 53) }
        let tracked = Tracked(talk, end: 20_000)
        let exchange = try #require(tracked.exchanges.first)
        #expect(tracked.exchanges.count == 1)
        #expect(exchange.fact.status == 400)
        #expect(exchange.fact.totalTime == 22_000_000)
        #expect(tracked.counters.http2Malformed == 1)
    }

    @Test(arguments: [(0, HealthCheck.Outcome.success), (12, .success), (14, .failure)])
    func `a health check over gRPC is told by the status of the call`(_ status: Int, _ outcome: HealthCheck.Outcome) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.server, H2.settings, at: 31)
        let agent = [("user-agent", "ELB-HealthChecker/2.0"), ("content-type", "application/grpc")]
        talk.say(.client, H2.request(1, "/AWS.ALB/healthcheck", agent), at: 40)
        talk.say(.server, H2.answer(1, 200, ends: false, [("content-type", "application/grpc")]), at: 45)
        talk.say(.server, H2.trailers(1, status), at: 46)
        #expect(Tracked(talk).checks.map(\.outcome) == [outcome])
    }
}
