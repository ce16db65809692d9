import ForensicsDecode
import ForensicsModel
import Testing

/// Builds the TLS messages that the tests read.
enum TLSBuilder {
    static func vector8(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count)] + bytes }
    static func vector16(_ bytes: [UInt8]) -> [UInt8] { short(bytes.count) + bytes }
    static func vector24(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(bytes.count >> 16)] + short(bytes.count & 0xFFFF) + bytes
    }
    static func short(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
    static func option(_ type: Int, _ data: [UInt8]) -> [UInt8] { short(type) + vector16(data) }
    static func message(_ type: UInt8, _ body: [UInt8]) -> [UInt8] { [type] + vector24(body) }

    /// Splits a message over records of at most `size` bytes.
    static func records(_ message: [UInt8], size: Int = 16_384, version: Int = 0x0301) -> [UInt8] {
        stride(from: 0, to: message.count, by: size).flatMap { start -> [UInt8] in
            let part = Array(message[start..<min(message.count, start + size)])
            return [22] + short(version) + vector16(part)
        }
    }

    static func serverName(_ name: String) -> [UInt8] {
        option(0, vector16([0] + vector16(Array(name.utf8))))
    }

    static func alpn(_ names: [String]) -> [UInt8] { option(16, vector16(names.flatMap { vector8(Array($0.utf8)) })) }

    static func clientHello(ciphers: [Int], extensions: [UInt8], legacy: Int = 0x0303) -> [UInt8] {
        let random = [UInt8](repeating: 7, count: 32)
        var body = short(legacy) + random + vector8([1, 2, 3])
        body += vector16(ciphers.flatMap(short)) + vector8([0]) + vector16(extensions)
        return message(1, body)
    }
}

@Suite struct TLSTests {
    static let hello = TLSBuilder.clientHello(
        ciphers: [0x0A0A, 0x1301, 0xC02F],
        extensions: TLSBuilder.option(0x1A1A, []) + TLSBuilder.serverName("shop.example.com")
            + TLSBuilder.alpn(["h2", "http/1.1"])
            + TLSBuilder.option(43, TLSBuilder.vector8([0x7A, 0x7A, 0x03, 0x04, 0x03, 0x03]))
            + TLSBuilder.option(13, TLSBuilder.vector16([0x04, 0x03, 0x08, 0x04])) + TLSBuilder.option(35, [9]))

    @Test(arguments: [16_384, 100, 40, 17, 5, 1])
    func `a client hello is read whole however its records are cut`(size: Int) {
        let bytes = TLSBuilder.records(Self.hello, size: size)
        var hello = TLSClientHello()
        let rest: [UInt8] = [20, 3, 3, 0, 1, 1]
        let stream = bytes + rest
        #expect(TLSClientHello.parse(stream.span, 0..<stream.count, into: &hello) == .complete(length: bytes.count))
        #expect(hello.joined.isEmpty == (size == 16_384))
        let source = hello.joined.isEmpty ? stream : hello.joined
        #expect(text(source, hello.serverName) == "shop.example.com")
        #expect(text(source, hello.firstALPN) == "h2")
        #expect(hello.version == .tls13)
        #expect(hello.legacyVersion == 0x0303)
        #expect(hello.flags == [.hasServerName, .hasALPN, .sessionTicket])
        #expect(hello.sessionID.count == 3)
        #expect(hello.cipherSuites.count == 6)
    }

    @Test func `a client hello cut anywhere is incomplete, and shows the name that was captured`() {
        let bytes = TLSBuilder.records(Self.hello)
        var hello = TLSClientHello()
        for count in 0..<bytes.count {
            #expect(TLSClientHello.parse(bytes.span, 0..<count, into: &hello) == .incomplete, "\(count) bytes")
        }
        #expect(text(bytes, hello.serverName) == "shop.example.com")
    }

    @Test func `no change of one byte of a hello makes the reader fail`() {
        let bytes = TLSBuilder.records(Self.hello)
        for index in bytes.indices {
            for value in [UInt8(0), 1, 0x7F, 0x80, 0xFF] {
                var changed = bytes
                changed[index] = value
                var hello = TLSClientHello()
                _ = TLSClientHello.parse(changed.span, 0..<changed.count, into: &hello)
                var print: [UInt8] = []
                JA4.fingerprint(changed.span, hello, overQUIC: false, into: &print)
                #expect(print.count == 36)
            }
        }
    }

    @Test func `an old hello has the version of its header`() {
        let bytes = TLSBuilder.records(TLSBuilder.clientHello(ciphers: [0x002F], extensions: [], legacy: 0x0301))
        var hello = TLSClientHello()
        #expect(TLSClientHello.parse(bytes.span, 0..<bytes.count, into: &hello) == .complete(length: bytes.count))
        #expect(hello.version == .tls10)
        #expect(hello.serverName.isEmpty)
    }

    @Test func `the fingerprint of a browser is the published one`() {
        // FoxIO, JA4 technical details: the example of a Chrome hello.
        let ciphers = [
            0x2A2A, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C,
            0x009D,
            0x002F, 0x0035,
        ]
        let algorithms = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]
        let plain = [0x001B, 0x0033, 0x4469, 0x0017, 0x002D, 0x0005, 0x0023, 0x0012, 0x000B, 0x000A, 0xFF01, 0x0015]
        var extensions = TLSBuilder.option(0x3A3A, []) + TLSBuilder.serverName("example.com") + TLSBuilder.alpn(["h2"])
        extensions += TLSBuilder.option(43, TLSBuilder.vector8([0x0A, 0x0A, 0x03, 0x04, 0x03, 0x03]))
        extensions += TLSBuilder.option(13, TLSBuilder.vector16(algorithms.flatMap(TLSBuilder.short)))
        for type in plain { extensions += TLSBuilder.option(type, []) }
        let bytes = TLSBuilder.records(TLSBuilder.clientHello(ciphers: ciphers, extensions: extensions))
        var hello = TLSClientHello()
        #expect(TLSClientHello.parse(bytes.span, 0..<bytes.count, into: &hello) == .complete(length: bytes.count))
        var print: [UInt8] = []
        JA4.fingerprint(bytes.span, hello, overQUIC: false, into: &print)
        #expect(text(print, 0..<print.count) == "t13d1516h2_8daaf6152771_e5627efa2ab1")
    }

    /// Of extensions that are left out of the digest nothing is left to digest. FoxIO, JA4 technical details: "If there are no
    /// extensions in the sorted extensions list, then the value of JA4_c is set to 000000000000".
    @Test(
        arguments: [
            (TLSBuilder.serverName("a.example"), "t12d0101"), (TLSBuilder.alpn(["h2"]), "t12i0101"),
            (TLSBuilder.option(0x1A1A, []) + TLSBuilder.serverName("a.example") + TLSBuilder.alpn(["h2"]), "t12d0102"),
            ([], "t12i0100"),
        ] as [([UInt8], String)])
    func `a fingerprint without extensions to digest ends in zeros`(_ extensions: [UInt8], _ beginning: String) {
        let bytes = TLSBuilder.records(TLSBuilder.clientHello(ciphers: [0xC02F], extensions: extensions))
        var hello = TLSClientHello()
        #expect(TLSClientHello.parse(bytes.span, 0..<bytes.count, into: &hello) == .complete(length: bytes.count))
        var print: [UInt8] = []
        JA4.fingerprint(bytes.span, hello, overQUIC: false, into: &print)
        let fingerprint = text(print, 0..<print.count)
        #expect(fingerprint.hasPrefix(beginning), "\(fingerprint)")
        #expect(fingerprint.hasSuffix("_000000000000"), "\(fingerprint)")
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ]) func `the digest of a text is that of FIPS 180`(message: String, expected: String) {
        let bytes = Array(message.utf8)
        var digest = SHA256()
        digest.update(bytes.span, 0..<bytes.count)
        let found = digest.finish()
        #expect(hexText((0..<32).map { found[$0] }) == expected)
    }

    @Test func `the digest of a million letters is that of FIPS 180`() {
        var digest = SHA256()
        for _ in 0..<1_000_000 { digest.update(0x61) }
        let found = digest.finish()
        #expect(
            hexText((0..<32).map { found[$0] }) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    static func serverHello(version: Int, cipher: Int, extensions: [UInt8]) -> [UInt8] {
        var body = TLSBuilder.short(version) + [UInt8](repeating: 1, count: 32) + TLSBuilder.vector8([])
        body += TLSBuilder.short(cipher) + [0] + TLSBuilder.vector16(extensions)
        return TLSBuilder.message(2, body)
    }

    @Test func `a server hello tells version, cipher and protocol`() {
        var hello = TLSServerHello()
        let old = TLSBuilder.records(
            Self.serverHello(version: 0x0303, cipher: 0xC02F, extensions: TLSBuilder.alpn(["h2"])))
        #expect(TLSServerHello.parse(old.span, 0..<old.count, into: &hello) == .complete(length: old.count))
        #expect(hello.version == .tls12)
        #expect(TLSCipherSuite.name(hello.cipher) == "ECDHE-RSA-AES128-GCM-SHA256")
        #expect(text(old, hello.alpn) == "h2")
        let new = TLSBuilder.records(
            Self.serverHello(version: 0x0303, cipher: 0x1301, extensions: TLSBuilder.option(43, [3, 4])), size: 30)
        #expect(TLSServerHello.parse(new.span, 0..<new.count, into: &hello) == .complete(length: new.count))
        #expect(hello.version == .tls13)
        #expect(TLSCipherSuite.name(hello.cipher) == "TLS_AES_128_GCM_SHA256")
        #expect(TLSCipherSuite.name(0x0ABC) == "0x0ABC")
    }

    @Test(arguments: [
        ([22, 3, 1, 0, 100, 1] as [UInt8], Likelihood.yes), ([22, 3], .unsure), ([22, 4, 1, 0, 1, 1], .no),
        ([0x47, 0x45], .no), ([23, 3, 3, 0x40, 0, 9], .yes), ([22, 3, 1, 0xFF, 0xFF, 1], .no), ([], .unsure),
    ]) func `the first bytes tell a record`(bytes: [UInt8], expected: Likelihood) {
        #expect(TLS.looksLikeRecord(bytes.span, 0..<bytes.count) == expected)
    }

    @Test func `a plain alert is read and an encrypted one is not`() {
        let plain: [UInt8] = [2, 40]
        #expect(TLSAlert.parse(plain.span, 0..<2)?.name == "handshake_failure")
        let hidden: [UInt8] = [2, 40, 1, 2, 3, 4, 5, 6, 7, 8]
        #expect(TLSAlert.parse(hidden.span, 0..<hidden.count) == nil)
    }
}
