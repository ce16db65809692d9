package import ForensicsModel

/// Idle connections were cut by a timer.
package enum IdleTimeoutResetCheck: Check {
    package static let description = CheckDescription(
        name: "idle-timeout-reset",
        severity: .notice,
        title: "Idle connections were cut by a timer",
        meaning:
            "Connections were reset after a silence that matches a load balancer timer, 60 s (Application and "
            + "Classic) or 350 s (Network, Gateway) unless changed, or after as long a silence each. Send something more often "
            + "than the timer (keep-alives of TCP do for that of Network and Gateway Load Balancers only), or raise the timer.",
        method:
            "a RST after 59 to 62 s or 349 to 353 s of silence, or at most 5 s after a side spoke again "
            + "following at least 350 s of silence; a RST 59 to 62 s after the last payload although keep-alives "
            + "passed, which do not reset the timer of 60 s; and connections of NLB logs that lasted 350 to 352 s, at least "
            + "three of them, and three times as many as last about as long by chance (346 to 356 s). A timer that was "
            + "changed is told by its length: RSTs of one side, the server's or its clients', after at least 5 s without a packet, of "
            + "which the client's acknowledgment of an answer was the last, by the rules of idle-close but at least five (where the "
            + "server sends them nothing tells whose timer it is, and the side is unknown); and at least five RSTs of one server's "
            + "connections at most 5 s after a side that had not closed spoke again, where at least five silences of 10 s or longer were "
            + "outlived, all of them shorter than those. The measure is the silence.",
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
            context.spokenGaps.note(event)
            if event.value >= networkTimer { context.idleGaps.note(event) }
        case .quietReset:
            guard isShortTimer(event.value) else { return }
            context.note(
                Sighting(
                    .idleTimeoutReset, .loadBalancer, Subject(event.server), event, measure: event.value, tags: 1))
        case .idleClose: context.spokenGaps.close(event.connection)
        case .reset:
            context.spokenGaps.reset(
                Sighting(
                    .idleTimeoutReset, .loadBalancer, Subject(event.server), event, measure: 0, tags: learned | spoken),
                event.connection, within: 5 * second)
            let earlier = context.idleGaps.cut(event.connection, at: event.time, within: 5 * second)
            let silence = isTimer(event.value) ? event.value : earlier ?? 0
            if silence == 0 { return }
            context.note(
                Sighting(
                    .idleTimeoutReset, .loadBalancer, Subject(event.server), event, measure: silence,
                    tags: silence >= networkTimer - second ? 2 : 1))
        case .idleReset: noteOtherTimer(event, &context)
        default: break
        }
    }

    // MARK: - Timers that were changed

    private static let fewestAlike: UInt64 = 5

    private static func noteOtherTimer(_ event: Event, _ context: inout CheckContext) {
        guard !isTimer(event.value) else { return }
        let isServer = event.direction == .responder
        let closer = IdleCloseTable.Closer(address: event.server.address, port: event.server.port, isServer: isServer)
        let sighting = Sighting(
            .idleTimeoutReset, isServer ? .unknown : .loadBalancer, Subject(event.server), event, measure: event.value,
            tags: learned)
        if !context.idleResets.note(sighting, by: closer) { context.refuse(1) }
    }

    /// Tells the timers that all connections together show.
    static func finish(_ context: inout CheckContext) {
        for (closer, episode) in context.idleResets.timers(fewest: fewestAlike) {
            let server = Subject(Endpoint(closer.address, closer.port ?? 0))
            context.add(
                episode,
                EpisodeTable.Key(
                    check: .idleTimeoutReset, blame: closer.isServer ? .unknown : .loadBalancer, subject: server))
        }
        context.spokenGaps.finish()
        for (end, server) in context.spokenGaps.servers.sorted(by: { $0.key < $1.key }) {
            guard var cuts = server.cuts, cuts.count >= fewestAlike, server.outlived >= fewestAlike,
                cuts.smallestMeasure > server.longest,
                // Else it is what the timer unless changed explains.
                cuts.smallestMeasure < networkTimer || server.longest > networkTimer + 3 * second
            else {
                for race in server.races { context.note(race) }
                continue
            }
            let key = EpisodeTable.Key(check: .idleTimeoutReset, blame: .loadBalancer, subject: Subject(end))
            // These were taken for that timer's.
            for episode in context.takeEpisodes(key) where episode.tags != 2 { context.add(episode, key) }
            cuts.tags |= UInt64(min(server.longest / second, 0xFFFF)) << outlivedShift
            context.add(cuts, key)
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

    /// The silences are those of a timer that only they tell.
    private static let learned: UInt64 = 8
    /// They ended when a side spoke; from `outlivedShift` on stands how many seconds of silence connections outlived.
    private static let spoken: UInt64 = 16
    private static let outlivedShift: UInt64 = 32

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "connection")
        if episode.tags & spoken != 0 {
            let outlived = Wording.duration(Int64(episode.tags >> outlivedShift) * second)
            let cut = Wording.duration(episode.smallestMeasure)
            return
                "\(connections) of \(subject) were reset when a side spoke after \(cut) of silence or more, and none after up to "
                + "\(outlived): an idle time-out between the two."
        }
        if episode.tags & learned != 0 {
            // Beside those of another timer the mean is none.
            let silence =
                episode.tags == learned
                ? "\(Wording.duration(episode.mean)) of silence each"
                : "\(Wording.duration(episode.smallestMeasure)) to \(Wording.duration(episode.largestMeasure)) of silence"
            return "\(connections) of \(subject) were reset after \(silence): an idle time-out of that length."
        }
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
