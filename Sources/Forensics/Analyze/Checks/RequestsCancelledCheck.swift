package import ForensicsModel

/// Clients cancel many requests of HTTP/2 before they are answered.
package enum RequestsCancelledCheck: Check {
    package static let description = CheckDescription(
        name: "requests-cancelled",
        severity: .warning,
        title: "Clients cancel many requests of HTTP/2 before they are answered",
        meaning:
            "Who asks waits for less time than the target takes: a deadline of gRPC that is too short, or a target that has become slow. "
            + "To who asked each is an error, and the target's work on it is lost; those who ask again make it worse.",
        method:
            "requests of captured clear-text HTTP/2 that got no byte of an answer before their client gave them up (RST_STREAM, or "
            + "grpc-status 1, CANCELLED, from the target), after more than 50 ms and at most 1 s, by target: at least 50 within one "
            + "minute of the clock; such minutes less than five minutes apart are one episode. What is cancelled sooner is rapid-reset, "
            + "what is later is request-abandoned, and what the deadline that the call itself tells had ended is request-timeout. "
            + "The measure is the total time.",
        caveat:
            "a client that cancels by design: searches while somebody types, calls that are hedged, the first answer of several."
    )

    /// Who waits for longer is told by `request-abandoned`.
    private static let longest: Int64 = 1_000_000_000

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard exchange.kind.isCapture, exchange.httpVersion == .http2, let elapsed = exchange.elapsed,
            elapsed > RapidResetCheck.rapid, elapsed <= longest, isCancelled(exchange, context)
        else { return }
        context.noteBurst(
            Sighting(
                .requestsCancelled, .unknown, context.target(exchange), exchange, measure: elapsed,
                tags: ClientBits.bit(of: exchange.client.address)))
    }

    private static func isCancelled(_ exchange: Exchange, _ context: CheckContext) -> Bool {
        if exchange.cause == .reset {
            return exchange.flags.contains(.aborted) && exchange.blame != .target && exchange.status == nil
        }
        // The target's own word for it, where its answer was on the way.
        return exchange.cause == .grpcError && context.texts.bytes(exchange.errorReason).starts(with: cancelled)
    }

    /// As the tracker writes it.
    private static let cancelled = Array("grpc-status 1 ".utf8)

    package static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool {
        episode.count >= options.abandonedBurst
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        let whose = ClientBits.words(episode.tags, one: "client", many: "clients")
        return
            "\(requests) of HTTP/2 to \(subject) were cancelled by \(whose)\(Wording.within(episode)) before any answer, on the "
            + "average \(Wording.duration(episode.mean)) after asking: who asks waits for less time than the target takes."
    }
}
