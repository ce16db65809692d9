import ForensicsModel

extension PacketAnonymizer {
    /// Rewrites a frame by its link type, as `LinkRegistry` decodes it.
    mutating func link(_ linkType: UInt16, _ bytes: Span<UInt8>, _ layer: Layer) {
        switch linkType {
        case LinkType.ethernet: ethernet(bytes, layer)
        case LinkType.linuxSLL: cooked(bytes, layer)
        case LinkType.linuxSLL2: cooked2(bytes, layer)
        case LinkType.null, LinkType.loop: loopback(bytes, layer)
        case LinkType.raw, LinkType.rawBSD, LinkType.rawOpenBSD, LinkType.ipv4, LinkType.ipv6: internet(bytes, layer)
        case PPPLink.linkType, PPPLink.hdlcLinkType: pointToPoint(bytes, layer)
        default: giveUp()
        }
    }

    /// Rewrites an Ethernet frame; returns whether an IP packet or ARP was found in it.
    @discardableResult
    mutating func ethernet(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        guard layer.captured >= 14 else {
            giveUp()
            return false
        }
        replaceHardware(bytes, layer.position)
        replaceHardware(bytes, layer.position + 6)
        keep(bytes, layer.position + 12, 2)
        return etherType(bytes, bytes.uint16(at: layer.position + 12), layer.advanced(14))
    }

    /// Rewrites what an EtherType announces.
    @discardableResult
    mutating func etherType(_ bytes: Span<UInt8>, _ first: UInt16, _ layer: Layer) -> Bool {
        var type = first
        var inner = layer
        var tags = 0
        while EtherType.isTag(type), inner.captured >= 4, tags < EtherType.tagLimit {
            keep(bytes, inner.position, 4)
            type = bytes.uint16(at: inner.position + 2)
            inner = inner.advanced(4)
            tags += 1
        }
        switch type {
        case 0x0800, 0x86DD: return internet(bytes, inner)
        case 0x8847, 0x8848: return labels(bytes, inner)
        case 0x8864: return session(bytes, inner)
        case 0x0806: return addressResolution(bytes, inner)
        case 0..<0x0600: return logicalLink(bytes, inner)
        default:
            giveUp()
            return false
        }
    }

    /// Steps over LLC and SNAP. IEEE 802.2; RFC 1042.
    private mutating func logicalLink(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        guard layer.captured >= 8, bytes.uint32(at: layer.position) == 0xAAAA_0300,
            bytes.uint16(at: layer.position + 4) == 0
        else {
            giveUp()
            return false
        }
        let type = bytes.uint16(at: layer.position + 6)
        guard type == 0x0800 || type == 0x86DD else {
            giveUp()
            return false
        }
        keep(bytes, layer.position, 8)
        return internet(bytes, layer.advanced(8))
    }

    /// ARP for IPv4 over Ethernet. RFC 826.
    private mutating func addressResolution(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        let start = layer.position
        guard layer.captured >= 28, bytes.uint32(at: start) == 0x0001_0800, bytes.uint16(at: start + 4) == 0x0604 else {
            giveUp()
            return false
        }
        keep(bytes, start, 8)
        for sender in [start + 8, start + 18] {
            replaceHardware(bytes, sender)
            replaceV4(bytes, sender + 6)
        }
        return true
    }

    private mutating func cooked(_ bytes: Span<UInt8>, _ layer: Layer) {
        guard layer.captured >= 16 else { return giveUp() }
        let start = layer.position
        keep(bytes, start, 6)
        // Of tunnels it is an address of IP.
        if bytes.uint16(at: start + 4) == 6 { replaceHardware(bytes, start + 6) }
        keep(bytes, start + 14, 2)
        cookedPayload(bytes, bytes.uint16(at: start + 14), layer.advanced(16))
    }

    private mutating func cooked2(_ bytes: Span<UInt8>, _ layer: Layer) {
        guard layer.captured >= 20 else { return giveUp() }
        let start = layer.position
        keep(bytes, start, 2)
        keep(bytes, start + 4, 8)
        if bytes[start + 11] == 6 { replaceHardware(bytes, start + 12) }
        cookedPayload(bytes, bytes.uint16(at: start), layer.advanced(20))
    }

    private mutating func cookedPayload(_ bytes: Span<UInt8>, _ type: UInt16, _ layer: Layer) {
        guard type >= 0x0600 || type == 4 else { return giveUp() }
        etherType(bytes, type, layer)
    }

    private mutating func loopback(_ bytes: Span<UInt8>, _ layer: Layer) {
        guard layer.captured >= 4, NullLink.isIP(bytes, layer) else { return giveUp() }
        keep(bytes, layer.position, 4)
        internet(bytes, layer.advanced(4))
    }

    @discardableResult
    private mutating func pointToPoint(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        var inner = layer
        if inner.captured >= 2, bytes.uint16(at: inner.position) == 0xFF03 {
            keep(bytes, inner.position, 2)
            inner = inner.advanced(2)
        }
        guard inner.captured >= 2 else {
            giveUp()
            return false
        }
        let isShort = bytes[inner.position] & 1 != 0
        let number = isShort ? UInt16(bytes[inner.position]) : bytes.uint16(at: inner.position)
        keep(bytes, inner.position, isShort ? 1 : 2)
        inner = inner.advanced(isShort ? 1 : 2)
        switch number {
        case 0x0021, 0x0057: return internet(bytes, inner)
        case 0x0281, 0x0283: return labels(bytes, inner)
        default:
            giveUp()
            return false
        }
    }

    /// Steps over the header of a PPPoE session. RFC 2516, section 4.
    private mutating func session(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        guard layer.captured >= 8, bytes.uint16(at: layer.position) == 0x1100 else {
            giveUp()
            return false
        }
        keep(bytes, layer.position, 6)
        return pointToPoint(bytes, layer.advanced(6))
    }

    /// Steps over MPLS labels. RFC 3032.
    @discardableResult
    mutating func labels(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        guard layer.depth < PacketSide.tunnelDepth else {
            giveUp()
            return false
        }
        var inner = layer
        inner.depth += 1
        for _ in 0..<MPLS.labelLimit {
            guard inner.captured >= 4 else { break }
            let isLast = bytes[inner.position + 2] & 1 != 0
            keep(bytes, inner.position, 4)
            inner = inner.advanced(4)
            if isLast { return internet(bytes, inner) }
        }
        giveUp()
        return false
    }
}
