import ForensicsModel

/// Remembers the texts met last, so that a host or agent that comes again is neither hashed nor looked up byte by byte.
///
/// Direct-mapped. A text of up to 16 bytes is known by its length, its first and its last eight bytes; the bytes
/// between, of a longer one, are kept here: at most `byteLimit`, then all is forgotten.
struct TextMemo {
    private struct Entry {
        var first: UInt64 = 0
        var last: UInt64 = 0
        var length: UInt32 = 0
        var text = LiveText.none
        /// Where the bytes between the first and the last eight are kept.
        var middle = 0
        /// The text is a path that is its own template.
        var isPlainPath = false
    }

    /// What identifies a text, taken from its bytes once.
    struct Key {
        fileprivate var first: UInt64
        fileprivate var last: UInt64
        fileprivate var length: UInt32
        fileprivate var slot: Int
    }

    private static let slotBits = 12
    private static let byteLimit = 262_144
    private var entries = [Entry](repeating: Entry(), count: 1 << TextMemo.slotBits)
    private var middles: [UInt8] = []

    @inline(__always)
    static func key(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Key {
        var first: UInt64 = 0
        var last: UInt64 = 0
        if count >= 8 {
            first = ByteWords.load(bytes, start)
            last = ByteWords.load(bytes, start &+ count &- 8)
        } else {
            for offset in 0..<count { first = first << 8 | UInt64(bytes[start &+ offset]) }
        }
        let mixed = (first ^ last &* 0xD6E8_FEB8_6659_FD93 ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
        return Key(
            first: first, last: last, length: UInt32(truncatingIfNeeded: count),
            slot: Int(truncatingIfNeeded: mixed &>> (64 - UInt64(slotBits))))
    }

    /// Returns a text that is remembered, or none.
    @inline(__always)
    func find(_ key: Key, _ bytes: Span<UInt8>, _ start: Int, plainPath: Bool = false) -> LiveText {
        let entry = entries[key.slot]
        guard entry.first == key.first, entry.last == key.last, entry.length == key.length,
            entry.isPlainPath || !plainPath
        else { return .none }
        if key.length > 16,
            !ByteWords.equal(bytes, start &+ 8, middles.span, entry.middle, Int(key.length) &- 16)
        {
            return .none
        }
        return entry.text
    }

    mutating func remember(
        _ key: Key, _ text: LiveText, _ bytes: Span<UInt8>, _ start: Int, plainPath: Bool = false
    ) {
        let between = max(0, Int(key.length) - 16)
        if middles.count + between > Self.byteLimit { removeAll() }
        guard between <= Self.byteLimit else { return }
        entries[key.slot] = Entry(
            first: key.first, last: key.last, length: key.length, text: text, middle: middles.count,
            isPlainPath: plainPath)
        for offset in 0..<between { middles.append(bytes[start + 8 + offset]) }
    }

    mutating func removeAll() {
        for slot in entries.indices { entries[slot] = Entry() }
        middles.removeAll(keepingCapacity: true)
    }
}

/// Bytes taken eight at a time.
enum ByteWords {
    /// Eight bytes, the first in the highest place; all of them must be there.
    @inline(__always)
    static func load(_ bytes: Span<UInt8>, _ position: Int) -> UInt64 {
        bytes.uint64(at: position)
    }

    @inline(__always)
    static func equal(
        _ left: Span<UInt8>, _ leftStart: Int, _ right: Span<UInt8>, _ rightStart: Int, _ count: Int
    ) -> Bool {
        var offset = 0
        while offset &+ 8 <= count {
            if load(left, leftStart &+ offset) != load(right, rightStart &+ offset) { return false }
            offset &+= 8
        }
        while offset < count {
            if left[leftStart &+ offset] != right[rightStart &+ offset] { return false }
            offset &+= 1
        }
        return true
    }

    /// Whether one of the bytes is a capital letter.
    @inline(__always)
    static func hasCapital(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var position = range.lowerBound
        while position &+ 8 <= range.upperBound {
            let text = load(bytes, position) & (ones &* 0x7F)
            if (text &+ (ones &* 0x3F)) & ~(text &+ (ones &* 0x25)) & (ones &* 0x80) != 0 { return true }
            position &+= 8
        }
        while position < range.upperBound {
            if bytes[position] &- 0x41 <= 25 { return true }
            position &+= 1
        }
        return false
    }

    /// A digest that depends on every byte.
    @inline(__always)
    static func digest(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt32 {
        var value = UInt64(truncatingIfNeeded: range.count) ^ 0xCBF2_9CE4_8422_2325
        var position = range.lowerBound
        while position &+ 8 <= range.upperBound {
            value = (value ^ load(bytes, position)) &* 0x9E37_79B9_7F4A_7C15
            value ^= value &>> 32
            position &+= 8
        }
        while position < range.upperBound {
            value = (value ^ UInt64(bytes[position])) &* 0x0000_0100_0000_01B3
            position &+= 1
        }
        return UInt32(truncatingIfNeeded: value ^ value &>> 32)
    }
}
