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
        peers.settle(&last)
        return last.connections.map(\.role)
    }

    @Test func `who passed on a request of another is a load balancer wherever nothing else is told`() {
        let forwarded = Self.request(Self.balancer) { batch, exchange in
            exchange.forwardedFor = batch.texts.intern("203.0.113.7")
        }
        #expect(Self.roles(after: [forwarded]) == [.backend, .client, .client])
        #expect(Self.roles(after: []) == [.client, .client, .client])
    }

    @Test func `so is who made a health check, whatever comes from there, and not who claims to pass something on`() {
        let check = Self.request(Self.balancer) { _, exchange in exchange.flags = .healthCheck }
        #expect(Self.roles(after: [check]) == [.backend, .backend, .client])
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

    @Test func `an attempt on which nothing was sent is the load balancer's if its address passed on requests before`()
    {
        var peers = PooledPeers()
        var forwarded = Self.request(Self.balancer) { batch, exchange in
            exchange.forwardedFor = batch.texts.intern("203.0.113.7")
        }
        peers.sift(&forwarded)
        var batch = FactBatch()
        for (record, client, bytes) in [(1, Self.balancer, 0), (2, Self.other, 0), (3, Self.balancer, 517)] {
            var attempt = Self.connection(UInt32(record), client, .startSeen)
            attempt.state = .rej
            attempt.bytesFromClient = UInt64(bytes)
            batch.connections.append(attempt)
        }
        peers.sift(&batch)
        peers.settle(&batch)
        #expect(batch.connections.map(\.role) == [.backend, .client, .client])
        #expect(batch.connections.map(\.namesClient) == [false, true, true])
    }

    /// A Network Load Balancer that does not keep client addresses checks TCP from where its clients' connections come.
    @Test(arguments: [(4, HealthCheck.Probe.tcp, false), (5, .tcp, true), (5, .udp, false)])
    func `who checks TCP again and again is a load balancer`(count: Int, probe: HealthCheck.Probe, isNode: Bool) {
        var peers = PooledPeers()
        var checks = FactBatch()
        for number in 0..<count {
            var check = HealthCheck(
                id: FactID(source: 1, record: UInt32(number)), offset: 0, kind: .pcap, probe: probe, outcome: .success,
                time: Timestamp(nanoseconds: Int64(number) * 10_000_000_000))
            check.checker = Self.balancer.address
            checks.healthChecks.append(check)
        }
        peers.settle(&checks)
        var batch = FactBatch()
        for (record, client, flags) in [
            (1, Self.balancer, ConnectionFlags.startSeen), (2, Self.balancer, [.startSeen, .proxied]),
            (3, Self.other, .startSeen),
        ] {
            var connection = Self.connection(UInt32(record), client, flags)
            connection.bytesFromClient = 517
            connection.resetBy = .client
            batch.connections.append(connection)
        }
        peers.sift(&batch)
        peers.settle(&batch)
        #expect(batch.connections.map(\.namesClient) == [!isNode, true, true])
        // A client whom it hides, or it.
        #expect(batch.connections[0].opener == (isNode ? .unknown : .client))
    }

    @Test func `a health check stays with who made it, and what else comes from there does not`() {
        var peers = PooledPeers()
        var check = Self.request(Self.balancer) { _, exchange in exchange.flags = .healthCheck }
        peers.sift(&check)
        var batch = FactBatch()
        batch.connections = [
            Self.connection(1, Self.balancer, [.startSeen, .healthCheck]),
            Self.connection(2, Self.balancer, .startSeen), Self.connection(3, Self.other, .startSeen),
        ]
        peers.sift(&batch)
        peers.settle(&batch)
        #expect(batch.connections.map(\.namesClient) == [true, false, true])
    }

    @Test
    func `of a sample the pace of checks is not seen, and connections on which nothing is said stay where they are`() {
        var peers = PooledPeers()
        var batch = FactBatch()
        for number in 0..<5 {
            var check = HealthCheck(
                id: FactID(source: 1, record: UInt32(number)), offset: 0, kind: .pcap, probe: .tcp, outcome: .success,
                time: Timestamp(nanoseconds: Int64(number) * 10_000_000_000))
            check.checker = Self.balancer.address
            batch.healthChecks.append(check)
        }
        for (record, bytes, state) in [(11, 0, .sf), (12, 517, .sf), (13, 0, .rej)]
            as [(UInt32, UInt64, ConnectionState)]
        {
            var connection = Self.connection(record, Self.balancer, .startSeen)
            connection.state = state
            connection.bytesFromClient = bytes
            connection.bytesFromServer = bytes
            batch.connections.append(connection)
        }
        peers.sift(&batch)
        peers.settle(&batch)
        #expect(batch.connections.map(\.namesClient) == [true, false, false])
    }
}
