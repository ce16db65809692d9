import ForensicsModel

/// The binary form. PROXY protocol, section 2.2; AWS's TLV: Network Load Balancer guide, "Proxy protocol".
///
///     | signature (12) | version, command | family, transport | length (2) | addresses, ports | TLVs |
enum ProxyHeaderV2 {
    static let signature: [12 of UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    static func read(_ bytes: Span<UInt8>, _ range: Range<Int>, _ header: inout ProxyHeader) -> HeadResult {
        let start = range.lowerBound
        guard range.count >= 16 else { return .incomplete }
        guard let whole = readFixed(bytes, start, &header) else { return .malformed }
        guard range.count >= whole else { return .incomplete }
        let end = start + whole
        guard let options = readAddresses(bytes, start, end, &header) else { return .malformed }
        readOptions(bytes, options..<end, &header)
        return .complete(length: whole)
    }

    /// Reads a header of which the end was not captured.
    ///
    /// - Returns: the length of the whole header; `nil` where it was not captured.
    static func readCut(_ bytes: Span<UInt8>, _ range: Range<Int>, _ header: inout ProxyHeader) -> Int? {
        guard range.count >= 16, let whole = readFixed(bytes, range.lowerBound, &header) else { return nil }
        let end = min(range.lowerBound + whole, range.upperBound)
        if readAddresses(bytes, range.lowerBound, end, &header) == nil { header.isSourceCut = true }
        return whole
    }

    /// Reads the first sixteen bytes and returns the length of the header; `nil` where they are none.
    private static func readFixed(_ bytes: Span<UInt8>, _ start: Int, _ header: inout ProxyHeader) -> Int? {
        guard bytes[start + 12] >> 4 == 2, bytes[start + 12] & 15 <= 1 else { return nil }
        header.version = 2
        header.isLocal = bytes[start + 12] & 15 == 0
        return 16 + Int(bytes.uint16(at: start + 14))
    }

    /// Reads the address block and returns where the TLVs begin; `nil` if the block does not fit.
    private static func readAddresses(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ header: inout ProxyHeader
    ) -> Int? {
        let block = start + 16
        let family = bytes[start + 13] >> 4
        switch bytes[start + 13] & 15 {
        case 1: header.transport = .tcp
        case 2: header.transport = .udp
        default: header.transport = .other
        }
        let size = family == 1 ? 12 : family == 2 ? 36 : family == 3 ? 216 : 0
        guard size <= end - block else {
            // A LOCAL header may come without the addresses of the family it names.
            return header.isLocal ? end : nil
        }
        guard !header.isLocal else { return block + size }
        if family == 1 {
            header.source = Endpoint(IPAddress(v4: bytes.uint32(at: block)), bytes.uint16(at: block + 8))
            header.destination = Endpoint(IPAddress(v4: bytes.uint32(at: block + 4)), bytes.uint16(at: block + 10))
        } else if family == 2 {
            let source = IPAddress(high: bytes.uint64(at: block), low: bytes.uint64(at: block + 8))
            let destination = IPAddress(high: bytes.uint64(at: block + 16), low: bytes.uint64(at: block + 24))
            header.source = Endpoint(source, bytes.uint16(at: block + 32))
            header.destination = Endpoint(destination, bytes.uint16(at: block + 34))
        }
        return block + size
    }

    private static func readOptions(_ bytes: Span<UInt8>, _ range: Range<Int>, _ header: inout ProxyHeader) {
        var cursor = TLSCursor(range)
        while cursor.remaining > 0 {
            guard let type = cursor.uint8(bytes), let value = cursor.vector16(bytes) else {
                header.hasBadOptions = true
                return
            }
            switch type {
            case 0x01: header.alpn = value
            case 0x02: header.authority = value
            case 0x20: header.hasTLS = !value.isEmpty && bytes[value.lowerBound] & 1 != 0
            case 0xEA:
                if value.count > 1, bytes[value.lowerBound] == 1 {
                    header.vpcEndpoint = (value.lowerBound + 1)..<value.upperBound
                }
            default: break
            }
        }
    }
}
