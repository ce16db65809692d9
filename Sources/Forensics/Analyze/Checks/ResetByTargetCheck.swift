package import ForensicsModel

/// The target reset connections.
package enum ResetByTargetCheck: Check {
    package static let description = CheckDescription(
        name: "reset-by-target",
        severity: .warning,
        title: "The target reset connections",
        meaning:
            "The server tore established connections down with RST: the process crashed or was restarted, "
            + "closed with unread data, or its keep-alive is shorter than the idle time-out of what talks to "
            + "it.",
        method:
            "connections with RST from the server side (or both), other than refused ones (state REJ), "
            + "those already closed by FINs on both sides (SF) and those that the client had closed or reset "
            + "before, or used after an answer that said `Connection: close`; in flow logs those in which the client sent a FIN. The measure is the duration.",
        caveat:
            "a load balancer or firewall between the capture and the server made the RST, as where idle-timeout-reset tells "
            + "the same connections.")

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard connection.resetBy == .server || connection.resetBy == .both else { return }
        guard connection.state != .rej, connection.state != .sf, !connection.flags.contains(.rejected) else { return }
        if connection.flags.contains(.clientEndedFirst) || connection.flags.contains(.usedAfterClose) { return }
        context.note(
            Sighting(
                .resetByTarget, .target, Subject(connection.server), connection, measure: connection.duration ?? 0,
                tags: Wording.answered(connection)))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "connection")
        let moment =
            switch episode.tags & 3 {
            case 0: ""
            case 1: " before any answer"
            case 2: " after answers had begun"
            default: ", some before any answer"
            }
        return "Target \(subject) reset \(connections)\(moment)\(Wording.within(episode))."
    }
}
