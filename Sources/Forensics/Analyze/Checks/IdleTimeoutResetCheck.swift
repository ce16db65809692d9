package import ForensicsModel

/// Idle connections were cut by a timer.
package enum IdleTimeoutResetCheck: Check {
    package static let description = CheckDescription(
        name: "idle-timeout-reset",
        severity: .notice,
        title: "Idle connections were cut by a timer",
        meaning:
            "A connection was reset after a silence that matches a load balancer timer: 60 s (Application and "
            + "Classic) or 350 s (Network, Gateway). Send something more often than the timer (keep-alives of TCP "
            + "do for 350 s only), or raise the timer.",
        method:
            "a RST after 59 to 62 s or 349 to 353 s of silence, or at most 5 s after a side spoke again "
            + "following at least 350 s of silence; a RST 59 to 62 s after the last payload although keep-alives "
            + "passed, which do not reset the timer of 60 s; and connections of NLB logs that lasted 350 to 352 s, at least "
            + "three of them, and three times as many as last about as long by chance (346 to 356 s). The measure is the "
            + "silence.",
        caveat:
            "an application timer of the same length.")

    private static let second: Int64 = 1_000_000_000
    /// The idle time-out of Network and Gateway Load Balancers.
    static let networkTimer: Int64 = 350_000_000_000
    /// Rows of a log that are needed: one duration near the timer may be chance.
    private static let fewestRows: UInt64 = 3
    /// What tells rows from chance: how often more of them there must be, in a time as long, than a little below and above.
    private static let fewestTimes: UInt64 = 3
    /// How far below and above; four times as long as where rows are looked for.
    private static let beside = 4 * second
    /// The shortest connection of a log that is looked at.
    static let shortestRow = networkTimer - beside

    package static func observe(_ event: Event, _ context: inout CheckContext) {
        switch event.kind {
        case .idleGap:
            if event.value >= networkTimer { context.idleGaps.note(event) }
        case .quietReset:
            guard isShortTimer(event.value) else { return }
            context.note(
                Sighting(
                    .idleTimeoutReset, .loadBalancer, Subject(event.server), event, measure: event.value, tags: 1))
        case .reset:
            let earlier = context.idleGaps.cut(event.connection, at: event.time, within: 5 * second)
            let silence = isTimer(event.value) ? event.value : earlier ?? 0
            if silence == 0 { return }
            context.note(
                Sighting(
                    .idleTimeoutReset, .loadBalancer, Subject(event.server), event, measure: silence,
                    tags: silence >= networkTimer - second ? 2 : 1))
        default: break
        }
    }

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard connection.kind == .nlb, let duration = connection.duration, duration >= shortestRow,
            duration <= networkTimer + 2 * second + beside
        else { return }
        let isInside = duration >= networkTimer && duration <= networkTimer + 2 * second
        context.note(
            Sighting(
                .idleTimeoutReset, isInside ? .loadBalancer : ofChance, Subject(connection.server), connection,
                measure: duration, tags: 6))
    }

    /// Nobody is blamed for rows beside the timer: they are no finding, and tell how many lie on it by chance.
    private static let ofChance = Blame.none

    /// Rows beside the timer, by listener.
    package static func rowsBeside(
        _ episodes: [(key: EpisodeTable.Key, episode: Episode)]
    ) -> [Subject: [Episode]] {
        let chance = episodes.filter { $0.key.check == .idleTimeoutReset && $0.key.blame == ofChance }
        return Dictionary(grouping: chance) { $0.key.subject }.mapValues { $0.map(\.episode) }
    }

    /// Whether an episode is no more than chance, or tells of that alone.
    package static func isChance(
        _ key: EpisodeTable.Key, _ episode: Episode, _ rowsBeside: [Subject: [Episode]]
    ) -> Bool {
        guard key.check == .idleTimeoutReset, episode.tags & 4 != 0 else { return false }
        if key.blame == ofChance { return true }
        let near = (rowsBeside[key.subject] ?? []).filter {
            $0.end >= episode.start.advanced(by: -Episode.quiet) && $0.start <= episode.end.advanced(by: Episode.quiet)
        }
        return 4 * episode.count < fewestTimes * near.reduce(0) { $0 + $1.count }
    }

    private static func isShortTimer(_ silence: Int64) -> Bool {
        silence >= 59 * second && silence <= 62 * second
    }

    private static func isTimer(_ silence: Int64) -> Bool {
        isShortTimer(silence) || (silence >= 349 * second && silence <= 353 * second)
    }

    package static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool {
        episode.tags & 4 == 0 || episode.count >= fewestRows
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "connection")
        let timer =
            switch episode.tags & 3 {
            case 1: "60 s (Application or Classic Load Balancer)"
            case 2: "350 s (Network or Gateway Load Balancer)"
            default: "60 s or 350 s"
            }
        let how = episode.tags & 4 == 0 ? "ended after a silence that matches" : "lasted just as long as"
        return "\(connections) of \(subject) \(how) the idle time-out of \(timer)."
    }
}
