/// Orders numbers with a few passes over them, by eleven bits at a time: what is ordered here has most of its bits alike.
package enum RadixOrder {
    private struct Entry {
        var key: UInt64
        var place: UInt32
    }

    private static let digitBits: UInt64 = 11

    /// Returns the places of keys, fewer than 2³², in ascending order of the keys; equal ones stay as they lie.
    ///
    /// - Complexity: O(count) for each eleven bits in which keys differ.
    package static func order(_ keys: [UInt64]) -> [UInt32] {
        guard let first = keys.first else { return [] }
        var differing: UInt64 = 0
        var entries: [Entry] = []
        entries.reserveCapacity(keys.count)
        for place in keys.indices {
            differing |= keys[place] ^ first
            entries.append(Entry(key: keys[place], place: UInt32(truncatingIfNeeded: place)))
        }
        var scratch = entries
        var starts = [Int](repeating: 0, count: 1 << Int(digitBits) + 1)
        while differing != 0 {
            // Bits that all keys share are passed over.
            let shift = UInt64(differing.trailingZeroBitCount)
            pass(entries.span, shift, &starts, &scratch)
            swap(&entries, &scratch)
            // `<<` by 64 and more gives 0.
            differing &= UInt64.max << (shift + digitBits)
        }
        return entries.map(\.place)
    }

    private static func pass(_ entries: Span<Entry>, _ shift: UInt64, _ starts: inout [Int], _ sorted: inout [Entry]) {
        let mask: UInt64 = 1 << digitBits - 1
        var starts = starts.mutableSpan
        for digit in starts.indices { starts[digit] = 0 }
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
