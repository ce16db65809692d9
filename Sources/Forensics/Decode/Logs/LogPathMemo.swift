import ForensicsModel

/// Remembers how the paths of this stretch of bytes were split; see `LogTextMemo`.
struct LogPathMemo: Sendable {
    private struct Slot {
        var start = 0
        var count = 0
        var template = TextID.none
        var argument = PathArgument.none
    }

    private var slots = [Slot](repeating: Slot(), count: 512)
    private var scratch: [UInt8] = []
    /// Off while the bytes are a copy of one line's values.
    var isEnabled = true

    mutating func removeAll() {
        for index in 0..<slots.count { slots[index].count = 0 }
    }

    /// Splits the path in `bytes[range]` into its template and what the template left out.
    @inline(__always)
    mutating func split(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ texts: inout TextTable
    ) -> (template: TextID, argument: PathArgument) {
        let count = range.upperBound &- range.lowerBound
        guard count > 8, isEnabled else {
            return PathTemplate.split(bytes, range, scratch: &scratch, texts: &texts)
        }
        let start = range.lowerBound
        var hash = ByteWord.load(bytes, start) ^ UInt64(truncatingIfNeeded: count)
        hash = hash &* 0x9E37_79B9_7F4A_7C15 ^ ByteWord.load(bytes, start &+ count &- 8)
        hash = (hash ^ hash &>> 29) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ ByteWord.load(bytes, start &+ count &>> 1)) &* 0xD6E8_FEB8_6659_FD93
        let index = Int(truncatingIfNeeded: hash &>> 55)
        if slots[index].count == count, LogTextMemo.areEqual(bytes, slots[index].start, start, count) {
            return (slots[index].template, slots[index].argument)
        }
        let parts = PathTemplate.split(bytes, range, scratch: &scratch, texts: &texts)
        slots[index] = Slot(start: start, count: count, template: parts.template, argument: parts.argument)
        return parts
    }
}
