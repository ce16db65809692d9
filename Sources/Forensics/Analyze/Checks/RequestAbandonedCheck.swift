package import ForensicsModel

/// Clients gave up waiting for an answer.
package enum RequestAbandonedCheck: Check {
    package static let description = CheckDescription(
        name: "request-abandoned",
        severity: .warning,
        title: "Clients gave up waiting for an answer",
        meaning:
            "A client, or the load balancer for it, hung up before there was any answer: it waits for less time than the target "
            + "takes, or the target hangs. To who asked it is an error, though no status of the target tells one.",
        method:
            "requests that had come whole and got no byte of an answer, whose client closed or reset after more than 1 s: "
            + "captured ones, up to the time-out (5 s), past which they are request-timeout, and rows with status 460. "
            + "The target is blamed, or the network where the request was sent again and again in vain; of a row that names no "
            + "target nobody is, and the load balancer is the subject. The measure is the time waited.",
        caveat:
            "the endpoint answers slowly by design (long polling), or people close pages that load.")

    package static func severity(_ episode: Episode) -> Severity { lesserWhereFew(episode) }

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard tells(exchange, context.options), let waited = waited(exchange) else { return }
        let isSent = exchange.kind.isCapture || exchange.target != nil || !exchange.targetGroup.isNone
        let blame: Blame = !isSent ? .unknown : exchange.flags.contains(.undelivered) ? .network : .target
        context.note(
            Sighting(
                .requestAbandoned, blame, isSent ? context.target(exchange) : context.loadBalancer(exchange), exchange,
                measure: waited, tags: Wording.bit(context.http2Code(exchange))))
    }

    /// Whether a client left, after it had waited.
    static func tells(_ exchange: Exchange, _ options: CheckOptions) -> Bool {
        isAbandoned(exchange) && waited(exchange).map { $0 > options.slowRequest } ?? false
    }

    /// Whether a client left before its request had any answer.
    static func isAbandoned(_ exchange: Exchange) -> Bool {
        guard exchange.kind.isCapture else { return exchange.cause == .clientClosed && exchange.targetStatus == nil }
        guard exchange.status == nil, exchange.flags.contains(.aborted), exchange.blame != .target,
            !exchange.flags.contains(.requestIncomplete)
        else { return false }
        return exchange.cause == .clientClosed || exchange.cause == .reset
    }

    /// From the end of the request, where a capture tells it.
    private static func waited(_ exchange: Exchange) -> Int64? {
        exchange.elapsed.map { $0 - (exchange.kind.isCapture ? exchange.requestTime ?? 0 : 0) }
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        let whose = episode.count == 1 ? "its client" : "their clients"
        return
            "\(requests) to \(subject) had no answer when \(whose) gave up after \(Wording.longest(episode))\(Wording.codes(episode.tags))"
            + "\(Wording.within(episode))."
    }
}
