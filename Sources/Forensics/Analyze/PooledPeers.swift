package import ForensicsModel

/// Tells whose side a captured connection's peer is where nothing whole of the connection does: a load balancer, if its address
/// passed on other clients' requests before, or made health checks.
///
/// Of a connection that began before the capture, or of which only beginnings of heads were captured, nothing tells it by itself.
/// Its load balancer would stand among the clients, and be blamed as one. What tells itself stays as it is: behind one address
/// may be a proxy and clients of their own.
///
/// Facts have to come in order of their ids within a batch, as the merged parts of a capture do. Bounded.
package struct PooledPeers: Sendable {
    private static let limit = 1 << 12

    private var peers: Set<IPAddress> = []
    /// The last one that was noted: requests of a load balancer come one after the other.
    private var last = IPAddress.unspecified

    package init() {}

    /// Gives connections of a batch that tell nothing the role of those that do.
    package mutating func sift(_ batch: inout FactBatch) {
        for index in batch.exchanges.indices { note(batch.exchanges[index]) }
        if peers.isEmpty { return }
        var connections = batch.connections.mutableSpan
        for index in connections.indices
        where connections[index].flags.contains(.roleUntold) && peers.contains(connections[index].peer) {
            connections[index].role = .backend
        }
    }

    private mutating func note(_ exchange: Exchange) {
        let isForwarded = !exchange.forwardedFor.isNone && !exchange.flags.contains(.clientUntrusted)
        guard isForwarded && !exchange.flags.contains(.proxied) || exchange.isHealthCheck else { return }
        guard exchange.peer != last, peers.count < Self.limit else { return }
        last = exchange.peer
        peers.insert(exchange.peer)
    }
}
