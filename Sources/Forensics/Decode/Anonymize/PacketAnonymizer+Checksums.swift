import ForensicsModel

/// Where the addresses are that a transport checksum covers. RFC 9293, section 3.1; RFC 8200, section 8.1.
struct PseudoHeader {
    /// The first byte of each address in the frame.
    var source: Int
    var destination: Int
    /// 4 or 16 bytes.
    var width: Int

    /// Adds the addresses to a sum.
    func add(to sum: inout InternetChecksum, _ bytes: Span<UInt8>) {
        sum.add(bytes, source..<(source + width))
        sum.add(bytes, destination..<(destination + width))
    }
}

extension PacketAnonymizer {
    /// Writes a checksum once everything that it covers is written.
    ///
    /// - Parameters:
    ///   - field: where it stands.
    ///   - layer: what it covers.
    ///   - isPart: whether `layer` is the first fragment of what it covers.
    ///   - pseudo: the addresses that it covers too.
    ///   - number: the protocol number that goes with them.
    mutating func renewChecksum(
        _ bytes: Span<UInt8>, _ field: Int, _ layer: Layer, isPart: Bool = false, pseudo: PseudoHeader? = nil,
        number: UInt8 = 0
    ) {
        guard field + 2 <= layer.end else { return }
        let old = bytes.uint16(at: field)
        // 0 stands for none over UDP.
        if old == 0, number == 17 { return keep(bytes, field, 2) }
        var sum = InternetChecksum()
        pseudo?.add(to: &sum, out.span)
        if pseudo != nil { sum.add(Int(number)) }
        // The length of a datagram in fragments is in its last one: see `laterFragment`.
        let length = isPart && number != 17 ? 0 : layer.length
        if pseudo != nil { sum.add(length) }
        sum.add(out.span, layer.position..<layer.end)
        var new = ~sum.folded
        if new == 0, number == 17 { new = 0xFFFF }
        let isWhole = layer.end == layer.wireEnd && !isPart
        if isWhole, !isRight(bytes, layer, pseudo, number) {
            if old != 0 { state.tally.wrongChecksums += 1 }
            new = old == 0 ? 0 : new == 0x5555 ? 0xAAAA : new ^ 0x5555
        } else if old == 0, !isWhole {
            new = 0
        }
        replace(field, 2, with: UInt64(new))
    }

    private func isRight(_ bytes: Span<UInt8>, _ layer: Layer, _ pseudo: PseudoHeader?, _ number: UInt8) -> Bool {
        var sum = InternetChecksum()
        pseudo?.add(to: &sum, bytes)
        if pseudo != nil {
            sum.add(Int(number))
            sum.add(layer.length)
        }
        sum.add(bytes, layer.position..<layer.end)
        return sum.folded == 0xFFFF
    }
}
