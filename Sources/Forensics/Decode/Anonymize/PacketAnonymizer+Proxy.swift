import ForensicsModel

extension PacketAnonymizer {
    /// Writes headers of the PROXY protocol at the start of a payload that was zeroed, with the addresses replaced.
    ///
    /// They name the client, which all analysis turns on. One of version 1 becomes one of version 2 in as many bytes, as the
    /// text of another address is longer or shorter: the padding is an option for that (PP2_TYPE_NOOP). What else the header
    /// says, host names and endpoints, is left out.
    mutating func proxyHeaders(_ bytes: Span<UInt8>, _ layer: Layer) {
        var position = layer.position
        for _ in 0..<ProxyHeader.chainLimit {
            let range = position..<layer.end
            guard ProxyHeader.looksLike(bytes, range) == .yes else { return }
            guard let length = proxyHeader(bytes, range, isCut: layer.captured < layer.length) else { return }
            position += length
        }
    }

    /// Writes one header; returns its length, or `nil` where nothing can follow.
    private mutating func proxyHeader(_ bytes: Span<UInt8>, _ range: Range<Int>, isCut: Bool) -> Int? {
        var header = ProxyHeader()
        if bytes[range.lowerBound] == 0x50 {
            guard case .complete(let length) = ProxyHeaderV1.read(bytes, range, &header) else {
                // That there was one is known from its first word, whom it named no more.
                if isCut { put(Array("PROXY ".utf8), range.lowerBound) }
                return nil
            }
            return writeText(header, range.lowerBound, length)
        }
        if case .complete(let length) = ProxyHeaderV2.read(bytes, range, &header) {
            writeBinary(bytes, header, range, length)
            return length
        }
        header = ProxyHeader()
        if isCut, let length = ProxyHeaderV2.readCut(bytes, range, &header) {
            writeBinary(bytes, header, range, length)
        }
        return nil
    }

    private mutating func writeText(_ header: ProxyHeader, _ position: Int, _ length: Int) -> Int {
        let ends = [header.source, header.destination].compactMap { $0 }
        let isV4 = ends.allSatisfy(\.address.isV4)
        let size = 16 + (isV4 ? 12 : 36)
        if ends.count == 2, length == size || length >= size + 3 {
            let fixed: [UInt8] = [0x21, isV4 ? 0x11 : 0x21, UInt8((length - 16) >> 8), UInt8((length - 16) & 255)]
            put((0..<12).map { ProxyHeaderV2.signature[$0] } + fixed, position)
            writeEnds(ends, isV4, position + 16)
            pad((position + size)..<(position + length))
            state.tally.proxyHeaders += 1
        } else {
            // Anything may stand between this word and the end of the line.
            let word = Array("PROXY UNKNOWN".utf8)
            let filler = [UInt8](repeating: 0x20, count: max(0, length - word.count - 2))
            put(Array((word + filler).prefix(length - 2)) + [0x0D, 0x0A], position)
            state.tally.namelessProxyHeaders += ends.isEmpty ? 0 : 1
        }
        return length
    }

    private mutating func writeBinary(
        _ bytes: Span<UInt8>, _ header: ProxyHeader, _ range: Range<Int>, _ length: Int
    ) {
        let start = range.lowerBound
        for index in start..<(start + 16) { out[index] = bytes[index] }
        let family = bytes[start + 13] >> 4
        let size = family == 1 ? 12 : family == 2 ? 36 : family == 3 ? 216 : 0
        let ends = [header.source, header.destination].compactMap { $0 }
        if ends.count == 2 {
            writeEnds(ends, family == 1, start + 16)
            state.tally.proxyHeaders += 1
        }
        // A header of no client may come without the addresses of the family it names.
        pad((start + 16 + (size > length - 16 ? 0 : size))..<(start + length))
    }

    private mutating func writeEnds(_ ends: [Endpoint], _ isV4: Bool, _ position: Int) {
        let width = isV4 ? 4 : 16
        for (index, end) in ends.enumerated() {
            let address = addresses.replacing(end.address)
            put(
                isV4
                    ? Self.bytes(UInt64(address.v4 ?? 0), 4) : Self.bytes(address.high, 8) + Self.bytes(address.low, 8),
                position + width * index)
            put(Self.bytes(UInt64(end.port), 2), position + 2 * width + 2 * index)
        }
    }

    /// An option that says nothing, as long as the range.
    private mutating func pad(_ range: Range<Int>) {
        guard range.count >= 3 else { return }
        put([4] + Self.bytes(UInt64(range.count - 3), 2), range.lowerBound)
    }

    /// Writes bytes of a payload, as far as it was captured.
    private mutating func put(_ bytes: [UInt8], _ position: Int) {
        for index in 0..<max(0, min(bytes.count, out.count - position)) { out[position + index] = bytes[index] }
    }

    private static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
    }
}
