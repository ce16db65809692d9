package import ForensicsModel

/// Connections were refused.
package enum ConnectionRefusedCheck: Check {
    package static let description = CheckDescription(
        name: "connection-refused",
        severity: .warning,
        title: "Connections were refused",
        meaning:
            "The server answered SYN with RST: nothing listens on that port, or, where it answers others in the same "
            + "evidence, it was down for a while or takes only some. Where a flow log says REJECT the "
            + "network refused it: a security group or network ACL. Where an ICMP error came instead of an "
            + "answer, a firewall or a router refused it, or the server itself: a closed UDP port, or its own firewall.",
        method:
            "connections in state REJ; flow log rows with the action REJECT, of either direction, but for those whose flags "
            + "are told and hold no SYN; and captured ones in state S0 to which an ICMP destination unreachable came. A REJECT "
            + "row and an ICMP error of somebody else blame the network, a RST and an ICMP error of the server's own "
            + "address the target.",
        caveat:
            "a firewall answers with RST in the name of the server.",
        unit: .none)

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        // Without a SYN they are what comes after the end, which no group lets through.
        if connection.flags.contains(.rejectedWithoutSYN) { return }
        let isRejected = connection.flags.contains(.rejected)
        let isUnreachable = connection.flags.contains(.unreachable) && connection.state == .s0
        guard isRejected || isUnreachable || connection.state == .rej else { return }
        if PortScanCheck.observe(connection, &context) { return }
        let isByServer = isUnreachable && connection.flags.contains(.refusedByServer)
        context.note(
            Sighting(
                .connectionRefused, isRejected || isUnreachable && !isByServer ? .network : .target,
                Subject(connection.server), connection, measure: 0,
                tags: isRejected ? 1 : isByServer ? 4 : isUnreachable ? 2 : 8))
    }

    /// Marks what a target refused at an end that answers others: something listens there, at least at times.
    static func finish(_ context: inout CheckContext) {
        let answering = context.episodes.keys.filter { key in
            key.check == .connectionRefused && key.blame == .target
                && key.subject.endpoint.map(context.scans.mayAnswer) ?? false
        }
        for key in answering {
            for var episode in context.takeEpisodes(key) {
                episode.tags |= answersOthers
                context.add(episode, key)
            }
        }
    }

    private static let answersOthers: UInt64 = 16

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let attempts = Wording.count(episode.count, "connection attempt")
        if episode.tags & 1 != 0 {
            return "The network rejected \(attempts) to \(subject)\(Wording.within(episode)) (security group or ACL)."
        }
        if episode.tags & 2 != 0 {
            return "An ICMP error refused \(attempts) to \(subject)\(Wording.within(episode)): unreachable."
        }
        let (how, why) =
            switch episode.tags & 12 {
            case 4: ("an ICMP error", "nothing listens there, or its own firewall refuses")
            case 12: ("RST or an ICMP error", "nothing listens there, or its own firewall refuses")
            default: ("RST", "nothing listens there")
            }
        let refused = "\(subject) refused \(attempts) with \(how)\(Wording.within(episode))"
        if episode.tags & answersOthers != 0 {
            return "\(refused), and answered others: it was down for a while, or takes only some."
        }
        return "\(refused): \(why)."
    }
}
