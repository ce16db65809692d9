package import ForensicsModel

/// What shapes the facts that tracking gives: the same options and packets give the same facts.
///
/// Caps are counts of entries and of bytes per shard, so that the result does not depend on how shards are spread over threads.
package struct TrackOptions: Sendable {
    /// How long a request or SYN may stay unanswered, in nanoseconds.
    package var timeout: Int64 = 5_000_000_000
    /// Addresses of load balancers: their connections are `backend`, and their X-Forwarded-For is believed.
    package var loadBalancers: [IPNetwork] = []
    /// Proxies whose own X-Forwarded-For entry is stepped over, one to the left for each.
    package var trustedProxies: [IPNetwork] = []
    /// Requests of these clients are left out: behind a load balancer their packets come from its address.
    package var ignored: [IPNetwork] = []
    /// How many connections of the full traffic each one stands for.
    package var weight: UInt32 = 1
    package var keepsQueryStrings = false
    /// How far apart two sightings of one packet may be to be a duplicate, in nanoseconds.
    package var duplicateWindow: Int64 = 10_000_000
    /// Silence in packet time after which a flow is given out, in nanoseconds; `nil` offline: connections stay open
    /// until the evidence ends. What is over, and attempts to connect that nobody answers, are given out sooner. Acted on by
    /// `Tracker.expire(at:)` alone.
    package var idleTimeout: Int64?
    /// Connections per shard; at the cap the least recently used closed ones, then the longest idle, are given out.
    package var flowsPerShard = 32_768
    /// Bytes that connections, what is read on them and requests that wait may take, per shard; past it connections are
    /// given out as at `flowsPerShard`.
    package var bytesPerShard = (412 << 20) / 64
    /// Requests without their whole answer per shard; past the cap a request is given out at once, undetermined.
    package var pendingPerShard = 32_768
    /// Partial heads and segments waiting for a gap to be filled, per shard.
    package var buffersPerShard = 1_024
    /// Bytes in those buffers per shard.
    package var bufferBytesPerShard = 1 << 20
    /// HTTP/2 connections that are read at once, per shard. Past it a connection is not read, counted.
    package var http2PerShard = 256
    /// Bytes of their header tables and open frames, per shard. Past it a connection that grows is read no further, counted, if
    /// it holds more than its part; so it is twice as many at most.
    package var http2BytesPerShard = (103 << 20) / 64
    /// QUIC handshakes that are collected at once, per shard. Past it a name is left out, counted.
    package var handshakesPerShard = 768
    /// Bytes of these, per shard, likewise.
    package var handshakeBytesPerShard = (51 << 20) / 64
    /// Bytes of text that requests without their answer and flows of DNS may keep, per shard, each text counted for each that
    /// keeps it. Past it a request is given out at once, undetermined, and a name is left out; both are counted.
    package var textBytesPerShard = 2 << 20
    /// Silence between two datagrams that makes the second one a new flow, in nanoseconds.
    package var datagramSilence: Int64 = 60_000_000_000
    /// Silence before a payload byte that is worth an `idleGap` event, in nanoseconds.
    package var idleGap: Int64 = 10_000_000_000

    package init() {}

    /// Bytes of a connection's record and of its place in the index, which is between three eighths and three quarters full.
    static let bytesPerFlow = MemoryLayout<ConnectionCore>.stride + 12
    /// Bytes that all but the tables takes while captures are read: buffers, batches, facts and rows under way.
    private static let bytesOutside: Int64 = 100 << 20
    private static let bytesAtLeast: Int64 = 32 << 20
    /// Of the room of a shard there is one HTTP/2 connection, and one QUIC handshake, for so many bytes.
    private static let bytesPerHTTP2 = 24 << 10
    private static let bytesPerHandshake = 8 << 10

    /// Sets the caps so that reading captures takes about so many bytes; a hundred and thirty million at least.
    package mutating func fit(memory bytes: Int64) {
        bytesPerShard = Int(clamping: max(bytes - Self.bytesOutside, Self.bytesAtLeast) / Int64(Shard.count))
        flowsPerShard = bytesPerShard / Self.bytesPerFlow
        pendingPerShard = flowsPerShard
        textBytesPerShard = bytesPerShard / 3
        bufferBytesPerShard = bytesPerShard / 6
        http2PerShard = bytesPerShard / Self.bytesPerHTTP2
        http2BytesPerShard = bytesPerShard / 4
        handshakesPerShard = bytesPerShard / Self.bytesPerHandshake
        handshakeBytesPerShard = bytesPerShard / 8
    }

    /// Whether the address may append to X-Forwarded-For: private, or a named load balancer.
    func isLoadBalancerSide(_ address: IPAddress) -> Bool {
        loadBalancers.canHoldLoadBalancer(address)
    }
}
