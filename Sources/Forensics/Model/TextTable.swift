/// A text of a batch: an index into the batch's `TextTable`. `none` is an absent text, not an empty one.
package struct TextID: Hashable, Sendable {
    package var rawValue: UInt32
    @inlinable
    @inline(__always)
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    /// The absent text.
    package static let none = TextID(rawValue: 0)
    /// Whether it is the absent text.
    @inlinable
    @inline(__always)
    package var isNone: Bool { rawValue == 0 }
}

/// The distinct texts of one batch, as bytes in one arena.
///
/// Facts carry a `TextID` instead of a text: a batch meets few hosts and agents but names them thousands of
/// times. Ids are local to the batch; whoever stores the batch maps each distinct text once. The table grows with
/// the batch that owns it, and a batch is bounded by its maker.
package struct TextTable: Sendable {
    private var bytes: [UInt8] = []
    /// End of each text in `bytes`; text `i` (from 1) spans `ends[i - 1]..<ends[i]`.
    private var ends: [UInt32]
    private var slots: [UInt32]
    private var hashes: [UInt32]
    private let key = TextTable.processKey

    package init() {
        slots = [UInt32](repeating: 0, count: 1024)
        // Not literals: the compiler shares one constant among all tables, and `removeAll` empties it in place.
        ends = [UInt32](repeating: 0, count: 1)
        hashes = [UInt32](repeating: 0, count: 1)
    }

    /// The number of distinct texts; ids run from 1 through `count`.
    @inline(__always)
    package var count: Int { ends.count - 1 }

    /// The bytes of the arena in use.
    package var byteCount: Int { bytes.count }

    /// Returns the id of the text in `source[range]`, adding it if the batch has not met it.
    ///
    /// - Complexity: O(length), amortized.
    package mutating func intern(_ source: Span<UInt8>, _ range: Range<Int>) -> TextID {
        intern(source, range, hash(source, range))
    }

    /// Returns the id of a text that is in the table, or `none`.
    package func find(_ text: [UInt8]) -> TextID {
        let range = 0..<text.count
        return TextID(rawValue: slots[slot(of: text.span, range, hash(text.span, range))])
    }

    /// The slot of a text, or the free one that it would get.
    @inline(__always)
    private func slot(of source: Span<UInt8>, _ range: Range<Int>, _ hash: UInt32) -> Int {
        var slot = Int(hash) & (slots.count - 1)
        while true {
            let id = slots[slot]
            if id == 0 || hashes[Int(id)] == hash && matches(Int(id), source, range) { return slot }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    @inline(__always)
    private mutating func intern(_ source: Span<UInt8>, _ range: Range<Int>, _ hash: UInt32) -> TextID {
        let slot = slot(of: source, range, hash)
        if slots[slot] != 0 { return TextID(rawValue: slots[slot]) }
        let id = add(source, range, hash)
        slots[slot] = id
        if ends.count * 2 > slots.count { grow() }
        return TextID(rawValue: id)
    }

    /// Adds a text that is not looked for and will not be found: one that hardly ever comes again.
    package mutating func append(_ source: Span<UInt8>, _ range: Range<Int>) -> TextID {
        let id = add(source, range, 0)
        if ends.count * 2 > slots.count { grow() }
        return TextID(rawValue: id)
    }

    /// Returns the id here of a text of another table: looked for if it was looked for there, else appended.
    package mutating func adopt(_ id: TextID, of other: borrowing TextTable) -> TextID {
        if id.isNone { return .none }
        return adopt(other.bytes.span, other.range(id), other.hashes[Int(id.rawValue)])
    }

    /// The same of a text whose bytes and hash came by another way.
    ///
    /// - Parameter hash: what `hash(_:)` of the other table says.
    @inline(__always)
    mutating func adopt(_ source: Span<UInt8>, _ range: Range<Int>, _ hash: UInt32) -> TextID {
        hash == 0 ? append(source, range) : intern(source, range, hash)
    }

    /// The hash by which a text is looked for; 0 for one that is not.
    @inline(__always)
    package func hash(_ id: TextID) -> UInt32 { hashes[Int(id.rawValue)] }

    private mutating func add(_ source: Span<UInt8>, _ range: Range<Int>, _ hash: UInt32) -> UInt32 {
        let id = UInt32(ends.count)
        bytes.append(contentsOf: source.extracting(range))
        ends.append(UInt32(bytes.count))
        hashes.append(hash)
        return id
    }

    /// Returns the id of a text, adding it if the batch has not met it.
    package mutating func intern(_ text: [UInt8]) -> TextID { intern(text.span, 0..<text.count) }

    /// The same of a string, by its UTF-8.
    package mutating func intern(_ text: String) -> TextID { intern(Array(text.utf8)) }

    /// The place of a text in `arena`.
    @inline(__always)
    package func range(_ id: TextID) -> Range<Int> {
        Int(ends[Int(id.rawValue) - 1])..<Int(ends[Int(id.rawValue)])
    }

    /// All texts one after another; `range(_:)` tells the place of each.
    package var arena: [UInt8] { bytes }

    /// Returns a copy of the bytes of a text; empty for `none`.
    package func bytes(_ id: TextID) -> [UInt8] { id.isNone ? [] : Array(bytes[range(id)]) }

    /// Returns the text, or `nil` for `none`. Bytes that are no UTF-8 are told as `EscapedBytes` does.
    package func string(_ id: TextID) -> String? {
        id.isNone ? nil : EscapedBytes.string(Array(bytes[range(id)]))
    }

    /// A number that texts which differ hardly ever share, the same in every table; 0 for `none`.
    package func digest(_ id: TextID) -> UInt64 {
        id.isNone ? 0 : Self.digest(bytes.span, range(id))
    }

    /// Forgets all texts and keeps the memory for the next batch.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        ends.append(0)
        hashes.removeAll(keepingCapacity: true)
        hashes.append(0)
        for index in slots.indices { slots[index] = 0 }
    }

    @inline(__always)
    private func matches(_ id: Int, _ source: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let start = Int(ends[id - 1])
        guard Int(ends[id]) - start == range.count else { return false }
        let known = bytes.span.extracting(start..<start &+ range.count)
        let text = source.extracting(range)
        var index = 0
        while index &+ 8 <= text.count {
            if known.littleEndianWord(at: index) != text.littleEndianWord(at: index) { return false }
            index &+= 8
        }
        while index < text.count {
            if known[index] != text[index] { return false }
            index &+= 1
        }
        return true
    }

    /// What each process hashes by: who writes the texts of the evidence must not be able to choose many that meet in one slot.
    /// Swift's own hashing, too slow for each text, is seeded anew in every process. No output depends on it.
    private static let processKey = (
        start: UInt64(truncatingIfNeeded: 0.hashValue), multiplier: UInt64(truncatingIfNeeded: 1.hashValue) | 1
    )

    /// The hash that places a text, the same in every table of the process.
    @inline(__always)
    private func hash(_ source: Span<UInt8>, _ range: Range<Int>) -> UInt32 {
        var value = key.start ^ UInt64(range.count)
        var index = range.lowerBound
        while index &+ 8 <= range.upperBound {
            value = (value ^ source.littleEndianWord(at: index)).foldedProduct(with: key.multiplier)
            index &+= 8
        }
        var rest: UInt64 = 0
        while index < range.upperBound {
            rest = rest << 8 | UInt64(source[index])
            index &+= 1
        }
        value = (value ^ rest).foldedProduct(with: key.multiplier)
        // 0 marks a text that was appended.
        return max(1, UInt32(truncatingIfNeeded: value ^ value >> 32))
    }

    /// The digest of the text in `source[range]`, in a table or not: FNV-1a over words of eight bytes where there are any.
    @inline(__always)
    package static func digest(_ source: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(range.count)
        var index = range.lowerBound
        let end = range.upperBound
        while index &+ 8 <= end {
            value = (value ^ source.littleEndianWord(at: index)) &* 0x9E37_79B9_7F4A_7C15
            value ^= value >> 29
            index &+= 8
        }
        while index < end {
            value = (value ^ UInt64(source[index])) &* 0x0000_0100_0000_01B3
            index &+= 1
        }
        return value ^ value >> 32
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for id in 1..<ends.count where hashes[id] != 0 {
            var slot = Int(hashes[id]) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(id)
        }
    }
}
