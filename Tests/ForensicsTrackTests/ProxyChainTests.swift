import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Several PROXY headers on one connection, and what follows them, however the segments are cut. The first counts: the
/// nearest load balancer wrote it, and what comes after it may be whatever the client sends.
@Suite struct ProxyChainTests {
    private static let first = Array("PROXY TCP4 203.0.113.7 10.0.0.10 5555 80\r\n".utf8)
    private static let claimed = Array("PROXY TCP4 198.51.100.66 10.0.0.10 666 80\r\n".utf8)
    private static let unknown = Array("PROXY UNKNOWN\r\n".utf8)
    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let binary = signature + [0x21, 0x11, 0, 12, 203, 0, 113, 7, 10, 0, 0, 10, 0x15, 0xB3, 0, 80]
    private static let local = signature + [0x20, 0x00, 0, 0]
    private static let named = Endpoint(IPAddress(v4: 0xCB00_7107), 5555)

    private static func sent(_ pieces: [[UInt8]], answer: [UInt8]) -> Tracked {
        var talk = Talk()
        talk.handshake()
        for (index, piece) in pieces.enumerated() { talk.say(.client, piece, at: 30 + Double(index)) }
        talk.say(.server, answer, at: 60)
        return Tracked(talk)
    }

    private static let post = Array("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".utf8)
    private static let ok = Array("HTTP/1.1 204 N\r\n\r\n".utf8)

    @Test func `the first of two headers counts wherever the segments end`() {
        for header in [Self.first, Self.binary] {
            let bytes = header + Self.claimed + Self.post
            for cut in 1...(header.count + Self.claimed.count + 8) {
                let tracked = Self.sent([Array(bytes[..<cut]), Array(bytes[cut...])], answer: Self.ok)
                #expect(tracked.connections.map(\.fact.client) == [Self.named], "cut \(cut)")
                #expect(tracked.exchanges.map(\.fact.client) == [Self.named], "cut \(cut)")
                #expect(tracked.exchanges.map(\.method) == ["POST"], "cut \(cut)")
                #expect(tracked.events(.proxyHeader).count == 1, "cut \(cut)")
            }
        }
    }

    @Test func `a load balancer that speaks for itself is not spoken for by what comes after`() {
        for header in [Self.unknown, Self.local] {
            for pieces in [[header + Self.claimed + Self.post], [header, Self.claimed, Self.post]] {
                let tracked = Self.sent(pieces, answer: Self.ok)
                #expect(tracked.connections.allSatisfy { !$0.fact.flags.contains(.proxied) })
                #expect(tracked.exchanges.map(\.fact.client.address) == [Talk().client.address])
            }
        }
    }

    @Test func `nothing of the stream behind a header is lost wherever the segments end`() {
        for header in [Self.first, Self.binary, Self.local] {
            let bytes = header + Self.post
            for cut in 1..<bytes.count {
                let tracked = Self.sent([Array(bytes[..<cut]), Array(bytes[cut...])], answer: Self.ok)
                #expect(tracked.exchanges.map(\.method) == ["POST"], "cut \(cut)")
                #expect(tracked.exchanges.map(\.path) == ["/p"], "cut \(cut)")
                #expect(tracked.exchanges.map(\.fact.status) == [204], "cut \(cut)")
            }
        }
    }

    @Test func `HTTP/2 behind a header is read wherever the segments end`() {
        let bytes = Self.binary + H2.preface + H2.settings + H2.request(1, "/a")
        for cut in 1..<bytes.count {
            let tracked = Self.sent(
                [Array(bytes[..<cut]), Array(bytes[cut...])], answer: H2.settings + H2.answer(1, 503))
            #expect(tracked.connections.map(\.fact.service) == [.h2], "cut \(cut)")
            #expect(tracked.exchanges.map(\.fact.status) == [503], "cut \(cut)")
        }
    }

    @Test func `a stream of single bytes behind a header is read`() {
        let tracked = Self.sent((Self.first + Self.post).map { [$0] }, answer: Self.ok)
        #expect(tracked.exchanges.map(\.method) == ["POST"])
        #expect(tracked.exchanges.map(\.fact.client) == [Self.named])
    }
}
