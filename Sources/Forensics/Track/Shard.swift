package import ForensicsDecode
import ForensicsModel

/// The fixed division of all flows into parts that never touch each other's state.
///
/// Both directions of a flow, and the ICMP errors about it, are in one shard: the hash is symmetric. The number is
/// fixed, whatever the number of threads, so that caps and results do not depend on it.
package enum Shard {
    package static let count = 64
    /// A constant: the hash must be the same on every run, and captures come from the past.
    package static let seed: UInt64 = 0x6A09_E667_F3BC_C908

    /// The shard of a packet, from the hash that `hashes(of:into:)` gives it.
    @inline(__always)
    package static func of(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 58) }

    /// The shard of a packet of a batch.
    package static func of(_ packet: Packet, _ batch: PacketBatch) -> UInt8 {
        UInt8(truncatingIfNeeded: of(hash(packet, batch.icmpErrors.span)))
    }

    /// Replaces `hashes` by one hash a packet, in order; 0 for packets that belong to no flow (not IP, later
    /// fragments, headers that were not captured).
    package static func hashes(of batch: PacketBatch, into hashes: inout [UInt64]) {
        hashes.removeAll(keepingCapacity: true)
        hashes.reserveCapacity(batch.packets.count)
        let packets = batch.packets.span
        let errors = batch.icmpErrors.span
        for index in packets.indices { hashes.append(hash(packets[index], errors)) }
    }

    @inline(__always)
    static func hash(_ packet: Packet, _ errors: Span<ICMPError>) -> UInt64 {
        guard packet.attributes.isDisjoint(with: [.nonIP, .laterFragment, .firstFragment, .noTransport]) else { return 0 }
        let key: FlowKey
        if packet.icmpError >= 0, Int(packet.icmpError) < errors.count {
            key = quotedKey(errors[Int(packet.icmpError)], label: packet.label)
        } else {
            key = FlowKey(
                source: Endpoint(packet.source, packet.sourcePort),
                destination: Endpoint(packet.destination, packet.destinationPort), transport: packet.transport,
                label: packet.label)
        }
        // 0 says "no flow"; a hash that happens to be 0 moves by one bit.
        return max(key.hash(seed: seed), 1)
    }

    @inline(__always)
    static func quotedKey(_ error: ICMPError, label: UInt16) -> FlowKey {
        FlowKey(
            source: error.quotedSource, destination: error.quotedDestination, transport: error.quotedTransport,
            label: label)
    }
}
