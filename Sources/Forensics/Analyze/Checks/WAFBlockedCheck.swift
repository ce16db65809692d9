package import ForensicsModel

/// WAF blocked requests.
package enum WAFBlockedCheck: Check {
    package static let description = CheckDescription(
        name: "waf-blocked",
        severity: .notice,
        title: "WAF blocked requests",
        meaning:
            "A rule of the web application firewall refused requests of this client; in captures WAF or a rule of the load "
            + "balancer itself (fixed response) did, which its log tells apart.",
        method:
            "rows whose cause is a WAF block, with whatever status (a challenge is a 202), by client, and captured answers 403 "
            + "that say a load balancer of AWS made them, which blame nobody certain. The measure is the status.",
        caveat:
            "an application behind the rule answers 403 by itself and the log does not tell.",
        unit: .none)

    package static let crowds: ClientCrowds.Rule? = .ofFew

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        let isRefused = exchange.isRefusedByLoadBalancer
        guard exchange.cause == .wafBlocked || isRefused else { return }
        context.note(
            Sighting(
                .wafBlocked, isRefused ? .unknown : .client, Subject(exchange.client.address), exchange,
                measure: Int64(exchange.status ?? 0), tags: isRefused ? 1 : 0))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = "\(Wording.count(episode.count, "request")) of \(subject)\(Wording.within(episode))"
        return episode.tags == 0
            ? "WAF blocked \(requests)."
            : "The load balancer refused \(requests) with status 403: WAF, or a rule of its own."
    }
}
