/// The header fields that are read; all others are stepped over.
package enum HTTPField: UInt8, Sendable {
    case other
    case host, userAgent, forwardedFor, forwardedProto, forwardedPort, traceID, via
    case contentLength, transferEncoding, connection, expect, upgrade, http2Settings, contentType
    case location, server, setCookie

    /// Recognizes a field name, case ignored. RFC 9110, section 5.1.
    ///
    /// The length and the first letter leave one or two names to compare with.
    @inline(__always)
    package static func identify(_ bytes: Span<UInt8>, _ name: Range<Int>) -> HTTPField {
        let count = name.upperBound &- name.lowerBound
        guard count >= 3, count <= 17 else { return .other }
        let initial = bytes[name.lowerBound] | 0x20
        switch count {
        case 3: return initial == 0x76 ? matching(bytes, name, ASCIIWord.pack("v", "i", "a"), .via) : .other
        case 4: return initial == 0x68 ? matching(bytes, name, ASCIIWord.pack("h", "o", "s", "t"), .host) : .other
        case 6: return six(bytes, name, initial)
        case 7:
            guard initial == 0x75 else { return .other }
            return matching(bytes, name, ASCIIWord.pack("u", "p", "g", "r", "a", "d", "e"), .upgrade)
        case 8:
            guard initial == 0x6C else { return .other }
            return matching(bytes, name, ASCIIWord.pack("l", "o", "c", "a", "t", "i", "o", "n"), .location)
        case 10: return ten(bytes, name, initial)
        case 12, 14: return initial == 0x63 || initial == 0x68 ? fourteen(bytes, name) : .other
        case 15...17: return initial == 0x78 || initial == 0x74 ? seventeen(bytes, name) : .other
        default: return .other
        }
    }

    @inline(__always)
    private static func matching(
        _ bytes: Span<UInt8>, _ name: Range<Int>, _ word: UInt64, _ field: HTTPField
    ) -> HTTPField {
        ASCIIWord(bytes, name).first == word ? field : .other
    }

    private static func six(_ bytes: Span<UInt8>, _ name: Range<Int>, _ initial: UInt8) -> HTTPField {
        switch initial {
        case 0x65: matching(bytes, name, ASCIIWord.pack("e", "x", "p", "e", "c", "t"), .expect)
        case 0x73: matching(bytes, name, ASCIIWord.pack("s", "e", "r", "v", "e", "r"), .server)
        default: .other
        }
    }

    private static func ten(_ bytes: Span<UInt8>, _ name: Range<Int>, _ initial: UInt8) -> HTTPField {
        let word = ASCIIWord(bytes, name)
        switch initial {
        case 0x75:
            let isAgent = word.equals(
                10, ASCIIWord.pack("u", "s", "e", "r", "-", "a", "g", "e"),
                ASCIIWord.pack("e", "r", "-", "a", "g", "e", "n", "t"))
            return isAgent ? .userAgent : .other
        case 0x63:
            let isConnection = word.equals(
                10, ASCIIWord.pack("c", "o", "n", "n", "e", "c", "t", "i"),
                ASCIIWord.pack("n", "n", "e", "c", "t", "i", "o", "n"))
            return isConnection ? .connection : .other
        case 0x73:
            let isCookie = word.equals(
                10, ASCIIWord.pack("s", "e", "t", "-", "c", "o", "o", "k"),
                ASCIIWord.pack("t", "-", "c", "o", "o", "k", "i", "e"))
            return isCookie ? .setCookie : .other
        default: return .other
        }
    }

    private static func fourteen(_ bytes: Span<UInt8>, _ name: Range<Int>) -> HTTPField {
        let word = ASCIIWord(bytes, name)
        let content = ASCIIWord.pack("c", "o", "n", "t", "e", "n", "t", "-")
        if word.equals(14, content, ASCIIWord.pack("t", "-", "l", "e", "n", "g", "t", "h")) { return .contentLength }
        if word.equals(12, content, ASCIIWord.pack("e", "n", "t", "-", "t", "y", "p", "e")) { return .contentType }
        let isSettings = word.equals(
            14, ASCIIWord.pack("h", "t", "t", "p", "2", "-", "s", "e"),
            ASCIIWord.pack("s", "e", "t", "t", "i", "n", "g", "s"))
        return isSettings ? .http2Settings : .other
    }

    private static func seventeen(_ bytes: Span<UInt8>, _ name: Range<Int>) -> HTTPField {
        let word = ASCIIWord(bytes, name)
        let forwarded = ASCIIWord.pack("x", "-", "f", "o", "r", "w", "a", "r")
        if word.equals(15, forwarded, ASCIIWord.pack("r", "d", "e", "d", "-", "f", "o", "r")) { return .forwardedFor }
        if word.equals(17, forwarded, ASCIIWord.pack("e", "d", "-", "p", "r", "o", "t", "o")) {
            return .forwardedProto
        }
        if word.equals(16, forwarded, ASCIIWord.pack("d", "e", "d", "-", "p", "o", "r", "t")) { return .forwardedPort }
        let trace = ASCIIWord.pack("x", "-", "a", "m", "z", "n", "-", "t")
        if word.equals(15, trace, ASCIIWord.pack("t", "r", "a", "c", "e", "-", "i", "d")) { return .traceID }
        let isEncoding = word.equals(
            17, ASCIIWord.pack("t", "r", "a", "n", "s", "f", "e", "r"),
            ASCIIWord.pack("e", "n", "c", "o", "d", "i", "n", "g"))
        return isEncoding ? .transferEncoding : .other
    }
}
