import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Synchronization

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

/// Batches that go round between the decoding and the tracking threads instead of being made anew.
final class BatchPool: Sendable {
    private let batches = Mutex<[DecodedBatch]>([])
    /// More than this many are let go.
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// A batch that somebody gave back, or a new one.
    func take() -> DecodedBatch { batches.withLock { $0.popLast() ?? DecodedBatch() } }

    /// Takes a batch that nobody else refers to any more.
    func give(_ batch: consuming DecodedBatch) {
        let batch = batch
        batches.withLock { if $0.count < limit { $0.append(batch) } }
    }
}
