import ForensicsCompare
import ForensicsModel
import Testing

/// Which minutes of a window count where the evidence has holes.
@Suite struct MinuteGridTests {
    private static let second = Timestamp.nanosecondsPerSecond

    /// Twenty minutes with something in each minute that is covered at all, in seconds from the window's start.
    private static func kept(_ covered: [Range<Int64>]) -> [Int] {
        let start: Int64 = 1_773_738_000 * second
        let window = TimeWindow(
            start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: start + 1200 * second))
        let length = covered.reduce(0) { $0 + $1.upperBound - $1.lowerBound }
        var aggregate = WindowAggregate(window: window, exposure: length * second)
        aggregate.coverage = covered.map { part in
            TimeWindow(
                start: Timestamp(nanoseconds: start + part.lowerBound * second),
                end: Timestamp(nanoseconds: start + part.upperBound * second))
        }
        var totals = TrafficTotals()
        totals.activity.requests = 1
        for minute in Int64(0)..<20 where covered.contains(where: { $0.overlaps(minute * 60..<minute * 60 + 60) }) {
            aggregate.buckets.append(WindowAggregate.Bucket(start: start + minute * 60 * second, totals: totals))
        }
        let grid = MinuteGrid(aggregate)
        return (0..<20).filter { grid.slot(ofMinute: $0) != nil }
    }

    @Test func `minutes of a hole are left out, with those that it cuts`() {
        #expect(Self.kept([0..<1200]) == Array(0..<20))
        #expect(Self.kept([0..<300, 600..<1200]) == Array(0..<5) + Array(10..<20))
        #expect(Self.kept([0..<319, 640..<1200]) == Array(0..<5) + Array(11..<20))
        // Hardly anything is missing of the minutes at its edges.
        #expect(Self.kept([0..<355, 605..<1200]) == Array(0..<6) + Array(10..<20))
    }

    /// Cases that were made before such times were refused hold them.
    @Test func `a window from one end of time to the other has no more minutes than two years`() {
        let all = TimeWindow(start: Timestamp(nanoseconds: .min), end: Timestamp(nanoseconds: .max))
        #expect(MinuteGrid(WindowAggregate(window: all, exposure: all.length)).minuteCount == 2 * 365 * 1440)
    }

    @Test func `a hole without a whole minute cuts none out`() {
        #expect(Self.kept([0..<330, 360..<1200]) == Array(0..<20))
        #expect(Self.kept([0..<330, 419..<1200]) == Array(0..<20))
    }
}
