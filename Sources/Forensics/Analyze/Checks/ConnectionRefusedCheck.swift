package import ForensicsModel

/// Connections were refused.
package enum ConnectionRefusedCheck: Check {
    package static let description = CheckDescription(
        name: "connection-refused",
        severity: .warning,
        title: "Connections were refused",
        meaning:
            "The server answered SYN with RST: nothing listens on that port. Where a flow log says REJECT the "
            + "network refused it: a security group or network ACL. Where an ICMP error came instead of an "
            + "answer, a firewall or a router refused it.",
        method:
            "connections in state REJ; flow log rows with the action REJECT, of either direction, but for those that hold a "
            + "FIN or RST and no SYN; and captured ones in state S0 to which an ICMP destination unreachable "
            + "came; a REJECT row and an ICMP error blame the network, a RST the target.",
        caveat:
            "a firewall answers with RST in the name of the server.",
        unit: .none)

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        // Rows of a flow log that hold a FIN or RST and no SYN are what comes after the end, which no group lets through.
        let isLate = connection.flags.contains(.endSeen) && !connection.flags.contains(.startSeen)
        let isRejected = connection.flags.contains(.rejected)
        if isRejected, isLate { return }
        let isUnreachable = connection.flags.contains(.unreachable) && connection.state == .s0
        guard isRejected || isUnreachable || connection.state == .rej else { return }
        context.note(
            Sighting(
                .connectionRefused, isRejected || isUnreachable ? .network : .target, Subject(connection.server),
                connection, measure: 0, tags: isRejected ? 1 : isUnreachable ? 2 : 0))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let attempts = Wording.count(episode.count, "connection attempt")
        if episode.tags & 1 != 0 {
            return "The network rejected \(attempts) to \(subject)\(Wording.within(episode)) (security group or ACL)."
        }
        if episode.tags & 2 != 0 {
            return "An ICMP error refused \(attempts) to \(subject)\(Wording.within(episode)): unreachable."
        }
        return "\(subject) refused \(attempts) with RST\(Wording.within(episode)): nothing listens there."
    }
}
