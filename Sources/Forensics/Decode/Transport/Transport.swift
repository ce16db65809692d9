import ForensicsModel

/// Chooses the decoder of an IP payload by its protocol number. IANA Protocol Numbers registry.
enum Transport {
    @inline(__always)
    static func decode(
        _ bytes: Span<UInt8>, _ number: UInt8, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        if number == 6 {
            TCP.decode(bytes, layer, &packet)
        } else {
            decodeOther(bytes, number, layer, &packet, &side)
        }
    }

    @inline(never)
    private static func decodeOther(
        _ bytes: Span<UInt8>, _ number: UInt8, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        switch number {
        case 17: UDP.decode(bytes, layer, &packet, &side)
        case 1, 58: ICMP.decode(bytes, number, layer, &packet, &side)
        case 4, 41: IPInIP.decode(bytes, number, layer, &packet, &side)
        case 47: GRE.decode(bytes, layer, &packet, &side)
        case 51: decodeAuthentication(bytes, layer, &packet, &side)
        case 137: MPLS.decode(bytes, layer, &packet, &side)
        default: packet.setPayload(layer)
        }
    }

    /// Notes a fragment. Its payload is the IP payload; the first one shows its ports, which are not to be tracked.
    @inline(never)
    static func decodeFragment(
        _ bytes: Span<UInt8>, _ place: FragmentPlace, _ layer: Layer, _ packet: inout Packet,
        _ side: inout PacketSide
    ) {
        packet.attributes.insert(place.offset == 0 ? .firstFragment : .laterFragment)
        packet.setPayload(layer)
        switch place.nextHeader {
        case 6: packet.transport = .tcp
        case 17: packet.transport = .udp
        case 1, 58: packet.transport = .icmp
        default: packet.transport = .other
        }
        if place.offset == 0, packet.transport == .tcp || packet.transport == .udp, layer.captured >= 4 {
            packet.sourcePort = bytes.uint16(at: layer.position)
            packet.destinationPort = bytes.uint16(at: layer.position &+ 2)
        }
        side.fragments.append(place)
    }

    /// Steps over an authentication header in IPv4. RFC 4302, section 2.
    private static func decodeAuthentication(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 12 else { return setTruncated(layer, &packet) }
        let length = (Int(bytes[layer.position &+ 1]) &+ 2) &* 4
        let next = bytes[layer.position]
        guard length >= 12, layer.captured >= length, next != 51 else { return setTruncated(layer, &packet) }
        decode(bytes, next, layer.advanced(length), &packet, &side)
    }

    /// Marks a packet whose transport header was not captured whole; its ports may be known.
    @inline(never)
    static func setTruncated(_ layer: Layer, _ packet: inout Packet) {
        packet.note(.truncatedTransport)
        if layer.captured < layer.length { packet.note(.headerCut) }
        packet.attributes.insert(.noTransport)
        packet.setPayload(layer)
    }
}
