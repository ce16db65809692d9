import ForensicsModel

extension PacketAnonymizer {
    /// Rewrites an IP payload by its protocol number, as `Transport` decodes it.
    ///
    /// - Parameter isPart: whether it is the first fragment of a datagram.
    mutating func transport(
        _ bytes: Span<UInt8>, _ number: UInt8, _ layer: Layer, _ pseudo: PseudoHeader, isPart: Bool
    ) {
        if isPart { state.trustsLengths = true }
        switch number {
        case 6: segment(bytes, layer, pseudo, isPart: isPart)
        case 17: datagram(bytes, layer, pseudo, isPart: isPart)
        case 1, 58: message(bytes, number, layer, pseudo, isPart: isPart)
        case 4, 41:
            guard layer.depth < PacketSide.tunnelDepth, layer.captured >= 1,
                bytes[layer.position] >> 4 == (number == 4 ? 4 : 6)
            else { return leave(bytes, layer) }
            var inner = layer
            inner.depth += 1
            internet(bytes, inner)
        case 47: encapsulated(bytes, layer, isPart: isPart)
        case 51: authenticated(bytes, layer, pseudo, isPart: isPart)
        case 137: labels(bytes, layer)
        default: leave(bytes, layer)
        }
    }

    /// Leaves an IP payload that is not understood.
    mutating func leave(_ bytes: Span<UInt8>, _ layer: Layer) {
        giveUp()
        mark(bytes, layer)
    }

    /// An authentication header in IPv4. RFC 4302, section 2.
    private mutating func authenticated(_ bytes: Span<UInt8>, _ layer: Layer, _ pseudo: PseudoHeader, isPart: Bool) {
        guard layer.captured >= 12 else { return giveUp() }
        let length = (Int(bytes[layer.position + 1]) + 2) * 4
        let next = bytes[layer.position]
        guard length >= 12, layer.captured >= length, next != 51 else { return giveUp() }
        keep(bytes, layer.position, 12)
        transport(bytes, next, layer.advanced(length), pseudo, isPart: isPart)
    }

    // MARK: - TCP

    private mutating func segment(_ bytes: Span<UInt8>, _ layer: Layer, _ pseudo: PseudoHeader, isPart: Bool) {
        let start = layer.position
        keep(bytes, start, min(16, layer.captured))
        guard layer.captured >= 20 else { return giveUp() }
        keep(bytes, start + 18, 2)
        let headerLength = Int(bytes[start + 12] >> 4) * 4
        if headerLength < 20 {
            giveUp()
            zero(layer.advanced(20))
        } else {
            let end = min(start + headerLength, layer.end)
            segmentOptions(bytes, (start + 20)..<end)
            let payload = Layer(position: end, end: layer.end, wireEnd: max(end, layer.wireEnd), depth: layer.depth)
            zero(payload)
            proxyHeaders(bytes, payload)
        }
        renewChecksum(bytes, start + 16, layer, isPart: isPart, pseudo: pseudo, number: 6)
    }

    /// Keeps the options that TCP itself needs: segment size, window scale, selective acknowledgments, timestamps, user
    /// time-out. All others are zeroed but for their type and length: some hold addresses or keys (MPTCP, Fast Open, TOA).
    private mutating func segmentOptions(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound {
            let kind = bytes[index]
            if kind <= 1 {
                keep(bytes, index, 1)
                if kind == 0 { return }
                index += 1
                continue
            }
            guard index + 1 < range.upperBound, bytes[index + 1] >= 2,
                index + Int(bytes[index + 1]) <= range.upperBound
            else {
                // What is malformed stays so: an option of no length.
                out[index] = 0xFE
                state.tally.replaced += 1
                return
            }
            let length = Int(bytes[index + 1])
            switch (kind, length) {
            case (2, 4), (3, 3), (4, 2), (5, 10), (5, 18), (5, 26), (5, 34), (8, 10), (28, 4):
                keep(bytes, index, length)
            default: keep(bytes, index, 2)
            }
            index += length
        }
    }

    // MARK: - UDP

    private mutating func datagram(_ bytes: Span<UInt8>, _ layer: Layer, _ pseudo: PseudoHeader, isPart: Bool) {
        let start = layer.position
        keep(bytes, start, min(6, layer.captured))
        guard layer.captured >= 8 else { return giveUp() }
        let length = Int(bytes.uint16(at: start + 4))
        var whole = layer
        if length >= 8, length <= layer.length || isPart {
            whole.wireEnd = start + length
            whole.end = min(layer.end, whole.wireEnd)
        }
        let inner = whole.advanced(8)
        if !isTunnel(bytes, inner) {
            zero(inner)
            mark(bytes, inner)
        }
        renewChecksum(bytes, start + 6, whole, isPart: isPart, pseudo: pseudo, number: 17)
    }

    /// Rewrites a tunnel over UDP, as `UDP` opens it; returns whether it is one.
    private mutating func isTunnel(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        let (source, destination) = (bytes.uint16(at: layer.position - 8), bytes.uint16(at: layer.position - 6))
        switch destination {
        case VXLAN.port, VXLAN.linuxPort, VXLAN.extensionPort:
            return virtualNetwork(bytes, layer, source, destination)
        case GENEVE.port: return encapsulation(bytes, layer)
        default: break
        }
        switch source {
        case VXLAN.port, VXLAN.linuxPort, VXLAN.extensionPort:
            guard VXLAN.isCertain(bytes, layer) else { return false }
            return virtualNetwork(bytes, layer, source, destination)
        case GENEVE.port:
            guard GENEVE.isCertain(bytes, layer) else { return false }
            return encapsulation(bytes, layer)
        default: return false
        }
    }

    /// Leaves a mark in a payload of zeros by which datagrams that differed still do: a keyed digest of its first bytes, in
    /// the last whole word of the first 32 bytes, where second sightings of one packet are told by it. The first eight bytes are
    /// zeros always: what stands there could be taken for a header.
    private mutating func mark(_ bytes: Span<UInt8>, _ layer: Layer) {
        guard layer.captured >= 16 else { return }
        let count = min(layer.captured, 32) / 8
        var digest = UInt64(layer.captured)
        for word in 0..<count { digest = addresses.scrambled(digest, bytes.uint64(at: layer.position + 8 * word)) }
        let place = layer.position + 8 * (count - 1)
        for index in 0..<8 { out[place + index] = UInt8(truncatingIfNeeded: digest >> UInt64(56 - 8 * index)) }
    }
}
