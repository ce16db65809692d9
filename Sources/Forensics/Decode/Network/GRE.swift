import ForensicsModel

/// Decodes a GRE header, version 0, and ERSPAN types I to III inside. RFC 2784; RFC 2890; draft-foschiano-erspan.
///
///     | C R K S s | recur | flags | version | protocol type | [checksum, offset] | [key] | [sequence] |
enum GRE {
    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        packet.setPayload(layer)
        guard layer.captured >= 4 else { return Transport.setTruncated(layer, &packet) }
        let flags = bytes.uint16(at: layer.position)
        let type = bytes.uint16(at: layer.position &+ 2)
        // Version 1 carries PPTP; source routes (R) are long out of use. Both stay unopened.
        guard flags & 0x4007 == 0, Tunnel.mayEnter(layer, &packet) else { return }
        var length = 4 &+ (flags & 0x8000 != 0 ? 4 : 0)
        let keyPlace = layer.position &+ length
        length &+= (flags & 0x2000 != 0 ? 4 : 0) &+ (flags & 0x1000 != 0 ? 4 : 0)
        guard layer.captured >= length else { return packet.note(.malformedTunnel) }
        var evidence = TunnelEvidence(kind: .gre)
        if flags & 0x2000 != 0 { evidence.identifier = bytes.uint32(at: keyPlace) }
        var inner = layer.advanced(length)
        inner.depth &+= 1
        switch type {
        case 0x0800, 0x86DD, 0x8847, 0x8848, 0x8100:
            Tunnel.enter(evidence, &packet, &side)
            EtherType.decodeInner(bytes, type, inner, &packet, &side)
        case 0x6558:
            Tunnel.enter(evidence, &packet, &side)
            EthernetLink.decodeInner(bytes, inner, &packet, &side)
        case 0x88BE, 0x22EB:
            decodeERSPAN(bytes, type, flags & 0x1000 != 0, evidence, inner, &packet, &side)
        default: break
        }
    }

    /// Steps over the ERSPAN header: none in type I, eight bytes in type II, twelve or twenty in type III.
    private static func decodeERSPAN(
        _ bytes: Span<UInt8>, _ type: UInt16, _ hasSequence: Bool, _ evidence: TunnelEvidence, _ layer: Layer,
        _ packet: inout Packet, _ side: inout PacketSide
    ) {
        var evidence = evidence
        var length = 0
        if type == 0x22EB || hasSequence {
            length = type == 0x22EB ? 12 : 8
            guard layer.captured >= length else { return packet.note(.malformedTunnel) }
            evidence.identifier = UInt32(bytes.uint16(at: layer.position &+ 2) & 0x3FF)
            if type == 0x22EB, bytes[layer.position &+ 11] & 1 != 0 { length = 20 }
        }
        guard layer.captured >= length else { return packet.note(.malformedTunnel) }
        Tunnel.enter(evidence, &packet, &side)
        packet.attributes.insert(.mirrored)
        EthernetLink.decodeInner(bytes, layer.advanced(length), &packet, &side)
    }
}
