package import ForensicsModel

/// The head of an HTTP/1 request: where its parts lie, and what its fields mean for the framing.
///
/// Ranges point into the span that was parsed and are empty where a part is absent. Of a field that occurs several
/// times the first is kept, except where said. RFC 9112.
package struct HTTPRequestHead: Sendable, HTTPFieldTaker {
    package var method = 0..<0
    /// The request-target as sent.
    package var target = 0..<0
    /// The target's path without its query; empty for CONNECT and for an absolute form without a path.
    package var path = 0..<0
    /// The query without its `?`.
    package var query = 0..<0
    /// The authority of an absolute or authority form, else the Host field; port included.
    package var host = 0..<0
    package var userAgent = 0..<0
    /// The first X-Forwarded-For field.
    package var forwardedFor = 0..<0
    /// The last X-Forwarded-For field; the same as the first if there is one.
    package var forwardedForLast = 0..<0
    package var forwardedProto = 0..<0
    /// X-Amzn-Trace-Id.
    package var traceID = 0..<0
    package var upgrade = 0..<0
    package var contentType = 0..<0
    package var via = 0..<0
    package var version: HTTPVersion = .unknown
    /// How many X-Forwarded-For fields there are.
    package var forwardedForCount: UInt16 = 0
    package var headerCount: UInt16 = 0
    /// The length of the body; `nil` if absent, unreadable or contradictory.
    package var contentLength: Int64?
    package var flags = HTTPHeadFlags(rawValue: 0)
    package var isHead = false
    package var isConnect = false

    package init() {}

    /// How the end of the body is found. A request without a length has no body. RFC 9112, section 6.3.
    package var bodyFraming: HTTPBodyFraming {
        if flags.contains(.http2Preface) || isConnect { return .tunnel }
        if flags.contains(.chunked) { return .chunked }
        if flags.contains(.otherTransferEncoding) { return .untilClose }
        guard let contentLength, contentLength > 0 else { return .none }
        return .length(contentLength)
    }

    /// Reads a request head from the start of the range.
    ///
    /// A head whose end is missing gives `incomplete` with the fields of the whole lines: enough for a capture cut
    /// by its snap length. Something that is not a request, another protocol's version, or a Content-Length that
    /// cannot be trusted (flag `badLength`; the other fields are read to the end) gives `malformed`.
    ///
    /// - Complexity: O(bytes of the head); nothing is allocated.
    package static func parse(
        _ bytes: Span<UInt8>, _ range: Range<Int>, into head: inout HTTPRequestHead
    ) -> HeadResult {
        head = HTTPRequestHead()
        let start = HTTP1.firstLine(bytes, range)
        var scanner = HTTPFieldScanner(position: start, end: range.upperBound)
        let lineEnd = scanner.lineEnd(bytes, from: start)
        switch head.readRequestLine(bytes, start, lineEnd, isWhole: lineEnd < range.upperBound) {
        case .complete: break
        case let other: return other
        }
        if head.flags.contains(.http2Preface) { return head.readPreface(bytes, start, range) }
        if case .http09 = head.version { return .complete(length: lineEnd &+ 1 &- range.lowerBound) }
        scanner.position = lineEnd &+ 1
        return head.readFields(bytes, scanner, range)
    }

    @inline(__always)
    mutating func take(
        _ field: HTTPField, _ bytes: Span<UInt8>, _ value: Range<Int>, _ framing: inout HTTPFraming
    ) {
        switch field {
        case .host:
            flags.insert(.hasHost)
            if host.isEmpty { host = value }
        case .userAgent:
            if userAgent.isEmpty {
                userAgent = value
                if Self.isHealthChecker(bytes, value) { flags.insert(.amznHealthChecker) }
            }
        case .forwardedFor:
            if forwardedForCount == 0 { forwardedFor = value }
            forwardedForLast = value
            forwardedForCount &+= forwardedForCount == .max ? 0 : 1
        case .forwardedProto:
            flags.insert(.forwardedProto)
            if forwardedProto.isEmpty { forwardedProto = value }
        case .forwardedPort: flags.insert(.forwardedPort)
        case .traceID: if traceID.isEmpty { traceID = value }
        case .via: if via.isEmpty { via = value }
        case .http2Settings: flags.insert(.http2Settings)
        case .expect:
            if value.count == 12, bytes[value.lowerBound] == 0x31 { flags.insert(.expectContinue) }
        case .upgrade:
            if upgrade.isEmpty { upgrade = value }
            framing.take(.upgrade, bytes, value)
        case .contentType:
            if contentType.isEmpty { contentType = value }
            framing.take(.contentType, bytes, value)
        default: framing.take(field, bytes, value)
        }
    }

    /// Whether the agent is an AWS load balancer's: `ELB-HealthChecker/2.0` of ALB, `1.0` of CLB.
    @inline(__always)
    private static func isHealthChecker(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Bool {
        value.count >= 18 && bytes.uint64(at: value.lowerBound) == 0x454C_422D_4865_616C
            && bytes.uint64(at: value.lowerBound &+ 8) == 0x7468_4368_6563_6B65
            && bytes.uint16(at: value.lowerBound &+ 16) == 0x722F
    }
}
