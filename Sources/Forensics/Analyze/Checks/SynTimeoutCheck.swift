package import ForensicsModel

/// Nobody answered a connection attempt.
package enum SynTimeoutCheck: Check {
    package static let description = CheckDescription(
        name: "syn-timeout",
        severity: .warning,
        title: "Nobody answered a connection attempt",
        meaning:
            "A client sent SYN and got neither SYN-ACK nor RST while the evidence went on for at least the "
            + "time-out: the server is overloaded, its accept queue is full, or a security group, network ACL "
            + "or route drops the packets.",
        method:
            "captured connections in state S0 with at least the time-out (5 s) of evidence after the SYN, other "
            + "than those whose client went on as if it had been answered (the capture sees one direction only); "
            + "one sighting per connection, by server; the measure is the wait until the last SYN.",
        caveat:
            "the capture lacks the server's packets, so that a refusal looks like silence.")

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard connection.flags.contains(.synTimeout) else { return }
        if PortScanCheck.observe(connection, &context) { return }
        context.note(
            Sighting(
                .synTimeout, .target, Subject(connection.server), connection, measure: connection.duration ?? 0))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let attempts = Wording.count(episode.count, "connection attempt")
        return "\(subject) left \(attempts) without any answer\(Wording.within(episode))."
    }
}
