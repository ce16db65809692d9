import ForensicsModel

/// Decodes PPP frames and PPPoE sessions. RFC 1661; RFC 1662; RFC 2516, section 4; LINKTYPE_PPP, LINKTYPE_PPP_HDLC.
enum PPPLink {
    static let linkType: UInt16 = 9
    static let hdlcLinkType: UInt16 = 50

    @inline(never)
    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        var inner = layer
        if inner.captured >= 2, bytes.uint16(at: inner.position) == 0xFF03 { inner = inner.advanced(2) }
        guard inner.captured >= 2 else { return packet.setNonIP(inner, .truncatedLink) }
        // A number of one byte is odd: protocol field compression.
        let isShort = bytes[inner.position] & 1 != 0
        let number = isShort ? UInt16(bytes[inner.position]) : bytes.uint16(at: inner.position)
        inner = inner.advanced(isShort ? 1 : 2)
        switch number {
        case 0x0021, 0x0057: IP.decodeInner(bytes, inner, &packet, &side)
        case 0x0281, 0x0283: MPLS.decode(bytes, inner, &packet, &side)
        default: packet.setNonIP(inner)
        }
    }

    /// Steps over the six bytes of a PPPoE session header: version, type, code, session, length.
    static func decodeSession(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 8 else { return packet.setNonIP(layer, .truncatedLink) }
        guard bytes.uint16(at: layer.position) == 0x1100 else { return packet.setNonIP(layer) }
        decode(bytes, layer.advanced(6), &packet, &side)
    }
}
