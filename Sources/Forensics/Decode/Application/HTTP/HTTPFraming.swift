/// The fields that both requests and responses have: lengths, connection options, upgrades.
struct HTTPFraming {
    var contentLength: Int64?
    var flags = HTTPHeadFlags(rawValue: 0)

    /// Takes in one of the framing fields; others are ignored.
    @inline(__always)
    mutating func take(_ field: HTTPField, _ bytes: Span<UInt8>, _ value: Range<Int>) {
        switch field {
        case .contentLength: takeLength(bytes, value)
        case .transferEncoding: takeTransferEncoding(bytes, value)
        case .connection: takeConnection(bytes, value)
        case .upgrade: takeUpgrade(bytes, value)
        case .contentType: takeContentType(bytes, value)
        default: break
        }
    }

    /// Returns the flags with those that need both lengths, once the head is read.
    func finished() -> HTTPHeadFlags {
        var flags = flags
        if contentLength != nil, flags.contains(.chunked) || flags.contains(.otherTransferEncoding) {
            flags.insert(.bothLengths)
        }
        return flags
    }

    /// Reads one length or a list of equal ones. RFC 9112, section 6.3, rule 5.
    private mutating func takeLength(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var index = value.lowerBound
        repeat {
            let token = Self.nextToken(bytes, value, &index)
            guard let length = Self.decimal(bytes, token) else {
                flags.insert(.badLength)
                return
            }
            if let known = contentLength {
                flags.insert(known == length ? .duplicateLength : .badLength)
            } else {
                contentLength = length
            }
        } while index < value.upperBound
    }

    private mutating func takeTransferEncoding(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var index = value.lowerBound
        while index < value.upperBound {
            let token = Self.nextToken(bytes, value, &index)
            if ASCIIWord(bytes, token).equals(7, ASCIIWord.pack("c", "h", "u", "n", "k", "e", "d")) {
                flags.insert(.chunked)
                flags.remove(.otherTransferEncoding)
            } else if !token.isEmpty {
                flags.remove(.chunked)
                flags.insert(.otherTransferEncoding)
            }
        }
    }

    private mutating func takeConnection(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var index = value.lowerBound
        while index < value.upperBound {
            let word = ASCIIWord(bytes, Self.nextToken(bytes, value, &index))
            if word.equals(5, ASCIIWord.pack("c", "l", "o", "s", "e")) {
                flags.insert(.connectionClose)
            } else if word.equals(7, ASCIIWord.pack("u", "p", "g", "r", "a", "d", "e")) {
                flags.insert(.connectionUpgrade)
            } else if word.equals(
                10, ASCIIWord.pack("k", "e", "e", "p", "-", "a", "l", "i"),
                ASCIIWord.pack("e", "p", "-", "a", "l", "i", "v", "e"))
            {
                flags.insert(.keepAlive)
            }
        }
    }

    private mutating func takeUpgrade(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var index = value.lowerBound
        while index < value.upperBound {
            let word = ASCIIWord(bytes, Self.nextToken(bytes, value, &index))
            if word.equals(
                9, ASCIIWord.pack("w", "e", "b", "s", "o", "c", "k", "e"),
                ASCIIWord.pack("e", "b", "s", "o", "c", "k", "e", "t"))
            {
                flags.insert(.upgradeWebSocket)
            } else if word.equals(3, ASCIIWord.pack("h", "2", "c")) {
                flags.insert(.upgradeH2C)
            }
        }
    }

    private mutating func takeContentType(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        guard value.count >= 16 else { return }
        let word = ASCIIWord(bytes, value.lowerBound..<(value.lowerBound + 16))
        if word.equals(
            16, ASCIIWord.pack("a", "p", "p", "l", "i", "c", "a", "t"),
            ASCIIWord.pack("i", "o", "n", "/", "g", "r", "p", "c"))
        {
            flags.insert(.grpc)
        }
    }

    /// Returns the next element of a comma-separated list, trimmed; `index` moves past its comma.
    static func nextToken(_ bytes: Span<UInt8>, _ list: Range<Int>, _ index: inout Int) -> Range<Int> {
        var start = index
        var end = start
        while end < list.upperBound, bytes[end] != 0x2C { end += 1 }
        index = min(end + 1, list.upperBound)
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        return start..<end
    }

    /// Returns the number that fills the range: 1 to 18 digits.
    static func decimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64? {
        guard range.count >= 1, range.count <= 18 else { return nil }
        var value: Int64 = 0
        for index in range {
            let digit = bytes[index] &- 0x30
            if digit > 9 { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        return value
    }
}
