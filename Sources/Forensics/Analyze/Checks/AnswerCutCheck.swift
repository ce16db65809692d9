package import ForensicsModel

/// The target closed without a whole answer.
package enum AnswerCutCheck: Check {
    package static let description = CheckDescription(
        name: "answer-cut",
        severity: .warning,
        title: "The target closed without a whole answer",
        meaning:
            "The target closed the connection in order, or gave up a stream of HTTP/2, before it had answered or in the middle of "
            + "its answer: the process was stopped, failed on the request, or announced a length that it did not send.",
        method:
            "captured requests that the target ended by a FIN, or of HTTP/2 by RST_STREAM or RST, before the end of their answer, though the "
            + "client had not closed before, other than those of keep-alive-race: unanswered ones within 1 s of a connection that "
            + "had answered before. The measure is the total time.",
        caveat:
            "packets of the answer are missing from the capture, or the target ends requests that it refuses that way.")

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
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
                .answerCut, .target, context.target(exchange), exchange, measure: elapsed, tags: isAnswered ? 2 : 1))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        let what =
            switch episode.tags & 3 {
            case 1: "without an answer"
            case 2: "in the middle of its answer"
            default: "without a whole answer"
            }
        return "\(subject) ended \(requests) \(what)\(Wording.within(episode))."
    }
}
