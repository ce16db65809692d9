package import ForensicsModel

/// Requests took longer than a second.
package enum SlowRequestCheck: Check {
    package static let description = CheckDescription(
        name: "slow-request",
        severity: .notice,
        title: "Requests took longer than a second",
        meaning:
            "The phase that took most of the time names the side: waiting for the target, receiving or "
            + "handing over the request, or sending the response.",
        method:
            "answered requests with a total time above 1 s, upgraded connections (WebSocket), those whose client did not wait for "
            + "the answer (request-abandoned), those whose target did not give one (504, target-timeout), and of logs what a client "
            + "did not finish sending (408, request-timeout) left out. "
            + "In captures an answer of 408 blames the client, and the network is blamed where a segment was sent again and again "
            + "in vain for at least half of the time (see retransmission-burst). "
            + "Target time of at least half the total blames the target; "
            + "else for logs the load balancer, for captures the client if its request was slow to arrive, "
            + "else nobody certain. The measure is the total time.",
        caveat:
            "the endpoint is slow by design: uploads, downloads, long polling, streams.")

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard let total = exchange.elapsed, total > context.options.slowRequest, exchange.status != nil,
            !exchange.flags.contains(.timedOut), !exchange.flags.contains(.upgraded), exchange.scheme != .ws,
            exchange.scheme != .wss, exchange.kind.isCapture || exchange.status != 408,
            !RequestAbandonedCheck.isAbandoned(exchange), !TargetTimeoutCheck.tells(exchange)
        else { return }
        let blame = blame(exchange, total)
        let subject =
            switch blame {
            case .target, .network: context.target(exchange)
            case .loadBalancer: context.loadBalancer(exchange)
            case .client: Subject(exchange.client.address)
            default: exchange.domain.isNone ? context.target(exchange) : context.subject(exchange.domain)
            }
        context.note(Sighting(.slowRequest, blame, subject, exchange, measure: total))
    }

    private static func blame(_ exchange: Exchange, _ total: Int64) -> Blame {
        // 408: the server waited for the rest of the request.
        if exchange.kind.isCapture, exchange.status == 408 { return .client }
        // Neither end waited for the other: what they sent did not arrive.
        if exchange.flags.contains(.undelivered) { return .network }
        if let target = exchange.targetTime, target >= total / 2 { return .target }
        if !exchange.kind.isCapture { return exchange.targetTime == nil ? .unknown : .loadBalancer }
        if let request = exchange.requestTime, request >= total / 2 { return .client }
        return .unknown
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        let mean = episode.count > 1 ? ", \(Wording.duration(episode.mean)) on average" : ""
        return "\(requests) of \(subject) took \(Wording.longest(episode))\(mean)\(Wording.within(episode))."
    }
}
