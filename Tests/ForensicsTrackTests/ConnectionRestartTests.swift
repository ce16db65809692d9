import ForensicsModel
import ForensicsTrack
import Testing

/// Packets before the answer to a SYN that are not of the connection it opens. RFC 9293, section 3.10.7.4.
@Suite struct ConnectionRestartTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let stray: UInt32 = 0x9000_0000

    enum Before: CaseIterable { case challenge, refusal, otherAnswer, lateFIN, acknowledgmentAlone }

    /// A SYN of number 1000, what was before its answer, and in most cases the same SYN again.
    private static func opened(_ before: Before) -> Talk {
        var talk = Talk()
        talk.packet(.client, "S", seq: 1000, at: 0)
        switch before {
        case .challenge:
            talk.packet(.server, "A", seq: stray, ack: 555, at: 1)
            talk.packet(.client, "R", seq: 555, at: 2)
        case .refusal: talk.packet(.server, "RA", seq: 0, ack: 1001, at: 1, window: 0)
        case .otherAnswer: talk.packet(.server, "SA", seq: stray, ack: 1001, at: 1)
        case .lateFIN:
            talk.packet(.server, "FA", seq: stray, ack: 555, at: 1)
            talk.packet(.client, "R", seq: 555, at: 2)
        case .acknowledgmentAlone: talk.packet(.server, "A", seq: stray, ack: 555, at: 1)
        }
        talk.packet(.client, "S", seq: 1000, at: 1000)
        talk.clientNext = 1001
        return talk
    }

    // Numbers before and behind the stray one, and 0.
    @Test(arguments: Before.allCases, [UInt32(0), 5000, 0x2000_0000, 0xF000_0000])
    func `what comes before the answer to a SYN tells nothing of the connection`(
        _ before: Before, _ number: UInt32
    ) throws {
        var talk = Self.opened(before)
        talk.serverNext = number
        talk.packet(.server, "SA", seq: number, ack: 1001, at: 1010)
        talk.serverNext &+= 1
        talk.acknowledge(.client, at: 1020)
        for (index, path) in ["/a", "/b"].enumerated() {
            let time = 1100 + 100 * Double(index)
            talk.say(.client, "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n", at: time)
            talk.acknowledge(.server, at: time + 1)
            talk.say(.server, Self.answer, at: time + 2)
            talk.acknowledge(.client, at: time + 3)
        }
        talk.finish(.client, at: 1400)
        talk.finish(.server, at: 1401)
        talk.acknowledge(.client, at: 1402)
        let tracked = Tracked(talk)
        let connection = try #require(tracked.connections.first).fact
        #expect(tracked.connections.count == 1)
        #expect(connection.state == .sf)
        #expect(connection.resetBy == .none)
        #expect(!connection.isError)
        #expect(connection.bytesFromServer == UInt64(2 * Self.answer.utf8.count))
        // The SYN.
        #expect(connection.retransmissions == 1)
        #expect(connection.flags.contains(.clientEndedFirst))
        #expect(tracked.exchanges.map(\.path) == ["/a", "/b"])
        #expect(tracked.exchanges.map(\.fact.status) == [200, 200])
        #expect(tracked.exchanges.map(\.fact.blame) == [.none, .none])
    }

    @Test func `a SYN that was refused each time was refused`() {
        var talk = Self.opened(.refusal)
        talk.packet(.server, "RA", seq: 0, ack: 1001, at: 1010, window: 0)
        let tracked = Tracked(talk)
        #expect(tracked.connections.map(\.fact.state) == [.rej])
        #expect(tracked.connections.map(\.fact.resetBy) == [.server])
        #expect(tracked.connections.map(\.fact.resets) == [2])
    }

    @Test func `an answer that comes after the client's reset opens nothing`() {
        var talk = Talk()
        talk.packet(.client, "S", seq: 1000, at: 0)
        talk.packet(.client, "R", seq: 1001, at: 5)
        talk.packet(.server, "SA", seq: 5000, ack: 1001, at: 10)
        #expect(Tracked(talk).connections.map(\.fact.resetBy) == [.client])
    }
}
