package import ForensicsModel

/// The first message of a TLS client: whom it wants to reach and what it offers.
///
/// Ranges point into the span that was parsed, or into `joined` where that is not empty; they are empty where a part
/// is absent. RFC 8446, section 4.1.2; RFC 5246, section 7.4.1.2.
package struct TLSClientHello: Sendable {
    /// The host name of the server_name extension. RFC 6066, section 3.
    package var serverName = 0..<0
    /// The ALPN names, each after its one-byte length. RFC 7301, section 3.1.
    package var alpnList = 0..<0
    package var firstALPN = 0..<0
    package var sessionID = 0..<0
    /// Two bytes each.
    package var cipherSuites = 0..<0
    /// All extensions, each with type and length.
    package var extensions = 0..<0
    /// Two bytes each.
    package var signatureAlgorithms = 0..<0
    /// Two bytes each.
    package var supportedVersions = 0..<0
    package var legacyVersion: UInt16 = 0
    /// The highest version offered; values of GREASE (RFC 8701) and drafts are passed over.
    package var version: TLSVersion = .none
    package var flags = Flags(rawValue: 0)
    /// The message, header included, if it was split over several records; else empty.
    package var joined: [UInt8] = []

    /// Yes-or-no facts of a client hello.
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A session ticket that is not empty is offered. RFC 5077.
        package static let sessionTicket = Flags(rawValue: 1)
        /// A pre-shared key is offered: the client wants to resume. RFC 8446, section 4.2.11.
        package static let preSharedKey = Flags(rawValue: 2)
        /// The client sends data before the handshake is done. RFC 8446, section 4.2.10.
        package static let earlyData = Flags(rawValue: 4)
        /// The name that counts is hidden; `serverName` is the public one. RFC 9849.
        package static let encryptedClientHello = Flags(rawValue: 8)
        /// The extension server_name is there. RFC 6066, section 3.
        package static let hasServerName = Flags(rawValue: 16)
        /// The extension application_layer_protocol_negotiation is there. RFC 7301.
        package static let hasALPN = Flags(rawValue: 32)
    }

    package init() {}

    /// Reads a client hello from the start of a TLS record.
    ///
    /// A hello cut by the snap length gives `incomplete` with the fields before the cut.
    package static func parse(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into hello: inout TLSClientHello
    ) -> HeadResult {
        hello = TLSClientHello()
        var walker = TLSHandshakeWalker(range)
        switch walker.next(bytes) {
        case .message(1, let body):
            guard hello.read(bytes, body) else { return .malformed }
            return .complete(length: walker.position - range.lowerBound)
        case .joined(1, let body):
            hello.joined = walker.joined
            guard hello.read(walker.joined.span, body) else { return .malformed }
            return .complete(length: walker.position - range.lowerBound)
        case .partial(1, let body):
            _ = hello.read(bytes, body)
            return .incomplete
        case .incomplete: return .incomplete
        default: return .malformed
        }
    }

    /// Reads a client hello from the start of a handshake message without a record around it, as QUIC carries it.
    package static func parseMessage(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into hello: inout TLSClientHello
    ) -> HeadResult {
        hello = TLSClientHello()
        guard range.count >= 4 else { return .incomplete }
        guard bytes[range.lowerBound] == 1 else { return .malformed }
        let start = range.lowerBound + 4
        let length = Int(bytes.uint24(at: range.lowerBound + 1))
        guard length <= range.upperBound - start else {
            _ = hello.read(bytes, start..<range.upperBound)
            return length <= TLS.messageLimit ? .incomplete : .malformed
        }
        return hello.read(bytes, start..<(start + length)) ? .complete(length: 4 + length) : .malformed
    }

    /// Whether a code point is one of those that clients send to keep servers honest. RFC 8701.
    @inline(__always)
    package static func isGREASE(_ value: UInt16) -> Bool { value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF }

    private mutating func read(_ bytes: Span<UInt8>, _ body: Range<Int>) -> Bool {
        var cursor = TLSCursor(body)
        guard let legacy = cursor.uint16(bytes) else { return false }
        legacyVersion = legacy
        version = TLSVersion(rawValue: legacy) ?? .none
        guard cursor.take(32) != nil, let session = cursor.vector8(bytes), let ciphers = cursor.vector16(bytes)
        else { return false }
        sessionID = session
        cipherSuites = ciphers
        guard cursor.vector8(bytes) != nil else { return false }
        if cursor.remaining == 0 { return true }
        guard let length = cursor.uint16(bytes) else { return false }
        let block = min(Int(length), cursor.remaining)
        extensions = cursor.position..<(cursor.position + block)
        return readExtensions(bytes) && block == Int(length)
    }

    private mutating func readExtensions(_ bytes: Span<UInt8>) -> Bool {
        var cursor = TLSCursor(extensions)
        while cursor.remaining > 0 {
            guard let type = cursor.uint16(bytes), let data = cursor.vector16(bytes) else { return false }
            switch type {
            case 0: readServerName(bytes, data)
            case 13: if let list = Self.list16(bytes, data) { signatureAlgorithms = list }
            case 16: readALPN(bytes, data)
            case 35: if !data.isEmpty { flags.insert(.sessionTicket) }
            case 41: flags.insert(.preSharedKey)
            case 42: flags.insert(.earlyData)
            case 43: readVersions(bytes, data)
            case 0xFE0D: flags.insert(.encryptedClientHello)
            default: break
            }
        }
        return true
    }

    private mutating func readServerName(_ bytes: Span<UInt8>, _ data: Range<Int>) {
        flags.insert(.hasServerName)
        guard let list = Self.list16(bytes, data) else { return }
        var cursor = TLSCursor(list)
        while let type = cursor.uint8(bytes), let name = cursor.vector16(bytes) {
            if type == 0, serverName.isEmpty { serverName = name }
        }
    }

    private mutating func readALPN(_ bytes: Span<UInt8>, _ data: Range<Int>) {
        guard let list = Self.list16(bytes, data) else { return }
        flags.insert(.hasALPN)
        alpnList = list
        var cursor = TLSCursor(list)
        if let name = cursor.vector8(bytes) { firstALPN = name }
    }

    private mutating func readVersions(_ bytes: Span<UInt8>, _ data: Range<Int>) {
        var cursor = TLSCursor(data)
        guard let list = cursor.vector8(bytes) else { return }
        supportedVersions = list
        var best: UInt16 = 0
        var entries = TLSCursor(list)
        while let value = entries.uint16(bytes) {
            if !Self.isGREASE(value), value > best, TLSVersion(rawValue: value) != nil { best = value }
        }
        if let found = TLSVersion(rawValue: best), best != 0 { version = found }
    }

    private static func list16(_ bytes: Span<UInt8>, _ data: Range<Int>) -> Range<Int>? {
        var cursor = TLSCursor(data)
        return cursor.vector16(bytes)
    }
}
