package import ForensicsModel

/// Requests were never answered.
package enum RequestTimeoutCheck: Check {
    package static let description = CheckDescription(
        name: "request-timeout",
        severity: .warning,
        title: "Requests were never answered",
        meaning:
            "A request got no answer within the time-out, or the load balancer gave up waiting for the rest "
            + "of a request (408).",
        method:
            "captured requests without a response byte and with at least the time-out (5 s) of evidence after "
            + "them, and calls of gRPC that their client cancels at their deadline, blame the target, or while a part of "
            + "the request is missing its client, or the load balancer that pools clients if it names none; rows whose "
            + "cause is a client time-out blame the client. The measure is the time waited.",
        caveat:
            "packets of the answer are missing from the capture, or the endpoint answers slowly by design "
            + "(long polling).")

    package static let crowds: ClientCrowds.Rule? = .ofFew

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        if exchange.cause == .clientTimeout {
            let isPooled = exchange.blame == .loadBalancer
            let blame: Blame = isPooled || exchange.blame == .unknown ? exchange.blame : .client
            context.note(
                Sighting(
                    .requestTimeout, blame, Subject(isPooled ? exchange.peer : exchange.client.address), exchange,
                    measure: exchange.elapsed ?? 0))
        } else if exchange.flags.contains(.timedOut) {
            let blame = exchange.blame == .none ? Blame.target : exchange.blame
            let subject = blame == .client ? Subject(exchange.client.address) : context.target(exchange)
            context.note(Sighting(.requestTimeout, blame, subject, exchange, measure: exchange.elapsed ?? 0, tags: 1))
        }
    }

    package static func severity(_ episode: Episode) -> Severity { lesserWhereFew(episode) }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        if episode.tags & 1 == 0 {
            let timeout = episode.kind.isCapture ? "time-out" : "idle time-out"
            return "\(subject) did not finish sending \(requests)\(Wording.within(episode)) before the \(timeout)."
        }
        // How long was waited first: what is within is all of them.
        let waited = episode.largestMeasure > 0 ? " (waited \(Wording.longest(episode)))" : ""
        return "\(requests) to \(subject) got no answer\(waited)\(Wording.within(episode))."
    }
}
