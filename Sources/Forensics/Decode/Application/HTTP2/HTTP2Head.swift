/// One decoded header list of HTTP/2: a request, a response or trailers.
///
/// Ranges point into `text`, which holds the values that are kept, and are empty where a field is absent. Of a field
/// that occurs several times the first is kept, except where said. RFC 9113, section 8.
package struct HTTP2Head: Sendable {
    package var text: [UInt8] = []
    package var method = 0..<0
    /// The path without its query.
    package var path = 0..<0
    package var query = 0..<0
    package var scheme = 0..<0
    /// `:authority`, or the host field where that is absent.
    package var authority = 0..<0
    package var userAgent = 0..<0
    package var forwardedFor = 0..<0
    package var forwardedForLast = 0..<0
    package var forwardedProto = 0..<0
    package var traceID = 0..<0
    package var via = 0..<0
    package var contentType = 0..<0
    package var location = 0..<0
    package var server = 0..<0
    package var grpcMessage = 0..<0
    package var forwardedForCount: UInt16 = 0
    package var headerCount: UInt16 = 0
    /// `:status`; 0 if absent, as in requests and trailers.
    package var status: UInt16 = 0
    package var contentLength: Int64?
    /// `grpc-status`; -1 if absent. See `GRPCStatus`.
    package var grpcStatus: Int16 = -1
    /// `grpc-timeout` in nanoseconds: how long the client will wait; 0 if absent.
    package var grpcTimeout: Int64 = 0
    package var isGRPC = false
    /// The user agent starts with `ELB-HealthChecker/`.
    package var isHealthChecker = false
    /// A field was told by an index that was set before the capture began: the list has gaps.
    package var hasUnknownFields = false
    /// More text than `textLimit`, or cut by the snap length; what came later is left out.
    package var isCut = false

    /// Bytes of text that are kept of one head.
    package static let textLimit = 65_536

    package init() {}

    /// Whether it has a `:method`. RFC 9113, section 8.3.1.
    package var isRequest: Bool { !method.isEmpty }
    /// CONNECT, of WebSockets too. RFC 9113, section 8.5; RFC 8441, section 4.
    package var isConnect: Bool { text[method].elementsEqual("CONNECT".utf8) }
    /// Whether it has a `:status`. RFC 9113, section 8.3.2.
    package var isResponse: Bool { status != 0 }
    /// Neither request nor response: what follows a body, such as gRPC's status.
    package var isTrailers: Bool { !isRequest && !isResponse }

    /// Empties the head and keeps its memory.
    package mutating func reset() {
        var kept: [UInt8] = []
        swap(&kept, &text)
        self = HTTP2Head()
        kept.removeAll(keepingCapacity: true)
        text = kept
    }

    mutating func take(_ field: HTTP2Field, _ value: [UInt8]) {
        headerCount &+= headerCount == .max ? 0 : 1
        switch field {
        case .other: return
        case .status: status = Self.number(value).flatMap { UInt16(exactly: $0) } ?? 0
        case .contentLength: contentLength = contentLength ?? Self.number(value)
        case .grpcStatus: grpcStatus = Self.number(value).flatMap { Int16(exactly: $0) } ?? grpcStatus
        case .grpcTimeout: grpcTimeout = GRPCTimeout.nanoseconds(value.span)
        default:
            guard text.count + value.count <= Self.textLimit else {
                isCut = true
                return
            }
            let range = text.count..<(text.count + value.count)
            text.append(contentsOf: value)
            set(field, range)
        }
    }

    private mutating func set(_ field: HTTP2Field, _ range: Range<Int>) {
        switch field {
        case .method: method = range
        case .path: setPath(range)
        case .scheme: scheme = range
        case .authority: authority = range
        case .host: if authority.isEmpty { authority = range }
        case .userAgent:
            if userAgent.isEmpty { userAgent = range }
            isHealthChecker = isHealthChecker || text[range].starts(with: "ELB-HealthChecker/".utf8)
        case .forwardedFor:
            if forwardedForCount == 0 { forwardedFor = range }
            forwardedForLast = range
            forwardedForCount &+= forwardedForCount == .max ? 0 : 1
        case .forwardedProto: if forwardedProto.isEmpty { forwardedProto = range }
        case .traceID: if traceID.isEmpty { traceID = range }
        case .via: if via.isEmpty { via = range }
        case .contentType:
            if contentType.isEmpty { contentType = range }
            isGRPC = isGRPC || text[range].starts(with: "application/grpc".utf8)
        case .location: if location.isEmpty { location = range }
        case .server: if server.isEmpty { server = range }
        case .grpcMessage: if grpcMessage.isEmpty { grpcMessage = range }
        case .other, .status, .contentLength, .grpcStatus, .grpcTimeout: break
        }
    }

    private mutating func setPath(_ range: Range<Int>) {
        var end = range.lowerBound
        while end < range.upperBound, text[end] != 0x3F { end += 1 }
        path = range.lowerBound..<end
        if end < range.upperBound { query = (end + 1)..<range.upperBound }
    }

    private static func number(_ value: [UInt8]) -> Int64? { HTTPFraming.decimal(value.span, 0..<value.count) }
}
