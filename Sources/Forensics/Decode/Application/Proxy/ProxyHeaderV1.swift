import ForensicsModel

/// The text form: `PROXY TCP4 192.0.2.1 198.51.100.2 51234 443` and CR LF. PROXY protocol, section 2.1.
enum ProxyHeaderV1 {
    /// `PROXY `
    static let signature: [6 of UInt8] = [0x50, 0x52, 0x4F, 0x58, 0x59, 0x20]
    /// The longest line, CR LF included.
    static let lineLimit = 107

    static func read(_ bytes: Span<UInt8>, _ range: Range<Int>, _ header: inout ProxyHeader) -> HeadResult {
        let limit = min(range.upperBound, range.lowerBound + lineLimit)
        let end = HTTPFieldScanner.lineEnd(bytes, from: range.lowerBound, end: limit)
        guard end < limit else { return range.count < lineLimit ? .incomplete : .malformed }
        guard bytes[end - 1] == 0x0D else { return .malformed }
        header.version = 1
        var position = range.lowerBound + signature.count
        let family = nextWord(bytes, &position, end - 1)
        let length = end + 1 - range.lowerBound
        switch ASCIIWord(bytes, family).first {
        case ASCIIWord.pack("u", "n", "k", "n", "o", "w", "n"):
            header.isLocal = true
            return .complete(length: length)
        case ASCIIWord.pack("t", "c", "p", "4"), ASCIIWord.pack("t", "c", "p", "6"): break
        default: return .malformed
        }
        let source = IPAddress.parse(bytes, nextWord(bytes, &position, end - 1))
        let destination = IPAddress.parse(bytes, nextWord(bytes, &position, end - 1))
        let sourcePort = HTTPFraming.decimal(bytes, nextWord(bytes, &position, end - 1))
        let destinationPort = HTTPFraming.decimal(bytes, nextWord(bytes, &position, end - 1))
        guard let source, let destination, let sourcePort, let destinationPort, position >= end - 1,
            let from = UInt16(exactly: sourcePort), let to = UInt16(exactly: destinationPort)
        else { return .malformed }
        header.transport = .tcp
        header.source = Endpoint(source, from)
        header.destination = Endpoint(destination, to)
        return .complete(length: length)
    }

    private static func nextWord(_ bytes: Span<UInt8>, _ position: inout Int, _ end: Int) -> Range<Int> {
        let start = position
        while position < end, bytes[position] != 0x20 { position += 1 }
        let word = min(start, position)..<position
        position += 1
        return word
    }
}
