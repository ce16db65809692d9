import ForensicsDecode
import ForensicsModel
import ForensicsTrack

/// The packets of a stretch of a capture and the hash of each one's flow.
struct DecodedBatch: Sendable {
    var packets = PacketBatch()
    var hashes: [UInt64] = []
    /// The time of the latest packet, in nanoseconds; `Int64.min` without packets.
    private(set) var latest = Int64.min

    /// Brings the hashes and the latest time up to date with the packets.
    mutating func hash() {
        Shard.hashes(of: packets, into: &hashes)
        latest = Self.latest(packets.packets.span)
    }

    private static func latest(_ packets: Span<Packet>) -> Int64 {
        var latest = Int64.min
        for index in packets.indices { latest = max(latest, packets[index].time.nanoseconds) }
        return latest
    }
}
