import CByteMarks
import ForensicsModel

/// The parts of a logged request line, `GET https://host:443/path?query HTTP/1.1`, as places in the line.
///
/// A part that is not there is an empty range. The URL may hold spaces: it is what stands between the method and the
/// version. A malformed request is logged as `- http://host:80- -`, without a path, or as dashes alone, `- - - `: it has no
/// part at all.
struct RequestLine {
    var method = 0..<0
    /// The host of the URL, without its port and without a user's name before it.
    var host = 0..<0
    /// The path without the query string.
    var path = 0..<0
    /// The path with its query string; equals `path` where there is none.
    var pathAndQuery = 0..<0
    var version = HTTPVersion.unknown

    @inline(__always)
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        guard let plain = PlainForm.request(bytes, range) else {
            readAny(bytes, range)
            return
        }
        method = plain.method.start..<plain.method.end
        host = plain.host.start..<plain.host.end
        path = plain.path.start..<plain.path.end
        pathAndQuery = plain.path_and_query.start..<plain.path_and_query.end
        switch plain.version {
        case 11: version = .http11
        case 20: version = .http2
        case 10: version = .http10
        case 30: version = .http3
        default: version = .http09
        }
    }

    @inline(never)
    private mutating func readAny(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let start = range.lowerBound
        let methodEnd = ByteWord.find(bytes, in: range) { ByteWord.equal($0, 0x20) }
        if !(methodEnd == start &+ 1 && ByteWord.byte(bytes, start) == 0x2D) { method = start..<methodEnd }
        guard methodEnd < range.upperBound else { return }
        let urlStart = methodEnd &+ 1
        let urlEnd = readVersion(bytes, urlStart, range.upperBound)
        if urlEnd > urlStart { readURL(bytes, urlStart, urlEnd) }
    }

    /// Takes the version off the end; returns where the URL ends.
    @inline(__always)
    private mutating func readVersion(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        if end &- start >= 8 {
            switch ByteWord.load(bytes, end &- 8) {
            case ShortName.http11: version = .http11
            case ShortName.http20: version = .http2
            case ShortName.http10: version = .http10
            case ShortName.http30: version = .http3
            case ShortName.http09: version = .http09
            default: return readOtherVersion(bytes, start, end)
            }
            if end &- start == 8 { return start }
            if ByteWord.byte(bytes, end &- 9) == 0x20 { return end &- 9 }
            version = .unknown
        }
        return readOtherVersion(bytes, start, end)
    }

    private mutating func readOtherVersion(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var last = end
        while last > start, bytes[last - 1] != 0x20 { last -= 1 }
        let isVersion =
            end - last >= 5 && ByteWord.prefix(ByteWord.load(bytes, last), 5) == ShortName.httpSlash
        let isDash = end - last == 1 && bytes[last] == 0x2D
        guard isVersion || isDash || last == end else { return end }
        if end - last == 6, isVersion {
            if bytes[last + 5] == 0x32 { version = .http2 }
            if bytes[last + 5] == 0x33 { version = .http3 }
        }
        return max(start, last - 1)
    }

    @inline(__always)
    private mutating func readURL(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        let word = ByteWord.load(bytes, start)
        var position = start
        if word == ShortName.httpsScheme {
            position = start &+ 8
        } else if ByteWord.prefix(word, 7) == ShortName.httpScheme {
            position = start &+ 7
        } else {
            position = Self.authority(bytes, start, end)
            if position < 0 { return readRelative(bytes, start, end) }
        }
        if position > end { return }
        let authority = position
        position = ByteWord.find(bytes, in: authority..<end) {
            ByteWord.equal($0, 0x2F) | ByteWord.equal($0, 0x3F) | ByteWord.equal($0, 0x23)
        }
        readHost(bytes, Self.pastUserInformation(bytes, authority, position), position)
        if position < end, ByteWord.byte(bytes, position) == 0x2F { readPath(bytes, position, end) }
    }

    /// Where the authority begins in a URL of any scheme, or -1 if it has none.
    private static func authority(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var index = start
        while index + 2 < end, index - start < 16 {
            if bytes[index] == 0x2F { return -1 }
            if bytes[index] == 0x3A { return bytes[index + 1] == 0x2F && bytes[index + 2] == 0x2F ? index + 3 : -1 }
            index += 1
        }
        return -1
    }

    /// A request target that is no URL: a path, `*`, or the host and port of CONNECT.
    private mutating func readRelative(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        if bytes[start] == 0x2F || bytes[start] == 0x2A { return readPath(bytes, start, end) }
        if (start..<end).allSatisfy({ bytes[$0] == 0x2D || bytes[$0] == 0x20 }) { return }
        readHost(bytes, start, end)
    }

    /// Where the host of an authority begins: a name and password before it are the client's secret, and no part of the host.
    /// RFC 3986, section 3.2.1.
    @inline(__always)
    private static func pastUserInformation(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        let first = ByteWord.find(bytes, in: start..<end) { ByteWord.equal($0, 0x40) }
        return first < end ? pastLast(bytes, first, end) : start
    }

    /// Behind the last mark: a password may hold one.
    @inline(never)
    private static func pastLast(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var index = end
        while index > start, bytes[index - 1] != 0x40 { index -= 1 }
        return index
    }

    /// Takes what stands before the last colon; a colon inside brackets belongs to an IPv6 address.
    @inline(__always)
    private mutating func readHost(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        var colon = end &- 1
        while colon > start, ByteWord.byte(bytes, colon) != 0x3A { colon &-= 1 }
        let hasPort = colon > start && ByteWord.byte(bytes, end &- 1) != 0x5D
        host = start..<(hasPort ? colon : end)
    }

    @inline(__always)
    private mutating func readPath(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        path = start..<ByteWord.find(bytes, in: start..<end) { ByteWord.equal($0, 0x3F) }
        pathAndQuery = start..<end
    }
}
