import ForensicsModel

/// Decodes a VXLAN header: what VPC traffic mirroring sends. RFC 7348, section 5.
///
///     | flags (I = 0x08) | reserved (3) | VNI (3) | reserved (1) | Ethernet frame |
enum VXLAN {
    static let port: UInt16 = 4789
    /// What Linux took before the assignment.
    static let linuxPort: UInt16 = 8472

    /// Whether the header is exactly what the RFC asks for, reserved bits included, with a frame behind it.
    static func isCertain(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        layer.captured >= 22 && bytes.uint32(at: layer.position) == 0x0800_0000 && bytes[layer.position &+ 7] == 0
    }

    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 8, bytes[layer.position] & 0x08 != 0 else { return packet.note(.malformedTunnel) }
        guard Tunnel.mayEnter(layer, &packet) else { return }
        let isMirror = packet.destinationPort == port || packet.sourcePort == port
        var evidence = TunnelEvidence(kind: .vxlan)
        evidence.identifier = bytes.uint24(at: layer.position &+ 4)
        packet.label = Tunnel.label(packet.label, UInt64(evidence.identifier))
        Tunnel.enter(evidence, &packet, &side)
        if isMirror { packet.attributes.insert(.mirrored) }
        var inner = layer.advanced(8)
        inner.depth &+= 1
        EthernetLink.decodeInner(bytes, inner, &packet, &side)
    }
}
