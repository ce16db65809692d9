import ForensicsModel

/// Decodes an IP packet of the version that its first four bits name.
enum IP {
    @inline(__always)
    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 1 else { return packet.setNonIP(layer, .truncatedIP) }
        let version = bytes[layer.position] >> 4
        if version == 4 {
            IPv4.decode(bytes, layer, &packet, &side)
        } else if version == 6 {
            IPv6.decode(bytes, layer, &packet, &side)
        } else {
            packet.setNonIP(layer, .badIPHeaderLength)
        }
    }

    /// The same, not inlined: for all ways to an IP packet but the most common one.
    @inline(never)
    static func decodeInner(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        decode(bytes, layer, &packet, &side)
    }
}

/// Decodes an IPv4 header. RFC 791, section 3.1.
///
///      0               1               2               3
///     +-------+-------+---------------+-------------------------------+
///     |version| length|  service      |          total length         |
///     +-------+-------+---------------+-----+-------------------------+
///     |        identification         |flags|     fragment offset     |
///     +---------------+---------------+-----+-------------------------+
///     | time to live  |   protocol    |        header checksum        |
///     +---------------+---------------+-------------------------------+
///     |                        source address                         |
///     |                      destination address                      |
///     +---------------------------------------------------------------+
enum IPv4 {
    @inline(__always)
    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 20 else { return packet.setNonIP(layer, .truncatedIP) }
        let start = layer.position
        // Two words and the destination: three loads instead of one for each field.
        let first = bytes.uint64(at: start)
        let second = bytes.uint64(at: start &+ 8)
        let headerLength = Int(truncatingIfNeeded: first >> 56 & 15) &* 4
        var total = Int(truncatingIfNeeded: first >> 32 & 0xFFFF)
        let fragment = UInt16(truncatingIfNeeded: first)
        let number = UInt8(truncatingIfNeeded: second >> 48)
        packet.ipID = UInt16(truncatingIfNeeded: first >> 16)
        packet.ttl = UInt8(truncatingIfNeeded: second >> 56)
        packet.source.setV4(UInt32(truncatingIfNeeded: second))
        packet.destination.setV4(bytes.uint32(at: start &+ 16))
        if headerLength < 20 || total < headerLength || total > layer.length {
            guard let repaired = repair(layer, headerLength, total, &packet) else { return }
            total = repaired
        }
        var inner = Layer(
            position: start &+ headerLength, end: min(layer.end, start &+ total), wireEnd: start &+ total,
            depth: layer.depth)
        if inner.position > inner.end {
            inner.position = inner.end
            packet.note(.truncatedIP)
            packet.attributes.insert(.noTransport)
            return packet.setPayload(inner)
        }
        if fragment & 0x3FFF != 0 {
            return decodeFragment(bytes, inner, fragment, number, &packet, &side)
        }
        Transport.decode(bytes, number, inner, &packet, &side)
    }

    /// Returns the total length to go on with where the header's own cannot be, or `nil` to give up.
    ///
    /// A total of 0 is segmentation offload: the frame's length counts. A total beyond the frame is cut to it, except
    /// in a mirror, which sends the first bytes alone: there it is the truth.
    @inline(never)
    private static func repair(_ layer: Layer, _ headerLength: Int, _ total: Int, _ packet: inout Packet) -> Int? {
        if headerLength >= 20, total == 0, layer.length >= headerLength { return layer.length }
        if headerLength >= 20, total > layer.length {
            if packet.attributes.contains(.mirrored) {
                packet.note(.snaplenCut)
                return total
            }
            packet.note(.badIPTotalLength)
            if layer.length >= headerLength { return layer.length }
        }
        packet.note(headerLength < 20 ? .badIPHeaderLength : .badIPTotalLength)
        packet.attributes.insert(.noTransport)
        packet.setPayload(layer)
        return nil
    }

    @inline(never)
    private static func decodeFragment(
        _ bytes: Span<UInt8>, _ inner: Layer, _ fragment: UInt16, _ nextHeader: UInt8, _ packet: inout Packet,
        _ side: inout PacketSide
    ) {
        let place = FragmentPlace(
            packet: side.index, offset: Int32(fragment & 0x1FFF) &* 8, identification: UInt32(packet.ipID),
            moreFollow: fragment & 0x2000 != 0, nextHeader: nextHeader, depth: UInt8(clamping: inner.depth))
        Transport.decodeFragment(bytes, place, inner, &packet, &side)
    }
}

extension IPAddress {
    /// Takes the value of an IPv4 address, in its mapped form.
    @inline(__always)
    fileprivate mutating func setV4(_ value: UInt32) {
        high = 0
        low = 0x0000_FFFF_0000_0000 | UInt64(value)
    }
}
