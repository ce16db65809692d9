/// Key derivation with HMAC-SHA-256, as TLS 1.3 and QUIC use it. RFC 2104; RFC 5869; RFC 8446, section 7.1.
enum HKDF {
    static func extract(salt: [UInt8], key: [UInt8]) -> [UInt8] { authenticate(key: salt, key) }

    /// HKDF-Expand-Label with an empty context; at most 32 bytes.
    static func expandLabel(_ secret: [UInt8], _ label: String, length: Int) -> [UInt8] {
        let name = Array("tls13 \(label)".utf8)
        let info = [0, UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: name.count)] + name + [0, 1]
        return Array(authenticate(key: secret, info).prefix(length))
    }

    /// HMAC with keys of at most 64 bytes.
    static func authenticate(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var inner = SHA256()
        var outer = SHA256()
        for index in 0..<64 {
            let byte = index < key.count ? key[index] : 0
            inner.update(byte ^ 0x36)
            outer.update(byte ^ 0x5C)
        }
        inner.update(message.span, 0..<message.count)
        let digest = inner.finish()
        for index in 0..<32 { outer.update(digest[index]) }
        let result = outer.finish()
        return (0..<32).map { result[$0] }
    }
}
