import ForensicsModel

/// The JA4 fingerprint of a TLS client hello: 36 characters such as `t13d1516h2_8daaf6152771_e5627efa2ab1`.
///
/// Protocol, best version, whether a name is sent, counts of ciphers and extensions, first ALPN; then two truncated
/// digests over the sorted ciphers, and over the sorted extensions with the signature algorithms as sent, where name and
/// ALPN are left out: zeros where nothing is left. Values of GREASE are left out. FoxIO, "JA4: TLS client
/// fingerprinting", technical details.
package enum JA4 {
    /// Appends the fingerprint of a hello that was parsed from `bytes`.
    ///
    /// Allocates two short lists: meant to be called once a connection.
    package static func fingerprint(
        _ bytes: Span<UInt8>, _ hello: borrowing TLSClientHello, overQUIC: Bool, into text: inout [UInt8]
    ) {
        if hello.joined.isEmpty {
            write(bytes, hello, overQUIC, &text)
        } else {
            write(hello.joined.span, hello, overQUIC, &text)
        }
    }

    private static func write(
        _ bytes: Span<UInt8>, _ hello: borrowing TLSClientHello, _ overQUIC: Bool, _ text: inout [UInt8]
    ) {
        let ciphers = codes(bytes, hello.cipherSuites)
        let extensions = extensionTypes(bytes, hello.extensions)
        text.append(overQUIC ? 0x71 : 0x74)
        appendVersion(hello.version, &text)
        text.append(hello.flags.contains(.hasServerName) ? 0x64 : 0x69)
        appendCount(ciphers.count, &text)
        appendCount(extensions.count, &text)
        appendALPN(bytes, hello.firstALPN, &text)
        text.append(0x5F)
        var digest = SHA256()
        update(&digest, ciphers.sorted())
        appendDigest(&digest, isEmpty: ciphers.isEmpty, &text)
        text.append(0x5F)
        digest = SHA256()
        let others = extensions.filter { $0 != 0 && $0 != 16 }.sorted()
        update(&digest, others)
        let algorithms = codes(bytes, hello.signatureAlgorithms)
        if !algorithms.isEmpty {
            digest.update(0x5F)
            update(&digest, algorithms)
        }
        appendDigest(&digest, isEmpty: others.isEmpty, &text)
    }

    private static func codes(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt16] {
        var codes: [UInt16] = []
        var cursor = TLSCursor(range)
        while let code = cursor.uint16(bytes) {
            if !TLSClientHello.isGREASE(code) { codes.append(code) }
        }
        return codes
    }

    private static func extensionTypes(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt16] {
        var types: [UInt16] = []
        var cursor = TLSCursor(range)
        while let type = cursor.uint16(bytes), cursor.vector16(bytes) != nil {
            if !TLSClientHello.isGREASE(type) { types.append(type) }
        }
        return types
    }

    private static func appendVersion(_ version: TLSVersion, _ text: inout [UInt8]) {
        switch version {
        case .tls13: text += [0x31, 0x33]
        case .tls12: text += [0x31, 0x32]
        case .tls11: text += [0x31, 0x31]
        case .tls10: text += [0x31, 0x30]
        case .ssl3: text += [0x73, 0x33]
        case .none: text += [0x30, 0x30]
        }
    }

    private static func appendCount(_ count: Int, _ text: inout [UInt8]) {
        let shown = min(count, 99)
        text.append(0x30 + UInt8(shown / 10))
        text.append(0x30 + UInt8(shown % 10))
    }

    /// First and last character of the first ALPN name; of its hexadecimal form if either is not alphanumeric.
    private static func appendALPN(_ bytes: Span<UInt8>, _ name: Range<Int>, _ text: inout [UInt8]) {
        guard !name.isEmpty else {
            text += [0x30, 0x30]
            return
        }
        let first = bytes[name.lowerBound]
        let last = bytes[name.upperBound - 1]
        if isAlphanumeric(first), isAlphanumeric(last) {
            text += [first, last]
        } else {
            text += [hexDigit(first >> 4), hexDigit(last & 15)]
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte &- 0x30 <= 9 || (byte | 0x20) &- 0x61 <= 25
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    /// Feeds the codes as four hexadecimal digits each, with commas between them.
    private static func update(_ digest: inout SHA256, _ codes: [UInt16]) {
        for (index, code) in codes.enumerated() {
            if index > 0 { digest.update(0x2C) }
            for shift in stride(from: UInt16(12), through: 0, by: -4) {
                digest.update(hexDigit(UInt8(code >> shift & 15)))
            }
        }
    }

    private static func appendDigest(_ digest: inout SHA256, isEmpty: Bool, _ text: inout [UInt8]) {
        let value = digest.finish()
        for index in 0..<6 {
            text.append(isEmpty ? 0x30 : hexDigit(value[index] >> 4))
            text.append(isEmpty ? 0x30 : hexDigit(value[index] & 15))
        }
    }
}
