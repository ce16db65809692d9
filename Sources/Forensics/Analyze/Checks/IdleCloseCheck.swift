package import ForensicsModel

/// A side closes idle connections after a fixed time.
package enum IdleCloseCheck: Check {
    package static let description = CheckDescription(
        name: "idle-close",
        severity: .info,
        title: "A side closes idle connections after a fixed time",
        meaning:
            "Each hop has a timer of its own for connections on which nothing passes. A target whose timer is shorter than that of "
            + "the load balancer in front of it closes connections just as requests arrive (keep-alive-race, 502): set the "
            + "target's longer than the load balancer's (60 s unless changed).",
        method:
            "the first FIN of captured connections that carried payload, after at least 1 s without payload; at least ten of one "
            + "server, or of one client with a private address, whose silences are alike within 0.1 s (below 10 s), 0.5 s "
            + "(below 100 s) or 2.5 s, half or more of all that it closed so, and three times as many as are next to them. "
            + "The measure is the silence.",
        caveat:
            "who closes waits for something else that takes as long. What ends TLS connections is not seen: their goodbye is "
            + "payload.")

    private static let fewest: UInt64 = 10
    /// The idle time-out of Application and Classic Load Balancers unless changed.
    private static let loadBalancerTimer: Int64 = 60_000_000_000
    private static let byServer: UInt64 = 1

    package static func observe(_ event: Event, _ context: inout CheckContext) {
        guard event.kind == .idleClose else { return }
        let isServer = event.direction == .responder
        // Clients on the Internet are many, and close as they like.
        guard isServer || event.client.address.isPrivate else { return }
        let closer =
            isServer
            ? IdleCloseTable.Closer(address: event.server.address, port: event.server.port)
            : IdleCloseTable.Closer(address: event.client.address, port: nil)
        let sighting = Sighting(
            .idleClose, .none, subject(closer), event, measure: event.value, tags: isServer ? byServer : 0)
        if !context.idleCloses.note(sighting, by: closer) { context.refuse(1) }
    }

    private static func subject(_ closer: IdleCloseTable.Closer) -> Subject {
        closer.port.map { Subject(Endpoint(closer.address, $0)) } ?? Subject(closer.address)
    }

    /// Tells the timers that all connections together show.
    static func finish(_ context: inout CheckContext) {
        for (closer, episode) in context.idleCloses.timers(fewest: fewest) {
            context.add(
                episode, EpisodeTable.Key(check: .idleClose, blame: .none, subject: subject(closer)))
        }
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "idle connection")
        let told = "\(subject) closed \(connections) after \(Wording.duration(episode.mean)) of silence each"
        guard episode.tags & byServer != 0 else { return "\(told): its idle time-out." }
        return episode.mean < loadBalancerTimer - 1_000_000_000
            ? "\(told): its keep-alive time-out, shorter than the 60 s of an Application or Classic Load Balancer."
            : "\(told): its keep-alive time-out."
    }
}
