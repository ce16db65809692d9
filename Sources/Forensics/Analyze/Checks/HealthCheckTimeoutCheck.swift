package import ForensicsModel

/// A target did not answer health checks.
package enum HealthCheckTimeoutCheck: Check {
    package static let description = CheckDescription(
        name: "health-check-timeout",
        severity: .warning,
        title: "A target did not answer health checks",
        meaning:
            "The target was too busy to answer, does not listen, or the check is dropped on the way; after a "
            + "few in a row it is taken out of service.",
        method:
            "health checks with the outcome timeout, by target: of captures those that nobody answered, and those on "
            + "which the checker gave up. The measure is the latency.",
        caveat:
            "the capture ended or lost packets before the answer.")

    package static func observe(_ probe: HealthCheck, _ context: inout CheckContext) {
        guard probe.outcome == .timeout else { return }
        context.note(
            Sighting(
                .healthCheckTimeout, .target, context.target(probe), probe, measure: probe.latency ?? 0,
                tags: Wording.bit(probe.status, from: 500)))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let checks = Wording.count(episode.count, "health check")
        return "Target \(subject) left \(checks) unanswered\(Wording.within(episode))."
    }
}
