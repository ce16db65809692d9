/// Texts as values of a dimension: UTF-8, and no longer than `limit`.
enum ValueText {
    /// Bytes at which texts are cut, at a character's boundary.
    static let limit = 2048

    /// Whether a text may stand as it is.
    static func isPlain(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        range.count <= limit && isASCII(bytes, range)
    }

    private static func isASCII(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var all: UInt8 = 0
        for index in range { all |= bytes[index] }
        return all < 0x80
    }

    /// Returns a text repaired to UTF-8 and cut to `limit`.
    static func repaired(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var copy: [UInt8] = []
        let end = min(range.upperBound, range.lowerBound + limit)
        copy.reserveCapacity(end - range.lowerBound)
        for index in range.lowerBound..<end { copy.append(bytes[index]) }
        if end < range.upperBound { dropPartialCharacter(&copy) }
        var valid = EscapedBytes.valid(copy)
        if valid.count > limit {
            valid.removeLast(valid.count - limit)
            dropPartialCharacter(&valid)
        }
        return valid
    }

    /// Drops the bytes of a character that the cut at `limit` split.
    private static func dropPartialCharacter(_ bytes: inout [UInt8]) {
        for back in 1...3 where bytes.count > back {
            let lead = bytes[bytes.count - back]
            if lead & 0xC0 == 0x80 { continue }
            let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1
            if length > back { bytes.removeLast(back) }
            return
        }
    }

    /// The hash that admits a text: the same in every run.
    static func fixedHash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var value = UInt64(range.count)
        for index in range { value = (value ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01B3 }
        return ValueKey.mixed(value)
    }

    /// Whether a text is that name.
    static func matches(_ name: String?, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let name, name.utf8.count == range.count else { return false }
        var index = range.lowerBound
        for byte in name.utf8 {
            if bytes[index] != byte { return false }
            index += 1
        }
        return true
    }
}
