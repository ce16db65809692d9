import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Who is the client of connections that began before the capture, where other connections of it tell which end is a server.
@Suite struct ServerEndTests {
    private static let server = Endpoint(IPAddress(v4: 0x0A00_0105), 50_051)

    /// Connections without a beginning, of clients with ports below the server's.
    private func begun(_ clients: Int, port: UInt16 = 33_000, into talk: inout Talk) {
        talk.server = Self.server
        for client in 0..<clients {
            talk.client = Endpoint(IPAddress(v4: 0xCB00_7101 + UInt32(client)), port + UInt16(client))
            (talk.clientNext, talk.serverNext) = (9000, 70_000)
            talk.say(.server, [1, 2, 3], at: Double(client))
            talk.say(.client, [4, 5], at: 10 + Double(client))
            talk.finish(.client, at: 20 + Double(client))
            talk.reset(.server, at: 30 + Double(client))
        }
    }

    /// One whole connection to the server, after the others.
    private func opened(into talk: inout Talk) {
        talk.client = Endpoint(IPAddress(v4: 0xC633_6407), 45_000)
        (talk.clientNext, talk.serverNext) = (1000, 5000)
        talk.handshake(at: 500)
    }

    private func clients(_ tracked: Tracked) -> [UInt16] { tracked.connections.map(\.fact.client.port) }

    @Test func `an end that answered a SYN elsewhere is a server`() throws {
        var talk = Talk()
        begun(1, into: &talk)
        #expect(clients(Tracked(talk)) == [50_051])
        opened(into: &talk)
        let tracked = Tracked(talk)
        #expect(clients(tracked) == [33_000, 45_000])
        let connection = try #require(tracked.connections.first)
        #expect(connection.fact.server == Self.server)
        #expect(connection.fact.peer == connection.fact.client.address)
        #expect(connection.fact.flags.contains(.clientGuessed))
        #expect(connection.fact.bytesFromClient == 2 && connection.fact.bytesFromServer == 3)
        #expect(connection.fact.packetsFromClient == 2 && connection.fact.packetsFromServer == 2)
        #expect(connection.fact.resetBy == .server)
        #expect(connection.history.hasSuffix("dDFr"))
        #expect(tracked.counters.guessedClients == 1)
    }

    @Test(arguments: [false, true], [false, true])
    func `who sends the client's hello is the client, whatever the ports`(_ serverFirst: Bool, _ isCut: Bool) throws {
        var talk = Talk()
        talk.client.port = 50_020
        talk.server.port = 64_132
        let hello = TLSHandshakeTests.clientHello("a.example")
        if !serverFirst {
            talk.packet(
                .client, "PA", seq: talk.clientNext, ack: talk.serverNext, hello, at: 1,
                captured: isCut ? 30 : hello.count)
        }
        talk.clientNext &+= UInt32(hello.count)
        talk.say(.server, TLSHandshakeTests.serverHello13, at: 2)
        talk.say(.client, TLSHandshakeTests.hidden, at: 3)
        let tracked = Tracked(talk)
        #expect(tracked.connections.map(\.fact.client.port) == [50_020])
        #expect(tracked.connections.map(\.domain) == [serverFirst || isCut ? nil : "a.example"])
        #expect(tracked.counters.guessedClients == 0)
    }

    @Test func `a SYN that nobody answered proves nothing`() {
        var talk = Talk()
        begun(1, into: &talk)
        talk.client = Endpoint(IPAddress(v4: 0xC633_6407), 45_000)
        talk.packet(.client, "S", seq: 1, at: 500)
        #expect(clients(Tracked(talk)) == [50_051, 45_000])
    }

    @Test func `who sent a request elsewhere shows the server too`() {
        var talk = Talk()
        begun(1, into: &talk)
        talk.client = Endpoint(IPAddress(v4: 0xC633_6407), 45_000)
        talk.say(.client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", at: 500)
        #expect(clients(Tracked(talk)) == [33_000, 45_000])
    }

    @Test(arguments: [(1, false), (2, false), (3, false), (4, true), (20, true)])
    func `without any SYN an end with many peers is the server`(_ count: Int, _ isKnown: Bool) {
        var talk = Talk()
        begun(count, into: &talk)
        let expected = (0..<count).map { isKnown ? 33_000 + UInt16($0) : 50_051 }
        #expect(clients(Tracked(talk)) == expected)
    }

    @Test func `a port of servers is not outvoted by peers, but by a SYN`() {
        var talk = Talk()
        // What looks like clients are servers with ports of servers.
        begun(8, port: 440, into: &talk)
        #expect(Set(clients(Tracked(talk))) == [50_051])
        opened(into: &talk)
        #expect(clients(Tracked(talk)) == (0..<8).map { 440 + $0 } + [45_000])
    }

    @Test func `who asks again from the same port asked before`() {
        var talk = Talk()
        begun(1, into: &talk)
        talk.packet(.client, "S", seq: 77, at: 900)
        #expect(clients(Tracked(talk)) == [33_000, 33_000])
    }

    @Test func `an answer tells more than all that is known of its ends`() {
        var talk = Talk()
        opened(into: &talk)
        talk.server = Self.server
        talk.client = Endpoint(IPAddress(v4: 0xCB00_7109), 33_000)
        (talk.clientNext, talk.serverNext) = (1000, 5000)
        // The known server asks here.
        talk.say(.server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", at: 600)
        talk.say(.client, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", at: 610)
        let tracked = Tracked(talk)
        #expect(clients(tracked).last == 50_051)
        #expect(tracked.exchanges.map(\.fact.client) == [Self.server])
        #expect(tracked.counters.guessedClients == 0)
    }

    @Test(arguments: [1, 2, 4, 64])
    func `what shards of several trackers saw is joined`(_ count: Int) {
        var talk = Talk()
        begun(30, into: &talk)
        opened(into: &talk)
        let tracked = Tracked([talk.batch], trackers: count)
        #expect(clients(tracked) == (0..<30).map { 33_000 + $0 } + [45_000])
    }

    @Test func `of a flow that was given out early its shard tells`() {
        var options = TrackOptions()
        options.idleTimeout = 1_000_000_000
        var talk = Talk()
        begun(1, into: &talk)
        opened(into: &talk)
        var tracker = Tracker(options: options, kind: .live)
        tracker.observe(talk.batch)
        tracker.expire(at: Talk.time(1600))
        var tracked = Tracked([])
        tracked.add(tracker.take())
        #expect(clients(tracked).sorted() == [33_000, 45_000])
    }
}
