/// The header fields that are read; all others are stepped over.
package enum HTTPField: UInt8, Sendable {
    case other
    case host, userAgent, forwardedFor, forwardedProto, forwardedPort, traceID, via
    case contentLength, transferEncoding, connection, expect, upgrade, http2Settings, contentType
    case location, server, setCookie

    /// Recognizes a field name, case ignored. RFC 9110, section 5.1.
    @inline(__always)
    package static func identify(_ bytes: Span<UInt8>, _ name: Range<Int>) -> HTTPField {
        switch name.count {
        case 3: return short(bytes, name)
        case 4, 6, 7, 8: return short(bytes, name)
        case 10, 12, 14, 15, 16, 17: return long(bytes, name)
        default: return .other
        }
    }

    @inline(__always)
    private static func short(_ bytes: Span<UInt8>, _ name: Range<Int>) -> HTTPField {
        let first = bytes[name.lowerBound] | 0x20
        guard first == 0x68 || first == 0x76 || first == 0x65 || first == 0x73 || first == 0x75 || first == 0x6C
        else { return .other }
        switch ASCIIWord(bytes, name).first {
        case ASCIIWord.pack("h", "o", "s", "t"): return .host
        case ASCIIWord.pack("v", "i", "a"): return .via
        case ASCIIWord.pack("e", "x", "p", "e", "c", "t"): return .expect
        case ASCIIWord.pack("s", "e", "r", "v", "e", "r"): return .server
        case ASCIIWord.pack("u", "p", "g", "r", "a", "d", "e"): return .upgrade
        case ASCIIWord.pack("l", "o", "c", "a", "t", "i", "o", "n"): return .location
        default: return .other
        }
    }

    @inline(__always)
    private static func long(_ bytes: Span<UInt8>, _ name: Range<Int>) -> HTTPField {
        let first = bytes[name.lowerBound] | 0x20
        guard first == 0x63 || first == 0x78 || first == 0x75 || first == 0x74 || first == 0x73 || first == 0x68
        else { return .other }
        let word = ASCIIWord(bytes, name)
        switch (word.first, word.last) {
        case (Self.userAgentWord, ASCIIWord.pack("e", "r", "-", "a", "g", "e", "n", "t")): return .userAgent
        case (ASCIIWord.pack("c", "o", "n", "n", "e", "c", "t", "i"), Self.nnection): return .connection
        case (ASCIIWord.pack("s", "e", "t", "-", "c", "o", "o", "k"), Self.tCookie): return .setCookie
        case (Self.content, ASCIIWord.pack("e", "n", "t", "-", "t", "y", "p", "e")):
            return word.count == 12 ? .contentType : .other
        case (Self.content, ASCIIWord.pack("t", "-", "l", "e", "n", "g", "t", "h")):
            return word.count == 14 ? .contentLength : .other
        case (ASCIIWord.pack("h", "t", "t", "p", "2", "-", "s", "e"), Self.settings): return .http2Settings
        case (Self.xForwarded, ASCIIWord.pack("r", "d", "e", "d", "-", "f", "o", "r")):
            return word.count == 15 ? .forwardedFor : .other
        case (ASCIIWord.pack("x", "-", "a", "m", "z", "n", "-", "t"), Self.traceEnd): return .traceID
        case (Self.xForwarded, ASCIIWord.pack("d", "e", "d", "-", "p", "o", "r", "t")):
            return word.count == 16 ? .forwardedPort : .other
        case (Self.xForwarded, ASCIIWord.pack("e", "d", "-", "p", "r", "o", "t", "o")):
            return word.count == 17 ? .forwardedProto : .other
        case (ASCIIWord.pack("t", "r", "a", "n", "s", "f", "e", "r"), Self.encoding): return .transferEncoding
        default: return .other
        }
    }

    @inline(__always)
    private static var userAgentWord: UInt64 { ASCIIWord.pack("u", "s", "e", "r", "-", "a", "g", "e") }
    @inline(__always)
    private static var nnection: UInt64 { ASCIIWord.pack("n", "n", "e", "c", "t", "i", "o", "n") }
    @inline(__always)
    private static var tCookie: UInt64 { ASCIIWord.pack("t", "-", "c", "o", "o", "k", "i", "e") }
    @inline(__always)
    private static var content: UInt64 { ASCIIWord.pack("c", "o", "n", "t", "e", "n", "t", "-") }
    @inline(__always)
    private static var settings: UInt64 { ASCIIWord.pack("s", "e", "t", "t", "i", "n", "g", "s") }
    @inline(__always)
    private static var xForwarded: UInt64 { ASCIIWord.pack("x", "-", "f", "o", "r", "w", "a", "r") }
    @inline(__always)
    private static var traceEnd: UInt64 { ASCIIWord.pack("t", "r", "a", "c", "e", "-", "i", "d") }
    @inline(__always)
    private static var encoding: UInt64 { ASCIIWord.pack("e", "n", "c", "o", "d", "i", "n", "g") }
}
