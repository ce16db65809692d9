import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Answers of HTTP/2 of which the capture lacks the end: how they ended is not known, and it was not with their connection.
@Suite struct CutAnswerTests {
    enum Ending: String, CaseIterable { case clientCloses, serverCloses, clientResets, serverResets, none }

    /// Thirty calls of 20 ms on one connection, one each second: head and part of the answer, then its end in a segment of its own.
    ///
    /// - Parameters:
    ///   - lost: of these calls the end is not captured.
    ///   - captured: how much of each packet of the server is, at most.
    private static func calls(_ ending: Ending, lost: Set<Int> = [], captured: Int = .max) -> Talk {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings, at: 30)
        talk.say(.server, H2.settings, at: 31)
        for index in 0..<30 {
            let stream = UInt32(1 + 2 * index)
            let time = 1000 * Double(index + 1)
            talk.say(.client, H2.request(stream, "/m\(index)"), at: time)
            let parts = [H2.answer(stream, 200, ends: false) + H2.data(stream, 300, ends: false), H2.data(stream, 80)]
            for (part, bytes) in parts.enumerated() {
                talk.packet(
                    .server, "PA", seq: talk.serverNext, ack: talk.clientNext, bytes, at: time + 10 + 10 * Double(part),
                    captured: min(bytes.count, captured))
                talk.serverNext &+= UInt32(bytes.count)
                if part == 1, lost.contains(index) { talk.batch.packets.removeLast() }
            }
            talk.acknowledge(.client, at: time + 21)
        }
        switch ending {
        case .clientCloses:
            talk.finish(.client, at: 600_000)
            talk.finish(.server, at: 600_001)
        case .serverCloses:
            talk.finish(.server, at: 600_000)
            talk.finish(.client, at: 600_001)
        case .clientResets: talk.packet(.client, "RA", seq: talk.clientNext, ack: talk.serverNext, at: 600_000)
        case .serverResets: talk.packet(.server, "RA", seq: talk.serverNext, ack: talk.clientNext, at: 600_000)
        case .none: break
        }
        return talk
    }

    @Test(arguments: Ending.allCases, [[3], [3, 4, 20], [29], Set(0..<30)] as [Set<Int>])
    func `an answer whose end was lost is undetermined and as long as what was seen`(
        _ ending: Ending, _ lost: Set<Int>
    ) {
        let exchanges = Tracked(Self.calls(ending, lost: lost), end: 700_000).exchanges
        #expect(exchanges.count == 30)
        for exchange in exchanges {
            let number = Int(exchange.path?.dropFirst(2) ?? "") ?? -1
            let isLost = lost.contains(number)
            #expect(exchange.fact.status == 200)
            #expect(exchange.fact.flags == (isLost ? .undetermined : []), "call \(number)")
            #expect(exchange.fact.blame == .none, "call \(number)")
            #expect(exchange.fact.cause == .none, "call \(number)")
            #expect(exchange.fact.totalTime == (isLost ? 10_000_000 : 20_000_000), "call \(number)")
        }
    }

    // 45 bytes: the head of the answer and of a frame of data, of which the next one's head is not captured.
    @Test(arguments: Ending.allCases, [28, 45, 60])
    func `answers that the snap length cuts blame nobody`(_ ending: Ending, _ captured: Int) {
        let exchanges = Tracked(Self.calls(ending, captured: captured), end: 700_000).exchanges
        #expect(exchanges.count == 30)
        #expect(exchanges.allSatisfy { $0.fact.blame == .none && $0.fact.cause == .none })
        #expect(exchanges.allSatisfy { ($0.fact.totalTime ?? 0) <= 20_000_000 })
    }

    @Test func `an answer that goes on after a loss has its own end`() throws {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings + H2.request(1, "/a"), at: 30)
        talk.say(.server, H2.settings + H2.answer(1, 200, ends: false), at: 40)
        talk.say(.server, H2.data(1, 100, ends: false), at: 50)
        talk.batch.packets.removeLast()
        // Two frames tell HTTP/2 anew.
        talk.say(.server, H2.data(1, 100, ends: false) + H2.data(1, 100, ends: false), at: 60)
        talk.acknowledge(.client, at: 61)
        talk.reset(.client, at: 5000)
        let exchange = try #require(Tracked(talk, end: 60_000).exchanges.first)
        #expect(exchange.fact.cause == .reset)
        #expect(exchange.fact.blame == .client)
        #expect(exchange.fact.flags == .aborted)
    }
}
