package import ForensicsModel

/// Requests go round through proxies.
package enum ProxyLoopCheck: Check {
    package static let description = CheckDescription(
        name: "proxy-loop",
        severity: .critical,
        title: "Requests go round through proxies",
        meaning:
            "A request passes the same proxies again and again: a target or proxy forwards to the load "
            + "balancer that it came from. Each round adds an entry to X-Forwarded-For until the load balancer "
            + "refuses (463).",
        method:
            "requests refused for more than 30 forwarded addresses, or whose X-Forwarded-For names one "
            + "address at least three times. The measure is 1 per request.",
        caveat:
            "a client writes such a header by hand.",
        unit: .none)

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        let isRefused = exchange.cause == .tooManyForwarded || exchange.status == 463
        guard isRefused || context.repeatsAddress(exchange.forwardedFor) else { return }
        let subject = exchange.domain.isNone ? context.target(exchange) : context.subject(exchange.domain)
        context.note(Sighting(.proxyLoop, .target, subject, exchange, measure: 1, tags: isRefused ? 1 : 0))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        let refused = episode.tags & 1 != 0 ? "; the load balancer refused some for too many entries" : ""
        return "\(requests) for \(subject) passed the same proxy several times\(Wording.within(episode))\(refused)."
    }
}
