extension IPAddress {
    /// Returns the address written in `bytes[range]`, IPv4 or IPv6 with or without brackets, or `nil` if it is none.
    ///
    /// Zone indices (`%eth0`) are refused. An octet has one to three digits; leading zeros are read as decimal.
    package static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> IPAddress? {
        guard !range.isEmpty, range.upperBound <= bytes.count else { return nil }
        if let v4 = parseV4(bytes, range) { return IPAddress(v4: v4) }
        var inner = range
        if bytes[range.lowerBound] == 0x5B {
            guard range.count > 2, bytes[range.upperBound - 1] == 0x5D else { return nil }
            inner = (range.lowerBound + 1)..<(range.upperBound - 1)
        }
        return parseV6(bytes, inner)
    }

    /// The address that a text is, as `parse` reads it; `nil` if it is none.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let address = IPAddress.parse(bytes.span, 0..<bytes.count) else { return nil }
        self = address
    }

    @inline(__always)
    private static func parseV4(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt32? {
        guard range.count >= 7, range.count <= 15 else { return nil }
        var value: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var dots = 0
        for index in range {
            let byte = bytes[index]
            let digit = byte &- 0x30
            if digit <= 9 {
                octet = octet &* 10 &+ UInt32(digit)
                digits &+= 1
                if digits > 3 || octet > 255 { return nil }
            } else if byte == 0x2E {
                if digits == 0 || dots == 3 { return nil }
                value = value << 8 | octet
                octet = 0
                digits = 0
                dots &+= 1
            } else {
                return nil
            }
        }
        return dots == 3 && digits > 0 ? value << 8 | octet : nil
    }

    private static func parseV6(_ bytes: Span<UInt8>, _ range: Range<Int>) -> IPAddress? {
        var groups: (head: [UInt16], tail: [UInt16]) = ([], [])
        var compressed = false
        var index = range.lowerBound
        let end = range.upperBound
        guard end - index >= 2 else { return nil }
        if bytes[index] == 0x3A {
            guard bytes[index + 1] == 0x3A else { return nil }
        }
        while index < end {
            if bytes[index] == 0x3A, index + 1 < end, bytes[index + 1] == 0x3A {
                if compressed { return nil }
                compressed = true
                index += 2
                continue
            }
            if let last = lastGroup(bytes, index, end) {
                let pair = [UInt16(truncatingIfNeeded: last >> 16), UInt16(truncatingIfNeeded: last)]
                if compressed { groups.tail += pair } else { groups.head += pair }
                index = end
                break
            }
            var value = 0
            var digits = 0
            while index < end, let digit = bytes[index].hexadecimalDigit {
                value = value << 4 | Int(digit)
                digits += 1
                if digits > 4 { return nil }
                index += 1
            }
            if digits == 0 { return nil }
            if compressed { groups.tail.append(UInt16(value)) } else { groups.head.append(UInt16(value)) }
            if groups.head.count + groups.tail.count > 8 { return nil }
            if index < end {
                guard bytes[index] == 0x3A else { return nil }
                if index + 1 == end { return nil }
                if bytes[index + 1] != 0x3A { index += 1 }
            }
        }
        let count = groups.head.count + groups.tail.count
        guard compressed ? count < 8 : count == 8 else { return nil }
        let all = groups.head + [UInt16](repeating: 0, count: 8 - count) + groups.tail
        var words: (UInt64, UInt64) = (0, 0)
        for index in 0..<4 {
            words.0 = words.0 << 16 | UInt64(all[index])
            words.1 = words.1 << 16 | UInt64(all[index + 4])
        }
        return IPAddress(high: words.0, low: words.1)
    }

    /// The dotted IPv4 tail of an IPv6 address, if the rest of the text is one.
    private static func lastGroup(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> UInt32? {
        for index in start..<end where bytes[index] == 0x3A { return nil }
        return parseV4(bytes, start..<end)
    }
}
