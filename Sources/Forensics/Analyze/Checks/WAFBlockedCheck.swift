package import ForensicsModel

/// WAF blocked requests.
package enum WAFBlockedCheck: Check {
    package static let description = CheckDescription(
        name: "waf-blocked",
        severity: .notice,
        title: "WAF blocked requests",
        meaning:
            "A rule of the web application firewall refused requests of this client.",
        method:
            "rows whose cause is a WAF block, with whatever status (a challenge is a 202), by client. The measure is the status.",
        caveat:
            "an application behind the rule answers 403 by itself and the log does not tell; in captures a rule of the "
            + "load balancer itself answers so (fixed response).",
        unit: .none)

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard exchange.cause == .wafBlocked else { return }
        context.note(
            Sighting(
                .wafBlocked, .client, Subject(exchange.client.address), exchange, measure: Int64(exchange.status ?? 0)))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        "WAF blocked \(Wording.count(episode.count, "request")) of \(subject)\(Wording.within(episode))."
    }
}
