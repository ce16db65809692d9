package import ForensicsModel

/// The load balancer gave up waiting for a target.
package enum TargetTimeoutCheck: Check {
    package static let description = CheckDescription(
        name: "target-timeout",
        severity: .warning,
        title: "The load balancer gave up waiting for a target",
        meaning:
            "504: the target did not accept a connection within 10 s, did not answer before the idle time-out, or sent "
            + "less than it announced.",
        method:
            "rows with status 504 and no 5xx of the target; the blamed side is the one that the cause points to (the load "
            + "balancer where it could not reach a Lambda function); of captured answers the subject is the load "
            + "balancer that made them. The measure is the total time.",
        caveat:
            "a network ACL drops the return traffic, so that the target answered in vain; in captures a rule of the load "
            + "balancer answers so (fixed response).")

    /// Whether the load balancer answered for a target that did not.
    static func tells(_ exchange: Exchange) -> Bool { exchange.status == 504 && exchange.targetStatus ?? 0 < 500 }

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard tells(exchange) else { return }
        let blame = exchange.blame == .none ? Blame.target : exchange.blame
        let subject = blame == .target ? context.target(exchange) : context.loadBalancer(exchange)
        context.note(
            Sighting(
                .targetTimeout, blame, subject, exchange, measure: exchange.elapsed ?? 0,
                tags: blame != .target
                    ? 4 : exchange.kind.isCapture ? 3 : exchange.cause == .targetConnectTimeout ? 1 : 2))
    }

    package static func severity(_ episode: Episode) -> Severity { lesserWhereFew(episode) }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        let what =
            switch episode.tags & 7 {
            case 4: "did not reach what was to answer"
            case 1: "did not accept a connection for"
            case 2: "did not answer"
            default: "did not accept or did not answer"
            }
        let who = episode.kind.isCapture ? "A target behind \(subject)" : subject
        return "\(who) \(what) \(requests) in time\(Wording.within(episode)): the load balancer answered 504."
    }
}
