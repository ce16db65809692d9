package import ForensicsModel

/// The answer of a TLS server: what was agreed on.
///
/// `alpn` and `sessionID` point into the span that was parsed, or into `joined` where that is not empty. RFC 8446,
/// section 4.1.3; RFC 5246, section 7.4.1.3.
package struct TLSServerHello: Sendable {
    package var version: TLSVersion = .none
    /// The cipher suite's code point; see `TLSCipherSuite.name`.
    package var cipher: UInt16 = 0
    /// The protocol chosen; TLS 1.3 hides it.
    package var alpn = 0..<0
    package var sessionID = 0..<0
    /// The server asks for another hello. RFC 8446, section 4.1.4.
    package var isHelloRetryRequest = false
    /// The server takes up the offered pre-shared key. RFC 8446, section 4.2.11.
    package var acceptsPreSharedKey = false
    /// How many bytes of the record follow the message: other messages of the same flight.
    package var recordRest = 0
    /// The message, header included, if it was split over several records; else empty.
    package var joined: [UInt8] = []

    package init() {}

    /// Reads a server hello from the start of a TLS record; results as of `TLSClientHello.parse`.
    package static func parse(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into hello: inout TLSServerHello
    ) -> HeadResult {
        hello = TLSServerHello()
        var walker = TLSHandshakeWalker(range)
        switch walker.next(bytes) {
        case .message(2, let body):
            guard hello.read(bytes, body) else { return .malformed }
            hello.recordRest = walker.recordRest
            return .complete(length: walker.position - range.lowerBound)
        case .joined(2, let body):
            hello.joined = walker.joined
            guard hello.read(walker.joined.span, body) else { return .malformed }
            hello.recordRest = walker.recordRest
            return .complete(length: walker.position - range.lowerBound)
        case .partial(2, let body):
            _ = hello.read(bytes, body)
            return .incomplete
        case .incomplete: return .incomplete
        default: return .malformed
        }
    }

    private mutating func read(_ bytes: Span<UInt8>, _ body: Range<Int>) -> Bool {
        var cursor = TLSCursor(body)
        guard let legacy = cursor.uint16(bytes), let random = cursor.take(32), let session = cursor.vector8(bytes),
            let suite = cursor.uint16(bytes), cursor.take(1) != nil
        else { return false }
        version = TLSVersion(rawValue: legacy) ?? .none
        sessionID = session
        cipher = suite
        // The first eight bytes of SHA-256("HelloRetryRequest"): enough to tell it from a random value.
        isHelloRetryRequest = bytes.uint64(at: random.lowerBound) == 0xCF21_AD74_E59A_6111
        if cursor.remaining == 0 { return true }
        guard let block = cursor.vector16(bytes) else { return false }
        var extensions = TLSCursor(block)
        while extensions.remaining > 0 {
            guard let type = extensions.uint16(bytes), let data = extensions.vector16(bytes) else { return false }
            readExtension(bytes, type, data)
        }
        return true
    }

    private mutating func readExtension(_ bytes: Span<UInt8>, _ type: UInt16, _ data: Range<Int>) {
        var cursor = TLSCursor(data)
        switch type {
        case 16:
            guard let list = cursor.vector16(bytes) else { return }
            var entries = TLSCursor(list)
            if let name = entries.vector8(bytes) { alpn = name }
        case 41: acceptsPreSharedKey = true
        case 43:
            guard let selected = cursor.uint16(bytes) else { return }
            // 0x7Fxx were the drafts of TLS 1.3.
            version = selected >> 8 == 0x7F ? .tls13 : TLSVersion(rawValue: selected) ?? version
        default: break
        }
    }
}
