package import ForensicsDecode
import ForensicsModel

/// The fixed division of all flows into parts that never touch each other's state.
///
/// Both directions of a flow, and the ICMP errors about it, are in one shard: the hash is symmetric. The number is
/// fixed, whatever the number of threads, so that caps and results do not depend on it.
package enum Shard {
    /// How many there are; the top six bits of a hash tell which one.
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

    /// Packets that belong to no flow; written as a number because a set literal is built at run time.
    private static let untracked =
        PacketAttributes.nonIP.rawValue | PacketAttributes.laterFragment.rawValue
        | PacketAttributes.firstFragment.rawValue | PacketAttributes.noTransport.rawValue

    @inline(__always)
    static func hash(_ packet: Packet, _ errors: Span<ICMPError>) -> UInt64 {
        guard packet.attributes.rawValue & untracked == 0 else { return 0 }
        if packet.icmpError >= 0, Int(packet.icmpError) < errors.count {
            let error = errors[Int(packet.icmpError)]
            let digests =
                digest(error.quotedSource.address, error.quotedSource.port)
                &+ digest(error.quotedDestination.address, error.quotedDestination.port)
            return hash(digests, error.quotedTransport, packet.label)
        }
        let digests =
            digest(packet.source, packet.sourcePort) &+ digest(packet.destination, packet.destinationPort)
        return hash(digests, packet.transport, packet.label)
    }

    /// The hash of a connection: that of its packets in either direction.
    @inline(__always)
    static func hash(of core: ConnectionCore) -> UInt64 {
        let digests =
            digest(core.originator, core.originatorPort) &+ digest(core.responder, core.responderPort)
        return hash(digests, core.transport, core.label)
    }

    /// Never 0, which says "no flow".
    @inline(__always)
    private static func hash(_ digests: UInt64, _ transport: TransportProtocol, _ label: UInt16) -> UInt64 {
        let rest = UInt64(code(transport)) << 16 | UInt64(label)
        return max((digests ^ rest).foldedProduct(with: seed ^ 0x94D0_49BB_1331_11EB), 1)
    }

    @inline(__always)
    private static func code(_ transport: TransportProtocol) -> UInt8 {
        switch transport {
        case .tcp: 6
        case .udp: 17
        case .icmp: 1
        case .other: 0
        }
    }

    @inline(__always)
    static func digest(_ address: IPAddress, _ port: UInt16) -> UInt64 {
        let place = (address.high ^ seed).foldedProduct(with: address.low ^ 0x9E37_79B9_7F4A_7C15)
        return (place ^ UInt64(port)).foldedProduct(with: 0xBF58_476D_1CE4_E5B9)
    }
}
