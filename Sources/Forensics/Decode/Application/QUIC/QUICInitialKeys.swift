/// The keys of a client's initial packets, which follow from the connection id that the client chose.
/// RFC 9001, section 5.2; RFC 9369, section 3.3.
package struct QUICInitialKeys: Sendable, Equatable {
    package let key: [UInt8]
    package let iv: [UInt8]
    package let headerProtection: [UInt8]

    /// Derives the keys; `nil` for a version whose salt is not known.
    package init?(version: UInt32, connectionID: [UInt8]) {
        guard let salt = Self.salt(version) else { return nil }
        let secret = HKDF.expandLabel(HKDF.extract(salt: salt, key: connectionID), "client in", length: 32)
        let prefix = version == QUIC.version2 ? "quicv2" : "quic"
        key = HKDF.expandLabel(secret, "\(prefix) key", length: 16)
        iv = HKDF.expandLabel(secret, "\(prefix) iv", length: 12)
        headerProtection = HKDF.expandLabel(secret, "\(prefix) hp", length: 16)
    }

    private static func salt(_ version: UInt32) -> [UInt8]? {
        switch version {
        case QUIC.version1:
            [
                0x38, 0x76, 0x2C, 0xF7, 0xF5, 0x59, 0x34, 0xB3, 0x4D, 0x17, 0x9A, 0xE6, 0xA4, 0xC8, 0x0C, 0xAD, 0xCC,
                0xBB, 0x7F, 0x0A,
            ]
        case QUIC.version2:
            [
                0x0D, 0xED, 0xE3, 0xDE, 0xF7, 0x00, 0xA6, 0xDB, 0x81, 0x93, 0x81, 0xBE, 0x6E, 0x26, 0x9D, 0xCB, 0xF9,
                0xBD, 0x2E, 0xD9,
            ]
        // Drafts 29 to 32 had one salt.
        case 0xFF00_001D...0xFF00_0020:
            [
                0xAF, 0xBF, 0xEC, 0x28, 0x99, 0x93, 0xD2, 0x4C, 0x9E, 0x97, 0x86, 0xF1, 0x9C, 0x61, 0x11, 0xE0, 0x43,
                0x90, 0xA8, 0x99,
            ]
        default: nil
        }
    }
}
