import ForensicsModel

/// Steps over a stack of MPLS labels; IP below it is told by its first four bits. RFC 3032, section 2.1.
///
///     | label (20 bits) | traffic class (3) | bottom of stack (1) | TTL (8) |
enum MPLS {
    /// How many labels are stepped over.
    static let labelLimit = 8

    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard Tunnel.mayEnter(layer, &packet) else { return packet.setPayload(layer) }
        var inner = layer
        inner.depth &+= 1
        var evidence = TunnelEvidence(kind: .mpls)
        for _ in 0..<labelLimit {
            guard inner.captured >= 4 else { return packet.setNonIP(inner, .truncatedLink) }
            let entry = bytes.uint32(at: inner.position)
            inner = inner.advanced(4)
            evidence.identifier = entry >> 12
            if entry & 0x100 != 0 { return decodeBottom(bytes, evidence, inner, &packet, &side) }
        }
        packet.setNonIP(inner, .tooManyVLANTags)
    }

    private static func decodeBottom(
        _ bytes: Span<UInt8>, _ evidence: TunnelEvidence, _ layer: Layer, _ packet: inout Packet,
        _ side: inout PacketSide
    ) {
        guard layer.captured >= 1 else { return packet.setNonIP(layer, .truncatedIP) }
        let version = bytes[layer.position] >> 4
        guard version == 4 || version == 6 else { return packet.setNonIP(layer) }
        Tunnel.enter(evidence, &packet, &side)
        IP.decodeInner(bytes, layer, &packet, &side)
    }
}
