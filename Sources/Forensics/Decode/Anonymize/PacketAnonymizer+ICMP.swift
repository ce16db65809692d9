import ForensicsModel

extension PacketAnonymizer {
    /// Rewrites an ICMP or ICMPv6 message: the numbers of echoes, the limits of errors, the addresses of redirects and of
    /// neighbour discovery, and the packet that an error quotes. RFC 792; RFC 4443; RFC 4861; RFC 2710.
    mutating func message(
        _ bytes: Span<UInt8>, _ number: UInt8, _ layer: Layer, _ pseudo: PseudoHeader, isPart: Bool
    ) {
        let start = layer.position
        keep(bytes, start, min(2, layer.captured))
        guard layer.captured >= 8 else { return giveUp() }
        if number == 58 {
            message6(bytes, layer)
        } else {
            message4(bytes, layer)
        }
        renewChecksum(
            bytes, start + 2, layer, isPart: isPart, pseudo: number == 58 ? pseudo : nil, number: number)
    }

    private mutating func message4(_ bytes: Span<UInt8>, _ layer: Layer) {
        let start = layer.position
        switch bytes[start] {
        // Identifier and sequence number of what is asked and answered.
        case 0, 8, 13...18:
            keep(bytes, start + 4, 4)
            zero(layer.advanced(8))
        case 3:
            if bytes[start + 1] == 4 { keep(bytes, start + 6, 2) }
            quoted(bytes, layer.advanced(8))
        case 4, 11: quoted(bytes, layer.advanced(8))
        case 5:
            replaceV4(bytes, start + 4)
            quoted(bytes, layer.advanced(8))
        case 12:
            keep(bytes, start + 4, 1)
            quoted(bytes, layer.advanced(8))
        default: giveUp()
        }
    }

    private mutating func message6(_ bytes: Span<UInt8>, _ layer: Layer) {
        let start = layer.position
        let type = bytes[start]
        switch type {
        case 1, 3: quoted(bytes, layer.advanced(8))
        case 2, 4:
            keep(bytes, start + 4, 4)
            quoted(bytes, layer.advanced(8))
        case 128, 129:
            keep(bytes, start + 4, 4)
            zero(layer.advanced(8))
        case 130...132: discovery(bytes, layer, addresses: 1, optionsFrom: 24)
        case 133: discovery(bytes, layer, addresses: 0, optionsFrom: 8)
        case 134: discovery(bytes, layer, addresses: 0, optionsFrom: 16)
        case 135, 136: discovery(bytes, layer, addresses: 1, optionsFrom: 24)
        case 137: discovery(bytes, layer, addresses: 2, optionsFrom: 40)
        default: giveUp()
        }
    }

    /// Neighbour and multicast listener discovery: four bytes of flags and times, addresses, options.
    private mutating func discovery(_ bytes: Span<UInt8>, _ layer: Layer, addresses count: Int, optionsFrom length: Int)
    {
        guard layer.captured >= length else { return giveUp() }
        keep(bytes, layer.position + 4, count == 0 ? length - 4 : 4)
        for index in 0..<count { replaceV6(bytes, layer.position + 8 + 16 * index) }
        if bytes[layer.position] < 133 { return }
        var index = layer.position + length
        while index + 8 <= layer.end {
            let size = Int(bytes[index + 1]) * 8
            guard size > 0, index + size <= layer.end else { return giveUp() }
            discoveryOption(bytes, index, size)
            index += size
        }
    }

    /// Hardware addresses, the prefix and the MTU; all else but type and length is zeroed. RFC 4861, section 4.6.
    private mutating func discoveryOption(_ bytes: Span<UInt8>, _ index: Int, _ size: Int) {
        keep(bytes, index, 2)
        switch (bytes[index], size) {
        case (1, 8), (2, 8): replaceHardware(bytes, index + 2)
        case (3, 32):
            keep(bytes, index + 2, 14)
            let mask = PrefixCipher.Bits.mask(min(Int(bytes[index + 2]), 128))
            let prefix = addresses.replacing(
                IPAddress(high: bytes.uint64(at: index + 16), low: bytes.uint64(at: index + 24)))
            write(IPAddress(high: prefix.high & mask.high, low: prefix.low & mask.low), index + 16)
        case (5, 8): keep(bytes, index + 2, 6)
        default: break
        }
    }

    /// The packet that an error quotes, or its beginning. Extensions behind it (RFC 4884) are zeroed.
    private mutating func quoted(_ bytes: Span<UInt8>, _ layer: Layer) {
        guard layer.depth < PacketSide.tunnelDepth else { return giveUp() }
        var inner = layer
        inner.depth += 1
        state.trustsLengths = true
        // That the rest is missing is in the nature of a quote.
        let isUnread = state.isUnread
        internet(bytes, inner)
        state.isUnread = isUnread
    }
}
