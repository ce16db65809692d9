package import ForensicsModel

/// The head of an HTTP/1 response: its status, where its parts lie, and what its fields mean for the framing.
///
/// Ranges point into the span that was parsed and are empty where a part is absent. RFC 9112.
package struct HTTPResponseHead: Sendable, HTTPFieldTaker {
    package var status: UInt16 = 0
    package var version: HTTPVersion = .unknown
    package var headerCount: UInt16 = 0
    package var flags = HTTPHeadFlags(rawValue: 0)
    /// The length of the body; `nil` if absent, unreadable or contradictory.
    package var contentLength: Int64?
    package var reason = 0..<0
    package var location = 0..<0
    package var server = 0..<0
    package var upgrade = 0..<0
    package var contentType = 0..<0
    package var via = 0..<0

    package init() {}

    /// Whether this is an interim answer that another follows: 1xx except 101. RFC 9110, section 15.2.
    package var isInterim: Bool { status >= 100 && status < 200 && status != 101 }

    /// Whether the message ends with its head: to HEAD, 1xx, 204 and 304. RFC 9112, section 6.3, rule 1.
    package func hasNoBody(requestWasHead: Bool) -> Bool {
        requestWasHead || status < 200 || status == 204 || status == 304
    }

    /// How the end of the body is found. RFC 9112, section 6.3.
    package func bodyFraming(requestWasHead: Bool, requestWasConnect: Bool) -> HTTPBodyFraming {
        if status == 101 || (requestWasConnect && status >= 200 && status < 300) { return .tunnel }
        if hasNoBody(requestWasHead: requestWasHead) { return .none }
        if flags.contains(.chunked) { return .chunked }
        if flags.contains(.otherTransferEncoding) { return .untilClose }
        guard let contentLength else { return .untilClose }
        return contentLength == 0 ? .none : .length(contentLength)
    }

    /// Reads a response head from the start of the range; results as of `HTTPRequestHead.parse`.
    ///
    /// - Complexity: O(bytes of the head); nothing is allocated.
    package static func parse(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into head: inout HTTPResponseHead
    ) -> HeadResult {
        head = HTTPResponseHead()
        let start = HTTP1.firstLine(bytes, range)
        guard HTTP1.looksLikeResponse(bytes, start..<range.upperBound) != .no else { return .malformed }
        guard range.upperBound &- start >= 12 else { return .incomplete }
        head.version = HTTP1.version(bytes, start) ?? .unknown
        for offset in 9..<12 {
            let digit = bytes[start &+ offset] &- 0x30
            guard digit <= 9 else { return .malformed }
            head.status = head.status &* 10 &+ UInt16(digit)
        }
        var scanner = HTTPFieldScanner(position: start, end: range.upperBound)
        let lineEnd = scanner.lineEnd(bytes, from: start &+ 12)
        var end = lineEnd
        if end > start &+ 12 {
            guard bytes[start &+ 12] <= 0x20 else { return .malformed }
            if bytes[end &- 1] == 0x0D { end &-= 1 }
        }
        guard lineEnd < range.upperBound else { return .incomplete }
        head.reason = min(end, start &+ 13)..<end
        scanner.position = lineEnd &+ 1
        return head.readFields(bytes, scanner, range)
    }

    @inline(__always)
    mutating func take(
        _ field: HTTPField, _ bytes: Span<UInt8>, _ value: Range<Int>, _ framing: inout HTTPFraming
    ) {
        switch field {
        case .location: if location.isEmpty { location = value }
        case .via: if via.isEmpty { via = value }
        case .server:
            if server.isEmpty { server = value }
            if value.count >= 7, ASCIIWord(bytes, value.lowerBound..<(value.lowerBound + 7)).first == Self.awselb {
                flags.insert(.awselbServer)
            }
        case .setCookie: takeCookie(bytes, value)
        case .upgrade:
            if upgrade.isEmpty { upgrade = value }
            framing.take(.upgrade, bytes, value)
        case .contentType:
            if contentType.isEmpty { contentType = value }
            framing.take(.contentType, bytes, value)
        default: framing.take(field, bytes, value)
        }
    }

    private static var awselb: UInt64 { ASCIIWord.pack("a", "w", "s", "e", "l", "b", "/") }

    /// Recognizes the stickiness cookies of AWS: `AWSALB`, `AWSALBCORS`, `AWSALBTG…`, `AWSALBAPP-n`; `AWSELB`,
    /// `AWSELBCORS`.
    private mutating func takeCookie(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        guard value.count >= 7, bytes[value.lowerBound] == 0x41 else { return }
        switch ASCIIWord(bytes, value.lowerBound..<(value.lowerBound + 6)).first {
        case ASCIIWord.pack("a", "w", "s", "a", "l", "b"): flags.insert(.albCookie)
        case ASCIIWord.pack("a", "w", "s", "e", "l", "b"): flags.insert(.clbCookie)
        default: break
        }
    }
}
