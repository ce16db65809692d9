package import ForensicsModel

/// The application answered 5xx.
package enum TargetErrorsCheck: Check {
    package static let description = CheckDescription(
        name: "http-5xx-target",
        severity: .warning,
        title: "The application answered 5xx",
        meaning:
            "The target itself answered with a server error: look into the application and what it depends "
            + "on.",
        method:
            "answers 5xx that the target made: the log has the same target status, or the packets are those "
            + "of the target. The measure is the total time.",
        caveat:
            "an intermediate proxy on the target made the answer.")

    package static func observe(_ exchange: Exchange, _ context: inout CheckContext) {
        guard exchange.isServerError, exchange.targetStatus ?? 0 >= 500 else { return }
        context.note(
            Sighting(
                .targetErrors, .target, context.target(exchange), exchange, measure: exchange.elapsed ?? 0,
                tags: Wording.bit(exchange.targetStatus, from: 500)))
    }

    package static func severity(_ episode: Episode) -> Severity { lesserWhereFew(episode) }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let requests = Wording.count(episode.count, "request")
        let statuses = Wording.statuses(episode.tags, from: 500)
        return "Target \(subject) answered \(requests) with status \(statuses)\(Wording.within(episode))."
    }
}
