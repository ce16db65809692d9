package import ForensicsModel

/// A Classic Load Balancer had no instance for connections.
package enum UndispatchedConnectionCheck: Check {
    package static let description = CheckDescription(
        name: "connection-undispatched",
        severity: .warning,
        title: "A load balancer had no target for connections",
        meaning:
            "A Classic Load Balancer took connections of a TCP or SSL listener and could hand them to no instance: none is "
            + "healthy or registered, or they refuse. Its clients see a connection that opens and closes.",
        method:
            "rows of TCP and SSL listeners of Classic Load Balancers that name no instance, by load balancer. Minutes of the clock with "
            + "five or more, up to five minutes apart, are one episode with what lies between; it blames the target if it has ten. "
            + "Of fewer nothing tells whether there was no instance: they are told hour by hour, and blame nobody certain.",
        caveat:
            "the instance closed before it sent a byte, or the client before the load balancer had chosen one: scanners, or "
            + "checks of the port.",
        unit: .none)

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard connection.flags.contains(.undispatched) else { return }
        context.noteBurst(
            Sighting(.undispatchedConnection, .target, context.subject(connection.loadBalancer), connection, measure: 0)
        )
    }

    /// So many in a minute are more than who tries the port brings, as a rule.
    private static let burst = 5
    /// Fewer in all come together by chance.
    private static let several = 10
    /// Fewer than one in this time are what any public port meets; nanoseconds.
    private static let rare: Int64 = 60_000_000_000

    package static func isBurst(_ minute: Episode, _ options: CheckOptions) -> Bool { minute.count >= burst }

    package static let blameOfFew: Blame? = .unknown

    package static func severity(_ episode: Episode) -> Severity {
        let isRare = episode.end.since(episode.start) / rare >= Int64(clamping: episode.count)
        return isRare || episode.count < several ? min(.notice, description.severity) : description.severity
    }

    package static func blame(_ episode: Episode, _ blame: Blame) -> Blame {
        episode.count < several ? .unknown : blame
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "connection")
        return "Load balancer \(subject) had no target for \(connections)\(Wording.within(episode))."
    }
}
