import ForensicsAnalyze
import ForensicsModel
import Testing

/// Whose side the peer of a connection is that tells nothing of it.
@Suite struct PooledPeersTests {
    private static let balancer = Endpoint(IPAddress(v4: 0x0A00_090A), 31_000)
    private static let other = Endpoint(IPAddress(v4: 0x0A00_090B), 31_000)
    private static let server = Endpoint(IPAddress(v4: 0x0A00_0105), 80)

    private static func connection(_ record: UInt32, _ client: Endpoint, _ flags: ConnectionFlags) -> Connection {
        var connection = Connection(
            id: FactID(source: 1, record: record), offset: 0, kind: .pcap, start: Timestamp(nanoseconds: 1),
            end: Timestamp(nanoseconds: 2), client: client, server: server)
        connection.flags = flags
        return connection
    }

    private static func request(_ peer: Endpoint, _ change: (inout FactBatch, inout Exchange) -> Void) -> FactBatch {
        var batch = FactBatch()
        var exchange = Exchange(
            id: FactID(source: 1, record: 7), offset: 0, kind: .pcap, time: Timestamp(nanoseconds: 1), client: peer)
        exchange.peer = peer.address
        change(&batch, &exchange)
        batch.exchanges.append(exchange)
        return batch
    }

    private static func roles(after batches: [FactBatch]) -> [ConnectionRole] {
        var peers = PooledPeers()
        for var batch in batches { peers.sift(&batch) }
        var last = FactBatch()
        last.connections = [
            connection(1, balancer, .roleUntold), connection(2, balancer, .startSeen),
            connection(3, other, .roleUntold),
        ]
        peers.sift(&last)
        return last.connections.map(\.role)
    }

    @Test func `who passed on a request of another is a load balancer wherever nothing else is told`() {
        let forwarded = Self.request(Self.balancer) { batch, exchange in
            exchange.forwardedFor = batch.texts.intern("203.0.113.7")
        }
        #expect(Self.roles(after: [forwarded]) == [.backend, .client, .client])
        #expect(Self.roles(after: []) == [.client, .client, .client])
    }

    @Test func `so is who made a health check, and not who claims to pass something on`() {
        let check = Self.request(Self.balancer) { _, exchange in exchange.flags = .healthCheck }
        #expect(Self.roles(after: [check]) == [.backend, .client, .client])
        let claimed = Self.request(Self.balancer) { batch, exchange in
            exchange.forwardedFor = batch.texts.intern("203.0.113.7")
            exchange.flags = .clientUntrusted
        }
        let proxied = Self.request(Self.balancer) { batch, exchange in
            exchange.forwardedFor = batch.texts.intern("203.0.113.7")
            exchange.flags = .proxied
        }
        #expect(Self.roles(after: [claimed, proxied]) == [.client, .client, .client])
    }
}
