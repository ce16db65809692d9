import ForensicsModel

/// The group of an ALB `error_reason` code, by who can do something about it.
package enum LogErrorReason: UInt8, Sendable {
    /// No code, or one not known here.
    case none = 0
    /// AuthInvalid…, AuthMissing…: what the client brought from the sign-in was wrong.
    case authClient
    /// Auth…EpRequest…, AuthInvalidTokenResponse, AuthInvalidUserinfoResponse, AuthUserinfoResponseSizeExceeded, JWKS…: the
    /// identity provider failed, or answered what is not valid.
    case identityProvider
    /// AuthUnhandledException, JWTValidationInternalError.
    case authInternal
    /// JWT…: the token was missing or refused.
    case token
    /// AWSALBTGCookieInvalid.
    case cookie
    /// WeightedTargetGroupsUnhandledException.
    case loadBalancer
    /// Codes of the metric LambdaUserError: the function or its configuration.
    case lambda
    /// Codes of the metric LambdaInternalError: between the load balancer and Lambda.
    case lambdaInternal
    /// LambdaBadRequest, LambdaRequestTooLarge, LambdaWebsocketNotSupported: what the client asked for.
    case lambdaRequest
    /// WAF…: the firewall could not be asked.
    case waf

    /// Whom the group names; `nil` for `none`.
    package var verdict: ExchangeVerdict? {
        switch self {
        case .none: nil
        case .authClient, .token: .init(.client, .authFailed)
        case .identityProvider: .init(.unknown, .identityProvider)
        case .authInternal: .init(.loadBalancer, .authFailed)
        case .cookie: .init(.client, .badRequest)
        case .loadBalancer, .waf: .init(.loadBalancer, .loadBalancerError)
        case .lambda: .init(.target, .lambdaError)
        case .lambdaInternal: .init(.loadBalancer, .lambdaError)
        case .lambdaRequest: .init(.client, .lambdaError)
        }
    }

    /// The group of the code in the range. AWS field: error_reason.
    package init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        func begins(_ text: StaticString) -> Bool { LogValue.begins(bytes, range, text) }
        func isExactly(_ text: StaticString) -> Bool { LogValue.isExactly(bytes, range, text) }
        if range.isEmpty || isExactly("-") {
            self = .none
        } else if begins("Auth") {
            let isProvider =
                begins("AuthTokenEpRequest") || begins("AuthUserinfoEpRequest")
                || isExactly("AuthInvalidTokenResponse") || isExactly("AuthInvalidUserinfoResponse")
                || begins("AuthUserinfoResponseSizeExceeded")
            self = isExactly("AuthUnhandledException") ? .authInternal : isProvider ? .identityProvider : .authClient
        } else if begins("JWKS") {
            self = .identityProvider
        } else if begins("JWT") {
            self = isExactly("JWTValidationInternalError") ? .authInternal : .token
        } else if begins("Lambda") {
            let isInternal =
                isExactly("LambdaConnectionError") || isExactly("LambdaConnectionTimeout")
                || isExactly("LambdaServiceException") || isExactly("LambdaUnhandledException")
            let isRequest =
                isExactly("LambdaBadRequest") || isExactly("LambdaRequestTooLarge")
                || isExactly("LambdaWebsocketNotSupported")
            self = isInternal ? .lambdaInternal : isRequest ? .lambdaRequest : .lambda
        } else if begins("WAF") {
            self = .waf
        } else if isExactly("AWSALBTGCookieInvalid") {
            self = .cookie
        } else {
            self = isExactly("WeightedTargetGroupsUnhandledException") ? .loadBalancer : .none
        }
    }
}

extension ExchangeVerdict.FinalAction {
    /// The last action of a comma-separated list. AWS field: actions_executed.
    package init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var start = range.upperBound
        while start > range.lowerBound, bytes[start - 1] != 0x2C { start -= 1 }
        switch LogValue.shortName(bytes, start..<range.upperBound) {
        case ShortName.waf: self = .waf
        case ShortName.forward: self = .forward
        case ShortName.redirect: self = .redirect
        default:
            let count = range.upperBound - start
            let first = ByteWord.load(bytes, start)
            if count == 14, first == ShortName.fixedResponse {
                self = .fixedResponse
            } else if count == 10, first == ShortName.wafFailed {
                self = .wafFailed
            } else {
                self = count >= 12 && first == ShortName.authenticate ? .authenticate : .none
            }
        }
    }
}
