import ForensicsModel

/// Undoes the escapes that AWS writes into logged texts.
enum LogEscapes {
    /// Appends the text with each `\xHH` as the byte it names and each `\"` as a quote; returns `false`, with the text as
    /// it is, if one is cut.
    ///
    /// A backslash before anything else is a backslash: whether AWS escapes it is not documented.
    static func appendDecoded(_ bytes: Span<UInt8>, _ range: Range<Int>, to out: inout [UInt8]) -> Bool {
        let mark = out.count
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if byte == 0x5C, index + 1 < range.upperBound, bytes[index + 1] == 0x22 {
                out.append(0x22)
                index += 2
                continue
            }
            guard byte == 0x5C, index + 1 < range.upperBound, bytes[index + 1] == 0x78 else {
                out.append(byte)
                index += 1
                continue
            }
            guard index + 3 < range.upperBound, let high = bytes[index + 2].hexadecimalDigit,
                let low = bytes[index + 3].hexadecimalDigit
            else {
                out.removeSubrange(mark...)
                for place in range { out.append(bytes[place]) }
                return false
            }
            out.append(high << 4 | low)
            index += 4
        }
        return true
    }

    /// Appends the text with each `%HH` as the byte it names; returns `false`, with the text as it is, if one is cut.
    ///
    /// RFC 3986, section 2.1.
    static func appendPercentDecoded(_ bytes: Span<UInt8>, _ range: Range<Int>, to out: inout [UInt8]) -> Bool {
        let mark = out.count
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            guard byte == 0x25 else {
                out.append(byte)
                index += 1
                continue
            }
            guard index + 2 < range.upperBound, let high = bytes[index + 1].hexadecimalDigit,
                let low = bytes[index + 2].hexadecimalDigit
            else {
                out.removeSubrange(mark...)
                for place in range { out.append(bytes[place]) }
                return false
            }
            out.append(high << 4 | low)
            index += 3
        }
        return true
    }

    /// Whether `byte` stands in the range.
    static func contains(_ byte: UInt8, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        ByteWord.find(bytes, in: range) { ByteWord.equal($0, byte) } < range.upperBound
    }

    /// Whether the bytes are well-formed UTF-8. Unicode 16.0, table 3-7.
    static func isUTF8(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        let end = range.upperBound
        while index < end {
            if end - index >= 8, ByteWord.load(bytes, index) & ByteWord.high == 0 {
                index += 8
                continue
            }
            let first = bytes[index]
            index += 1
            if first < 0x80 { continue }
            let second: ClosedRange<UInt8>
            let more: Int
            switch first {
            case 0xC2...0xDF: (second, more) = (0x80...0xBF, 0)
            case 0xE0: (second, more) = (0xA0...0xBF, 1)
            case 0xED: (second, more) = (0x80...0x9F, 1)
            case 0xE1...0xEF: (second, more) = (0x80...0xBF, 1)
            case 0xF0: (second, more) = (0x90...0xBF, 2)
            case 0xF1...0xF3: (second, more) = (0x80...0xBF, 2)
            case 0xF4: (second, more) = (0x80...0x8F, 2)
            default: return false
            }
            guard end - index > more, second.contains(bytes[index]) else { return false }
            for offset in 0..<more where bytes[index + 1 + offset] & 0xC0 != 0x80 { return false }
            index += 1 + more
        }
        return true
    }
}
