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

    /// Which packets of two calls, each answered by one packet that the client acknowledges, the capture has.
    enum Captured: CaseIterable {
        case client, clientFromFirstCallOn, allButLastAnswer

        func has(_ index: Int, _ packet: Packet, of talk: Talk) -> Bool {
            let isClient = packet.source == talk.client.address
            switch self {
            case .client: return isClient
            case .clientFromFirstCallOn: return isClient && index >= 3
            case .allButLastAnswer: return index != talk.batch.packets.count - 2
            }
        }
    }

    @Test(arguments: Captured.allCases, ["", "F", "R"])
    func `an answer that the client has acknowledged is no time-out though the capture lacks all of it`(
        _ captured: Captured, _ end: String
    ) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        for stream: UInt32 in [1, 3] {
            let time = Double(stream) * 1000
            talk.say(.client, H2.request(stream, "/p\(stream)x"), at: time)
            talk.say(.server, (stream == 1 ? H2.settings : []) + H2.answer(stream, 200), at: time + 2)
            talk.acknowledge(.client, at: time + 4)
        }
        let all = talk
        talk.batch.packets = all.batch.packets.indices.filter { captured.has($0, all.batch.packets[$0], of: all) }
            .map { all.batch.packets[$0] }
        if end == "F" {
            talk.finish(.client, at: 20_000)
            talk.finish(.server, at: 20_001)
            talk.acknowledge(.client, at: 20_002)
        }
        if end == "R" { talk.packet(.client, "RA", seq: talk.clientNext, ack: talk.serverNext, at: 20_000) }
        let told = Tracked(talk, end: 60_000).exchanges.map(\.fact)
        #expect(told.count == 2)
        #expect(told.allSatisfy { $0.blame == .none && $0.cause == .none }, "\(told.map(\.cause))")
        let answered = captured == .allButLastAnswer ? 1 : 0
        #expect(told.count { $0.flags.contains(.undetermined) } == 2 - answered)
        #expect(told.count { $0.status == 200 } == answered)
    }

    @Test
    func `a request after which the client acknowledged nothing more is a time-out though other packets are missing`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.client, H2.request(1, "/p1x"), at: 1000)
        talk.say(.server, H2.settings + H2.answer(1, 200), at: 1002)
        talk.batch.packets.removeLast()
        talk.acknowledge(.client, at: 1004)
        talk.say(.client, H2.request(3, "/p3x"), at: 2000)
        talk.acknowledge(.server, at: 2001)
        let told = Tracked(talk, end: 60_000).exchanges
        #expect(told.first { $0.path == "/p1x" }?.fact.flags.contains(.undetermined) == true)
        #expect(told.first { $0.path == "/p3x" }?.fact.flags.contains(.timedOut) == true)
    }

    @Test func `answers tell their requests where nothing of the client is captured`() {
        var talk = Self.dialogue()
        let server = talk.server.address
        talk.batch.packets.removeAll { $0.source != server }
        let tracked = Tracked(talk)
        #expect(tracked.exchanges.map(\.fact.status) == (0..<Self.count).map { UInt16(200 + 25 * $0) })
        #expect(tracked.exchanges.allSatisfy { $0.path == nil && $0.fact.bytesFromClient == nil })
        #expect(tracked.exchanges.allSatisfy { $0.fact.targetTime == nil && $0.fact.totalTime == nil })
        #expect(tracked.counters.unaskedAnswers == UInt64(Self.count))
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
