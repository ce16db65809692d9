/// The first records of a TLS 1.3 connection. RFC 8446, sections 4.1 and 5.1.
enum TLSRecords {
    /// Returns a ClientHello that names `server`.
    static func clientHello(server: String, _ random: inout SeededGenerator) -> [UInt8] {
        var body: [UInt8] = [3, 3] + bytes(32, &random) + [32] + bytes(32, &random)
        body += [0, 8, 0x13, 0x01, 0x13, 0x02, 0xc0, 0x2f, 0xc0, 0x30, 1, 0]
        let name = Array(server.utf8)
        var extensions = extensionBlock(0, lengthPrefixed([0] + lengthPrefixed(name)))
        extensions += extensionBlock(10, [0, 4, 0, 0x1d, 0, 0x17])
        extensions += extensionBlock(13, [0, 6, 4, 3, 8, 4, 4, 1])
        extensions += extensionBlock(16, lengthPrefixed([4] + Array("amqp".utf8)))
        extensions += extensionBlock(43, [4, 3, 4, 3, 3])
        extensions += extensionBlock(51, lengthPrefixed([0, 0x1d] + lengthPrefixed(bytes(32, &random))))
        return record(22, handshake(1, body + lengthPrefixed(extensions)))
    }

    /// Returns a ServerHello that chooses TLS 1.3, and the start of what follows it.
    static func serverHello(_ random: inout SeededGenerator) -> [UInt8] {
        var body: [UInt8] = [3, 3] + bytes(32, &random) + [32] + bytes(32, &random) + [0x13, 0x01, 0]
        let extensions =
            extensionBlock(43, [3, 4]) + extensionBlock(51, [0, 0x1d] + lengthPrefixed(bytes(32, &random)))
        body += lengthPrefixed(extensions)
        return record(22, handshake(2, body)) + record(20, [1]) + applicationData(1180)
    }

    /// Returns the client's Finished.
    static func finished() -> [UInt8] { record(20, [1]) + applicationData(53) }

    /// Returns an encrypted record of `count` bytes; what it hides is nobody's business, so it hides nothing.
    static func applicationData(_ count: Int) -> [UInt8] {
        record(23, (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) })
    }

    private static func record(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
        [type, 3, type == 22 && body.first == 1 ? 1 : 3] + lengthPrefixed(body)
    }

    private static func handshake(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
        [type, 0] + lengthPrefixed(body)
    }

    private static func extensionBlock(_ type: UInt16, _ body: [UInt8]) -> [UInt8] {
        bigEndian(type) + lengthPrefixed(body)
    }

    private static func lengthPrefixed(_ body: [UInt8]) -> [UInt8] { bigEndian(UInt16(body.count)) + body }

    private static func bytes(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) }
    }
}
