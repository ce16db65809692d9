import ForensicsDecode
import ForensicsModel
import Testing

/// The documented causes of AWS's troubleshooting pages, as log columns.
@Suite struct LogsVerdictTests {
    private struct Case: Sendable {
        var status: String
        var target: String
        var phases = "0.000 0.001 0.000"
        var actions = "forward"
        var reason = "-"
        var codes = "- -"
        var blame: Blame
        var cause: ExchangeCause
    }

    private static let cases: [Case] = [
        Case(status: "200", target: "200", blame: .none, cause: .none),
        Case(status: "101", target: "101", blame: .none, cause: .none),
        Case(status: "302", target: "-", actions: "redirect", blame: .none, cause: .none),
        Case(status: "-", target: "-", blame: .none, cause: .none),
        Case(status: "404", target: "404", blame: .client, cause: .clientError),
        Case(status: "500", target: "500", blame: .target, cause: .targetError),
        Case(status: "503", target: "503", blame: .target, cause: .targetError),
        Case(status: "000", target: "-", blame: .loadBalancer, cause: .http2Limit),
        Case(status: "000", target: "-", codes: "0x8 -", blame: .target, cause: .reset),
        Case(status: "000", target: "-", codes: "\"-\" \"0x7\"", blame: .loadBalancer, cause: .reset),
        Case(status: "400", target: "-", phases: "-1 -1 -1", blame: .client, cause: .badRequest),
        Case(status: "401", target: "-", actions: "authenticate", blame: .client, cause: .authFailed),
        Case(status: "403", target: "-", actions: "waf", blame: .client, cause: .wafBlocked),
        Case(status: "403", target: "-", blame: .client, cause: .wafBlocked),
        Case(status: "418", target: "-", actions: "waf", blame: .client, cause: .wafBlocked),
        Case(status: "403", target: "403", actions: "waf,forward", blame: .client, cause: .clientError),
        Case(status: "405", target: "-", blame: .client, cause: .unsupported),
        Case(status: "408", target: "-", blame: .client, cause: .clientTimeout),
        Case(status: "413", target: "-", reason: "LambdaRequestTooLarge", blame: .client, cause: .lambdaError),
        Case(status: "414", target: "-", blame: .client, cause: .badRequest),
        Case(status: "460", target: "-", phases: "0.000 -1 -1", blame: .client, cause: .clientClosed),
        Case(status: "463", target: "-", blame: .client, cause: .tooManyForwarded),
        Case(status: "464", target: "-", blame: .client, cause: .protocolMismatch),
        Case(status: "500", target: "-", blame: .loadBalancer, cause: .loadBalancerError),
        Case(status: "500", target: "-", actions: "authenticate", blame: .unknown, cause: .identityProvider),
        Case(
            status: "500", target: "-", actions: "authenticate", reason: "AuthTokenEpRequestTimeout", blame: .unknown,
            cause: .identityProvider),
        Case(
            status: "500", target: "-", actions: "waf-failed", reason: "WAFConnectionTimeout", blame: .loadBalancer,
            cause: .loadBalancerError),
        Case(status: "500", target: "200", reason: "my-error-reason", blame: .loadBalancer, cause: .loadBalancerError),
        Case(status: "501", target: "-", blame: .client, cause: .unsupported),
        Case(status: "502", target: "-", phases: "-1 -1 -1", blame: .target, cause: .targetConnectFailed),
        Case(status: "502", target: "-", phases: "0.000 -1 -1", blame: .target, cause: .targetClosed),
        // No response came of the target: field 8 of AWS's table.
        Case(status: "502", target: "-", phases: "0.000 0.003 -1", blame: .target, cause: .targetClosed),
        Case(status: "502", target: "-", phases: "0.000 0.003 0.001", blame: .target, cause: .badTargetResponse),
        // A challenge of WAF, and answers of its own.
        Case(status: "202", target: "-", phases: "-1 -1 -1", actions: "waf", blame: .client, cause: .wafBlocked),
        Case(status: "302", target: "-", phases: "-1 -1 -1", actions: "waf", blame: .client, cause: .wafBlocked),
        Case(status: "301", target: "-", actions: "waf,redirect", blame: .none, cause: .none),
        Case(status: "502", target: "-", codes: "0x2 -", blame: .target, cause: .reset),
        Case(status: "502", target: "-", reason: "LambdaUnhandled", blame: .target, cause: .lambdaError),
        Case(status: "502", target: "-", reason: "LambdaConnectionError", blame: .loadBalancer, cause: .lambdaError),
        Case(status: "503", target: "-", phases: "-1 -1 -1", blame: .target, cause: .noHealthyTarget),
        Case(status: "503", target: "-", actions: "fixed-response", blame: .loadBalancer, cause: .fixedResponse),
        Case(status: "404", target: "-", actions: "fixed-response", blame: .client, cause: .fixedResponse),
        Case(status: "504", target: "-", phases: "-1 -1 -1", blame: .target, cause: .targetConnectTimeout),
        Case(status: "504", target: "-", phases: "0.000 -1 -1", blame: .target, cause: .targetTimeout),
        Case(status: "505", target: "-", blame: .client, cause: .unsupported),
        Case(status: "507", target: "-", actions: "redirect", blame: .loadBalancer, cause: .redirectLimit),
        Case(status: "561", target: "-", blame: .unknown, cause: .identityProvider),
        Case(status: "562", target: "-", reason: "JWKSRequestFailed", blame: .unknown, cause: .identityProvider),
        Case(status: "401", target: "-", reason: "JWTHeaderNotPresent", blame: .client, cause: .authFailed),
        Case(status: "500", target: "-", reason: "AuthUnhandledException", blame: .loadBalancer, cause: .authFailed),
        Case(status: "400", target: "-", reason: "AWSALBTGCookieInvalid", blame: .client, cause: .badRequest),
        Case(status: "599", target: "598", blame: .target, cause: .targetError),
    ]

    @Test(arguments: [("502", ExchangeCause.badTargetResponse), ("504", .targetTimeout)])
    func `a Classic Load Balancer answers 502 to what it cannot read, 504 to silence and closing`(
        status: String, cause: ExchangeCause
    ) throws {
        let line =
            "2025-11-03T10:00:00.001280Z classic 198.51.100.1:2817 10.0.0.1:80 0.000086 -1 -1 \(status) 0 0 0 "
            + "\"GET http://a.example:80/ HTTP/1.1\" \"curl/8\" - -"
        let exchange = try #require(LogsRendering(Array(line.utf8), .clb).batch.exchanges.first)
        #expect(exchange.cause == cause)
        #expect(exchange.blame == .target)
    }

    @Test(arguments: cases.indices)
    func `a failed exchange is laid on the documented side`(_ index: Int) throws {
        let example = Self.cases[index]
        let line = """
            https 2025-11-03T10:00:00.001280Z app/a/1 198.51.100.1:50287 10.20.17.3:8443 \(example.phases) \
            \(example.status) \(example.target) 10 20 "GET https://a.example.com:443/ HTTP/2.0" "curl" - - - "-" "-" \
            "-" 2 2025-11-03T09:59:59.952570Z "\(example.actions)" "-" "\(example.reason)" "-" "-" "-" "-" TID_1 "-" \
            "-" "-" 203.0.113.1 \(example.codes)
            """
        let rendering = LogsRendering(Array(line.utf8), .alb)
        let exchange = try #require(rendering.batch.exchanges.first)
        #expect(exchange.blame == example.blame)
        #expect(exchange.cause == example.cause)
    }
}
