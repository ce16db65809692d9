package import ForensicsModel

/// A client held connections for more than five minutes.
package enum LongConnectionCheck: Check {
    package static let description = CheckDescription(
        name: "long-connection",
        severity: .notice,
        title: "A client held connections for more than five minutes",
        meaning:
            "Connections that stay open tie up ports, memory and connection slots of targets; many of them "
            + "from one client, and only during the incident, are worth a question to their owner.",
        method:
            "connections longer than 5 min that name a client (a connection that a load balancer pools does "
            + "not), health checks left out. The measure is the duration.",
        caveat:
            "long connections are the design: WebSockets, streams, database or queue clients. Connections of an ALB's "
            + "access log are put together when they are asked for: compare, and top client --by duration, tell of them."
    )

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard connection.namesClient, connection.isLonger(than: context.options.longConnection) else { return }
        context.note(
            Sighting(
                .longConnection, .client, Subject(connection.client.address), connection,
                measure: connection.duration ?? 0, tags: connection.isCensored ? 1 : 0))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let held = Wording.count(episode.count, "connection")
        let bound = episode.tags & 1 != 0 ? "; some were cut by the edge of the evidence and lasted longer" : ""
        let longest = Wording.duration(episode.largestMeasure)
        let limit = Wording.duration(options.longConnection)
        return "Client \(subject) held \(held) longer than \(limit), the longest \(longest)\(bound)."
    }
}
