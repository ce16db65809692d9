/// The rows of a sheet in order of their ids, as numbers: the rows themselves, which are long, stay where they are.
///
/// Ids of a batch lie close together and most of their bits are alike, so a few passes of a radix sort do.
enum RowOrder {
    private struct Entry {
        var key: UInt64
        var row: UInt32
    }

    private static let digitBits: UInt64 = 11

    /// Returns the rows by their first cells, rows of one id as they lie; nothing if they lie in order already.
    static func byID(_ cells: Span<Int64>, width: Int) -> [UInt32] {
        let count = cells.count / width
        guard count > 1 else { return [] }
        var lowest = Int64.max
        var isSorted = true
        var previous = Int64.min
        for row in 0..<count {
            let id = cells[row &* width]
            if id < previous { isSorted = false }
            lowest = min(lowest, id)
            previous = id
        }
        if isSorted { return [] }
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        var differing: UInt64 = 0
        for row in 0..<count {
            let key = UInt64(bitPattern: cells[row &* width] &- lowest)
            differing |= key
            entries.append(Entry(key: key, row: UInt32(truncatingIfNeeded: row)))
        }
        var scratch = entries
        var shift = UInt64(differing.trailingZeroBitCount)
        let end = UInt64(64 - differing.leadingZeroBitCount)
        while shift < end {
            pass(entries.span, shift, &scratch)
            swap(&entries, &scratch)
            shift += digitBits
        }
        return entries.map(\.row)
    }

    private static func pass(_ entries: Span<Entry>, _ shift: UInt64, _ sorted: inout [Entry]) {
        let mask: UInt64 = 1 << digitBits - 1
        var starts = [Int](repeating: 0, count: Int(mask) + 2)
        for index in entries.indices {
            starts[Int(truncatingIfNeeded: entries[index].key &>> shift & mask) &+ 1] &+= 1
        }
        for digit in 1..<starts.count { starts[digit] &+= starts[digit &- 1] }
        var target = sorted.mutableSpan
        for index in entries.indices {
            let digit = Int(truncatingIfNeeded: entries[index].key &>> shift & mask)
            target[starts[digit]] = entries[index]
            starts[digit] &+= 1
        }
    }
}
