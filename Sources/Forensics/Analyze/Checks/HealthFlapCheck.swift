package import ForensicsModel

/// A target changes between healthy and unhealthy.
package enum HealthFlapCheck: Check {
    package static let description = CheckDescription(
        name: "health-flap",
        severity: .warning,
        title: "A target changes between healthy and unhealthy",
        meaning:
            "A target that passes and fails in turn keeps being taken out and put back: it works at its "
            + "limit, or the check itself is unreliable.",
        method:
            "at least four changes between success and failure of checks of one target by one checker (an address, or a "
            + "node of the load balancer) for one target group in an episode. The measure is 1 per change.",
        caveat:
            "checks of several ports or paths of one target are mixed up because the evidence does not tell "
            + "them apart.",
        unit: .none)

    package static func observe(_ probe: HealthCheck, _ context: inout CheckContext) {
        let checks = context.checks(of: probe)
        let sighting = Sighting(.healthFlap, .target, checks.target, probe, measure: 1)
        let isHealthy = probe.outcome == .success
        guard context.healthStates.changes(checks, isHealthy: isHealthy, at: probe.time, first: sighting) else {
            return
        }
        context.note(sighting)
    }

    package static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool {
        episode.count >= options.healthChanges
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let changes = Wording.count(episode.count, "change")
        return "Target \(subject) went through \(changes) between healthy and unhealthy\(Wording.within(episode))."
    }
}
