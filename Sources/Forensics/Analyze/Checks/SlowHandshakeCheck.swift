package import ForensicsModel

/// Handshakes took longer than a second.
package enum SlowHandshakeCheck: Check {
    package static let description = CheckDescription(
        name: "slow-handshake",
        severity: .notice,
        title: "Handshakes took longer than a second",
        meaning:
            "Setting up the connection took long: a distant or lossy client path for TCP; for TLS also a busy "
            + "load balancer or target, or a slow client.",
        method:
            "TCP handshake (SYN to final ACK) or TLS handshake above 1 s, per client; a TCP one blames the "
            + "network, a TLS one alone nobody certain. The measure is the longer of both.",
        caveat:
            "the capture missed the first SYN, which makes a retransmitted handshake look fast, the clock jumped, or the "
            + "server itself answered the SYN late (a full accept queue): a capture at the server shows the SYN there.")

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        let tcp = connection.handshake ?? 0
        let tls = connection.tlsHandshake ?? 0
        let limit = context.options.slowHandshake
        guard tcp > limit || tls > limit else { return }
        let subject = Subject(connection.namesClient ? connection.client.address : connection.peer)
        context.note(
            Sighting(
                .slowHandshake, tcp > limit ? .network : .unknown, subject, connection, measure: max(tcp, tls),
                tags: (tcp > limit ? 1 : 0) | (tls > limit ? 2 : 0)))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let kinds = episode.tags & 3 == 3 ? "TCP and TLS" : episode.tags & 1 != 0 ? "TCP" : "TLS"
        let count = Wording.count(episode.count, "\(kinds) handshake")
        return "\(count) with \(subject) took \(Wording.longest(episode))\(Wording.within(episode))."
    }
}
