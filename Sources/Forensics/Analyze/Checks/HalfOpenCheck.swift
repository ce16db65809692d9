package import ForensicsModel

/// Many clients left the handshake of TCP unfinished.
package enum HalfOpenCheck: Check {
    package static let description = CheckDescription(
        name: "half-open",
        severity: .warning,
        title: "Clients left handshakes unfinished",
        meaning:
            "The server answered SYNs, and their clients never finished the handshake: a flood of SYNs with forged addresses, "
            + "a scanner, or answers that do not reach the clients. Each takes a place in the server's queue until it gives up.",
        method:
            "captured connections of which the server answered the SYN, and got nothing but the SYN before it sent its answer "
            + "again or with at least the time-out (5 s) of evidence after it (SYN cookies are sent once), at least 20 of one "
            + "server within one minute of the clock; such minutes less than five minutes apart are one episode. A client that "
            + "sent its SYN again did not get the answer: that blames the network (which retransmission-burst tells of single "
            + "clients), else the client is blamed. The measure is the duration.",
        caveat:
            "the capture lacks what the clients sent.")

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard connection.kind.isCapture, case .tcp = connection.transport, case .s1 = connection.state,
            connection.flags.contains(.startSeen), connection.handshake == nil,
            connection.bytesFromClient == 0, connection.bytesFromServer == 0,
            connection.flags.contains(.leftHalfOpen)
                || connection.retransmissions ?? 0 > 0 && connection.packetsFromServer ?? 0 > 1
        else { return }
        let isRepeated = connection.packetsFromClient ?? 0 > 1
        context.noteBurst(
            Sighting(
                .halfOpen, isRepeated ? .network : .client, Subject(connection.server), connection,
                measure: connection.duration ?? 0, tags: ClientBits.bit(of: connection.client.address)))
    }

    package static func qualifies(_ episode: Episode, _ options: CheckOptions) -> Bool {
        episode.count >= options.halfOpenBurst
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "connection")
        let whose = ClientBits.words(episode.tags, one: "address", many: "addresses")
        return
            "\(connections) to \(subject) of \(whose) stayed half open\(Wording.within(episode)): the server answered their SYN "
            + "and got no word back."
    }
}
