package import ForensicsModel

/// Tells whose side a failed exchange lies on and what made it fail, from what its record says.
///
/// Pure: the same rules serve log rows and captured exchanges. The rules, in the order they are asked:
///
/// 1. No status, or one from 1 through 399: nothing failed, though WAF may have refused with it (a challenge, an answer
///    of one's own). 000 is an answer that the load balancer gave up on: a
///    RST_STREAM of the target (`target_error_code`) or of its own, else a connection past 10 000 HTTP/2 requests.
/// 2. An `error_reason` names the part that failed: see `LogErrorReason`.
/// 3. The target answered with the very code the client got: the target made it, and a 4xx of the target is about
///    the client's request.
/// 4. The last action was `waf`: the request was refused. The last action was `fixed-response`: the answer is
///    configuration, and only its 5xx speak of the load balancer's side.
/// 5. The code itself, as AWS documents what makes the load balancer send it (`verdict(code:)`).
/// 6. What is left: a 4xx is the client's, a 5xx the target's if it answered with one, else the load balancer's.
///
/// AWS, "Troubleshoot your Application Load Balancers" and "Access logs"; for CLB, "Troubleshoot a Classic Load
/// Balancer: HTTP errors".
package struct ExchangeVerdict: Sendable, Equatable {
    package var blame: Blame
    package var cause: ExchangeCause

    package init(_ blame: Blame, _ cause: ExchangeCause) {
        self.blame = blame
        self.cause = cause
    }

    /// The verdict on what did not fail.
    package static let nothing = ExchangeVerdict(.none, .none)

    /// What a record says about one exchange.
    package struct Evidence: Sendable {
        /// The code the client got; 0 for `000`.
        package var status: UInt16?
        /// The code the target sent.
        package var targetStatus: UInt16?
        /// The load balancer could not hand the request to the target (`request_processing_time` of -1).
        package var isUndispatched = false
        /// The target sent no answer (`target_processing_time` or `response_processing_time` of -1).
        package var isUnanswered = false
        /// A Classic Load Balancer made the answer.
        package var isClassic = false
        /// A captured answer of the load balancer: nothing tells what it did, so that a rule of its own (fixed response) may have
        /// made it.
        package var isCaptured = false
        /// A RST_STREAM code of the target (`target_error_code`).
        package var hasTargetReset = false
        /// A RST_STREAM code of the load balancer (`elb_error_code`).
        package var hasLoadBalancerReset = false
        package var reason: LogErrorReason = .none
        package var action: FinalAction = .none

        package init() {}
    }

    /// The last of `actions_executed`: the one that made the answer.
    package enum FinalAction: Sendable {
        case none, forward, waf, wafFailed, fixedResponse, redirect, authenticate
    }

    /// Judges one exchange.
    package init(_ evidence: Evidence) {
        guard let status = evidence.status, status == 0 || status >= 400 else {
            let isRefused = evidence.action == .waf && evidence.targetStatus == nil
            self = isRefused ? .init(.client, .wafBlocked) : .nothing
            return
        }
        if status == 0 {
            self = Self.withoutStatus(evidence)
        } else if let verdict = evidence.reason.verdict {
            self = verdict
        } else if evidence.targetStatus == status {
            self = status < 500 ? .init(.client, .clientError) : .init(.target, .targetError)
        } else if let verdict = Self.verdict(action: evidence.action, status: status) {
            self = verdict
        } else {
            self = Self.verdict(code: status, evidence)
        }
    }

    private static func withoutStatus(_ evidence: Evidence) -> ExchangeVerdict {
        if evidence.hasTargetReset { return .init(.target, .reset) }
        if evidence.hasLoadBalancerReset { return .init(.loadBalancer, .reset) }
        return .init(.loadBalancer, .http2Limit)
    }

    private static func verdict(action: FinalAction, status: UInt16) -> ExchangeVerdict? {
        switch action {
        case .waf: .init(.client, .wafBlocked)
        case .wafFailed: .init(.loadBalancer, .loadBalancerError)
        case .fixedResponse: .init(status < 500 ? .client : .loadBalancer, .fixedResponse)
        case .none, .forward, .redirect, .authenticate: nil
        }
    }

    /// The documented causes of a code that the load balancer sends by itself.
    private static func verdict(code: UInt16, _ evidence: Evidence) -> ExchangeVerdict {
        switch code {
        // Malformed, too large, cut short, or refused by desync mitigation.
        case 400, 413, 414: .init(.client, .badRequest)
        // Not signed in. A sign-in page that the client left is the same code.
        case 401: .init(.client, .authFailed)
        // WAF, or a rule that answers so: without a log nobody knows.
        case 403 where evidence.isCaptured: .init(.unknown, .none)
        // Only WAF makes the load balancer send it.
        case 403: .init(.client, .wafBlocked)
        case 405, 501, 505: .init(.client, .unsupported)
        // The client sent nothing until the idle time-out.
        case 408: .init(.client, .clientTimeout)
        // The client closed while the load balancer had its request.
        case 460: .init(.client, .clientClosed)
        // More than 30 addresses in X-Forwarded-For.
        case 463: .init(.client, .tooManyForwarded)
        case 464: .init(.client, .protocolMismatch)
        case 500 where evidence.action == .authenticate: .init(.unknown, .identityProvider)
        case 502: badGateway(evidence)
        // No healthy target, or the page of a rule for maintenance.
        case 503 where evidence.isCaptured: .init(.unknown, .none)
        // No target registered, or none in use; CLB: none healthy, or the surge queue full.
        case 503: .init(.target, .noHealthyTarget)
        case 504: gatewayTimeout(evidence)
        // The redirect's own URL is too long.
        case 507: .init(.loadBalancer, .redirectLimit)
        // The identity provider, or its key set, failed: neither side of the load balancer.
        case 561, 562: .init(.unknown, .identityProvider)
        default: other(code, evidence)
        }
    }

    private static func other(_ code: UInt16, _ evidence: Evidence) -> ExchangeVerdict {
        // But for 500 no status that a load balancer of AWS sends unless a rule says so.
        if evidence.isCaptured, code != 500 { return .init(code < 500 ? .client : .loadBalancer, .fixedResponse) }
        if code < 500 { return .init(.client, .clientError) }
        if let target = evidence.targetStatus, target >= 500 { return .init(.target, .targetError) }
        return .init(.loadBalancer, .loadBalancerError)
    }

    /// 502: the target refused, reset, closed, or spoke no HTTP.
    private static func badGateway(_ evidence: Evidence) -> ExchangeVerdict {
        if evidence.hasTargetReset { return .init(.target, .reset) }
        // Refused, closed, or answered badly: the client sees the same.
        if evidence.isCaptured { return .init(.target, .none) }
        if evidence.targetStatus != nil { return .init(.target, .badTargetResponse) }
        // Never handed over: RST or ICMP unreachable on connecting, or the TLS handshake failed.
        if evidence.isUndispatched { return .init(.target, .targetConnectFailed) }
        // A Classic Load Balancer answers 504 where the instance closed, and 502 to what it cannot read.
        if evidence.isClassic { return .init(.target, .badTargetResponse) }
        // Handed over, never answered: RST or FIN while the request was outstanding.
        if evidence.isUnanswered { return .init(.target, .targetClosed) }
        // Answered, but not with a response that could be passed on.
        return .init(.target, .badTargetResponse)
    }

    /// 504: no connection within ten seconds, or no answer before the idle time-out.
    private static func gatewayTimeout(_ evidence: Evidence) -> ExchangeVerdict {
        // A connection that is never accepted may be the target's fault or that of what filters in between.
        if evidence.isUndispatched { return .init(.target, .targetConnectTimeout) }
        return .init(.target, .targetTimeout)
    }
}
