import ForensicsModel

/// What happened that a line of the error log tells: several are of one kind.
///
/// Each has a limit of its own, so that a flood of one (a load balancer that resets its idle connections) hides no line
/// of another (the one refused connection that explains the hour).
package enum EventCause: Int, Sendable, CaseIterable {
    case connectionRefused, resetByClient, resetByServer, resetByBoth, tlsFailed, retransmissions
    case synTimeout, responseTimeout
    case healthCheckFail, healthCheckTimeout
    case applicationError, applicationAbort
    case loadBalancerError, loadBalancerAbort
    case slowHandshake, slowRequest
    case redirectLoop, proxyLoop, trafficLoop

    /// The cause of a line about a reset; `nil` where nobody sent one.
    init?(resetBy sender: ResetSender) {
        switch sender {
        case .none: return nil
        case .client: self = .resetByClient
        case .server: self = .resetByServer
        case .both: self = .resetByBoth
        }
    }

    /// The kind that its lines and the counts of the summary are of.
    package var kind: EventKind {
        switch self {
        case .connectionRefused, .resetByClient, .resetByServer, .resetByBoth, .tlsFailed, .retransmissions: .tcpError
        case .synTimeout, .responseTimeout: .timeout
        case .healthCheckFail: .healthCheckFail
        case .healthCheckTimeout: .healthCheckTimeout
        case .applicationError, .applicationAbort: .appError
        case .loadBalancerError, .loadBalancerAbort: .lbError
        case .slowHandshake: .slowHandshake
        case .slowRequest: .slowRequest
        case .redirectLoop: .redirectLoop
        case .proxyLoop: .proxyLoop
        case .trafficLoop: .trafficLoop
        }
    }

    /// What tells it from others of its kind, as its lines say it; `nil` where the kind says all.
    package var phrase: String? {
        switch self {
        case .connectionRefused: "connection refused"
        case .resetByClient: "reset by client"
        case .resetByServer: "reset by server"
        case .resetByBoth: "reset by both"
        case .tlsFailed: "TLS handshake failed"
        case .retransmissions: "segments retransmitted"
        case .synTimeout: "SYN not answered"
        case .responseTimeout: "no response"
        case .applicationError, .loadBalancerError: "HTTP 5xx"
        case .applicationAbort, .loadBalancerAbort: "not the whole response"
        case .healthCheckFail, .healthCheckTimeout, .slowHandshake, .slowRequest, .redirectLoop, .proxyLoop,
            .trafficLoop:
            nil
        }
    }
}
