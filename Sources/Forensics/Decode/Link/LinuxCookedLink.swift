import ForensicsModel

/// Decodes the pseudo header of captures on the `any` device, version 1. LINKTYPE_LINUX_SLL.
///
///     | packet type (2) | ARPHRD_ (2) | address length (2) | address (8) | protocol (2) |
enum LinuxCookedLink {
    @inline(never)
    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 16 else { return packet.setNonIP(layer, .truncatedLink) }
        setDirection(bytes.uint16(at: layer.position), &packet)
        let type = bytes.uint16(at: layer.position &+ 14)
        // Below 0x0600 stand Linux's own numbers, not lengths: 4 is a frame of 802.2.
        guard type >= 0x0600 || type == 4 else { return packet.setNonIP(layer.advanced(16)) }
        EtherType.decodeInner(bytes, type, layer.advanced(16), &packet, &side)
    }

    /// PACKET_HOST, PACKET_BROADCAST and PACKET_MULTICAST came in, PACKET_OUTGOING went out.
    @inline(__always)
    static func setDirection(_ packetType: UInt16, _ packet: inout Packet) {
        guard packet.captureDirection == 0 else { return }
        switch packetType {
        case 0, 1, 2: packet.captureDirection = 1
        case 4: packet.captureDirection = 2
        default: break
        }
    }
}

/// Version 2 of the pseudo header, which names the interface. LINKTYPE_LINUX_SLL2.
///
///     | protocol (2) | reserved (2) | interface (4) | ARPHRD_ (2) | packet type (1) | length (1) | address (8) |
enum LinuxCookedLink2 {
    @inline(never)
    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 20 else { return packet.setNonIP(layer, .truncatedLink) }
        LinuxCookedLink.setDirection(UInt16(bytes[layer.position &+ 10]), &packet)
        packet.interface = UInt16(truncatingIfNeeded: bytes.uint32(at: layer.position &+ 4))
        let type = bytes.uint16(at: layer.position)
        guard type >= 0x0600 || type == 4 else { return packet.setNonIP(layer.advanced(20)) }
        EtherType.decodeInner(bytes, type, layer.advanced(20), &packet, &side)
    }
}
