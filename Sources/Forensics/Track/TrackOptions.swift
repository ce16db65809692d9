package import ForensicsModel

/// What shapes the facts that tracking gives: the same options and packets give the same facts.
///
/// Caps are entry counts per shard, so that the result does not depend on how shards are spread over threads.
package struct TrackOptions: Sendable {
    /// How long a request or SYN may stay unanswered, in nanoseconds.
    package var timeout: Int64 = 5_000_000_000
    /// Addresses of load balancers: their connections are `backend`, and their X-Forwarded-For is believed.
    package var loadBalancers: [IPNetwork] = []
    /// Proxies whose own X-Forwarded-For entry is stepped over, one to the left for each.
    package var trustedProxies: [IPNetwork] = []
    /// How many connections of the full traffic each one stands for.
    package var weight: UInt32 = 1
    package var keepsQueryStrings = false
    /// How far apart two sightings of one packet may be to be a duplicate, in nanoseconds.
    package var duplicateWindow: Int64 = 10_000_000
    /// Silence in packet time after which a flow is given out, in nanoseconds; `nil` offline: connections stay open
    /// until the evidence ends. Acted on by `Tracker.expire(at:)` alone.
    package var idleTimeout: Int64?
    /// Connections per shard; at the cap the least recently used closed ones, then the longest idle, are given out.
    package var flowsPerShard = 32_768
    /// Requests without their whole answer per shard; past the cap a request is given out at once, undetermined.
    package var pendingPerShard = 32_768
    /// Partial heads and segments waiting for a gap to be filled, per shard.
    package var buffersPerShard = 1_024
    /// Bytes in those buffers per shard.
    package var bufferBytesPerShard = 1 << 20
    /// HTTP/2 connections that are read at once, per shard: each has two header tables of up to 64 KiB.
    package var http2PerShard = 256
    /// Bytes of text that open connections and requests may keep, per shard; past it texts are left out, counted.
    package var textBytesPerShard = 2 << 20
    /// Silence between two datagrams that makes the second one a new flow, in nanoseconds.
    package var datagramSilence: Int64 = 60_000_000_000
    /// Silence before a payload byte that is worth an `idleGap` event, in nanoseconds.
    package var idleGap: Int64 = 10_000_000_000

    package init() {}

    /// Whether the address may append to X-Forwarded-For: private, or a named load balancer.
    func isLoadBalancerSide(_ address: IPAddress) -> Bool {
        address.isPrivate || loadBalancers.contains { $0.contains(address) }
    }
}
