import ForensicsDecode
import ForensicsModel
import Testing

/// What becomes of the headers by which a load balancer names the client. The PROXY protocol, sections 2.1 and 2.2.
@Suite struct ProxyAnonymizerTests {
    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let authority: [UInt8] = [2, 0, 12] + Array("shop.example".utf8)

    private static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8]) -> [UInt8] {
        signature + [command, family, UInt8(rest.count >> 8), UInt8(rest.count & 255)] + rest
    }

    /// The payload of a segment after it was anonymized, and what stands for addresses.
    private static func rewritten(_ payload: [UInt8], captured: Int? = nil) -> ([UInt8], PacketAnonymizer) {
        var anonymizer = PacketAnonymizer(addresses: AddressAnonymizerTests.anonymizer())
        let packet = PacketBuilder(payload).tcp(1000, 80).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 6).bytes
        let item = PacketAnonymizerTests.Case(
            name: "", frame: packet, linkType: LinkType.raw, captured: captured.map { $0 + 40 })
        return (Array(PacketAnonymizerTests.anonymize(item, &anonymizer)[40...]), anonymizer)
    }

    private static func header(_ bytes: [UInt8]) -> (HeadResult, ProxyHeader) {
        var header = ProxyHeader()
        return (ProxyHeader.parse(bytes.span, 0..<bytes.count, into: &header), header)
    }

    private static let v4: [UInt8] = [198, 51, 100, 67, 192, 0, 2, 9, 0xC8, 0x22, 1, 0xBB]

    @Test(
        arguments: [
            (Array("PROXY TCP4 198.51.100.67 192.0.2.9 51234 443\r\n".utf8), "198.51.100.67", 51_234),
            (Array("PROXY TCP4 9.9.9.9 9.9.9.9 1 1\r\n".utf8), "9.9.9.9", 1),
            (
                Array("PROXY TCP6 2001:db8:1111:2222:3333:4444:5555:6666 2001:db8::9 51234 443\r\n".utf8),
                "2001:db8:1111:2222:3333:4444:5555:6666", 51_234
            ),
            (binary(0x21, 0x11, v4), "198.51.100.67", 51_234),
            (binary(0x21, 0x11, v4 + authority), "198.51.100.67", 51_234),
        ] as [([UInt8], String, Int)])
    func `a header names its client by the new address, and nobody else`(
        header: [UInt8], client: String, port: Int
    ) throws {
        let rest = Array("GET /secret HTTP/1.1\r\n".utf8)
        var (payload, anonymizer) = Self.rewritten(header + rest)
        let (result, parsed) = Self.header(Array(payload[..<header.count]))
        guard case .complete(let length) = result else { throw Failure.unread }
        #expect(length == header.count)
        let address = anonymizer.addresses.replacing(try #require(IPAddress(client)))
        #expect(parsed.source == Endpoint(address, UInt16(port)))
        #expect(parsed.authority.isEmpty)
        #expect(!parsed.hasBadOptions)
        #expect(payload[header.count...].allSatisfy { $0 == 0 })
        #expect(anonymizer.tally.proxyHeaders == 1)
    }

    private enum Failure: Error { case unread }

    @Test(
        arguments: [
            Array("PROXY UNKNOWN\r\n".utf8), Array("PROXY UNKNOWN 198.51.100.67 192.0.2.9 1 2\r\n".utf8),
            // No room for an address of IPv6 that is written with more digits.
            Array("PROXY TCP6 ::1 2001::5 1 1\r\n".utf8), binary(0x20, 0, []), binary(0x20, 0x11, v4),
            binary(0x21, 0x31, [UInt8](repeating: 0x2F, count: 216)),
        ] as [[UInt8]])
    func `a header that names nobody stays one, and one without room becomes one`(header: [UInt8]) throws {
        let (payload, _) = Self.rewritten(header)
        let (result, parsed) = Self.header(payload)
        guard case .complete(let length) = result else { throw Failure.unread }
        #expect(length == header.count)
        #expect(parsed.source == nil)
        #expect(!payload.contains(198) && !payload.contains(0x2F))
    }

    @Test func `headers in a row are all rewritten`() throws {
        let text = Array("PROXY TCP4 198.51.100.67 192.0.2.9 51234 443\r\n".utf8)
        var (payload, anonymizer) = Self.rewritten(Self.binary(0x21, 0x11, Self.v4) + text)
        let (_, parsed) = Self.header(payload)
        let client = anonymizer.addresses.replacing(try #require(IPAddress("198.51.100.67")))
        #expect(parsed.count == 2)
        #expect(parsed.innermostSource == Endpoint(client, 51_234))
    }

    @Test func `a header that the capture cuts names its client if the addresses are there`() throws {
        let header = Self.binary(0x21, 0x11, Self.v4 + Self.authority)
        var (payload, anonymizer) = Self.rewritten(header, captured: 33)
        var parsed = ProxyHeader()
        guard case .complete(let length) = ProxyHeader.parseCut(payload.span, 0..<payload.count, into: &parsed) else {
            throw Failure.unread
        }
        #expect(length == header.count)
        let client = anonymizer.addresses.replacing(try #require(IPAddress("198.51.100.67")))
        #expect(parsed.source?.address == client)
        (payload, anonymizer) = Self.rewritten(header, captured: 21)
        _ = ProxyHeader.parseCut(payload.span, 0..<payload.count, into: &parsed)
        #expect(parsed.isSourceCut)
        #expect(payload[16...].allSatisfy { $0 == 0 })
    }
}
