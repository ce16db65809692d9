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
            "rows of TCP and SSL listeners of Classic Load Balancers that name no instance, by load balancer. The target is blamed.",
        caveat:
            "the instance closed before it sent a byte, or the client before the load balancer had chosen one: a scanner, or a "
            + "check of the port.",
        unit: .none)

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard connection.flags.contains(.undispatched) else { return }
        context.note(
            Sighting(.undispatchedConnection, .target, context.subject(connection.loadBalancer), connection, measure: 0)
        )
    }

    package static func severity(_ episode: Episode) -> Severity { lesserWhereFew(episode) }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "connection")
        return "Load balancer \(subject) had no target for \(connections)\(Wording.within(episode))."
    }
}
