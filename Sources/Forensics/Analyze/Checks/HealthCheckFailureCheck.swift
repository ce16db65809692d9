package import ForensicsModel

/// A target failed health checks.
package enum HealthCheckFailureCheck: Check {
    package static let description = CheckDescription(
        name: "health-check-failure",
        severity: .warning,
        title: "A target failed health checks",
        meaning:
            "The load balancer takes a target out of service after a few such checks in a row, and moves its "
            + "traffic to the others.",
        method:
            "health checks with the outcome failure, by target: of captures those answered with another status than 2xx "
            + "or 3xx, refused, or cut by the target. The measure is the latency.",
        caveat:
            "the check asks for a path or status that the application never offered.")

    package static func observe(_ probe: HealthCheck, _ context: inout CheckContext) {
        guard probe.outcome == .failure else { return }
        context.note(
            Sighting(
                .healthCheckFailure, .target, context.target(probe), probe, measure: probe.latency ?? 0,
                tags: Wording.bit(probe.status, from: 500)))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let checks = Wording.count(episode.count, "health check")
        return "Target \(subject) failed \(checks)\(Wording.within(episode))."
    }
}
