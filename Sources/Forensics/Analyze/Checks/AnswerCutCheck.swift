package import ForensicsModel

/// Requests ended without a whole answer.
package enum AnswerCutCheck: Check {
    package static let description = CheckDescription(
        name: "answer-cut",
        severity: .warning,
        title: "Requests ended without a whole answer",
        meaning:
            "The target closed the connection in order, or gave up a stream of HTTP/2, before it had answered or in the middle of "
            + "its answer: the process was stopped, failed on the request, or announced a length that it did not send. In logs, "
            + "where such requests have the status 000, the load balancer may have ended them as well: it closes a connection "
            + "of HTTP/2 after 10,000 requests.",
        method:
            "captured requests that the target ended by a FIN, or of HTTP/2 by RST_STREAM or RST, before the end of their answer, though the "
            + "client had not closed before, other than those of keep-alive-race: unanswered ones within 1 s of a connection that "
            + "had answered before; rows of status 000, which blame the target where they hold its code of RST_STREAM "
            + "(target_error_code), else the load balancer, for a code of its own (elb_error_code) or its limit of requests. The "
            + "measure is the total time.",
        caveat:
            "packets of the answer are missing from the capture, or the target ends requests that it refuses that way; the log "
            + "is from before those codes were logged.")

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        if exchange.status == 0, !exchange.kind.isCapture { return observe(withoutStatus: exchange, &context) }
        guard exchange.kind.isCapture, exchange.flags.contains(.aborted), exchange.blame == .target else { return }
        // Of others a RST is told with its connection: reset-by-target.
        guard exchange.cause == .targetClosed || exchange.cause == .reset && exchange.httpVersion == .http2 else {
            return
        }
        let elapsed = exchange.elapsed ?? 0
        let isAnswered = exchange.status != nil
        if !isAnswered, exchange.flags.contains(.connectionReused), elapsed <= KeepAliveRaceCheck.race { return }
        // What a load balancer answered itself, no target cut.
        if isAnswered, exchange.targetStatus == nil { return }
        context.note(
            Sighting(
                .answerCut, .target, context.target(exchange), exchange, measure: elapsed,
                tags: (isAnswered ? 2 : 1) | Wording.bit(context.http2Code(exchange))))
    }

    /// Tells a row of status 000.
    private static func observe(withoutStatus exchange: Exchange, _ context: inout CheckContext) {
        let blame = exchange.blame == .target ? Blame.target : .loadBalancer
        context.note(
            Sighting(
                .answerCut, blame, blame == .target ? context.target(exchange) : context.loadBalancer(exchange),
                exchange,
                measure: exchange.elapsed ?? 0, tags: exchange.cause == .http2Limit ? 8 : 4))
    }

    package static func severity(_ episode: Episode) -> Severity { lesserWhereFew(episode) }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        let what =
            switch episode.tags & 15 {
            case 1: "without an answer"
            case 2: "in the middle of its answer"
            case 4: "by a reset of the stream (status 000)"
            case 8: "without an answer (status 000)"
            default: "without a whole answer"
            }
        let why = episode.tags & 15 == 8 ? ": it closes a connection of HTTP/2 past 10,000 requests" : ""
        return "\(subject) ended \(requests) \(what)\(Wording.codes(episode.tags))\(Wording.within(episode))\(why)."
    }
}
