import ForensicsModel

extension PacketAnonymizer {
    /// Rewrites an IP packet; returns whether there was one.
    @discardableResult
    mutating func internet(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        let version = layer.captured >= 1 ? bytes[layer.position] >> 4 : 0
        switch version {
        case 4: return internet4(bytes, layer)
        case 6: return internet6(bytes, layer)
        default:
            giveUp()
            return false
        }
    }

    private mutating func internet4(_ bytes: Span<UInt8>, _ layer: Layer) -> Bool {
        let start = layer.position
        keep(bytes, start, min(10, layer.captured))
        guard layer.captured >= 20 else {
            giveUp()
            return false
        }
        replaceV4(bytes, start + 12)
        replaceV4(bytes, start + 16)
        let headerLength = Int(bytes[start] & 15) * 4
        guard headerLength >= 20 else {
            giveUp()
            return false
        }
        let header = Layer(
            position: start, end: min(start + headerLength, layer.end), wireEnd: start + headerLength, depth: 0)
        let destination = options4(bytes, (start + 20)..<header.end)
        defer { renewChecksum(bytes, start + 10, header) }
        guard let total = totalLength(Int(bytes.uint16(at: start + 2)), headerLength, layer),
            header.end == header.wireEnd
        else {
            giveUp()
            return true
        }
        let inner = Layer(
            position: header.end, end: min(layer.end, start + total), wireEnd: start + total, depth: layer.depth)
        guard inner.position <= inner.end else { return true }
        let pseudo = PseudoHeader(source: start + 12, destination: destination ?? (start + 16), width: 4)
        let fragment = bytes.uint16(at: start + 6)
        let number = bytes[start + 9]
        if fragment & 0x1FFF != 0 {
            laterFragment(bytes, inner, number, offset: Int(fragment & 0x1FFF) * 8, isLast: fragment & 0x2000 == 0)
        } else {
            transport(bytes, number, inner, pseudo, isPart: fragment & 0x2000 != 0)
        }
        return true
    }

    /// The total length that counts: as `IPv4` has it.
    private func totalLength(_ total: Int, _ headerLength: Int, _ layer: Layer) -> Int? {
        if total == 0, layer.length >= headerLength { return layer.length }
        if total > layer.length, !state.trustsLengths { return layer.length >= headerLength ? layer.length : nil }
        return total >= headerLength ? total : nil
    }

    /// Rewrites the options of an IPv4 header: addresses of routes are replaced, what is not known is zeroed. RFC 791, section
    /// 3.1; RFC 2113.
    ///
    /// - Returns: where the packet's last destination stands, if a source route still has some.
    private mutating func options4(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound
        var last: Int?
        while index < range.upperBound {
            let type = bytes[index]
            if type <= 1 {
                keep(bytes, index, 1)
                if type == 0 { return last }
                index += 1
                continue
            }
            guard index + 1 < range.upperBound else { return last }
            let length = Int(bytes[index + 1])
            guard length >= 2, index + length <= range.upperBound else { return last }
            keep(bytes, index, 2)
            switch type {
            // Loose and strict source route, record route.
            case 131, 137, 7:
                guard length >= 3 else { break }
                keep(bytes, index + 2, 1)
                let places = stride(from: index + 3, through: index + length - 4, by: 4)
                for place in places { replaceV4(bytes, place) }
                if type != 7, Int(bytes[index + 2]) < length { last = places.map { $0 }.last }
            case 68: timestamps4(bytes, index, length)
            case 148 where length == 4: keep(bytes, index + 2, 2)
            default: break
            }
            index += length
        }
        return last
    }

    /// The timestamp option; the flag says whether addresses go with the times.
    private mutating func timestamps4(_ bytes: Span<UInt8>, _ index: Int, _ length: Int) {
        guard length >= 4 else { return }
        keep(bytes, index + 2, 2)
        let step = bytes[index + 3] & 15 == 0 ? 4 : 8
        for place in stride(from: index + 4, through: index + length - step, by: step) {
            if step == 8 { replaceV4(bytes, place) }
            keep(bytes, place + step - 4, 4)
        }
    }
}
