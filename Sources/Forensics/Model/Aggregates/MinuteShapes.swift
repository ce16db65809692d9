/// How the values of each measure lay in each minute of a window, roughly: eight steps per power of two.
///
/// Enough to tell how the share of values above a limit moves from minute to minute, in about a kilobyte per minute.
package struct MinuteShapes: Sendable {
    /// Values of one measure, minute and cell.
    package struct Point: Sendable, Equatable {
        /// Counted from the window's first.
        package var minute: Int32
        package var cell: Int32
        package var count: Int64

        package init(minute: Int32, cell: Int32, count: Int64) {
            self.minute = minute
            self.cell = cell
            self.count = count
        }
    }

    /// Longer windows are described by their first day.
    package static let minuteLimit: Int32 = 1440
    /// Values from 2⁴⁶ on, or twenty hours, share the last cell.
    package static let cellCount = 320

    /// Where the cells of a measure's minute begin, or −1.
    private var places: [Int32] = []
    private var cells: [UInt32] = []

    package init() {}

    /// The cell of a bucket of `LogLinearHistogram`.
    @inline(__always)
    package static func cell(ofBucket index: Int) -> Int { min(index >> 3, cellCount - 1) }

    package mutating func add(_ count: UInt64, bucket: Int, _ measure: DistributionMeasure, minute: Int32) {
        guard minute >= 0, minute < Self.minuteLimit else { return }
        let place = place(of: measure, minute) + Self.cell(ofBucket: bucket)
        cells[place] = UInt32(clamping: UInt64(cells[place]) + min(count, UInt64(UInt32.max)))
    }

    /// Adds a value per row of a block, each in the row's period.
    package mutating func add(_ values: [Int64], _ measure: DistributionMeasure, _ block: FactBlock) {
        let rows = block.rows.span
        let values = values.span
        for index in rows.indices where values[index] != DistributionTable.none {
            add(
                1, bucket: LogLinearHistogram.index(of: max(0, values[index])), measure, minute: rows[index].period)
        }
    }

    /// Returns what a measure's minutes hold, by minute and cell.
    package func points(of measure: DistributionMeasure) -> [Point] {
        var points: [Point] = []
        for minute in 0..<Self.minuteLimit {
            let key = Self.key(measure, minute)
            guard key < places.count else { break }
            if places[key] < 0 { continue }
            let first = Int(places[key])
            for cell in 0..<Self.cellCount where cells[first + cell] > 0 {
                points.append(Point(minute: minute, cell: Int32(cell), count: Int64(cells[first + cell])))
            }
        }
        return points
    }

    private static func key(_ measure: DistributionMeasure, _ minute: Int32) -> Int {
        Int(minute) << 4 | Int(measure.rawValue)
    }

    @inline(__always)
    private mutating func place(of measure: DistributionMeasure, _ minute: Int32) -> Int {
        let key = Self.key(measure, minute)
        if key < places.count, places[key] >= 0 { return Int(places[key]) }
        return makePlace(key)
    }

    @inline(never)
    private mutating func makePlace(_ key: Int) -> Int {
        if key >= places.count { places += repeatElement(-1, count: (key | 15) + 1 - places.count) }
        let place = cells.count
        places[key] = Int32(truncatingIfNeeded: place)
        cells += repeatElement(0, count: Self.cellCount)
        return place
    }
}
