import ForensicsModel

/// Decodes an ICMP or ICMPv6 message and the packet that an error quotes. RFC 792; RFC 4443.
enum ICMP {
    @inline(never)
    static func decode(
        _ bytes: Span<UInt8>, _ number: UInt8, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        packet.transport = .icmp
        guard layer.captured >= 4 else { return Transport.setTruncated(layer, &packet) }
        let type = bytes[layer.position]
        let code = bytes[layer.position &+ 1]
        packet.sourcePort = UInt16(type)
        packet.destinationPort = UInt16(code)
        guard layer.captured >= 8 else { return Transport.setTruncated(layer, &packet) }
        packet.setPayload(layer.advanced(8))
        let isV6 = number == 58
        if isV6 ? type == 128 || type == 129 : type == 8 || type == 0 {
            packet.sourcePort = bytes.uint16(at: layer.position &+ 4)
            packet.destinationPort = packet.sourcePort
        }
        let isError = isV6 ? type >= 1 && type <= 4 : type == 3 || type == 4 || type == 5 || type == 11 || type == 12
        guard isError, var error = quoted(bytes, type, code, layer.advanced(8), packet) else { return }
        if isV6 ? type == 2 : type == 3 && code == 4 {
            error.nextHopMTU =
                isV6 ? bytes.uint32(at: layer.position &+ 4) : UInt32(bytes.uint16(at: layer.position &+ 6))
        }
        packet.icmpError = Int32(truncatingIfNeeded: side.icmpErrors.count)
        side.icmpErrors.append(error)
    }

    /// Reads the addresses and ports of the quoted packet; `nil` where they were not captured or not sent.
    private static func quoted(
        _ bytes: Span<UInt8>, _ type: UInt8, _ code: UInt8, _ layer: Layer, _ packet: Packet
    ) -> ICMPError? {
        guard layer.captured >= 20 else { return nil }
        let start = layer.position
        var source = IPAddress.unspecified
        var destination = IPAddress.unspecified
        var header = 0
        var next: UInt8 = 0
        if bytes[start] >> 4 == 4 {
            header = Int(bytes[start] & 15) &* 4
            next = bytes[start &+ 9]
            source = IPAddress(v4: bytes.uint32(at: start &+ 12))
            destination = IPAddress(v4: bytes.uint32(at: start &+ 16))
            guard header >= 20, bytes.uint16(at: start &+ 6) & 0x1FFF == 0 else { return nil }
        } else if bytes[start] >> 4 == 6, layer.captured >= 40 {
            header = 40
            next = bytes[start &+ 6]
            source = IPAddress(high: bytes.uint64(at: start &+ 8), low: bytes.uint64(at: start &+ 16))
            destination = IPAddress(high: bytes.uint64(at: start &+ 24), low: bytes.uint64(at: start &+ 32))
            skipExtensions(bytes, layer, &header, &next)
        } else {
            return nil
        }
        guard layer.captured >= header &+ 4 else { return nil }
        let hasPorts = next == 6 || next == 17
        let ports = start &+ header
        return ICMPError(
            type: type, code: code, reporter: packet.source,
            quotedSource: Endpoint(source, hasPorts ? bytes.uint16(at: ports) : 0),
            quotedDestination: Endpoint(destination, hasPorts ? bytes.uint16(at: ports &+ 2) : 0),
            quotedTransport: next == 6 ? .tcp : next == 17 ? .udp : next == 1 || next == 58 ? .icmp : .other)
    }

    private static func skipExtensions(
        _ bytes: Span<UInt8>, _ layer: Layer, _ header: inout Int, _ next: inout UInt8
    ) {
        for _ in 0..<IPv6.extensionLimit {
            guard layer.captured >= header &+ 8 else { return }
            let at = layer.position &+ header
            switch next {
            case 0, 43, 60: header &+= (Int(bytes[at &+ 1]) &+ 1) &* 8
            case 44:
                // The rest of a fragment that is not the first has no ports.
                guard bytes.uint16(at: at &+ 2) & 0xFFF8 == 0 else { return next = 59 }
                header &+= 8
            default: return
            }
            next = bytes[at]
        }
    }
}
