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
            "at least four changes of outcome between checks of one target by one checker in an episode. The "
            + "measure is 1 per change.",
        caveat:
            "checks of several ports or paths of one target are mixed up because the evidence does not tell "
            + "them apart.",
        unit: .none)

    package static func observe(_ probe: HealthCheck, _ context: inout CheckContext) {
        let subject = context.target(probe)
        guard context.healthStates.changes(subject, probe.checker, isHealthy: probe.outcome == .success) else { return }
        context.note(Sighting(.healthFlap, .target, subject, probe, measure: 1))
    }

    package static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool {
        episode.count >= options.healthChanges
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let changes = Wording.count(episode.count, "change")
        return "Target \(subject) went through \(changes) between healthy and unhealthy\(Wording.within(episode))."
    }
}
