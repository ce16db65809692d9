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
            + "refuses (463). Fewer than five refused ones at a time are rather what somebody wrote by hand: a notice that blames "
            + "nobody certain.",
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
        context.note(
            Sighting(.proxyLoop, .target, subject, exchange, measure: 1, tags: isRefused ? refused : repeated))
    }

    private static let refused: UInt64 = 1
    private static let repeated: UInt64 = 2
    /// A loop turns every request to its path into one that is refused.
    private static let fewestRefused: UInt64 = 5

    /// Whether only the number of entries speaks for a loop, and only now and then: a scanner writes that too.
    private static func isDoubtful(_ episode: Episode) -> Bool {
        episode.tags == refused && episode.count < fewestRefused
    }

    package static func severity(_ episode: Episode) -> Severity {
        isDoubtful(episode) ? .notice : description.severity
    }

    package static func blame(_ episode: Episode, _ blame: Blame) -> Blame {
        isDoubtful(episode) ? .unknown : blame
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        if isDoubtful(episode) {
            return
                "\(requests) for \(subject) named more than 30 forwarded addresses\(Wording.within(episode)): written by hand, or "
                + "a loop."
        }
        let end = episode.tags & refused != 0 ? "; the load balancer refused some for too many entries" : ""
        return "\(requests) for \(subject) passed the same proxy several times\(Wording.within(episode))\(end)."
    }
}
