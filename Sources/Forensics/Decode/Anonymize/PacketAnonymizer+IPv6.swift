import ForensicsModel

extension PacketAnonymizer {
    mutating func internet6(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        let start = layer.position
        keep(bytes, start, min(8, layer.captured))
        guard layer.captured >= 40 else {
            giveUp()
            return false
        }
        replaceV6(bytes, start + 8)
        replaceV6(bytes, start + 24)
        var length = Int(bytes.uint16(at: start + 4)) + 40
        if length == 40 || length > layer.length && !state.trustsLengths { length = layer.length }
        let inner = Layer(
            position: start + 40, end: min(layer.end, start + length), wireEnd: start + length, depth: layer.depth)
        extensions(
            bytes, bytes[start + 6], inner, PseudoHeader(source: start + 8, destination: start + 24, width: 16))
        return true
    }

    /// Rewrites extension headers and what follows them. RFC 8200, section 4.
    private mutating func extensions(_ bytes: Span<UInt8>, _ first: UInt8, _ layer: Layer, _ addresses: PseudoHeader) {
        var next = first
        var inner = layer
        var pseudo = addresses
        var isPart = false
        for _ in 0..<IPv6.extensionLimit {
            guard let length = IPv6.extensionLength(bytes, next, inner) else {
                return transport(bytes, next, inner, pseudo, isPart: isPart)
            }
            guard length >= 8, inner.captured >= length else { return giveUp() }
            let header = inner.position
            inner.position = header + length
            if next == 44 {
                keep(bytes, header, 8)
                let field = bytes.uint16(at: header + 2)
                if field & 0xFFF8 != 0 {
                    return laterFragment(
                        bytes, inner, bytes[header], offset: Int(field & 0xFFF8), isLast: field & 1 == 0)
                }
                isPart = isPart || field & 1 != 0
            } else {
                extensionHeader(bytes, next, header..<inner.position, &pseudo)
            }
            next = bytes[header]
        }
        giveUp()
    }

    private mutating func extensionHeader(
        _ bytes: Span<UInt8>, _ type: UInt8, _ range: Range<Int>, _ pseudo: inout PseudoHeader
    ) {
        let start = range.lowerBound
        keep(bytes, start, 2)
        switch type {
        case 0, 60: options6(bytes, (start + 2)..<range.upperBound, &pseudo)
        case 43: route6(bytes, range, &pseudo)
        // Authentication: reserved, index and sequence number; the value that proves it is zeroed.
        case 51: keep(bytes, start + 2, 10)
        default: break
        }
    }

    /// Options of hop-by-hop and destination headers: padding, router alert, jumbo length, and the home address, which the
    /// checksums cover in the source's place. RFC 2711; RFC 2675; RFC 6275, section 6.3.
    private mutating func options6(_ bytes: Span<UInt8>, _ range: Range<Int>, _ pseudo: inout PseudoHeader) {
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] == 0 {
                keep(bytes, index, 1)
                index += 1
                continue
            }
            guard index + 1 < range.upperBound else { return }
            let length = Int(bytes[index + 1])
            guard index + 2 + length <= range.upperBound else { return }
            keep(bytes, index, 2)
            switch (bytes[index], length) {
            case (0x05, 2), (0xC2, 4): keep(bytes, index + 2, length)
            case (0xC9, 16):
                replaceV6(bytes, index + 2)
                pseudo.source = index + 2
            default: break
            }
            index += 2 + length
        }
    }

    /// A routing header with whole addresses: types 0 and 2, and segment routing. The last destination is the one that
    /// checksums cover. RFC 2460, section 4.4; RFC 6275, section 6.4; RFC 8754, section 2.
    private mutating func route6(_ bytes: Span<UInt8>, _ range: Range<Int>, _ pseudo: inout PseudoHeader) {
        let start = range.lowerBound
        keep(bytes, start + 2, 2)
        let (type, left) = (bytes[start + 2], bytes[start + 3])
        guard type == 0 || type == 2 || type == 4 else { return }
        var count = (range.count - 8) / 16
        if type == 4 {
            keep(bytes, start + 4, 4)
            count = min(count, Int(bytes[start + 4]) + 1)
        }
        for index in 0..<count { replaceV6(bytes, start + 8 + 16 * index) }
        if left > 0, count > 0 { pseudo.destination = start + 8 + (type == 4 ? 0 : 16 * (count - 1)) }
    }
}
