import ForensicsModel

/// The link types that are decoded: a new one is a file in `Link/` and a line here.
enum LinkRegistry {
    /// Decodes a frame of any link type but Ethernet; returns false for one that is not supported.
    @inline(never)
    static func decode(
        _ linkType: UInt16, _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) -> Bool {
        switch linkType {
        case LinkType.linuxSLL: LinuxCookedLink.decode(bytes, layer, &packet, &side)
        case LinkType.linuxSLL2: LinuxCookedLink2.decode(bytes, layer, &packet, &side)
        case LinkType.null, LinkType.loop: NullLink.decode(bytes, layer, &packet, &side)
        case LinkType.raw, LinkType.rawBSD, LinkType.rawOpenBSD, LinkType.ipv4, LinkType.ipv6:
            IP.decodeInner(bytes, layer, &packet, &side)
        case PPPLink.linkType, PPPLink.hdlcLinkType: PPPLink.decode(bytes, layer, &packet, &side)
        default: return false
        }
        return true
    }
}
