package import ForensicsModel

/// The client side reset connections.
package enum ResetByClientCheck: Check {
    package static let description = CheckDescription(
        name: "reset-by-client",
        severity: .notice,
        title: "The client side reset connections",
        meaning:
            "The client tore connections down with RST: it gave up waiting, crashed, or closes that way by "
            + "habit. Where the peer is a load balancer that pools clients, the load balancer did; where it may be one, "
            + "which nothing whole of the connection tells, nobody certain is blamed. Where a segment was sent again and again in "
            + "vain (retransmission-burst) whoever waits gives up in the end: that blames the network.",
        method:
            "connections with RST from the client side alone, other than those already closed by FINs on both "
            + "sides (state SF), in flow logs by a FIN of each. The measure is the duration.",
        caveat:
            "the RST answers packets of an older connection, or comes from a middlebox, as where idle-timeout-reset tells the "
            + "same connections.")

    package static let crowds: ClientCrowds.Rule? = .ofFew

    private static let undeliveredTag: UInt64 = 8

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard connection.resetBy == .client, connection.state != .sf, !connection.flags.contains(.rejected) else {
            return
        }
        let isBackend = connection.role == .backend
        let isUndelivered = connection.flags.contains(.undelivered)
        context.note(
            Sighting(
                .resetByClient, isUndelivered ? .network : connection.opener,
                Subject(isBackend ? connection.peer : connection.client.address), connection,
                measure: connection.duration ?? 0,
                tags: (connection.flags.contains(.clientResetClosed) ? 4 : Wording.answered(connection))
                    | (isUndelivered ? undeliveredTag : 0)))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "connection")
        let moment =
            switch episode.tags & 7 {
            case 0: ""
            case 1: " before any answer"
            case 2: " after answers had begun"
            case 4: " after the client's FIN"
            case 6: ", some after the client's FIN"
            default: ", some before any answer"
            }
        let why = episode.tags & undeliveredTag == 0 ? "" : ", after segments had been sent again and again in vain"
        return "\(subject) reset \(connections)\(moment)\(Wording.within(episode))\(why)."
    }
}
