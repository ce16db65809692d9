/// A request that the Application Load Balancer logged.
struct ALBRequest {
    /// What came of it between the load balancer and the target.
    enum Outcome {
        case answered
        /// Answered by the load balancer itself: redirect, fixed response, web ACL, malformed, empty target group.
        case notForwarded
        /// 502: the target reset the connection while the request was outstanding.
        case targetReset
        /// 504: the target did not answer the SYN within ten seconds.
        case connectTimeout
        /// 504: no answer within the idle timeout of sixty seconds.
        case idleTimeout
        /// 460: the client left before the answer.
        case clientLeft
        /// A web socket; the row is written at its end.
        case webSocket
    }

    var type: String
    var connection: ALBClientConnection
    var creation: Instant
    var time: Instant
    /// Milliseconds; -1 where the phase did not happen.
    var requestPhase: Int
    var targetPhase: Int
    var responsePhase: Int
    var status: Int
    var targetStatus: Int?
    var target: Int?
    var targetPort: Int
    var receivedBytes: Int
    var sentBytes: Int
    var method: String
    var url: String
    var path: String
    var version: String
    var userAgent: String
    var trace: String
    var rulePriority: String
    var actions: String
    var redirect: String
    var classification: String
    var classificationReason: String
    var outcome: Outcome
    var bodyLength: Int
    var answerBodyLength: Int
}

/// A connection of a client to the Application Load Balancer, which its rows share.
struct ALBClientConnection {
    var client: Client
    var port: Int
    var node: Int
    var traceID: String
    var domain: String
    var isTLS: Bool
    var isHTTP2: Bool
    var cipher: Int
    var sessionReused: Bool
    /// What the client itself sends as X-Forwarded-For.
    var forwardedFor: String?
}
