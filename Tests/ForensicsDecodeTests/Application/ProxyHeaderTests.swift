import ForensicsDecode
import ForensicsModel
import Testing

@Suite struct ProxyHeaderTests {
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    /// AWS's example of a PrivateLink header: 100 bytes with CRC32C, VPC endpoint and padding.
    static let privateLink: [UInt8] = {
        var bytes = signature + [0x21, 0x11, 0x00, 0x54]
        bytes += [192, 0, 2, 10, 10, 0, 0, 5, 0xC3, 0x50, 0x01, 0xBB]
        bytes += [0x03, 0x00, 0x04, 1, 2, 3, 4]
        bytes += [0xEA, 0x00, 0x17, 0x01] + Array("vpce-08d2bf15fac5001c9".utf8)
        bytes += [0x04, 0x00, 0x24] + [UInt8](repeating: 0, count: 36)
        return bytes
    }()

    @Test func `a header of PrivateLink names client and endpoint`() {
        let bytes = Self.privateLink + Array("GET / HTTP/1.1".utf8)
        var header = ProxyHeader()
        #expect(Self.privateLink.count == 100)
        #expect(ProxyHeader.parse(bytes.span, 0..<bytes.count, into: &header) == .complete(length: 100))
        #expect(header.version == 2)
        #expect(header.source?.description == "192.0.2.10:50000")
        #expect(header.destination?.description == "10.0.0.5:443")
        #expect(header.transport == .tcp)
        #expect(text(bytes, header.vpcEndpoint) == "vpce-08d2bf15fac5001c9")
        #expect(header.count == 1)
        #expect(!header.isLocal)
        #expect(!header.hasBadOptions)
    }

    @Test func `a header cut anywhere is incomplete`() {
        let text = Array("PROXY TCP4 192.0.2.1 198.51.100.2 51234 443\r\n".utf8)
        var header = ProxyHeader()
        for bytes in [Self.privateLink, text] {
            for count in 0..<bytes.count {
                #expect(ProxyHeader.parse(bytes.span, 0..<count, into: &header) == .incomplete, "\(count) bytes")
            }
        }
    }

    @Test(arguments: [
        ("PROXY TCP4 192.0.2.1 198.51.100.2 51234 443\r\n", "192.0.2.1:51234", "198.51.100.2:443"),
        ("PROXY TCP6 2001:db8::1 2001:db8::2 65535 80\r\n", "[2001:db8::1]:65535", "[2001:db8::2]:80"),
    ]) func `a text header names both ends`(line: String, source: String, destination: String) {
        let bytes = Array((line + "rest").utf8)
        var header = ProxyHeader()
        #expect(ProxyHeader.parse(bytes.span, 0..<bytes.count, into: &header) == .complete(length: line.utf8.count))
        #expect(header.version == 1)
        #expect(header.source?.description == source)
        #expect(header.destination?.description == destination)
    }

    @Test func `an unknown connection has no ends`() {
        var header = ProxyHeader()
        let line = Array("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".utf8)
        #expect(ProxyHeader.parse(line.span, 0..<line.count, into: &header) == .complete(length: line.count))
        #expect(header.isLocal)
        #expect(header.source == nil)
        let local = Self.signature + [0x20, 0x00, 0x00, 0x00]
        #expect(ProxyHeader.parse(local.span, 0..<local.count, into: &header) == .complete(length: 16))
        #expect(header.isLocal)
        #expect(header.source == nil)
    }

    @Test func `several headers in a row are read, the first counts`() {
        let second = Array("PROXY TCP4 203.0.113.9 198.51.100.2 1 2\r\n".utf8)
        let v6 = Self.signature + [0x21, 0x21, 0x00, 0x24] + [UInt8](repeating: 1, count: 36)
        let bytes = Self.privateLink + second + v6 + Array("data".utf8)
        var header = ProxyHeader()
        let length = bytes.count - 4
        #expect(ProxyHeader.parse(bytes.span, 0..<bytes.count, into: &header) == .complete(length: length))
        #expect(header.count == 3)
        #expect(header.source?.description == "192.0.2.10:50000")
        #expect(header.innermostSource?.port == 257)
        #expect(header.innermostSource?.address.description == "101:101:101:101:101:101:101:101")
    }

    @Test(arguments: [
        "PROXY TCP4 192.0.2.1 198.51.100.2 51234\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 70000 1\r\n",
        "PROXY TCP4 a b 1 2\r\n", "PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n", "GET / HTTP/1.1\r\n",
        "PROXY TCP6 " + String(repeating: "1", count: 200),
    ]) func `what is not a header is malformed`(line: String) {
        let bytes = Array(line.utf8)
        var header = ProxyHeader()
        #expect(ProxyHeader.parse(bytes.span, 0..<bytes.count, into: &header) == .malformed)
    }

    @Test(arguments: [
        ([0x31, 0x11, 0x00, 0x0C] as [UInt8], false), ([0x22, 0x11, 0x00, 0x0C], false),
        ([0x21, 0x11, 0x00, 0x04], false),
        ([0x21, 0x00, 0x00, 0x0C], true), ([0x21, 0x31, 0x00, 0x0C], false),
    ]) func `a binary header is checked`(fields: [UInt8], isValid: Bool) {
        let bytes = Self.signature + fields + [UInt8](repeating: 0, count: 12)
        var header = ProxyHeader()
        let result = ProxyHeader.parse(bytes.span, 0..<bytes.count, into: &header)
        #expect(result == (isValid ? .complete(length: 28) : .malformed))
        #expect(header.source == nil)
    }
}
