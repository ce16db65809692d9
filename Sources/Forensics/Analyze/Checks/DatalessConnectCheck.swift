package import ForensicsModel

/// Connections opened and closed without data.
package enum DatalessConnectCheck: Check {
    package static let description = CheckDescription(
        name: "dataless-connect",
        severity: .info,
        title: "Connections opened and closed without data",
        meaning:
            "A private peer connects and hangs up without a byte: a listener test of a Network Load Balancer, "
            + "a pre-opened connection of a Classic one, or a port check that is too irregular to be a health "
            + "check.",
        method:
            "captured TCP connections from a private address that were established and carried no payload "
            + "either way, health checks left out. The measure is the duration.",
        caveat:
            "the capture cut the payload or began late.")

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard connection.kind.isCapture, connection.transport == .tcp, connection.peer.isPrivate,
            connection.flags.contains(.startSeen), connection.isDataless
        else { return }
        context.note(
            Sighting(.datalessConnect, .none, Subject(connection.peer), connection, measure: connection.duration ?? 0))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "connection")
        return "\(subject) opened \(connections) without sending a byte\(Wording.within(episode))."
    }
}
