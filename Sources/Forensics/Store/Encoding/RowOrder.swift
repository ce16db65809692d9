import ForensicsModel

/// The rows of a sheet in order of their ids, as numbers: the rows themselves, which are long, stay where they are.
enum RowOrder {
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
        var keys: [UInt64] = []
        keys.reserveCapacity(count)
        // Ids of a batch lie close together: their distances have few bits.
        for row in 0..<count { keys.append(UInt64(bitPattern: cells[row &* width] &- lowest)) }
        return RadixOrder.order(keys)
    }
}
