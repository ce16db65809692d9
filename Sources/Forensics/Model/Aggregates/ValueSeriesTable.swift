/// Activity of one window by value, and the measure per minute: what a `WindowAggregate` tells of dimensions.
package struct ValueSeriesTable: Sendable {
    /// What a value did, and how much of the measure in the minute it is at.
    private struct Record: Sendable {
        var activity = Activity()
        var minute: Int32 = .min
        var count: Int64 = 0
    }

    private struct Point: Sendable {
        var ordinal: UInt32
        var minute: Int32
        var count: Int64
    }

    /// Where there are more points, the minutes of the values that have least of the measure are forgotten; 128 MiB.
    package static let pointLimit = 1 << 23

    private var records: [Record] = []
    /// The minutes that values have left, in order of leaving; a value may have several points of one minute.
    private var points: [Point] = []
    private let measure: RankMeasure
    private let pointLimit: Int
    private var compactionSize: Int

    /// Creates an empty table whose series count `measure`; for `duration`, connections: whoever knows that there are
    /// none asks for requests.
    package init(measure: RankMeasure, pointLimit: Int = Self.pointLimit) {
        self.measure = measure.counted(hasConnections: true)
        self.pointLimit = pointLimit
        compactionSize = min(1 << 20, pointLimit)
    }

    /// All that a value did.
    package func activity(_ ordinal: UInt32) -> Activity {
        Int(ordinal) < records.count ? records[Int(ordinal)].activity : Activity()
    }

    @inline(__always)
    package mutating func add(_ ordinal: UInt32, _ minute: Int32, _ activity: Activity) {
        let index = Int(ordinal)
        if index >= records.count { reserve(index) }
        records[index].activity.add(activity)
        addPoint(index, minute, activity.value(of: measure))
    }

    /// Adds what the facts of a block did to their values; `ordinals` has one for each row.
    package mutating func add(_ ordinals: [UInt32], _ block: FactBlock, _ share: FactBlock.Share, values: Int) {
        if values > records.count { reserve(values - 1) }
        if points.count + FactBlock.size > compactionSize { compact() }
        let rows = block.rows.span
        let ordinals = ordinals.span
        let measure = measure
        // Held apart for the loop: exclusive access to one is not access to the other.
        var left: [Point] = []
        swap(&left, &points)
        var records = records.mutableSpan
        for index in rows.indices {
            let ordinal = Int(ordinals[index])
            if ordinal >= records.count { continue }
            let activity = rows[index].activity(share)
            records[ordinal].activity.add(activity)
            let count = activity.value(of: measure)
            if records[ordinal].minute == rows[index].period {
                records[ordinal].count = records[ordinal].count.addingSaturated(count)
            } else if count != 0 {
                if records[ordinal].count != 0 {
                    left.append(
                        Point(
                            ordinal: UInt32(truncatingIfNeeded: ordinal), minute: records[ordinal].minute,
                            count: records[ordinal].count))
                }
                records[ordinal].minute = rows[index].period
                records[ordinal].count = count
            }
        }
        swap(&left, &points)
    }

    @inline(__always)
    private mutating func addPoint(_ index: Int, _ minute: Int32, _ count: Int64) {
        if records[index].minute == minute {
            records[index].count = records[index].count.addingSaturated(count)
        } else if count != 0 {
            leave(index)
            records[index].minute = minute
            records[index].count = count
        }
    }

    /// Writes down the minute that a value is at.
    @inline(__always)
    private mutating func leave(_ index: Int) {
        if records[index].count == 0 { return }
        if points.count >= compactionSize { compact() }
        points.append(
            Point(
                ordinal: UInt32(truncatingIfNeeded: index), minute: records[index].minute,
                count: records[index].count))
    }

    @inline(never)
    private mutating func reserve(_ index: Int) {
        let more = max(index + 1, records.count * 2, 64) - records.count
        records.append(contentsOf: repeatElement(Record(), count: more))
    }

    /// Joins the points of one value and minute, and forgets those of small values where there are too many.
    @inline(never)
    private mutating func compact() {
        let (starts, sorted) = byOrdinal(records.count)
        points.removeAll(keepingCapacity: true)
        var run: [WindowAggregate.SeriesPoint] = []
        for ordinal in records.indices {
            run.removeAll(keepingCapacity: true)
            run.append(contentsOf: sorted[starts[ordinal]..<starts[ordinal + 1]])
            WindowAggregate.SeriesPoint.join(&run)
            for point in run {
                points.append(
                    Point(ordinal: UInt32(truncatingIfNeeded: ordinal), minute: point.minute, count: point.count))
            }
        }
        if points.count > pointLimit / 4 * 3 { forgetLeast() }
        compactionSize = max(compactionSize, min(points.count * 2, pointLimit))
    }

    /// Forgets the minutes of the values that have least of the measure, so that half of the room is free. Whoever stands out is among
    /// the others: of a day with thousands of clients a minute those are the thousands that come most.
    private mutating func forgetLeast() {
        var counts = [Int](repeating: 0, count: records.count)
        for point in points { counts[Int(point.ordinal)] += 1 }
        var isKept = [Bool](repeating: false, count: records.count)
        var room = pointLimit / 2
        for place in RadixOrder.order(records.map { ~UInt64(clamping: $0.activity.value(of: measure)) }) {
            room -= counts[Int(place)]
            if room < 0 { break }
            isKept[Int(place)] = true
        }
        points.removeAll { !isKept[Int($0.ordinal)] }
    }

    /// The points of the ordinals below `count`, ordinal by ordinal in order of leaving, and where each ordinal's begin.
    private func byOrdinal(_ count: Int) -> (starts: [Int], points: [WindowAggregate.SeriesPoint]) {
        var starts = [Int](repeating: 0, count: count + 1)
        for point in points where Int(point.ordinal) < count { starts[Int(point.ordinal) + 1] += 1 }
        for index in 0..<count { starts[index + 1] += starts[index] }
        var ends = starts
        var sorted = [WindowAggregate.SeriesPoint](
            repeating: WindowAggregate.SeriesPoint(minute: 0, count: 0), count: starts[count])
        for point in points where Int(point.ordinal) < count {
            let place = ends[Int(point.ordinal)]
            sorted[place] = WindowAggregate.SeriesPoint(minute: point.minute, count: point.count)
            ends[Int(point.ordinal)] = place + 1
        }
        return (starts, sorted)
    }

    /// Returns the same table under other ordinals; several may become one.
    package func renumbered(_ ordinal: (UInt32) -> UInt32) -> ValueSeriesTable {
        var table = ValueSeriesTable(measure: measure, pointLimit: pointLimit)
        var renumbering = [UInt32](repeating: 0, count: records.count)
        for index in records.indices where records[index].activity != Activity() {
            let new = ordinal(UInt32(index))
            renumbering[index] = new
            let pending = WindowAggregate.SeriesPoint(minute: records[index].minute, count: records[index].count)
            table.add(new, records[index].activity, CollectionOfOne(pending))
        }
        for point in points { table.addPoint(Int(renumbering[Int(point.ordinal)]), point.minute, point.count) }
        return table
    }

    /// Adds all of a value of another table to one of this table.
    package mutating func add(
        _ ordinal: UInt32, _ activity: Activity, _ series: some Sequence<WindowAggregate.SeriesPoint>
    ) {
        let index = Int(ordinal)
        if index >= records.count { reserve(index) }
        records[index].activity.add(activity)
        for point in series { addPoint(index, point.minute, point.count) }
    }

    /// Returns the series of every ordinal below `count`, each in order of time.
    package func series(count: Int) -> [[WindowAggregate.SeriesPoint]] {
        let (starts, sorted) = byOrdinal(count)
        var all: [[WindowAggregate.SeriesPoint]] = []
        all.reserveCapacity(count)
        for index in 0..<count {
            var run: [WindowAggregate.SeriesPoint] = []
            run.reserveCapacity(starts[index + 1] - starts[index] + 1)
            run.append(contentsOf: sorted[starts[index]..<starts[index + 1]])
            if index < records.count, records[index].count != 0 {
                run.append(
                    WindowAggregate.SeriesPoint(minute: records[index].minute, count: records[index].count))
            }
            WindowAggregate.SeriesPoint.join(&run)
            all.append(run)
        }
        return all
    }
}

extension WindowAggregate.SeriesPoint {
    /// Brings points into order of time and joins those of one minute.
    package static func join(_ points: inout [WindowAggregate.SeriesPoint]) {
        if points.count < 2 { return }
        var isOrdered = true
        for index in 1..<points.count where points[index - 1].minute >= points[index].minute { isOrdered = false }
        if isOrdered { return }
        points.sort { $0.minute < $1.minute }
        var kept = 0
        for index in points.indices {
            if kept > 0, points[kept - 1].minute == points[index].minute {
                points[kept - 1].count = points[kept - 1].count.addingSaturated(points[index].count)
            } else {
                points[kept] = points[index]
                kept += 1
            }
        }
        points.removeLast(points.count - kept)
    }
}
