/// Which ends are servers, as all connections of a capture tell that are open when the client of one has to be told.
///
/// An end that answered a SYN elsewhere is a server. Where neither end did, or both, a port of servers against one of clients
/// tells, then who talks to many: a client's port talks to one server, a server's to many ports of clients.
package struct ServerEnds: Sendable {
    /// Ports below are for servers; no client is given one unasked (RFC 6335, section 6).
    private static let systemPorts: UInt16 = 1024

    private var servers: Set<UInt64> = []
    /// How many others each end talks to that talks to more than one.
    private var peers: [UInt64: Int] = [:]

    package init() {}

    /// Joins what all trackers of a capture saw; their order does not matter.
    package init(_ sightings: [EndSightings]) {
        for seen in sightings { servers.formUnion(seen.servers) }
        var counts: [UInt64: Int] = [:]
        for pair in Set(sightings.lazy.flatMap(\.pairs)) { counts[pair.end, default: 0] += 1 }
        peers = counts.filter { $0.value > 1 }
    }

    /// Whether the end that is taken for the client is the server.
    func isTurned(_ core: borrowing ConnectionCore) -> Bool {
        let (client, server) = (core.originatorDigest, core.responderDigest)
        let (isServer, isServerToo) = (servers.contains(client), servers.contains(server))
        if isServer != isServerToo { return isServer }
        if core.responderPort < Self.systemPorts, core.originatorPort >= Self.systemPorts { return false }
        // A port that is used again has a few peers as well.
        return peers[client, default: 1] >= 2 * peers[server, default: 1] + 2
    }
}
