import ForensicsModel
import ForensicsTrack
import Testing

/// A conversation as a list of packets, and what Zeek says of it.
struct StateCase: CustomTestStringConvertible, Sendable {
    var packets: String
    var state: ConnectionState
    var history: String
    var testDescription: String { packets }

    /// `c` or `s` for the sender, then flags, then an optional payload length: `cS sSA cA cPA10 sFA`.
    func talk() -> Talk {
        var talk = Talk()
        var time = 0.0
        for word in packets.split(separator: " ") {
            let side: Talk.Side = word.first == "c" ? .client : .server
            let letters = String(word.dropFirst().prefix { $0.isLetter })
            let length = Int(word.drop { $0.isLetter }) ?? 0
            let seq = side == .client ? talk.clientNext : talk.serverNext
            let ack = !letters.contains("A") ? 0 : side == .client ? talk.serverNext : talk.clientNext
            talk.packet(side, letters, seq: seq, ack: ack, [UInt8](repeating: 0xEE, count: length), at: time)
            let moved = UInt32(length) + (letters.contains("S") || letters.contains("F") ? 1 : 0)
            if side == .client { talk.clientNext &+= moved } else { talk.serverNext &+= moved }
            time += 10
        }
        return talk
    }
}

@Suite struct ConnectionStateTests {
    // Expected values: Zeek's documentation of conn_state and history, and its TCP state machine.
    @Test(arguments: [
        StateCase(packets: "cS", state: .s0, history: "S"),
        StateCase(packets: "cS sSA cA", state: .s1, history: "ShA"),
        StateCase(packets: "cS sSA", state: .s1, history: "Sh"),
        StateCase(packets: "cS sSA cA cPA10 sA sPA20 cA cFA sFA cA", state: .sf, history: "ShADadFf"),
        StateCase(packets: "cS sRA", state: .rej, history: "Sr"),
        StateCase(packets: "cS sSA cA cFA sA", state: .s2, history: "ShAFa"),
        StateCase(packets: "cS sSA cA sFA cA", state: .s3, history: "ShAf"),
        StateCase(packets: "cS sSA cA cPA5 cR", state: .rsto, history: "ShADR"),
        StateCase(packets: "cS sSA cA cPA5 sR", state: .rstr, history: "ShADr"),
        StateCase(packets: "cS cR", state: .rstos0, history: "SR"),
        StateCase(packets: "sSA sR", state: .rstrh, history: "^hr"),
        StateCase(packets: "cS cFA", state: .sh, history: "SF"),
        StateCase(packets: "sSA sFA", state: .shr, history: "^hf"),
        StateCase(packets: "cPA10 sA sPA5 cA", state: .oth, history: "DadA"),
        StateCase(packets: "cS sS cA sA", state: .s1, history: "SsAa"),
        StateCase(packets: "cS sSA cA cFA sFA cA sR", state: .sf, history: "ShAFfr"),
        StateCase(packets: "cS sSA cA sFA sR cFA", state: .sf, history: "ShAfrF"),
        StateCase(packets: "cS sSA cA cR sR", state: .rej, history: "ShARr"),
        StateCase(packets: "cSF", state: .sh, history: "Q"),
        // The answer to the SYN was not captured, but the client had it.
        StateCase(packets: "cS cA cPA5 sR", state: .rstr, history: "SADr"),
        StateCase(packets: "cS sSA cA cFR", state: .rsto, history: "ShAI"),
    ])
    func `a conversation ends in Zeek's state with Zeek's history`(_ item: StateCase) throws {
        let tracked = Tracked(item.talk())
        let connection = try #require(tracked.connections.first)
        #expect(tracked.connections.count == 1)
        #expect(connection.fact.state == item.state)
        #expect(connection.history == item.history)
    }

    // RFC 9293, section 3.10.7.1: who has no connection answers a segment that has ACK with a reset that has none.
    @Test(arguments: [
        ("cS sSA cA cPA5 cRA sR", ResetSender.client), ("cS sSA cA cPA5 sRA cR", .server),
        ("cS sSA cA cPA5 cRA cA sR sR", .client), ("cS sSA cA cPA5 cFA cR sR", .client),
        ("cS sSA cA cPA5 cRA sRA", .both), ("cS sSA cA cPA5 sRA cRA", .both), ("cS sSA cA cPA5 sR sR", .server),
    ])
    func `a reset that answers what overtook a reset is not its sender's own`(
        _ packets: String, _ sender: ResetSender
    ) throws {
        let tracked = Tracked(StateCase(packets: packets, state: .rstr, history: "").talk())
        #expect(try #require(tracked.connections.first).fact.resetBy == sender)
    }

    @Test func `the handshake lasts from the first SYN to the last ACK`() throws {
        var talk = Talk()
        talk.packet(.client, "S", seq: 1, at: 0)
        talk.packet(.client, "S", seq: 1, at: 1000)
        talk.packet(.server, "SA", seq: 7, ack: 2, at: 1030)
        talk.packet(.client, "A", seq: 2, ack: 8, at: 1045)
        let tracked = Tracked(talk)
        #expect(try #require(tracked.connections.first).fact.handshake == 1_045_000_000)
        #expect(tracked.events(.synRetransmission).map(\.value) == [1_000_000_000])
        #expect(tracked.events(.retransmission).isEmpty)
        #expect(tracked.connections[0].fact.retransmissions == 1)
    }

    @Test func `a SYN with another number on the same ports begins a connection`() {
        var talk = Talk()
        talk.handshake()
        talk.finish(.client, at: 30)
        talk.finish(.server, at: 40)
        talk.acknowledge(.client, at: 50)
        talk.another(port: 40_000, clientNext: 77_000, serverNext: 99_000)
        talk.handshake(at: 100)
        let tracked = Tracked(talk)
        #expect(tracked.connections.map(\.fact.id.record) == [1, 7])
        #expect(tracked.connections.map { $0.fact.flags.contains(.reusedPorts) } == [false, true])
        #expect(tracked.events(.reusedPorts).count == 1)
    }

    @Test func `packets after the end still belong to the connection`() {
        var talk = Talk()
        talk.handshake()
        talk.finish(.client, at: 30)
        talk.finish(.server, at: 40)
        talk.acknowledge(.client, at: 50)
        talk.reset(.server, at: 90_000)
        let tracked = Tracked(talk)
        #expect(tracked.connections.count == 1)
        #expect(tracked.connections[0].fact.resets == 1)
        #expect(tracked.connections[0].fact.resetBy == .server)
        #expect(tracked.events(.reset).map(\.value) == [89_950_000_000])
    }

    @Test(arguments: [(4999.0, false), (5000.0, true)])
    func `a SYN without an answer times out only if the evidence goes on`(_ end: Double, _ expected: Bool) throws {
        var talk = Talk()
        talk.packet(.client, "S", seq: 9, at: 0)
        let tracked = Tracked(talk, end: end)
        #expect(try #require(tracked.connections.first).fact.flags.contains(.synTimeout) == expected)
    }

    @Test(arguments: [
        (UInt16(40_000), UInt16(80), Talk.Side.client, UInt16(40_000)),
        (UInt16(40_000), UInt16(80), Talk.Side.server, UInt16(40_000)),
        (UInt16(8080), UInt16(50_000), Talk.Side.client, UInt16(50_000)),
    ])
    func `without a SYN the higher port is taken for the client's`(
        _ clientPort: UInt16, _ serverPort: UInt16, _ first: Talk.Side, _ expected: UInt16
    ) throws {
        var talk = Talk()
        talk.client.port = clientPort
        talk.server.port = serverPort
        talk.say(first, [0xEE], at: 0)
        let connection = try #require(Tracked(talk).connections.first)
        #expect(connection.fact.client.port == expected)
        #expect(connection.fact.flags.contains(.clientGuessed))
        #expect(!connection.fact.flags.contains(.startSeen))
    }

    @Test func `who sends a request is the client, whatever the ports say`() throws {
        var talk = Talk()
        talk.client.port = 443
        talk.server.port = 50_000
        talk.say(.client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", at: 0)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", at: 5)
        let tracked = Tracked(talk)
        let connection = try #require(tracked.connections.first)
        #expect(connection.fact.client.port == 443)
        #expect(connection.history == "Dd")
        #expect(tracked.exchanges.map(\.fact.status) == [200])
    }

    @Test func `datagrams after a minute of silence are another flow`() {
        var talk = Talk()
        talk.transport = .udp
        talk.packet(.client, "", seq: 0, [1, 2, 3], at: 0)
        talk.packet(.server, "", seq: 0, [1, 2], at: 59_000)
        talk.packet(.client, "", seq: 0, [1], at: 119_001)
        let tracked = Tracked(talk)
        #expect(tracked.connections.map(\.fact.state) == [.sf, .s0])
        #expect(tracked.connections.map(\.fact.bytesFromClient) == [3, 1])
        #expect(tracked.connections.map(\.history) == ["Dd", "D"])
    }

    @Test func `a full shard gives out closed connections, then those silent longest, and counts the open ones`() {
        var options = TrackOptions()
        options.flowsPerShard = 16
        var talk = Talk()
        for port in 0..<UInt16(4000) {
            talk.another(port: 1024 + port)
            talk.packet(.client, "S", seq: 5, at: Double(port))
        }
        let tracked = Tracked(talk, options: options)
        #expect(tracked.connections.count == 4000)
        let evicted = tracked.connections.filter { $0.fact.flags.contains(.evicted) }
        #expect(UInt64(evicted.count) == tracked.counters.evicted)
        #expect(evicted.count > 2000)
    }

    @Test func `a request whose connection had to make room for others is undetermined, and no time-out`() throws {
        var options = TrackOptions()
        options.flowsPerShard = 16
        var talk = Talk()
        for port in 0..<UInt16(50) {
            talk.another(port: 1024 + port)
            talk.handshake(at: Double(port))
            talk.say(.client, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n", at: 200)
            // The client of one has hung up before.
            if port == 0 { talk.finish(.client, at: 1000) }
        }
        for port in 0..<UInt16(4000) {
            talk.another(port: 2000 + port)
            talk.packet(.client, "S", seq: 5, at: 10_000 + Double(port))
        }
        let tracked = Tracked(talk, options: options)
        let evicted = Set(tracked.connections.filter { $0.fact.flags.contains(.evicted) }.map(\.fact.id))
        #expect(tracked.exchanges.count == 50)
        for exchange in tracked.exchanges {
            let isHungUp = exchange.fact.client.port == 1024
            #expect(try evicted.contains(#require(exchange.fact.connection)))
            #expect(exchange.fact.cause == (isHungUp ? .clientClosed : .none))
            #expect(exchange.fact.flags.contains(.undetermined) == !isHungUp)
            #expect(!exchange.fact.flags.contains(.timedOut))
        }
        // With room for all, nothing answers any of them.
        #expect(Tracked(talk).exchanges.count { $0.fact.cause == .requestTimeout } == 49)
    }

    @Test func `the fixed record of a connection has at most 160 bytes`() {
        #expect(Tracker.connectionCoreBytes <= 160)
    }
}
