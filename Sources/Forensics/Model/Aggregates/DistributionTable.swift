/// Log-linear histograms by bucket and measure, sparse: most have a few dozen cells.
///
/// Bounded by `cellLimit` cells; values past it still enter count, sum and maximum, not the quantiles.
package struct DistributionTable: Sendable {
    /// What a histogram says besides its cells.
    package struct Summary: Sendable, Equatable {
        package var count: UInt64 = 0
        package var sum: Int64 = 0
        package var maximum: Int64 = 0
    }

    private struct Cell: Sendable {
        /// Bucket's place · 2²⁴ + measure · 2¹⁶ + histogram index; 0 where the cell is free.
        var key: UInt64
        var count: UInt64
    }

    private static let measureCount = 16

    private var cells = [Cell](repeating: Cell(key: 0, count: 0), count: 1024)
    private var used = 0
    private var summaries: [Summary] = []
    private let cellLimit: Int
    private let seed: UInt64

    package init(cellLimit: Int, seed: UInt64) {
        self.cellLimit = cellLimit
        self.seed = seed
    }

    /// The cells in use.
    package var cellCount: Int { used }

    /// Forgets everything, keeps the memory.
    package mutating func removeAll() {
        for index in cells.indices { cells[index] = Cell(key: 0, count: 0) }
        used = 0
        summaries.removeAll(keepingCapacity: true)
    }

    /// Stands for a row without a value.
    package static let none = Int64.min

    /// Adds a value per row of a block to the histograms of a measure; negative values count as 0.
    package mutating func add(_ values: [Int64], _ measure: DistributionMeasure, _ block: FactBlock) {
        let rows = block.rows.span
        makeRoom(for: rows, measure)
        let mask = cells.count &- 1
        let values = values.span
        let (seed, limit) = (seed, cellLimit)
        // Held apart for the loop: exclusive access to one is not access to the other.
        var table: [Cell] = []
        swap(&table, &cells)
        var cells = table.mutableSpan
        var taken = used
        var summaries = summaries.mutableSpan
        for index in rows.indices {
            if values[index] == Self.none { continue }
            let value = max(0, values[index])
            let place = Int(rows[index].place)
            let summary = place &* Self.measureCount &+ Int(measure.rawValue)
            summaries[summary].count &+= 1
            summaries[summary].sum = summaries[summary].sum.addingSaturated(value)
            summaries[summary].maximum = max(summaries[summary].maximum, value)
            let key = Self.key(place, measure, LogLinearHistogram.index(of: value))
            var slot = Self.hash(key, seed) & mask
            while cells[slot].key != key, cells[slot].key != 0 { slot = (slot &+ 1) & mask }
            if cells[slot].key == key {
                cells[slot].count &+= 1
            } else if taken < limit {
                cells[slot] = Cell(key: key, count: 1)
                taken += 1
            }
        }
        used = taken
        swap(&table, &self.cells)
    }

    /// Grows the tables so that a block cannot fill them.
    private mutating func makeRoom(for rows: Span<FactBlock.Row>, _ measure: DistributionMeasure) {
        var largest: Int32 = 0
        for index in rows.indices { largest = max(largest, rows[index].place) }
        let last = Int(largest) &* Self.measureCount &+ Int(measure.rawValue)
        if last >= summaries.count { reserve(last) }
        while (used + rows.count) * 2 > cells.count { grow() }
    }

    /// Adds a packed histogram to that of a measure at `place`.
    package mutating func add(
        _ pairs: [(index: Int, count: UInt64)], _ summary: Summary, _ measure: DistributionMeasure, at place: Int
    ) {
        note(summary, measure, at: place)
        for pair in pairs where pair.index >= 0 && pair.index <= LogLinearHistogram.index(of: .max) {
            add(pair.count, Self.key(place, measure, pair.index))
        }
    }

    private mutating func note(_ summary: Summary, _ measure: DistributionMeasure, at place: Int) {
        let index = place &* Self.measureCount &+ Int(measure.rawValue)
        if index >= summaries.count { reserve(index) }
        summaries[index].count &+= summary.count
        summaries[index].sum = summaries[index].sum.addingSaturated(summary.sum)
        summaries[index].maximum = max(summaries[index].maximum, summary.maximum)
    }

    @inline(never)
    private mutating func reserve(_ index: Int) {
        let count = (index / Self.measureCount + 1) * Self.measureCount
        summaries.append(contentsOf: repeatElement(Summary(), count: count - summaries.count))
    }

    private mutating func add(_ count: UInt64, _ key: UInt64) {
        let mask = cells.count &- 1
        var slot = Self.hash(key, seed) & mask
        while true {
            if cells[slot].key == key {
                cells[slot].count &+= count
                return
            }
            if cells[slot].key == 0 { return insert(key, count, slot) }
            slot = (slot &+ 1) & mask
        }
    }

    @inline(never)
    private mutating func insert(_ key: UInt64, _ count: UInt64, _ slot: Int) {
        if used >= cellLimit { return }
        cells[slot] = Cell(key: key, count: count)
        used += 1
        if used * 2 > cells.count { grow() }
    }

    private mutating func grow() {
        let old = cells
        cells = [Cell](repeating: Cell(key: 0, count: 0), count: old.count * 2)
        let mask = cells.count - 1
        for cell in old where cell.key != 0 {
            var slot = Self.hash(cell.key, seed) & mask
            while cells[slot].key != 0 { slot = (slot &+ 1) & mask }
            cells[slot] = cell
        }
    }

    @inline(__always)
    private static func hash(_ key: UInt64, _ seed: UInt64) -> Int {
        Int(truncatingIfNeeded: (key ^ seed).foldedProduct(with: 0x9E37_79B9_7F4A_7C15))
    }

    @inline(__always)
    private static func key(_ place: Int, _ measure: DistributionMeasure, _ index: Int) -> UInt64 {
        UInt64(place) << 24 | UInt64(measure.rawValue) << 16 | UInt64(index)
    }

    // MARK: - Reading

    /// The summary of a measure in the bucket at `place`; its count is 0 where nothing was added.
    package func summary(_ measure: DistributionMeasure, at place: Int) -> Summary {
        let index = place * Self.measureCount + Int(measure.rawValue)
        return index < summaries.count ? summaries[index] : Summary()
    }

    /// The histogram of a measure in the bucket at `place`, or `nil` where nothing was added.
    package func histogram(_ measure: DistributionMeasure, at place: Int) -> LogLinearHistogram? {
        let summary = summary(measure, at: place)
        if summary.count == 0 { return nil }
        let pairs = ordered.filter { $0.place == place && $0.measure == measure.rawValue }.map { ($0.index, $0.count) }
        return LogLinearHistogram(sparse: pairs, maximum: summary.maximum, sum: summary.sum)
    }

    /// All cells by bucket's place, measure and index.
    package var ordered: [(place: Int, measure: UInt8, index: Int, count: UInt64)] {
        let taken = cells.filter { $0.key != 0 }
        return RadixOrder.order(taken.map(\.key)).map { place in
            let cell = taken[Int(place)]
            return (Int(cell.key >> 24), UInt8(cell.key >> 16 & 0xFF), Int(cell.key & 0xFFFF), cell.count)
        }
    }
}
