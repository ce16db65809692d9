/// Brings facts of several batches into the order of their ids without moving them: sorts 16 bytes for each.
///
/// Facts of one id keep their order. Ids of a part of a capture lie close together, so two or three passes of a radix
/// sort over the bits in which they differ are enough; facts that are in order already cost none.
struct FactOrder {
    /// Where a fact is: which batch, and which of its facts.
    struct Place {
        var part: Int
        var index: Int
    }

    private struct Entry {
        var key: UInt64
        /// Batch in the upper 16 bits, index in the lower 48.
        var place: UInt64
    }

    private static let digitBits: UInt64 = 11
    private var entries: [Entry] = []
    private var lowest = UInt64.max
    private var highest: UInt64 = 0
    private var isSorted = true

    init(count: Int) { entries.reserveCapacity(count) }

    var count: Int { entries.count }

    /// Adds a fact. Ids are not negative.
    @inline(__always)
    mutating func append(_ id: Int64, part: Int, index: Int) {
        let key = UInt64(bitPattern: id)
        if key < highest { isSorted = false }
        lowest = min(lowest, key)
        highest = max(highest, key)
        entries.append(
            Entry(key: key, place: UInt64(truncatingIfNeeded: part) << 48 | UInt64(truncatingIfNeeded: index)))
    }

    /// Orders by id, stable.
    mutating func sort() {
        if isSorted { return }
        isSorted = true
        let width = UInt64(64 - (highest - lowest).leadingZeroBitCount)
        var shift: UInt64 = 0
        var scratch = entries
        while shift < width {
            Self.pass(entries.span, lowest, shift, &scratch)
            swap(&entries, &scratch)
            shift += Self.digitBits
        }
    }

    private static func pass(_ entries: Span<Entry>, _ lowest: UInt64, _ shift: UInt64, _ sorted: inout [Entry]) {
        let mask: UInt64 = 1 << digitBits - 1
        var starts = [Int](repeating: 0, count: Int(mask) + 2)
        for index in entries.indices {
            starts[Int(truncatingIfNeeded: (entries[index].key &- lowest) &>> shift & mask) &+ 1] &+= 1
        }
        for digit in 1..<starts.count { starts[digit] &+= starts[digit &- 1] }
        var target = sorted.mutableSpan
        for index in entries.indices {
            let digit = Int(truncatingIfNeeded: (entries[index].key &- lowest) &>> shift & mask)
            target[starts[digit]] = entries[index]
            starts[digit] &+= 1
        }
    }

    /// The place of a fact by its rank.
    @inline(__always)
    subscript(rank: Int) -> Place {
        let place = entries[rank].place
        return Place(
            part: Int(truncatingIfNeeded: place &>> 48), index: Int(truncatingIfNeeded: place & 0xFFFF_FFFF_FFFF))
    }
}
