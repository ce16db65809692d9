import ForensicsDecode

/// What a request head says, whatever the version of HTTP: ranges of one span and a few facts.
struct RequestFields {
    var method = 0..<0
    var path = 0..<0
    var query = 0..<0
    var host = 0..<0
    var userAgent = 0..<0
    var forwardedFor = 0..<0
    var forwardedForLast = 0..<0
    var forwardedForCount: UInt16 = 0
    var traceID = 0..<0
    var isHead = false
    var isConnect = false
    var isGRPC = false
    var isHealthChecker = false
    var isForwardedHTTPS = false

    @inline(__always)
    init(_ head: HTTPRequestHead) {
        method = head.method
        path = head.path
        query = head.query
        host = head.host
        userAgent = head.userAgent
        forwardedFor = head.forwardedFor
        forwardedForLast = head.forwardedForLast
        forwardedForCount = head.forwardedForCount
        traceID = head.traceID
        isHead = head.isHead
        isConnect = head.isConnect
        isGRPC = head.flags.has(.grpc)
        isHealthChecker = head.flags.has(.amznHealthChecker)
        isForwardedHTTPS = head.forwardedProto.count == 5
    }

    init(_ head: HTTP2Head) {
        method = head.method
        path = head.path
        query = head.query
        host = head.authority
        userAgent = head.userAgent
        forwardedFor = head.forwardedFor
        forwardedForLast = head.forwardedForLast
        forwardedForCount = head.forwardedForCount
        traceID = head.traceID
        isConnect = head.isConnect
        isGRPC = head.isGRPC
        isHealthChecker = head.isHealthChecker
        isForwardedHTTPS = head.forwardedProto.count == 5
    }
}
