package import ForensicsModel

/// Tells whose side a captured connection's peer is where nothing whole of the connection does: a load balancer, if its address
/// passed on other clients' requests before, or made health checks.
///
/// Of a connection that began before the capture, of one on which the peer never sent a byte (refused, unanswered), or of which only
/// beginnings of heads were captured, nothing tells it by itself. Its load balancer would stand among the clients, and be blamed as
/// one. What tells itself stays as it is where the address passed on requests: behind it may be a proxy and clients of their own.
///
/// An address that makes health checks of AWS is a load balancer's alone, and so is one that checks TCP again and again. What
/// comes from there is of clients whose addresses a Network Load Balancer does not keep: none of them is it.
///
/// Facts have to come in order of their ids within a batch, as the merged parts of a capture do. Bounded.
package struct PooledPeers: Sendable {
    private static let limit = 1 << 12
    /// Checks of TCP, told by their pace alone, that make no chance of it.
    private static let fewestChecks = 5

    private var peers: Set<IPAddress> = []
    /// Those that are load balancers and nothing else.
    private var nodes: Set<IPAddress> = []
    /// Checks of TCP by who made them.
    private var checks: [IPAddress: Int] = [:]
    /// The last one that was noted: requests of a load balancer come one after the other.
    private var last = IPAddress.unspecified

    package init() {}

    /// Gives connections of a batch that tell nothing the role of those that do.
    package mutating func sift(_ batch: inout FactBatch) {
        for index in batch.exchanges.indices { note(batch.exchanges[index]) }
        if peers.isEmpty { return }
        var connections = batch.connections.mutableSpan
        for index in connections.indices {
            guard case .tcp = connections[index].transport, connections[index].flags.contains(.roleUntold),
                !connections[index].flags.contains(.proxied), peers.contains(connections[index].peer)
            else { continue }
            connections[index].role = .backend
        }
    }

    /// Tells what comes from load balancers beside their health checks, once those of TCP are told by their pace
    /// (`PacedHealthProbes`): a check has nobody behind whom it stands for.
    package mutating func settle(_ batch: inout FactBatch) {
        note(checksOf: batch)
        if peers.isEmpty && nodes.isEmpty { return }
        var connections = batch.connections.mutableSpan
        for index in connections.indices { tell(&connections[index]) }
    }

    /// Remembers who made the health checks of a batch that its connections tell.
    private mutating func note(checksOf batch: borrowing FactBatch) {
        for index in batch.healthChecks.indices {
            let check = batch.healthChecks[index]
            // Who asks in vain at a pace may be a client whose server is gone.
            guard check.probe == .tcp, check.outcome == .success,
                checks.count < Self.limit || checks[check.checker] != nil
            else { continue }
            checks[check.checker, default: 0] += 1
            if checks[check.checker] == Self.fewestChecks { nodes.insert(check.checker) }
        }
    }

    private func tell(_ connection: inout Connection) {
        guard case .tcp = connection.transport, !connection.flags.contains(.proxied), !connection.isHealthCheck else {
            return
        }
        if case .backend = connection.role { return }
        if connection.bytesFromClient == 0, peers.contains(connection.peer) {
            connection.role = .backend
        } else if !connection.isDataless, nodes.contains(connection.peer) {
            // What is without data is a check, whose pace may not have been seen, as of a sample.
            connection.role = .backend
            // Who did what is done on it, the load balancer or a client whom it hides, nothing tells.
            connection.flags.insert(.clientHidden)
        }
    }

    private mutating func note(_ exchange: Exchange) {
        let isForwarded = !exchange.forwardedFor.isNone && !exchange.flags.contains(.clientUntrusted)
        guard isForwarded && !exchange.flags.contains(.proxied) || exchange.isHealthCheck else { return }
        guard exchange.peer != last || exchange.isHealthCheck, peers.count < Self.limit else { return }
        last = exchange.peer
        peers.insert(exchange.peer)
        if exchange.isHealthCheck { nodes.insert(exchange.peer) }
    }
}
