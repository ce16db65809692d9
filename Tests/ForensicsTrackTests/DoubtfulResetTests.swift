import ForensicsModel
import ForensicsTrack
import Testing

/// Resets whose number is not the expected one: their receiver answers and goes on. RFC 9293, section 3.10.7.4.
@Suite struct DoubtfulResetTests {
    @Test func `a request that was captured after the reset that met it is no time-out`() {
        var talk = Talk()
        talk.handshake()
        let request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        talk.packet(.server, "RA", seq: talk.serverNext, ack: talk.clientNext &+ UInt32(request.count), at: 40)
        talk.packet(.client, "PA", seq: talk.clientNext, ack: talk.serverNext, request, at: 40.1)
        let exchanges = Tracked(talk, end: 60_000).exchanges.map(\.fact)
        #expect(exchanges.map(\.cause) == [.reset])
        #expect(exchanges.map(\.blame) == [.target])
    }

    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }

    private static func opened() -> Talk {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, get("/1"), at: 30)
        talk.say(.server, answer, at: 31)
        talk.acknowledge(.client, at: 32)
        return talk
    }

    /// A reset whose number lies so far from the expected one.
    private static func reset(_ talk: inout Talk, _ side: Talk.Side, _ distance: Int32, at time: Double) {
        let next = side == .client ? talk.clientNext : talk.serverNext
        talk.packet(side, "R", seq: next &+ UInt32(bitPattern: distance), at: time, window: 0)
    }

    @Test(arguments: [Talk.Side.client, .server], [Int32(1000), 500_000, -20_000, 900_000_000])
    func `a reset after which its sender goes on ended nothing`(_ side: Talk.Side, _ distance: Int32) throws {
        for isAsking in [false, true] {
            var talk = Self.opened()
            if !isAsking { Self.reset(&talk, side, distance, at: 40) }
            talk.say(.client, Self.get("/2"), at: 50)
            if isAsking { Self.reset(&talk, side, distance, at: 51) }
            talk.say(.server, Self.answer, at: 52)
            talk.say(.client, Self.get("/3"), at: 60)
            talk.say(.server, Self.answer, at: 61)
            talk.finish(.client, at: 70)
            talk.finish(.server, at: 71)
            talk.acknowledge(.client, at: 72)
            let tracked = Tracked(talk)
            let connection = try #require(tracked.connections.first).fact
            #expect(tracked.exchanges.map(\.path) == ["/1", "/2", "/3"])
            #expect(tracked.exchanges.map(\.fact.status) == [200, 200, 200])
            #expect(tracked.exchanges.map(\.fact.blame) == [.none, .none, .none])
            #expect(connection.state == .sf)
            #expect(connection.resetBy == .none)
            #expect(connection.resets == 1)
            #expect(!connection.isError)
        }
    }

    @Test(arguments: [(Talk.Side.client, Blame.client, ConnectionState.rsto), (.server, .target, .rstr)], [1, 3])
    func `a reset after which its sender says nothing more is the end, whatever its number`(
        _ item: (side: Talk.Side, blame: Blame, state: ConnectionState), _ count: Int
    ) throws {
        // The packets that lead up to it were not captured.
        var talk = Self.opened()
        talk.say(.client, Self.get("/2"), at: 40)
        for index in 0..<count { Self.reset(&talk, item.side, 1000, at: 50 + Double(index)) }
        let tracked = Tracked(talk, end: 60)
        let connection = try #require(tracked.connections.first).fact
        #expect(tracked.exchanges.map(\.fact.status) == [200, nil])
        #expect(tracked.exchanges.map(\.fact.cause) == [.none, .reset])
        #expect(tracked.exchanges.map(\.fact.blame) == [.none, item.blame])
        #expect(tracked.exchanges.last?.fact.time == Talk.time(50))
        #expect(connection.state == item.state)
        #expect(connection.resetBy == (item.side == .client ? .client : .server))
        #expect(connection.flags.contains(.endSeen))
        #expect(connection.flags.contains(.clientEndedFirst) == (item.side == .client))
        #expect(connection.resets == UInt32(count))
    }

    @Test func `requests that were on their way to a server that resets are lost`() {
        var talk = Self.opened()
        Self.reset(&talk, .server, 1000, at: 50)
        talk.say(.client, Self.get("/2"), at: 51)
        let tracked = Tracked(talk, end: 60)
        #expect(tracked.exchanges.map(\.fact.cause) == [.none, .reset])
        #expect(tracked.exchanges.map(\.fact.blame) == [.none, .target])
        #expect(tracked.exchanges.last?.fact.time == Talk.time(51))
    }

    @Test func `a reset that was captured before what leads up to it is the end`() {
        var talk = Self.opened()
        talk.say(.client, Self.get("/2"), at: 40)
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
        talk.say(.server, head, at: 45)
        Self.reset(&talk, .server, 4, at: 46)
        talk.say(.server, "half", at: 46.1)
        let tracked = Tracked(talk, end: 60)
        #expect(tracked.connections.map(\.fact.state) == [.rstr])
        #expect(tracked.exchanges.map(\.fact.status) == [200, 200])
        #expect(tracked.exchanges.map(\.fact.cause) == [.none, .reset])
        #expect(tracked.exchanges.last?.fact.bytesFromServer == UInt64(head.utf8.count + 4))
    }

    // What the receiver has acknowledged is what a host that knows nothing of the connection answers with.
    @Test func `a reset that answers an older packet is the end`() {
        var talk = Self.opened()
        let acknowledged = talk.clientNext
        talk.say(.client, Self.get("/2"), at: 40)
        talk.packet(.server, "PA", seq: talk.serverNext, ack: acknowledged, [1], at: 41)
        talk.packet(.client, "R", seq: acknowledged, at: 42)
        let tracked = Tracked(talk, end: 60)
        #expect(tracked.connections.map(\.fact.state) == [.rsto])
        #expect(tracked.connections.map(\.fact.resetBy) == [.client])
    }
}
