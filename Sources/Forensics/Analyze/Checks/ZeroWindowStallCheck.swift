package import ForensicsModel

/// A receiver stopped reading.
package enum ZeroWindowStallCheck: Check {
    package static let description = CheckDescription(
        name: "zero-window-stall",
        severity: .warning,
        title: "A receiver stopped reading",
        meaning:
            "An endpoint announced that it can take no more data: its application does not read fast enough. "
            + "The sender has to wait.",
        method:
            "at least three zero-window announcements by one side in an episode, after which its window stayed closed for at "
            + "least 200 ms together: until its next packet, or the connection's last. What lasts less than a millisecond counts "
            + "as no time. Whoever sends them is the subject and is blamed. The measure is the time waited.",
        caveat:
            "a short stall at the end of a large transfer to a slow disk, or nothing was left to send while the window was closed."
    )

    /// Fewer announcements are a hiccup.
    private static let fewest: UInt64 = 3
    /// A sender that waits no longer does not even probe: the shortest retransmission time-out of Linux.
    private static let least: Int64 = 200_000_000
    /// Buffers that fill up and are read at once: a fast transfer has many of these.
    private static let instant: Int64 = 1_000_000

    package static func observe(_ event: Event, _ context: inout CheckContext) {
        guard event.kind == .zeroWindow else { return }
        let time = event.value < instant ? 0 : event.value
        let isServer = event.direction == .responder
        let sighting = Sighting(
            .zeroWindowStall, isServer ? .target : .client,
            isServer ? Subject(event.server) : Subject(event.client.address), event, measure: time)
        let sender = isServer ? event.server : event.client
        if !context.stalls.keep(sighting, from: sender, of: event.connection) { context.note(sighting) }
    }

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        for stalls in context.stalls.take(connection.id) {
            let isServer = stalls.sender == connection.server
            add(
                stalls, isServer ? .target : connection.opener,
                isServer ? Subject(stalls.sender) : Subject(stalls.sender.address), &context)
        }
    }

    /// Notes what connections that never came to an end announced.
    package static func finish(_ context: inout CheckContext) {
        for stalls in context.stalls.rest { add(stalls, stalls.blame, stalls.subject, &context) }
    }

    private static func add(
        _ stalls: StallTable.Stalls, _ blame: Blame, _ subject: Subject, _ context: inout CheckContext
    ) {
        let key = EpisodeTable.Key(check: .zeroWindowStall, blame: blame, subject: subject)
        for episode in stalls.episodes { context.add(episode, key) }
    }

    package static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool {
        episode.count >= fewest && episode.sum >= least
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let times = Wording.count(episode.count, "time")
        let waited = Wording.duration(episode.sum)
        return
            "\(subject) announced a full receive buffer \(times)\(Wording.within(episode)) and kept its sender waiting for "
            + "\(waited) in all: it does not read fast enough."
    }
}
