import ForensicsModel

extension PacketAnonymizer {
    /// Rewrites VXLAN, as `VXLAN` opens it; returns false where it is none.
    ///
    /// A header with reserved bits set may be another protocol on this port: then an IP packet must be found inside.
    mutating func virtualNetwork(
        _ bytes: Span<UInt8>, _ layer: Layer, _ source: UInt16, _ destination: UInt16
    ) -> Bool {
        let start = layer.position
        guard layer.captured >= 8, bytes[start] & 0x08 != 0, layer.depth < PacketSide.tunnelDepth else { return false }
        let isExtended = destination == VXLAN.extensionPort || source == VXLAN.extensionPort
        let named = isExtended ? bytes[start + 3] : 0
        let next = named == 0 ? 3 : named
        guard next <= 3 else { return false }
        let before = state
        let isSound = VXLAN.isSound(bytes, layer)
        keep(bytes, start, 1)
        if isExtended || isSound { keep(bytes, start + 3, 1) }
        keep(bytes, start + 4, 3)
        if destination == VXLAN.port { state.trustsLengths = true }
        var inner = layer.advanced(8)
        inner.depth += 1
        let isFound = next == 3 ? ethernet(bytes, inner) : internet(bytes, inner)
        if isFound || isSound { return true }
        takeBack(layer, before)
        return false
    }

    /// Rewrites GENEVE, as `GENEVE` opens it; returns false where it is none. AWS's options name an endpoint, an attachment and
    /// a flow: they are replaced, as they tell networks apart.
    mutating func encapsulation(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        let start = layer.position
        guard layer.captured >= 8, bytes[start] >> 6 == 0, layer.depth < PacketSide.tunnelDepth else { return false }
        let length = 8 + Int(bytes[start] & 0x3F) * 4
        let type = bytes.uint16(at: start + 2)
        guard layer.captured >= length, type == 0x0800 || type == 0x86DD || type == 0x6558 || type == 0x8847 else {
            return false
        }
        let before = state
        keep(bytes, start, 7)
        options(bytes, (start + 8)..<(start + length))
        var inner = layer.advanced(length)
        inner.depth += 1
        let isFound = type == 0x6558 ? ethernet(bytes, inner) : etherType(bytes, type, inner)
        if isFound || GENEVE.isSound(bytes, layer) { return true }
        takeBack(layer, before)
        return false
    }

    private mutating func options(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var index = range.lowerBound
        while index + 4 <= range.upperBound {
            let optionClass = bytes.uint16(at: index)
            let length = Int(bytes[index + 3] & 0x1F) * 4
            let data = index + 4
            guard data + length <= range.upperBound else { return }
            keep(bytes, index, 4)
            if optionClass == GENEVE.awsClass, length == 4 || length == 8 {
                let value = length == 8 ? bytes.uint64(at: data) : UInt64(bytes.uint32(at: data))
                replace(data, length, with: addresses.scrambled(UInt64(bytes[index + 2]), value))
            }
            index = data + length
        }
    }

    /// Leaves zeros after all for what was written of a tunnel: its header leaves a doubt, and no packet was found in it.
    private mutating func takeBack(_ layer: Layer, _ before: State) {
        for index in layer.position..<layer.end { out[index] = 0 }
        state = before
        giveUp()
    }

    /// Rewrites GRE, version 0, and ERSPAN inside, as `GRE` opens them.
    mutating func encapsulated(_ bytes: Span<UInt8>, _ layer: Layer, isPart: Bool) {
        let start = layer.position
        guard layer.captured >= 4, layer.depth < PacketSide.tunnelDepth else { return leave(bytes, layer) }
        let flags = bytes.uint16(at: start)
        guard flags & 0x4007 == 0 else { return leave(bytes, layer) }
        let hasChecksum = flags & 0x8000 != 0
        let hasSequence = flags & 0x1000 != 0
        let rest = start + (hasChecksum ? 8 : 4)
        let length = (hasChecksum ? 8 : 4) + (flags & 0x2000 != 0 ? 4 : 0) + (hasSequence ? 4 : 0)
        guard layer.captured >= length else { return giveUp() }
        keep(bytes, start, 4)
        keep(bytes, rest, start + length - rest)
        var inner = layer.advanced(length)
        inner.depth += 1
        switch bytes.uint16(at: start + 2) {
        case 0x0800, 0x86DD, 0x8847, 0x8848, 0x8100: etherType(bytes, bytes.uint16(at: start + 2), inner)
        case 0x6558: ethernet(bytes, inner)
        case 0x88BE: mirrored(bytes, inner, headerLength: hasSequence ? 8 : 0)
        case 0x22EB: mirrored(bytes, inner, headerLength: 12)
        default: giveUp()
        }
        if hasChecksum { renewChecksum(bytes, start + 4, layer, isPart: isPart) }
    }

    /// Steps over the header of ERSPAN; of type III a further one of eight bytes may follow.
    private mutating func mirrored(_ bytes: Span<UInt8>, _ layer: Layer, headerLength: Int) {
        guard layer.captured >= headerLength else { return giveUp() }
        keep(bytes, layer.position, headerLength)
        let length = headerLength == 12 && bytes[layer.position + 11] & 1 != 0 ? 20 : headerLength
        guard layer.captured >= length else { return giveUp() }
        state.trustsLengths = true
        ethernet(bytes, layer.advanced(length))
    }
}
