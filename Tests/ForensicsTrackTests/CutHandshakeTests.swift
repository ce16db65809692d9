import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// TLS handshakes of which the snap length cuts what the server sends: an alert that was captured whole is read, and a hello that
/// was cut is a hello.
@Suite struct CutHandshakeTests {
    /// A handshake of TLS 1.2 up to the client's alert; the server's flight of 2 kB is cut.
    private static func refused(captured: Int, alert: [UInt8], segments: Int = 2) -> Tracked {
        var talk = TLSHandshakeTests.opened()
        talk.say(.client, TLSHandshakeTests.clientHello("a.example"), at: 30)
        let flight =
            TLSHandshakeTests.record(22, TLSHandshakeTests.message(2, hello))
            + TLSHandshakeTests.record(22, TLSHandshakeTests.message(11, [UInt8](repeating: 5, count: 2000)))
        for part in 0..<segments {
            let bytes = Array(flight[(flight.count * part / segments)..<(flight.count * (part + 1) / segments)])
            talk.packet(
                .server, "PA", seq: talk.serverNext, ack: talk.clientNext, bytes, at: 40 + Double(part),
                captured: min(bytes.count, captured))
            talk.serverNext &+= UInt32(bytes.count)
        }
        talk.acknowledge(.client, at: 45)
        if !alert.isEmpty { talk.say(.client, TLSHandshakeTests.record(21, alert), at: 50) }
        talk.finish(.server, at: 60)
        talk.finish(.client, at: 61)
        return Tracked(talk)
    }

    /// Version, random, no session, a cipher, no compression; 38 bytes and 9 of heads.
    private static let hello = [3, 3] + [UInt8](repeating: 7, count: 32) + [0, 0xC0, 0x2F, 0]

    @Test(arguments: [0, 4, 5, 12, 20, 40, 44, 47, 49, 52, 100, 400, 5000], [1, 2, 3])
    func `an alert of the client is read though the server's flight was cut`(_ captured: Int, _ segments: Int) {
        let tracked = Self.refused(captured: captured, alert: [2, 48], segments: segments)
        #expect(tracked.events(.tlsAlert).map(\.value) == [0x230])
        #expect(tracked.events(.sslFailure).map(\.direction) == [.originator])
        #expect(tracked.connections.map { $0.fact.flags.contains(.tlsFailed) } == [true])
    }

    @Test(arguments: [0, 4, 5, 12, 20, 40, 44, 47, 49, 52, 100, 400, 5000], [1, 2, 3])
    func `a hello of the server that was cut, or may have been, is not missing`(_ captured: Int, _ segments: Int) {
        let tracked = Self.refused(captured: captured, alert: [], segments: segments)
        #expect(tracked.connections.map { $0.fact.flags.contains(.tlsFailed) } == [false])
        #expect(tracked.events(.sslFailure).isEmpty)
    }

    @Test func `a hello of the server that the capture lost is not missing`() {
        var talk = TLSHandshakeTests.opened()
        talk.say(.client, TLSHandshakeTests.clientHello("a.example"), at: 30)
        talk.say(.server, TLSHandshakeTests.serverHello13, at: 40)
        talk.batch.packets.removeLast()
        talk.say(.server, TLSHandshakeTests.hidden, at: 41)
        talk.acknowledge(.client, at: 45)
        talk.finish(.server, at: 60)
        talk.finish(.client, at: 61)
        #expect(Tracked(talk).connections.map { $0.fact.flags.contains(.tlsFailed) } == [false])
    }

    @Test func `a hello of the client that was cut does not hide the server's alert`() {
        var talk = TLSHandshakeTests.opened()
        let hello = TLSHandshakeTests.clientHello("a.example", padding: 600)
        talk.packet(.client, "PA", seq: talk.clientNext, ack: talk.serverNext, hello, at: 30, captured: 100)
        talk.clientNext &+= UInt32(hello.count)
        talk.say(.server, TLSHandshakeTests.record(21, [2, 40]), at: 40)
        let tracked = Tracked(talk)
        #expect(tracked.connections.map(\.domain) == ["a.example"])
        #expect(tracked.events(.tlsAlert).map(\.value) == [0x228])
        #expect(tracked.connections.map { $0.fact.flags.contains(.tlsFailed) } == [true])
    }
}
