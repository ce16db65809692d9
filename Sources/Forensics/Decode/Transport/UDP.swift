import ForensicsModel

/// Decodes a UDP header and the tunnels that ride on it. RFC 768.
enum UDP {
    @inline(never)
    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        packet.transport = .udp
        guard layer.captured >= 8 else {
            if layer.captured >= 4 { readPorts(bytes, layer.position, &packet) }
            return Transport.setTruncated(layer, &packet)
        }
        readPorts(bytes, layer.position, &packet)
        let length = Int(bytes.uint16(at: layer.position &+ 4))
        var inner = layer.advanced(8)
        if length >= 8, length <= layer.length {
            inner.wireEnd = layer.position &+ length
            inner.end = min(inner.end, inner.wireEnd)
        } else if length != 0 || layer.length < 65_536 {
            // 0 stands for "longer than 65 535 bytes" in a jumbogram. RFC 2675, section 4.
            packet.note(.badUDPLength)
        }
        packet.setPayload(inner)
        switch packet.destinationPort {
        case VXLAN.port, VXLAN.linuxPort, VXLAN.extensionPort: VXLAN.decode(bytes, inner, &packet, &side)
        case GENEVE.port: GENEVE.decode(bytes, inner, &packet, &side)
        default: decodeReturning(bytes, inner, &packet, &side)
        }
    }

    /// Opens a tunnel whose port is the source's, as some endpoints answer, if its header leaves no doubt: the port may
    /// be any client's.
    private static func decodeReturning(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        switch packet.sourcePort {
        case VXLAN.port, VXLAN.linuxPort, VXLAN.extensionPort:
            if VXLAN.isCertain(bytes, layer) { VXLAN.decode(bytes, layer, &packet, &side) }
        case GENEVE.port:
            if GENEVE.isCertain(bytes, layer) { GENEVE.decode(bytes, layer, &packet, &side) }
        default: break
        }
    }

    private static func readPorts(_ bytes: Span<UInt8>, _ position: Int, _ packet: inout Packet) {
        packet.sourcePort = bytes.uint16(at: position)
        packet.destinationPort = bytes.uint16(at: position &+ 2)
    }
}
