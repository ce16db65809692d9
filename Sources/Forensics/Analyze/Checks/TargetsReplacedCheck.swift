import ForensicsModel

/// Targets were replaced.
package enum TargetsReplacedCheck: Check {
    package static let description = CheckDescription(
        name: "targets-replaced",
        severity: .notice,
        title: "Targets were replaced",
        meaning:
            "Targets of a group came in, and failed health checks until they were up, or left, and failed them while they stopped: "
            + "a deployment. Those checks are told here once instead of as health-check-failure and health-check-timeout of each "
            + "target. What clients felt of it is told of their requests.",
        method:
            "targets of one target group (of captures: of one port) that were first checked after, or last checked before, the others "
            + "by more than three times the interval of their checks, without a quarter of an hour between: of their "
            + "failed checks those before they first passed and after they last did. Those that left are taken for replaced where two or "
            + "more did, at least one came in, and no more than half of the group failed at once. The measure is the latency.",
        caveat:
            "an auto-scaling group replaced targets one by one because they failed.")

    /// A longer silence between two targets tells two deployments.
    private static let pause: Int64 = 900_000_000_000
    private static let fewestLeaving = 2

    /// A target, as all of its checkers together saw it.
    private struct Target {
        var subject: Subject
        var life: TargetLives.Life

        /// Whether any checker saw it pass.
        var hasPassed: Bool { life.firstPass <= life.lastPass }
    }

    /// A target that came or left, with the episodes that tell just that.
    private struct Change {
        var isComing: Bool
        var start: Timestamp
        var end: Timestamp
        var episodes: [ClientCrowds.Keyed]

        init(_ target: Target, isComing: Bool, _ episodes: [ClientCrowds.Keyed]) {
            self.isComing = isComing
            self.episodes = episodes
            start = episodes.map(\.episode.start).min() ?? (isComing ? target.life.first : target.life.last)
            end = episodes.map(\.episode.end).max() ?? start
        }
    }

    static func observe(_ probe: HealthCheck, _ context: inout CheckContext) {
        context.targetLives.note(
            context.checks(of: probe), TargetLives.Life(probe.time, isHealthy: probe.outcome == .success))
    }

    /// Takes what belongs to replaced targets out of the episodes of other checks, and tells it as one.
    static func finish(_ context: inout CheckContext) {
        for group in context.targetLives.groups {
            let targets = targets(of: group.lives)
            let changes = changes(of: targets, interval: group.interval, context)
            var rest = changes[...]
            while let first = rest.first {
                var end = first.end
                let count = rest.prefix { change in
                    guard change.start.since(end) <= pause else { return false }
                    end = max(end, change.end)
                    return true
                }.count
                tell(rest.prefix(count), group.name, targets, &context)
                rest = rest.dropFirst(count)
            }
        }
    }

    private static func targets(of lives: [(key: HealthStateTable.Key, life: TargetLives.Life)]) -> [Target] {
        var targets: [Subject: Target] = [:]
        for (key, life) in lives where key.target != .other {
            if targets[key.target] == nil {
                targets[key.target] = Target(subject: key.target, life: life)
            } else {
                targets[key.target]?.life.join(life)
            }
        }
        return targets.values.sorted { Subject.precedes($0.subject, $1.subject) }
    }

    /// Who came and who left, in order of time.
    private static func changes(of targets: [Target], interval: Int64, _ context: CheckContext) -> [Change] {
        guard let first = targets.map(\.life.first).min(), let last = targets.map(\.life.last).max() else { return [] }
        var changes: [Change] = []
        for target in targets where target.hasPassed {
            let failures = [CheckID.healthCheckFailure, .healthCheckTimeout].flatMap { check in
                let key = EpisodeTable.Key(check: check, blame: .target, subject: target.subject)
                return context.episodes.episodes(of: key).map { ClientCrowds.Keyed(key, $0) }
            }
            // A check that began before another may end after it.
            if target.life.first.since(first) > 3 * interval {
                let pass = target.life.firstPass.advanced(by: interval)
                let early = failures.filter { $0.episode.end < pass }
                changes.append(Change(target, isComing: true, early))
            }
            if last.since(target.life.last) > 3 * interval {
                let pass = target.life.lastPass.advanced(by: -interval)
                let late = failures.filter { $0.episode.start > pass }
                changes.append(Change(target, isComing: false, late))
            }
        }
        // A sort that keeps the order of equal ones.
        return changes.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }.map(
            \.element)
    }

    /// Tells what changed without a long pause between.
    private static func tell(
        _ changes: ArraySlice<Change>, _ name: Subject, _ targets: [Target], _ context: inout CheckContext
    ) {
        let coming = changes.filter(\.isComing)
        var leaving = changes.filter { !$0.isComing }
        if coming.isEmpty || leaving.count < fewestLeaving || !areFew(leaving, of: targets) { leaving = [] }
        let told = (coming + leaving).flatMap(\.episodes)
        guard var whole = told.first?.episode else { return }
        for one in told.dropFirst() { whole.join(one.episode) }
        whole.tags = UInt64(min(coming.count, Int(UInt32.max))) << 32 | UInt64(min(leaving.count, Int(UInt32.max)))
        for (key, starts) in Dictionary(grouping: told, by: \.key).mapValues({ Set($0.map(\.episode.start)) }) {
            for episode in context.takeEpisodes(key) where !starts.contains(episode.start) { context.add(episode, key) }
        }
        context.add(whole, EpisodeTable.Key(check: .targetsReplaced, blame: .none, subject: name))
    }

    /// Whether no more than half of the group failed at once: what fails all together is no replacement.
    private static func areFew(_ leaving: [Change], of targets: [Target]) -> Bool {
        leaving.allSatisfy { one in
            let failing = leaving.count { !$0.episodes.isEmpty && $0.start <= one.start && one.start <= $0.end }
            let serving = targets.count { $0.life.first <= one.start && one.start <= $0.life.last }
            return failing <= max(1, serving / 2)
        }
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let coming = Wording.count(episode.tags >> 32, "target")
        let leaving = episode.tags & 0xFFFF_FFFF
        let checks = "\(Wording.count(episode.count, "health check")) failed\(Wording.within(episode))"
        return leaving == 0
            ? "\(coming) of \(subject) came in: \(checks) until they were up."
            : "\(coming) of \(subject) came in and \(leaving) left: \(checks), before they were up or while they stopped."
    }
}
