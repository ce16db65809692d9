import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// When a TLS handshake is over, when it failed, and what its hello names.
@Suite struct TLSHandshakeTests {
    static func record(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
        [type, 3, 3, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    static func message(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
        [type, 0, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    static func listed(_ body: [UInt8]) -> [UInt8] { [UInt8(body.count >> 8), UInt8(body.count & 255)] + body }

    static let random = [UInt8](repeating: 7, count: 32)

    /// A client hello; `supported_versions`, `early_data` and padding (RFC 7685) where asked for. RFC 8446, section 4.1.2.
    static func clientHello(
        _ name: String = "", tls13: Bool = false, early: Bool = false, padding: Int = 0
    ) -> [UInt8] {
        var extensions: [UInt8] = []
        if !name.isEmpty {
            let entry: [UInt8] = [0] + listed(Array(name.utf8))
            extensions += [0, 0] + listed(listed(entry))
        }
        if tls13 { extensions += [0, 43, 0, 3, 2, 3, 4] }
        if early { extensions += [0, 42, 0, 0] }
        if padding > 0 { extensions += [0, 21] + listed([UInt8](repeating: 0, count: padding)) }
        let suites: [UInt8] = tls13 ? [0x13, 0x01] : [0xC0, 0x2F]
        return record(22, message(1, [3, 3] + random + [0] + listed(suites) + [1, 0] + listed(extensions)))
    }

    static let serverHello13 = record(
        22, message(2, [3, 3] + random + [0, 0x13, 0x01, 0] + listed([0, 43, 0, 2, 3, 4])))
    static let hidden = record(23, [UInt8](repeating: 9, count: 40))

    static func opened() -> Talk {
        var talk = Talk()
        talk.server.port = 443
        talk.handshake()
        return talk
    }

    @Test func `early data is not the end of the handshake`() throws {
        for together in [true, false] {
            var talk = Self.opened()
            let hello = Self.clientHello(tls13: true, early: true)
            if together {
                talk.say(.client, hello + Self.hidden, at: 30)
            } else {
                talk.say(.client, hello, at: 30)
                talk.say(.client, Self.hidden, at: 31)
            }
            talk.say(.server, Self.serverHello13 + Self.record(20, [1]) + Self.hidden, at: 40)
            talk.say(.client, Self.record(20, [1]) + Self.hidden, at: 55)
            let connection = try #require(Tracked(talk).connections.first)
            #expect(connection.fact.tlsHandshake == 25_000_000)
            #expect(!connection.fact.tlsCipher.isNone)
            #expect(connection.fact.tlsVersion == .tls13)
        }
    }

    @Test func `early data that goes on when the server has asked for another hello is not the end of the handshake`()
        throws
    {
        var talk = Self.opened()
        talk.say(.client, Self.clientHello(tls13: true, early: true), at: 30)
        // The first answer asks for another hello, as the second is one: both are messages of that type.
        talk.say(.server, Self.serverHello13 + Self.record(20, [1]), at: 40)
        talk.say(.client, Self.hidden, at: 41)
        talk.say(.client, Self.clientHello(tls13: true), at: 42)
        talk.say(.server, Self.serverHello13 + Self.hidden, at: 50)
        talk.say(.client, Self.hidden, at: 60)
        #expect(try #require(Tracked(talk).connections.first).fact.tlsHandshake == 30_000_000)
    }

    @Test func `where the client's direction alone is captured the handshake has its time`() throws {
        var talk = Self.opened()
        talk.say(.client, Self.clientHello(tls13: true), at: 30)
        talk.serverNext &+= 900
        talk.say(.client, Self.record(20, [1]) + Self.hidden, at: 55)
        talk.batch.packets.remove(at: 1)
        #expect(try #require(Tracked(talk).connections.first).fact.tlsHandshake == 25_000_000)
    }

    @Test(arguments: ["www.example.com", "WWW.Example.com", "www.example.com.", "wWw.eXample.com."])
    func `a name is one domain, however it is spelled`(_ name: String) {
        var tls = Self.opened()
        tls.say(.client, Self.clientHello(name), at: 30)
        #expect(Tracked(tls).connections.map(\.domain) == ["www.example.com"])
        var http = Talk()
        http.handshake()
        http.say(.client, "GET / HTTP/1.1\r\nHost: \(name):8080\r\n\r\n", at: 30)
        let tracked = Tracked(http)
        #expect(tracked.exchanges.map(\.domain) == ["www.example.com"])
        #expect(tracked.connections.map(\.domain) == ["www.example.com"])
    }

    @Test func `a redirect that takes the final dot of a name away leads elsewhere`() {
        for (host, expected) in [("shop.example", true), ("shop.example.", false)] {
            var talk = Talk()
            talk.handshake()
            talk.say(.client, "GET /a HTTP/1.1\r\nHost: \(host)\r\n\r\n", at: 30)
            talk.say(
                .server, "HTTP/1.1 301 X\r\nLocation: http://shop.example/a\r\nContent-Length: 0\r\n\r\n", at: 40)
            #expect(Tracked(talk).exchanges.map { $0.fact.flags.contains(.redirectsToItself) } == [expected])
        }
    }

    // MARK: - Failures

    private static func failed(_ answer: [UInt8], _ end: String, tls13: Bool = false) -> Tracked {
        var talk = opened()
        talk.say(.client, clientHello("a.example", tls13: tls13), at: 30)
        if !answer.isEmpty { talk.say(.server, answer, at: 40) }
        for (index, who) in end.enumerated() {
            let time = 50 + Double(index)
            switch who {
            case "s": talk.finish(.server, at: time)
            case "c": talk.finish(.client, at: time)
            case "R": talk.reset(.server, at: time)
            default: break
            }
        }
        return Tracked(talk)
    }

    @Test(arguments: ["sc", "s", "R"])
    func `a server that ends the connection instead of its hello fails the handshake`(_ end: String) {
        let tracked = Self.failed([], end)
        #expect(tracked.connections.map { $0.fact.flags.contains(.tlsFailed) } == [true])
        // What the client offered.
        #expect(tracked.connections.map(\.fact.tlsVersion) == [.tls12])
        #expect(tracked.events(.sslFailure).map(\.value) == [0])
        #expect(tracked.events(.sslFailure).map(\.direction) == [.responder])
    }

    @Test(arguments: ["cs", "c", ""])
    func `a client that leaves during the handshake, or one that still waits, fails nothing`(_ end: String) {
        #expect(Self.failed([], end).connections.map { $0.fact.flags.contains(.tlsFailed) } == [false])
    }

    // A warning, whether it is an error, and what came after it. RFC 6066, section 3; RFC 8446, section 6.
    @Test(arguments: [(UInt8(112), Int64(0x170)), (100, 0x164), (0, 0), (90, 0)], ["sc", "R"])
    func `a server that closes after a warning instead of its hello says why`(_ alert: (UInt8, Int64), _ end: String) {
        let tracked = Self.failed(Self.record(21, [1, alert.0]), end)
        #expect(tracked.connections.map { $0.fact.flags.contains(.tlsFailed) } == [true])
        #expect(tracked.events(.sslFailure).map(\.value) == [alert.1])
        #expect(tracked.events(.sslFailure).map(\.direction) == [.responder])
    }

    @Test func `a server that answers something else fails the handshake`() {
        let tracked = Self.failed(Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".utf8), "sc")
        #expect(tracked.connections.map { $0.fact.flags.contains(.tlsFailed) } == [true])
        // What the client offered.
        #expect(tracked.connections.map(\.fact.tlsVersion) == [.tls12])
    }

    @Test func `a hello that the capture lacks fails nothing`() {
        var talk = Self.opened()
        talk.say(.client, Self.clientHello(), at: 30)
        talk.say(.server, Self.serverHello13, at: 40)
        talk.batch.packets.removeLast()
        talk.finish(.server, at: 50)
        talk.finish(.client, at: 51)
        #expect(Tracked(talk).connections.map { $0.fact.flags.contains(.tlsFailed) } == [false])
    }

    // Level, description, whether 1.3 was offered. RFC 8446, section 6; RFC 5246, section 7.2.
    @Test(arguments: [
        (UInt8(2), UInt8(40), false, true), (1, 40, false, true), (1, 40, true, true), (1, 70, false, true),
        (1, 0, true, false), (1, 0, false, false), (1, 90, true, false), (1, 100, false, false), (1, 112, false, false),
        (1, 41, false, false), (1, 42, true, true), (2, 48, false, true),
    ])
    func `an alert fails the handshake by what it says`(
        _ level: UInt8, _ description: UInt8, _ tls13: Bool, _ fails: Bool
    ) {
        let tracked = Self.failed(Self.record(21, [level, description]), "", tls13: tls13)
        #expect(tracked.connections.map { $0.fact.flags.contains(.tlsFailed) } == [fails])
        #expect(tracked.events(.tlsAlert).map(\.value) == [Int64(level) << 8 | Int64(description)])
        #expect(tracked.events(.sslFailure).count == (fails ? 1 : 0))
    }
}
