package import ForensicsModel

/// Recognizes TLS by its first bytes. RFC 8446, section 5.1.
package enum TLS {
    /// The largest record body that is taken for one: 2¹⁴ bytes and the 2048 of TLS 1.2's expansion.
    package static let recordLimit = 16_384 + 2048
    /// The longest handshake message that is joined from records: chains of certificates stay well below.
    package static let messageLimit = 131_072

    /// Tells whether the bytes can be the start of a TLS record. Looks at six bytes.
    package static func looksLikeRecord(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Likelihood {
        let start = range.lowerBound
        guard range.count >= 1 else { return .unsure }
        guard bytes[start] >= 20, bytes[start] <= 24 else { return .no }
        guard range.count >= 3 else { return range.count == 1 || bytes[start + 1] == 3 ? .unsure : .no }
        guard bytes[start + 1] == 3, bytes[start + 2] <= 4 else { return .no }
        guard range.count >= 6 else { return .unsure }
        let length = Int(bytes.uint16(at: start + 3))
        guard length > 0, length <= recordLimit else { return .no }
        if bytes[start] == 22, bytes[start + 5] > 24 { return length >= 40 ? .yes : .no }
        if bytes[start] == 20, length != 1 { return .no }
        return .yes
    }

    /// Whose hello the bytes begin with. RFC 8446, section 4.
    package static func helloSender(_ bytes: Span<UInt8>, _ range: Range<Int>) -> MessageSender {
        guard looksLikeRecord(bytes, range) == .yes, bytes[range.lowerBound] == 22 else { return .unknown }
        switch bytes[range.lowerBound + 5] {
        case 1: return .client
        case 2: return .server
        default: return .unknown
        }
    }
}

/// The five bytes before a TLS record's body. RFC 8446, section 5.1.
///
///      0        1        2        3        4
///     | type   | version         | length          |
package struct TLSRecordHead: Sendable {
    /// What a record carries. RFC 8446, section 5.1; RFC 6520 for the last.
    package enum ContentType: UInt8, Sendable {
        case changeCipherSpec = 20
        case alert, handshake, applicationData, heartbeat
    }

    package var contentType: ContentType = .applicationData
    package var version: UInt16 = 0
    /// The length of the body that follows the five bytes.
    package var length = 0

    package init() {}

    /// Reads the five bytes; `complete` says nothing about the body.
    package static func parse(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into head: inout TLSRecordHead
    ) -> HeadResult {
        guard range.count >= 5 else {
            return range.isEmpty || ContentType(rawValue: bytes[range.lowerBound]) != nil ? .incomplete : .malformed
        }
        let start = range.lowerBound
        guard let type = ContentType(rawValue: bytes[start]), bytes[start &+ 1] == 3, bytes[start &+ 2] <= 4 else {
            return .malformed
        }
        head.contentType = type
        head.version = bytes.uint16(at: start &+ 1)
        head.length = Int(bytes.uint16(at: start &+ 3))
        return head.length <= TLS.recordLimit ? .complete(length: 5) : .malformed
    }
}

/// A TLS alert that was sent in the clear. RFC 8446, section 6.
package struct TLSAlert: Sendable, Equatable {
    /// 1 warning, 2 fatal.
    package var level: UInt8
    package var description: UInt8

    package init(level: UInt8, description: UInt8) {
        self.level = level
        self.description = description
    }

    /// Reads the body of an alert record; an encrypted one is longer than two bytes and gives `nil`.
    package static func parse(_ bytes: Span<UInt8>, _ body: Range<Int>) -> TLSAlert? {
        guard body.count == 2 else { return nil }
        let level = bytes[body.lowerBound]
        guard level == 1 || level == 2 else { return nil }
        return TLSAlert(level: level, description: bytes[body.lowerBound + 1])
    }

    /// Whether it ends the handshake. The level tells, except of alerts that are fatal whatever it says: of TLS 1.3 all but
    /// those that announce an end, before it those that never are warnings. RFC 8446, section 6; RFC 5246, section 7.2.2.
    ///
    /// - Parameter version: what was agreed, or else offered.
    package func isFatal(in version: TLSVersion) -> Bool {
        if level == 2 { return true }
        switch description {
        case 0, 90, 100, 112: return false
        case 41...46, 60, 111: return version == .tls13
        default: return true
        }
    }

    /// Whether it tells of something wrong, which all do but those that announce an end. RFC 8446, section 6.
    package var isError: Bool { description != 0 && description != 90 }

    /// The name of the description in the registry, or `alert-<number>`.
    package var name: String {
        switch description {
        case 0: "close_notify"
        case 10: "unexpected_message"
        case 20: "bad_record_mac"
        case 21: "decryption_failed"
        case 22: "record_overflow"
        case 30: "decompression_failure"
        case 40: "handshake_failure"
        case 41: "no_certificate"
        case 42: "bad_certificate"
        case 43: "unsupported_certificate"
        case 44: "certificate_revoked"
        case 45: "certificate_expired"
        case 46: "certificate_unknown"
        case 47: "illegal_parameter"
        case 48: "unknown_ca"
        case 49: "access_denied"
        case 50: "decode_error"
        case 51: "decrypt_error"
        case 70: "protocol_version"
        case 71: "insufficient_security"
        case 80: "internal_error"
        case 86: "inappropriate_fallback"
        case 90: "user_canceled"
        case 100: "no_renegotiation"
        case 109: "missing_extension"
        case 110: "unsupported_extension"
        case 112: "unrecognized_name"
        case 113: "bad_certificate_status_response"
        case 115: "unknown_psk_identity"
        case 116: "certificate_required"
        case 120: "no_application_protocol"
        default: "alert-\(description)"
        }
    }
}
