import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// A tunnel hides nothing: what is told of a conversation is what is told without it, whatever the capture lacks of it or has in
/// another order.
@Suite struct TunnelTests {
    enum Conversation: CaseIterable { case requests, body, refusedHello, hello, http2, askedAgain, middle }
    enum Change: CaseIterable { case none, lost, late, later, twice }

    private static let request = "GET /one HTTP/1.1\r\nHost: a.test\r\nUser-Agent: x\r\n\r\n"
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n" + String(repeating: "z", count: 60)

    /// Sends bytes in two segments, the second from `cut` on.
    private static func say(
        _ talk: inout Talk, _ side: Talk.Side, _ bytes: [UInt8], cut: Int, at milliseconds: Double
    ) {
        talk.say(side, Array(bytes[..<cut]), at: milliseconds)
        talk.say(side, Array(bytes[cut...]), at: milliseconds + 0.2)
        talk.acknowledge(side == .client ? .server : .client, at: milliseconds + 0.4)
    }

    private static func exchange(_ talk: inout Talk, at start: Double) {
        say(&talk, .client, Array(request.utf8), cut: 20, at: start)
        say(&talk, .server, Array(answer.utf8), cut: 30, at: start + 10)
    }

    private static func talk(_ conversation: Conversation) -> Talk {
        var talk = Talk()
        switch conversation {
        case .askedAgain:
            talk.packet(.client, "S", seq: 1000, at: 0)
            talk.packet(.server, "RA", seq: 0, ack: 1001, at: 1, window: 0)
            talk.handshake(at: 100)
        case .middle: break
        default: talk.handshake()
        }
        switch conversation {
        case .requests, .askedAgain, .middle:
            exchange(&talk, at: 200)
            exchange(&talk, at: 300)
        case .body:
            say(
                &talk, .client, Array("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nitems".utf8), cut: 49,
                at: 200)
            say(&talk, .server, Array(answer.utf8), cut: 3, at: 220)
        case .refusedHello, .hello:
            let hello = TLSHandshakeTests.clientHello("large.example", tls13: true, padding: 1800)
            say(&talk, .client, hello, cut: 1000, at: 200)
            guard conversation == .hello else {
                talk.say(.server, TLSHandshakeTests.record(21, [2, 40]), at: 220)
                break
            }
            let flight = TLSHandshakeTests.serverHello13 + TLSHandshakeTests.record(20, [1]) + TLSHandshakeTests.hidden
            say(&talk, .server, flight, cut: 60, at: 220)
            talk.say(.client, TLSHandshakeTests.record(20, [1]) + TLSHandshakeTests.hidden, at: 240)
        case .http2:
            say(&talk, .client, H2.preface + H2.settings + H2.request(1, "/a"), cut: 33, at: 200)
            say(&talk, .server, H2.settings + H2.answer(1, 503, ends: false) + H2.data(1, 40), cut: 20, at: 220)
            talk.say(.client, H2.request(3, "/b"), at: 240)
            talk.say(.server, H2.answer(3, 404), at: 250)
        }
        talk.finish(.client, at: 400)
        talk.finish(.server, at: 401)
        return talk
    }

    private static func change(_ batch: PacketBatch, _ index: Int, _ change: Change) -> PacketBatch {
        var batch = batch
        let distance: Int
        switch change {
        case .none: return batch
        case .lost:
            batch.packets.remove(at: index)
            return batch
        case .twice:
            // Sent again later.
            var packet = batch.packets[index]
            packet.time = packet.time.advanced(by: 50_000_000)
            packet.ipID &+= 5000
            packet.record += 1000
            let place = batch.packets.firstIndex { $0.time > packet.time } ?? batch.packets.count
            batch.packets.insert(packet, at: place)
            return batch
        case .late: distance = 1
        case .later: distance = 2
        }
        guard index + distance < batch.packets.count else { return batch }
        var packet = batch.packets.remove(at: index)
        packet.time = batch.packets[index + distance - 1].time.advanced(by: 20_000)
        batch.packets.insert(packet, at: index + distance)
        return batch
    }

    /// All that is told but for the role and the tunnel.
    private static func told(_ batch: PacketBatch, in tunnel: TunnelEvidence.Kind?) -> [String] {
        var batch = batch
        if let tunnel {
            batch.tunnels = [TunnelEvidence(kind: tunnel)]
            for index in batch.packets.indices {
                batch.packets[index].tunnel = 0
                batch.packets[index].label = 7
                batch.packets[index].attributes.insert(.mirrored)
            }
        }
        let tracked = Tracked([batch], end: Talk.time(60_000))
        var told = ["\(tracked.counters)"]
        for connection in tracked.connections {
            var fact = connection.fact
            #expect(fact.tunnel.isNone == (tunnel == nil))
            fact.role = .client
            let texts = [fact.tlsCipher, fact.alpn, fact.ja4, fact.errorReason].map(\.isNone)
            for text: WritableKeyPath<Connection, TextID> in [
                \.domain, \.history, \.tlsCipher, \.alpn, \.ja4, \.errorReason, \.tunnel, \.details,
            ] { fact[keyPath: text] = .none }
            told.append("\(fact) \(texts) \(connection.history) \(connection.domain ?? "")")
        }
        for exchange in tracked.exchanges {
            var fact = exchange.fact
            for text: WritableKeyPath<Exchange, TextID> in [
                \.domain, \.method, \.pathTemplate, \.userAgent, \.errorReason, \.forwardedFor,
            ] { fact[keyPath: text] = .none }
            told.append("\(fact) \(exchange.method ?? "") \(exchange.path ?? "") \(exchange.domain ?? "")")
        }
        return told + tracked.events.map { "\($0)" }
    }

    @Test(arguments: Conversation.allCases, Change.allCases)
    func `a conversation in a tunnel is told as it is without`(_ conversation: Conversation, _ change: Change) {
        let whole = Self.talk(conversation).batch
        for index in whole.packets.indices {
            let batch = Self.change(whole, index, change)
            let plain = Self.told(batch, in: nil)
            for tunnel in [TunnelEvidence.Kind.vxlan, .geneve, .gre] {
                #expect(Self.told(batch, in: tunnel) == plain, "packet \(index), \(tunnel)")
            }
            if change == .none { break }
        }
    }

    @Test func `in a tunnel too a hello whose segments change places is read, and the alert that answers it`() {
        var batch = Self.talk(.refusedHello).batch
        // The two segments of the hello.
        batch = Self.change(batch, 3, .late)
        batch.tunnels = [TunnelEvidence(kind: .vxlan)]
        for index in batch.packets.indices { batch.packets[index].tunnel = 0 }
        let tracked = Tracked([batch])
        #expect(tracked.connections.map(\.domain) == ["large.example"])
        #expect(tracked.connections.map { $0.fact.flags.contains(.tlsFailed) } == [true])
        #expect(tracked.events(.tlsAlert).map(\.value) == [0x228])
    }
}
