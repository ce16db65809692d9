import ForensicsModel

/// Remembers where texts of this stretch of bytes were interned, so that a text met again costs a comparison.
///
/// A direct-mapped table in front of the batch's `TextTable`: a miss asks the table, a collision replaces. It is
/// emptied for every stretch of bytes and every batch, because it holds positions in the one and ids of the other.
struct LogTextMemo: Sendable {
    private struct Slot {
        var start = 0
        var count = 0
        var id = TextID.none
    }

    private struct ShortSlot {
        var name: UInt64 = 0
        var id = TextID.none
    }

    /// Off while the bytes are a copy of one line's values.
    var isEnabled = true
    private static let slotCount = 1024
    private static let shortCount = 256
    private var slots = [Slot](repeating: Slot(), count: slotCount)
    private var shorts = [ShortSlot](repeating: ShortSlot(), count: shortCount)

    /// Forgets everything: the bytes or the batch are others now.
    mutating func removeAll() {
        for index in 0..<slots.count { slots[index].count = 0 }
        for index in 0..<shorts.count { shorts[index].name = 0 }
    }

    /// The id of the text in `bytes[range]`, which is not empty.
    @inline(__always)
    mutating func intern(_ bytes: Span<UInt8>, _ range: Range<Int>, _ texts: inout TextTable) -> TextID {
        let count = range.upperBound &- range.lowerBound
        guard isEnabled else { return texts.intern(bytes, range) }
        if count > 8 { return internLong(bytes, range, &texts) }
        let name = ByteWord.prefix(ByteWord.load(bytes, range.lowerBound), count)
        // A text that ends in a zero byte has the name of a shorter text.
        guard name &>> (UInt64(truncatingIfNeeded: count) &* 8 &- 8) != 0 else { return texts.intern(bytes, range) }
        let index = Int(truncatingIfNeeded: (name &* 0x9E37_79B9_7F4A_7C15) &>> 56)
        if shorts[index].name == name { return shorts[index].id }
        let id = texts.intern(bytes, range)
        shorts[index] = ShortSlot(name: name, id: id)
        return id
    }

    @inline(__always)
    private mutating func internLong(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ texts: inout TextTable
    ) -> TextID {
        let start = range.lowerBound
        let count = range.upperBound &- start
        var hash = ByteWord.load(bytes, start) ^ UInt64(count)
        hash = hash &* 0x9E37_79B9_7F4A_7C15 ^ ByteWord.load(bytes, start &+ count &- 8)
        if count > 16 {
            // Versions and ids that tell user agents and ARNs apart stand past the middle.
            hash = hash &* 0x9E37_79B9_7F4A_7C15 ^ ByteWord.load(bytes, start &+ count &>> 1)
            hash = (hash ^ hash &>> 29) &* 0x9E37_79B9_7F4A_7C15
            hash ^= ByteWord.load(bytes, start &+ count &- count &>> 2)
        }
        hash = (hash ^ hash &>> 32) &* 0xD6E8_FEB8_6659_FD93
        let index = Int(truncatingIfNeeded: hash &>> 54)
        let slot = slots[index]
        if slot.count == count, Self.areEqual(bytes, slot.start, start, count) { return slot.id }
        let id = texts.intern(bytes, range)
        slots[index] = Slot(start: start, count: count, id: id)
        return id
    }

    /// Whether two texts of `count` bytes, more than eight, are the same.
    @inline(__always)
    static func areEqual(_ bytes: Span<UInt8>, _ left: Int, _ right: Int, _ count: Int) -> Bool {
        var difference: UInt64 = 0
        var offset = 0
        let last = count &- 8
        while offset < last {
            difference |= ByteWord.load(bytes, left &+ offset) ^ ByteWord.load(bytes, right &+ offset)
            offset &+= 8
        }
        difference |= ByteWord.load(bytes, left &+ last) ^ ByteWord.load(bytes, right &+ last)
        return difference == 0
    }
}
