package import ForensicsModel

/// A target calls itself through its load balancer.
package enum HairpinCheck: Check {
    package static let description = CheckDescription(
        name: "hairpin",
        severity: .warning,
        title: "A target calls itself through its load balancer",
        meaning:
            "With client addresses preserved a Network Load Balancer cannot hand a connection back to the "
            + "target that opened it: source and destination would be the same, and the attempt times out.",
        method:
            "connections whose client and server have the same address, loopback left out.",
        caveat:
            "the host talks to itself by its own address on purpose, without a load balancer.")

    package static func observe(_ connection: Connection, _ context: inout CheckContext) {
        let address = connection.client.address
        guard address == connection.server.address, address != .unspecified, !address.isLoopback else { return }
        context.note(
            Sighting(
                .hairpin, .target, Subject(connection.server), connection, measure: connection.duration ?? 0,
                tags: connection.isError || connection.state == .s0 ? 1 : 0))
    }

    package static func summary(_ episode: Episode, _ subject: String, _ options: CheckOptions) -> String {
        let connections = Wording.count(episode.count, "connection")
        let failed = episode.tags & 1 != 0 ? "; some failed" : ""
        return "\(connections) to \(subject) came from the same address\(Wording.within(episode))\(failed)."
    }
}
