import ForensicsModel

/// Decodes an Ethernet frame. IEEE 802.3; LINKTYPE_ETHERNET.
///
///     | destination (6) | source (6) | EtherType or length (2) | …
enum EthernetLink {
    @inline(__always)
    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 14 else { return packet.setNonIP(layer, .truncatedLink) }
        let type = bytes.uint16(at: layer.position &+ 12)
        if type == 0x0800 {
            IP.decode(bytes, layer.advanced(14), &packet, &side)
        } else {
            EtherType.decodeInner(bytes, type, layer.advanced(14), &packet, &side)
        }
    }

    /// The same, not inlined: for frames inside tunnels.
    @inline(never)
    static func decodeInner(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 14 else { return packet.setNonIP(layer, .truncatedLink) }
        EtherType.decodeInner(bytes, bytes.uint16(at: layer.position &+ 12), layer.advanced(14), &packet, &side)
    }
}

/// Decodes what an EtherType announces: IP, tags before it, or nothing that is of interest. IANA IEEE 802 Numbers.
enum EtherType {
    /// How many VLAN tags are stepped over. IEEE 802.1Q, 802.1ad.
    static let tagLimit = 4

    @inline(never)
    static func decodeInner(
        _ bytes: Span<UInt8>, _ first: UInt16, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        var type = first
        var inner = layer
        var tags = 0
        while isTag(type) {
            guard inner.captured >= 4 else { return packet.setNonIP(inner, .truncatedLink) }
            guard tags < tagLimit else { return packet.setNonIP(inner, .tooManyVLANTags) }
            type = bytes.uint16(at: inner.position &+ 2)
            inner = inner.advanced(4)
            tags &+= 1
        }
        switch type {
        case 0x0800, 0x86DD: IP.decodeInner(bytes, inner, &packet, &side)
        case 0x8847, 0x8848: MPLS.decode(bytes, inner, &packet, &side)
        case 0x8864: PPPLink.decodeSession(bytes, inner, &packet, &side)
        case 0..<0x0600: decodeLLC(bytes, inner, &packet, &side)
        default: packet.setNonIP(inner)
        }
    }

    static func isTag(_ type: UInt16) -> Bool {
        type == 0x8100 || type == 0x88A8 || type == 0x9100 || type == 0x9200
    }

    /// Steps over LLC and SNAP: a length instead of an EtherType came before. IEEE 802.2; RFC 1042.
    private static func decodeLLC(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 8, bytes.uint32(at: layer.position) == 0xAAAA_0300,
            bytes.uint16(at: layer.position &+ 4) == 0
        else { return packet.setNonIP(layer) }
        let type = bytes.uint16(at: layer.position &+ 6)
        guard type == 0x0800 || type == 0x86DD else { return packet.setNonIP(layer) }
        IP.decodeInner(bytes, layer.advanced(8), &packet, &side)
    }
}
