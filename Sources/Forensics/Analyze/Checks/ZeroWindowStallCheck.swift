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
            "at least three zero-window announcements by one side in an episode; whoever sends them is the "
            + "subject and is blamed. The measure is 1 per announcement.",
        caveat:
            "a short stall at the end of a large transfer to a slow disk.",
        unit: .none)

    /// Fewer announcements are a hiccup.
    private static let fewest: UInt64 = 3

    package static func observe(_ event: Event, _ context: inout CheckContext) {
        guard event.kind == .zeroWindow else { return }
        if event.direction == .responder || !context.stalls.keep(event) { note(event, .client, &context) }
    }

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        for event in context.stalls.take(connection.id) { note(event, connection.role, &context) }
    }

    /// Notes what connections that never came to an end announced.
    package static func finish(_ context: inout CheckContext) {
        for event in context.stalls.rest { note(event, .client, &context) }
    }

    private static func note(_ event: Event, _ role: ConnectionRole, _ context: inout CheckContext) {
        let isClient = event.direction == .originator
        context.note(
            Sighting(
                .zeroWindowStall, isClient ? (role == .backend ? .loadBalancer : .client) : .target,
                isClient ? Subject(event.client.address) : Subject(event.server), event, measure: 1))
    }

    package static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool { episode.count >= fewest }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let times = Wording.count(episode.count, "time")
        return
            "\(subject) announced a full receive buffer \(times)\(Wording.within(episode)): it does not read fast enough."
    }
}
