package import ForensicsModel

/// Packets circle in the network.
package enum TrafficLoopCheck: Check {
    package static let description = CheckDescription(
        name: "traffic-loop",
        severity: .critical,
        title: "Packets circle in the network",
        meaning:
            "The same packet was seen again with a falling TTL: routing sends it round until the TTL runs "
            + "out.",
        method:
            "identical packets of one direction seen three times or more with the TTL falling. The measure is "
            + "the TTL.",
        caveat:
            "the capture joins several interfaces along the path, which sees each packet once per hop.",
        unit: .none)

    package static func observe(_ event: Event, _ context: inout CheckContext) {
        guard event.kind == .ttlFalling else { return }
        context.note(Sighting(.trafficLoop, .network, Subject(event.server), event, measure: event.value))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let packets = Wording.count(episode.count, "packet sighting")
        let low = episode.smallestMeasure
        return "\(packets) to or from \(subject) repeat with a falling TTL, down to \(low)\(Wording.within(episode))."
    }
}
