import ForensicsModel

extension PacketAnonymizer {
    /// Rewrites a fragment that is not the first: zeros, but for what it may hold of a TCP header.
    ///
    /// The checksums of TCP and ICMPv6 cover the length of the whole, which the last fragment alone tells: it gets a word that
    /// takes the length out of the sum again, so that the first one's checksum, made without, is right.
    mutating func laterFragment(
        _ bytes: Span<UInt8>, _ layer: Layer, _ number: UInt8, offset: Int, isLast: Bool
    ) {
        var rest = layer
        if number == 6, offset < 20 {
            keep(bytes, layer.position, min(layer.captured, max(0, 16 - offset)))
            if offset <= 18, layer.captured >= 20 - offset { keep(bytes, layer.position + 18 - offset, 2) }
            rest = layer.advanced(min(layer.captured, 20 - offset))
        }
        zero(rest)
        guard isLast, number == 6 || number == 58, rest.captured >= 2 else { return }
        var sum = InternetChecksum()
        sum.add(offset + layer.length)
        let word = ~sum.folded
        out[rest.position] = UInt8(truncatingIfNeeded: word >> 8)
        out[rest.position + 1] = UInt8(truncatingIfNeeded: word)
    }
}
