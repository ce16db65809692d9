import ForensicsModel

/// Decodes a VXLAN header, what VPC traffic mirroring sends, and its generic extension. RFC 7348, section 5;
/// draft-ietf-nvo3-vxlan-gpe, section 3.
///
///     | flags (I = 0x08, P = 0x04) | reserved (2) | next protocol | VNI (3) | reserved (1) | frame or packet |
enum VXLAN {
    static let port: UInt16 = 4789
    /// What Linux took before the assignment.
    static let linuxPort: UInt16 = 8472
    /// The generic protocol extension's.
    static let extensionPort: UInt16 = 4790

    /// Whether the header leaves no doubt, reserved bits included, with something behind it.
    static func isCertain(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        guard layer.captured >= 22 else { return false }
        return isSound(bytes, layer)
    }

    /// Whether a header of eight bytes leaves no doubt.
    static func isSound(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        guard bytes[layer.position &+ 7] == 0 else { return false }
        let first = bytes.uint32(at: layer.position)
        return first == 0x0800_0000 || (first | 0x0400_0000 >= 0x0C00_0001 && first | 0x0400_0000 <= 0x0C00_0003)
    }

    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 8, bytes[layer.position] & 0x08 != 0 else { return packet.note(.malformedTunnel) }
        guard Tunnel.mayEnter(layer, &packet) else { return }
        let isExtended = packet.destinationPort == extensionPort || packet.sourcePort == extensionPort
        // Some senders name the protocol without the bit that says so.
        let named = isExtended ? bytes[layer.position &+ 3] : 0
        let next = named == 0 ? 3 : named
        guard next <= 3 else { return packet.note(.malformedTunnel) }
        let isMirror = packet.destinationPort == port
        var evidence = TunnelEvidence(kind: .vxlan)
        evidence.identifier = bytes.uint24(at: layer.position &+ 4)
        packet.label = Tunnel.label(packet.label, UInt64(evidence.identifier))
        Tunnel.enter(evidence, &packet, &side)
        if isMirror { packet.attributes.insert(.mirrored) }
        var inner = layer.advanced(8)
        inner.depth &+= 1
        if next == 3 {
            EthernetLink.decodeInner(bytes, inner, &packet, &side)
        } else {
            IP.decodeInner(bytes, inner, &packet, &side)
        }
    }
}
