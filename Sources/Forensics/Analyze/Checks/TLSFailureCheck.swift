package import ForensicsModel

/// TLS handshakes failed.
package enum TLSFailureCheck: Check {
    package static let description = CheckDescription(
        name: "tls-failure",
        severity: .notice,
        title: "TLS handshakes failed",
        meaning:
            "Client and load balancer (or target) could not agree: no common version or cipher, an expired or "
            + "unknown certificate, a client certificate that was refused, or a scanner.",
        method:
            "connections marked as failed in their TLS handshake, by client. The measure is the duration.",
        caveat:
            "the client left during the handshake for reasons of its own.")

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        guard connection.flags.contains(.tlsFailed) else { return }
        let subject = Subject(connection.namesClient ? connection.client.address : connection.peer)
        context.note(
            Sighting(
                .tlsFailure, connection.role == .backend ? .target : .client, subject, connection,
                measure: connection.duration ?? 0))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        "\(Wording.count(episode.count, "TLS handshake")) with \(subject) failed\(Wording.within(episode))."
    }
}
