import ForensicsModel

/// Decodes the loopback encapsulations of BSD: an address family of four bytes before the packet, in the byte order of
/// the writer (NULL) or of the network (LOOP). Both orders are taken for either. LINKTYPE_NULL, LINKTYPE_LOOP.
enum NullLink {
    @inline(never)
    static func decode(
        _ bytes: Span<UInt8>, _ layer: Layer, _ packet: inout Packet, _ side: inout PacketSide
    ) {
        guard layer.captured >= 4 else { return packet.setNonIP(layer, .truncatedLink) }
        guard isIP(bytes, layer) else { return packet.setNonIP(layer.advanced(4)) }
        IP.decodeInner(bytes, layer.advanced(4), &packet, &side)
    }

    /// Whether the four bytes at the start name a family of IP.
    static func isIP(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        let written = bytes.uint32(at: layer.position)
        let family = written & 0xFFFF == 0 ? written.byteSwapped : written
        // AF_INET; AF_INET6 of NetBSD and OpenBSD, FreeBSD, Darwin, Linux.
        return switch family {
        case 2, 24, 28, 30, 10: true
        default: false
        }
    }
}
