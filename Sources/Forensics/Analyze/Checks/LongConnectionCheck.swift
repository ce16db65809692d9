package import ForensicsModel

/// A client held connections for more than five minutes.
package enum LongConnectionCheck: Check {
    package static let description = CheckDescription(
        name: "long-connection",
        severity: .notice,
        title: "A client held connections for more than five minutes",
        meaning:
            "Connections that stay open tie up ports, memory and connection slots of targets; many of them "
            + "from one client, and only during the incident, are worth a question to their owner. Where more than a hundred clients "
            + "hold them in an hour (devices, WebSockets) they are told together.",
        method:
            "connections longer than 5 min that name a client (a connection that a load balancer pools does "
            + "not), health checks left out. More than 100 clients of one server port whose first ended in the same hour of the clock "
            + "are one finding, but those that ended more than five, and more than four times what half of them did, without five "
            + "quiet minutes between. The measure is the duration.",
        caveat:
            "long connections are the design: WebSockets, streams, database or queue clients. Connections of an ALB's "
            + "access log are put together when they are asked for: compare, and top client --by duration, tell of them."
    )

    /// So many hold them because they are built to: devices, browsers with WebSockets. That is the habit of one service.
    package static let crowds: ClientCrowds.Rule? = ClientCrowds.Rule(fewest: 100, tags: ~censored, factor: 4)

    private static let censored: UInt64 = 1
    /// Of a port: one of 63, so that those of two services are hardly alike.
    private static func tag(of port: UInt16) -> UInt64 { censored << (1 + UInt64(port % 63)) }

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard connection.namesClient, connection.isLonger(than: context.options.longConnection) else { return }
        context.note(
            Sighting(
                .longConnection, .client, Subject(connection.client.address), connection,
                measure: connection.duration ?? 0,
                tags: tag(of: connection.server.port) | (connection.isCensored ? censored : 0)))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let held = Wording.count(episode.count, "connection")
        let bound = episode.tags & censored != 0 ? "; some were cut by the edge of the evidence and lasted longer" : ""
        let longest = Wording.duration(episode.largestMeasure)
        let limit = Wording.duration(options.longConnection)
        let who = Wording.client(subject)
        return "\(who) held \(held) longer than \(limit), the longest \(longest)\(bound)."
    }
}
