import ForensicsModel

/// Decodes an IPv6 header and the extension headers after it. RFC 8200, sections 3 and 4.
///
///      0               1               2               3
///     +-------+---------------+---------------------------------------+
///     |version| traffic class |              flow label               |
///     +-------+---------------+-------+---------------+---------------+
///     |        payload length         |  next header  |   hop limit   |
///     +-------------------------------+---------------+---------------+
///     |                   source address (16 bytes)                   |
///     |                destination address (16 bytes)                 |
///     +---------------------------------------------------------------+
enum IPv6 {
    /// How many extension headers are stepped over.
    static let extensionLimit = 10

    @inline(never)
    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 40 else { return packet.setNonIP(layer, .truncatedIP) }
        let start = layer.position
        let header = bytes.extracting(start..<(start &+ 40))
        var length = Int(header.uint16(at: 4)) &+ 40
        packet.attributes.insert(.ipv6)
        packet.ttl = header[7]
        packet.source.high = header.uint64(at: 8)
        packet.source.low = header.uint64(at: 16)
        packet.destination.high = header.uint64(at: 24)
        packet.destination.low = header.uint64(at: 32)
        if length == 40 {
            // A jumbogram (RFC 2675) or segmentation offload: the frame's length counts.
            length = layer.length
        } else if length > layer.length {
            if packet.attributes.contains(.mirrored) {
                // A mirror sends the first bytes alone: the header's length is the truth.
                packet.note(.snaplenCut)
            } else {
                packet.note(.badIPTotalLength)
                length = layer.length
            }
        }
        let inner = Layer(
            position: start &+ 40, end: min(layer.end, start &+ length), wireEnd: start &+ length, depth: layer.depth)
        let next = header[6]
        if next == 6 || next == 17 {
            Transport.decode(bytes, next, inner, &packet, &side)
        } else {
            decodeExtensions(bytes, next, inner, &packet, &side)
        }
    }

    /// Decodes what follows the header: of a datagram that was put together, what followed its fragment headers.
    static func decodeExtensions(
        _ bytes: Span<UInt8>, _ first: UInt8, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        var next = first
        var inner = layer
        for _ in 0..<extensionLimit {
            guard let length = extensionLength(bytes, next, inner) else {
                return Transport.decode(bytes, next, inner, &packet, &side)
            }
            guard length >= 8, inner.captured >= length else {
                packet.note(.truncatedIP)
                packet.attributes.insert(.noTransport)
                return packet.setPayload(inner)
            }
            let header = inner.position
            inner.position = header &+ length
            if next == 44, decodeFragment(bytes, header, inner, &packet, &side) { return }
            next = bytes[header]
        }
        packet.note(.tooManyExtensionHeaders)
        packet.attributes.insert(.noTransport)
        packet.setPayload(inner)
    }

    /// Returns the length of the extension header of this type, 0 if it was not captured, or `nil` if the type is
    /// none: hop-by-hop, routing, destination options, mobility, HIP, shim6, fragment, authentication.
    static func extensionLength(_ bytes: Span<UInt8>, _ type: UInt8, _ layer: Layer) -> Int? {
        switch type {
        case 0, 43, 60, 135, 139, 140:
            return layer.captured >= 2 ? (Int(bytes[layer.position &+ 1]) &+ 1) &* 8 : 0
        case 44: return 8
        case 51: return layer.captured >= 2 ? (Int(bytes[layer.position &+ 1]) &+ 2) &* 4 : 0
        default: return nil
        }
    }

    /// Notes a fragment; returns false for an atomic one, which is whole. RFC 6946.
    private static func decodeFragment(
        _ bytes: Span<UInt8>, _ header: Int, _ inner: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) -> Bool {
        let field = bytes.uint16(at: header &+ 2)
        if field & 0xFFF9 == 0 { return false }
        let place = FragmentPlace(
            packet: side.index, offset: Int32(field & 0xFFF8), identification: bytes.uint32(at: header &+ 4),
            moreFollow: field & 1 != 0, nextHeader: bytes[header], depth: UInt8(clamping: inner.depth))
        Transport.decodeFragment(bytes, place, inner, &packet, &side)
        return true
    }
}
