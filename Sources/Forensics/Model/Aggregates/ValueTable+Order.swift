/// The order of values, whatever order they came in.
extension ValueTable {
    /// The place of each ordinal in the order of dimension and value: addresses and numbers by value, texts by bytes,
    /// `(other)` last.
    package func ranks() -> [UInt32] {
        // Dimension and form first: what is left to compare is of one kind.
        var order = RadixOrder.order(keys.map { $0.tag >> 16 })
        var start = 0
        while start < order.count {
            let kind = keys[Int(order[start])].tag >> 16
            var end = start
            while end < order.count, keys[Int(order[end])].tag >> 16 == kind { end += 1 }
            arrange(&order, start..<end, isText: kind & 0xFFFF == ValueKey.Form.text)
            start = end
        }
        var ranks = [UInt32](repeating: 0, count: keys.count)
        for (rank, ordinal) in order.enumerated() { ranks[Int(ordinal)] = UInt32(rank) }
        return ranks
    }

    /// Puts ordinals of one dimension and form into the order of their values.
    private func arrange(_ order: inout [UInt32], _ range: Range<Int>, isText: Bool) {
        // IPv4 addresses, with or without a port, and numbers fit a word.
        let ordinals = Array(order[range])
        let isShort = !isText && ordinals.allSatisfy { keys[Int($0)].high == 0 && keys[Int($0)].low >> 48 == 0 }
        if isShort {
            let places = RadixOrder.order(ordinals.map { keys[Int($0)].low << 16 | keys[Int($0)].tag & 0xFFFF })
            for (index, place) in places.enumerated() { order[range.lowerBound + index] = ordinals[Int(place)] }
        } else {
            let arena = texts.arena
            order[range].sort { left, right in precedes(keys[Int(left)], keys[Int(right)], arena) }
        }
    }

    private func precedes(_ left: ValueKey, _ right: ValueKey, _ arena: [UInt8]) -> Bool {
        if left.tag >> 16 != right.tag >> 16 { return left.tag >> 16 < right.tag >> 16 }
        if left.form == ValueKey.Form.text {
            let first = texts.range(left.text)
            let second = texts.range(right.text)
            return arena[first].lexicographicallyPrecedes(arena[second])
        }
        if left.high != right.high { return left.high < right.high }
        if left.low != right.low { return left.low < right.low }
        return left.tag & 0xFFFF < right.tag & 0xFFFF
    }
}
