import ForensicsDecode
import ForensicsModel
import Testing

@Suite struct QUICTests {
    @Test func `the keys follow from the connection id as in the specification`() throws {
        // RFC 9001, appendix A.1.
        let keys = try #require(QUICInitialKeys(version: 1, connectionID: hex("8394c8f03e515708")))
        #expect(hexText(keys.key) == "1f369613dd76d5467730efcbe3b1a22d")
        #expect(hexText(keys.iv) == "fa044b2f42a3fd3b46fb255c")
        #expect(hexText(keys.headerProtection) == "9f50449e04a0e810283a1e9933adedd2")
        // RFC 9369, appendix A.1.
        let second = try #require(QUICInitialKeys(version: 0x6B33_43CF, connectionID: hex("8394c8f03e515708")))
        #expect(hexText(second.key) == "8b1a0bc121284290a29e0971b5cd045d")
    }

    @Test func `a long header is read and cut ones are incomplete`() {
        let bytes = hex("c000000001088394c8f03e5157080000449e7b9aec34") + [UInt8](repeating: 0, count: 1200)
        var header = QUICLongHeader()
        #expect(QUICLongHeader.parse(bytes.span, 0..<1200, into: &header) == .complete(length: 1200))
        #expect(header.version == 1)
        #expect(header.type == .initial)
        #expect(header.destinationID == 6..<14)
        #expect(header.numberPosition == 18)
        #expect(header.end == 1200)
        for count in 0..<18 {
            #expect(QUICLongHeader.parse(bytes.span, 0..<count, into: &header) == .incomplete, "\(count)")
        }
        let isInitial = QUIC.looksLikeInitial(bytes.span, 0..<1200)
        #expect(isInitial)
    }

    @Test func `a packet that was changed is not opened`() {
        let bytes = hex("c000000001088394c8f03e5157080000449e7b9aec34") + [UInt8](repeating: 0, count: 1200)
        var handshake = QUICClientHandshake()
        #expect(handshake.take(bytes.span, 0..<1200) == .malformed)
    }

    @Test func `a name asked for is read from a DNS message`() {
        let query = hex("1234 0100 0001 0000 0000 0000 03777777 07457861 6d706c65 03636f6d 00 001c 0001")
        var message = DNSMessage()
        #expect(DNSMessage.parse(query.span, 0..<query.count, into: &message) == .complete(length: query.count))
        #expect(text(message.name, 0..<message.name.count) == "www.example.com")
        #expect(message.questionType == 28)
        #expect(!message.isResponse)
        for count in 0..<query.count - 2 {
            #expect(DNSMessage.parse(query.span, 0..<count, into: &message) == .incomplete, "\(count)")
        }
        let pointer = hex("1234 8183 0001 0000 0000 0000 c00c 0001 0001")
        #expect(DNSMessage.parse(pointer.span, 0..<pointer.count, into: &message) == .malformed)
        #expect(message.responseCode == 3)
    }
}
