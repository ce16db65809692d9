/// The header fields of HTTP/2 that are read. RFC 9113, section 8.3; names are lower case on the wire.
package enum HTTP2Field: UInt8, Sendable {
    case other
    case method, path, scheme, authority, status
    case host, userAgent, forwardedFor, forwardedProto, traceID, via, contentLength, contentType, location, server
    case grpcStatus, grpcMessage, grpcTimeout

    /// Recognizes a field name.
    static func identify(_ name: [UInt8]) -> HTTP2Field {
        let range = 0..<name.count
        guard let first = name.first else { return .other }
        if first == 0x3A { return identifyPseudo(ASCIIWord(name.span, range)) }
        if first == 0x67 { return identifyGRPC(ASCIIWord(name.span, range)) }
        switch HTTPField.identify(name.span, range) {
        case .host: return .host
        case .userAgent: return .userAgent
        case .forwardedFor: return .forwardedFor
        case .forwardedProto: return .forwardedProto
        case .traceID: return .traceID
        case .via: return .via
        case .contentLength: return .contentLength
        case .contentType: return .contentType
        case .location: return .location
        case .server: return .server
        default: return .other
        }
    }

    private static func identifyPseudo(_ word: ASCIIWord) -> HTTP2Field {
        switch (word.count, word.first) {
        // A colon has bit 5 set, so folding leaves it.
        case (7, ASCIIWord.pack(":", "m", "e", "t", "h", "o", "d")): .method
        case (5, ASCIIWord.pack(":", "p", "a", "t", "h")): .path
        case (7, ASCIIWord.pack(":", "s", "c", "h", "e", "m", "e")): .scheme
        case (10, ASCIIWord.pack(":", "a", "u", "t", "h", "o", "r", "i")): .authority
        case (7, ASCIIWord.pack(":", "s", "t", "a", "t", "u", "s")): .status
        default: .other
        }
    }

    private static func identifyGRPC(_ word: ASCIIWord) -> HTTP2Field {
        if word.equals(
            11, ASCIIWord.pack("g", "r", "p", "c", "-", "s", "t", "a"),
            ASCIIWord.pack("c", "-", "s", "t", "a", "t", "u", "s"))
        {
            return .grpcStatus
        }
        let isMessage = word.equals(
            12, ASCIIWord.pack("g", "r", "p", "c", "-", "m", "e", "s"),
            ASCIIWord.pack("-", "m", "e", "s", "s", "a", "g", "e"))
        if isMessage { return .grpcMessage }
        let isTimeout = word.equals(
            12, ASCIIWord.pack("g", "r", "p", "c", "-", "t", "i", "m"),
            ASCIIWord.pack("-", "t", "i", "m", "e", "o", "u", "t"))
        return isTimeout ? .grpcTimeout : .other
    }
}
