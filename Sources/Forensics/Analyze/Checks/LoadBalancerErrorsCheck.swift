package import ForensicsModel

/// The load balancer answered 5xx.
package enum LoadBalancerErrorsCheck: Check {
    package static let description = CheckDescription(
        name: "http-5xx-load-balancer",
        severity: .warning,
        title: "The load balancer answered 5xx",
        meaning:
            "The load balancer made the error itself, as a rule because it could not get a usable answer: the blamed "
            + "side is the one that its cause points to (502 the target closed or answered badly, 503 no "
            + "healthy target, 561 the identity provider). A captured 503 blames nobody certain: its log tells whether no target "
            + "was healthy, or a rule of the load balancer answers so (fixed response).",
        method:
            "rows with a 5xx status and no 5xx of the target, 504 left to target-timeout and what WAF refused to "
            + "waf-blocked; captured answers that say a load balancer of AWS made them, which name the load balancer: "
            + "the target behind it is not known. The measure is the total time.",
        caveat:
            "the log lacks the target status although the target answered; in captures a rule of the load balancer answers "
            + "with 500, 502 or 504 too, which nothing in the packets tells, or the target calls itself awselb.")

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard exchange.isServerError, exchange.targetStatus ?? 0 < 500, exchange.status != 504,
            exchange.cause != .wafBlocked
        else { return }
        let blame = exchange.blame == .none ? Blame.loadBalancer : exchange.blame
        let subject =
            if let answering = exchange.answeringLoadBalancer {
                Subject(answering)
            } else {
                blame == .target ? context.target(exchange) : context.loadBalancer(exchange)
            }
        context.note(
            Sighting(
                .loadBalancerErrors, blame, subject, exchange, measure: exchange.elapsed ?? 0,
                tags: Wording.bit(exchange.status, from: 500)))
    }

    package static func severity(_ episode: Episode) -> Severity { lesserWhereFew(episode) }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        let statuses = Wording.statuses(episode.tags, from: 500)
        if episode.kind.isCapture {
            return
                "The load balancer at \(subject) answered \(requests) with status \(statuses)\(Wording.within(episode))."
        }
        return
            "The load balancer answered \(requests) for \(subject) with status \(statuses)\(Wording.within(episode))."
    }
}
