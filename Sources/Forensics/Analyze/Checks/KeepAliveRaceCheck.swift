package import ForensicsModel

/// The target closed a connection just as a request arrived.
package enum KeepAliveRaceCheck: Check {
    package static let description = CheckDescription(
        name: "keep-alive-race",
        severity: .warning,
        title: "The target closed a connection just as a request arrived",
        meaning:
            "The target closes idle connections earlier than the load balancer does: a request that is "
            + "already on its way meets a closed connection and fails with 502. Set the keep-alive of the "
            + "target longer than the idle time-out of the load balancer.",
        method:
            "requests that were handed to the target and got a FIN or RST instead of an answer: rows whose "
            + "cause is a closed target and, in captures, unanswered requests, not the first of their connection, that "
            + "the target ended within 1 s, or had ended when they came, other than those that idle-timeout-reset tells: a RST "
            + "after a silence of 350 s, in which the target did not close. "
            + "Nor are those that met a timer that was changed, which that tells too. "
            + "Where an answer before on the connection had said `Connection: close`, or a GOAWAY of HTTP/2 that the request would "
            + "not be answered, who sent the request is blamed. "
            + "The measure is the time from request to end.",
        caveat:
            "the target crashed or was restarted while it worked on the request.")

    /// A target that worked on the request for longer did not race.
    static let race: Int64 = 1_000_000_000

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard exchange.targetStatus == nil else { return }
        // A connection that is closed under its first request was not kept alive.
        if exchange.kind.isCapture, !exchange.flags.contains(.connectionReused) { return }
        if exchange.kind.isCapture, exchange.cause == .targetClosed, exchange.blame != .target {
            context.note(
                Sighting(
                    .keepAliveRace, exchange.blame, Subject(exchange.peer), exchange, measure: exchange.elapsed ?? 0,
                    tags: announced))
            return
        }
        let isReset = exchange.cause == .reset && exchange.blame == .target && exchange.flags.contains(.aborted)
        guard exchange.cause == .targetClosed || isReset else { return }
        let elapsed = exchange.elapsed ?? 0
        guard elapsed <= race, !context.idleGaps.isCut(exchange.connection) else { return }
        let race = Sighting(.keepAliveRace, .target, context.target(exchange), exchange, measure: elapsed)
        if !isReset || !context.spokenGaps.hold(race, of: exchange.connection) { context.note(race) }
    }

    /// The target had said that it would close the connection.
    private static let announced: UInt64 = 1

    package static func severity(_ episode: Episode) -> Severity { lesserWhereFew(episode) }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        if episode.tags & announced != 0 {
            return
                "\(subject) sent \(requests)\(Wording.within(episode)) on connections that the target had said it would close "
                + "(Connection: close, GOAWAY), and had no answer."
        }
        return "\(subject) closed the connection under \(requests)\(Wording.within(episode)) instead of answering."
    }
}
