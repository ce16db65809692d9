package import ForensicsModel

/// Handshakes took longer than a second.
package enum SlowHandshakeCheck: Check {
    package static let description = CheckDescription(
        name: "slow-handshake",
        severity: .notice,
        title: "Handshakes took longer than a second",
        meaning:
            "Setting up the connection took long. Where the answer to the SYN came late, the server took its time (a full "
            + "accept queue, an overloaded host), or packets were lost between the capture and the server; where what follows "
            + "that answer came late, the client or its path did; for TLS a busy load balancer or target, or a slow client.",
        method:
            "TCP handshake (first SYN to final ACK) or TLS handshake above 1 s. Where more of a TCP handshake passed before the "
            + "answer to the SYN than after it, the subject is the server and the target is blamed, but nobody certain if the "
            + "client had sent its SYN again by then: the first may have been lost on the way. Otherwise the subject is the "
            + "client: the network is blamed if the client sent its SYN again although an answer had passed, else, as for TLS, "
            + "nobody certain, and likewise if what came back was of an earlier connection of the same ports, which the server "
            + "still held: the client, or a NAT before it, takes its ports again too early, as it has no others, or the server "
            + "does not close. The measure is the longer of both.",
        caveat:
            "the capture is far from the server, so that the path between them took the time; it missed the first SYN, which "
            + "makes a retransmitted handshake look fast; or the clock jumped.")

    private static let tcpTag: UInt64 = 1
    private static let tlsTag: UInt64 = 2
    private static let answeredLateTag: UInt64 = 4
    private static let repeatedTag: UInt64 = 8
    private static let lostTag: UInt64 = 16
    private static let heldTag: UInt64 = 32

    package static let crowds: ClientCrowds.Rule? = .ofFew

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        let limit = context.options.slowHandshake
        var tcp = connection.handshake ?? 0
        let tls = connection.tlsHandshake ?? 0
        guard tcp > limit || tls > limit else { return }
        let isHeld = tcp > limit && connection.flags.contains(.portHeld)
        if tcp > limit, !isHeld, connection.flags.contains(.synAnsweredLate) {
            let isRepeated = connection.flags.contains(.synRepeated)
            context.note(
                Sighting(
                    .slowHandshake, isRepeated ? .unknown : .target, Subject(connection.server), connection,
                    measure: tcp,
                    tags: tcpTag | (isRepeated ? repeatedTag : answeredLateTag)))
            tcp = 0
            guard tls > limit else { return }
        }
        let subject = Subject(connection.namesClient ? connection.client.address : connection.peer)
        let isLost = tcp > limit && !isHeld && connection.flags.contains(.synAnswerMissed)
        context.note(
            Sighting(
                .slowHandshake, isLost ? .network : .unknown, subject, connection, measure: max(tcp, tls),
                tags: (tcp > limit ? tcpTag : 0) | (tls > limit ? tlsTag : 0) | (isLost ? lostTag : 0)
                    | (isHeld ? heldTag : 0)))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let both = tcpTag | tlsTag
        let kinds = episode.tags & both == both ? "TCP and TLS" : episode.tags & tcpTag != 0 ? "TCP" : "TLS"
        let count = Wording.count(episode.count, "\(kinds) handshake")
        let why =
            switch episode.tags & (answeredLateTag | repeatedTag | lostTag | heldTag) {
            case answeredLateTag: ": the answer to the SYN came late"
            case repeatedTag: ": the SYN was not answered before it was sent again"
            case lostTag: ": the client sent its SYN again although it had been answered"
            case heldTag: ": the server still held an earlier connection of the same port"
            default: ""
            }
        return "\(count) with \(subject) took \(Wording.longest(episode))\(Wording.within(episode))\(why)."
    }
}
