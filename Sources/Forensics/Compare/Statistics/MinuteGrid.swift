package import ForensicsModel

/// The whole, covered minutes of a window, numbered without gaps: what variation over time is measured on.
///
/// Minutes cut by an edge of the window or of a hole in the evidence are left out, and so are those of the hole. Of holes of less
/// than a minute, and where the evidence does not tell when it covers the window, empty minutes are left out up to the time that
/// is not covered (longest empty stretches first): nobody looked then.
package struct MinuteGrid: Sendable {
    /// Number of minutes in the grid.
    package let count: Int
    /// For each minute from the one that holds the window's start, its number in the grid or −1.
    private let slots: [Int32]
    private let firstStart: Int64

    /// A minute in nanoseconds.
    package static let width: Int64 = 60 * Timestamp.nanosecondsPerSecond
    /// Of a minute at the edge of a hole so much may be missing.
    private static let tolerance: Int64 = 6 * Timestamp.nanosecondsPerSecond
    /// Two years: of a longer window the minutes after that are left out. The variation of a comparison is that of the first two
    /// years; spikes are looked for in windows that are shorter.
    private static let maximumMinutes = 1_051_200

    /// Takes the whole minutes that the aggregate's window and coverage hold, two years at most.
    package init(_ aggregate: WindowAggregate) {
        let window = aggregate.window
        firstStart = window.start.bucket(width: Self.width)
        let span = max(0, window.end.since(Timestamp(nanoseconds: firstStart)))
        // Not rounded up by adding to the span: that may be the largest there is.
        let (whole, rest) = span.quotientAndRemainder(dividingBy: Self.width)
        let minutes = min(Int(whole) + (rest > 0 ? 1 : 0), Self.maximumMinutes)
        var state = [Int32](repeating: 0, count: minutes)
        if minutes > 0, window.start.nanoseconds != firstStart { state[0] = -1 }
        if minutes > 0, span % Self.width != 0 { state[minutes - 1] = -1 }
        var isEmpty = [Bool](repeating: true, count: minutes)
        for bucket in aggregate.buckets {
            let minute = Self.minute(of: bucket.start, from: firstStart)
            if isEmpty.indices.contains(minute), bucket.totals != TrafficTotals() { isEmpty[minute] = false }
        }
        let holed = Self.dropHoles(aggregate.coverage, from: firstStart, &state, &isEmpty)
        let missing = max(0, window.length - aggregate.exposure - holed)
        Self.drop(missing.addingSaturated(Self.width / 2) / Self.width, isEmpty, &state)
        var next: Int32 = 0
        for index in state.indices where state[index] == 0 {
            state[index] = next
            next += 1
        }
        slots = state
        count = Int(next)
    }

    /// Number of minutes that the window touches, left out or not.
    package var minuteCount: Int { slots.count }

    /// Returns the minute of a bucket's start, counted from the one that holds the window's start.
    package func minute(ofBucket start: Int64) -> Int { Self.minute(of: start, from: firstStart) }

    /// Returns the place of a minute counted from the window's first, or `nil` where the grid leaves it out.
    package func slot(ofMinute minute: Int) -> Int? {
        guard slots.indices.contains(minute), slots[minute] >= 0 else { return nil }
        return Int(slots[minute])
    }

    /// Returns one total per minute of the grid.
    package func series(_ buckets: [WindowAggregate.Bucket], _ count: (TrafficTotals) -> Int64) -> MinuteSeries {
        var points: [MinuteSeries.Point] = []
        for bucket in buckets {
            guard let slot = slot(ofMinute: Self.minute(of: bucket.start, from: firstStart)) else { continue }
            let value = count(bucket.totals)
            if value != 0 { points.append(MinuteSeries.Point(slot: slot, count: Double(value))) }
        }
        return MinuteSeries(points, minutes: self.count)
    }

    /// Returns a value's counts per minute of the grid.
    package func series(_ points: [WindowAggregate.SeriesPoint]) -> MinuteSeries {
        var placed: [MinuteSeries.Point] = []
        placed.reserveCapacity(points.count)
        for point in points {
            guard let slot = slot(ofMinute: Int(point.minute)) else { continue }
            placed.append(MinuteSeries.Point(slot: slot, count: Double(point.count)))
        }
        return MinuteSeries(placed, minutes: count)
    }

    private static func minute(of start: Int64, from first: Int64) -> Int {
        let (difference, overflow) = start.subtractingReportingOverflow(first)
        return overflow ? -1 : Int(difference / width)
    }

    /// Drops the minutes of the holes between stretches of coverage, where a whole minute or more is not covered.
    ///
    /// - Returns: how long these holes are, in nanoseconds.
    private static func dropHoles(
        _ coverage: [TimeWindow], from first: Int64, _ state: inout [Int32], _ isEmpty: inout [Bool]
    ) -> Int64 {
        var length: Int64 = 0
        for (left, right) in zip(coverage, coverage.dropFirst()) {
            let (start, end) = (left.end, right.start)
            let low = minute(of: start.advanced(by: tolerance).nanoseconds, from: first)
            let high = minute(of: end.advanced(by: -tolerance - 1).nanoseconds, from: first)
            let whole = minute(of: start.advanced(by: width - 1).nanoseconds, from: first)
            guard whole < minute(of: end.nanoseconds, from: first), low <= high else { continue }
            length = length.addingSaturated(end.since(start))
            let (from, to) = (max(low, 0), min(high, state.count - 1))
            guard from <= to else { continue }
            for index in from...to {
                state[index] = -1
                isEmpty[index] = false
            }
        }
        return length
    }

    private static func drop(_ minutes: Int64, _ isEmpty: [Bool], _ state: inout [Int32]) {
        guard minutes > 0 else { return }
        var runs: [Range<Int>] = []
        var start = 0
        for index in 0...isEmpty.count {
            if index < isEmpty.count, isEmpty[index] { continue }
            if index > start { runs.append(start..<index) }
            start = index + 1
        }
        runs.sort { $0.count != $1.count ? $0.count > $1.count : $0.lowerBound < $1.lowerBound }
        var left = minutes
        for index in runs.joined() where left > 0 {
            state[index] = -1
            left -= 1
        }
    }
}

/// Counts per minute, sparse, in order of time.
package struct MinuteSeries: Sendable {
    /// A minute in which something was counted.
    package struct Point: Sendable {
        /// The number of the minute in its grid.
        package var slot: Int
        /// How many; bytes may be more than an integer of a double holds exactly.
        package var count: Double
    }

    package let points: [Point]
    /// Number of minutes, empty ones included.
    package let minutes: Int

    /// - Parameters:
    ///   - points: at most one per minute, in any order; minutes without one count nothing.
    ///   - minutes: of the grid.
    package init(_ points: [Point], minutes: Int) {
        self.points = points.sorted { $0.slot < $1.slot }
        self.minutes = minutes
    }

    /// Sums over the blocks of a series: what dispersion and correlation are computed from.
    struct Moments {
        var blocks = 0
        var mean = 0.0
        /// Sum of squared deviations from the mean.
        var squares = 0.0
        /// Sum of products of successive deviations.
        var lagged = 0.0
    }

    /// Returns the moments over blocks of so many minutes; minutes past the last whole block are left out.
    func moments(block: Int) -> Moments {
        let blocks = minutes / block
        guard blocks > 0 else { return Moments() }
        var total = 0.0
        var squares = 0.0
        var lagged = 0.0
        var first = 0.0
        var last = 0.0
        var current = -1
        var sum = 0.0
        var previous = (block: -2, sum: 0.0)
        func close() {
            guard current >= 0 else { return }
            total += sum
            squares += sum * sum
            if previous.block == current - 1 { lagged += previous.sum * sum }
            if current == 0 { first = sum }
            if current == blocks - 1 { last = sum }
            previous = (current, sum)
        }
        for point in points {
            let index = point.slot / block
            if index >= blocks { break }
            if index != current {
                close()
                current = index
                sum = 0
            }
            sum += point.count
        }
        close()
        let mean = total / Double(blocks)
        return Moments(
            blocks: blocks, mean: mean, squares: max(0, squares - Double(blocks) * mean * mean),
            lagged: lagged - mean * (2 * total - first - last) + Double(blocks - 1) * mean * mean)
    }
}
