import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// Who comes for minutes is far from the most active of days, where others are never away.
@Suite struct BriefVisitorTests {
    private static let minutes = 4 * 1440
    private static let start = Timestamp(nanoseconds: 28_333_333 * TrafficModel.minute)

    /// Four days in which forty clients ask about four times a minute each, and one asks so often in some of the minutes.
    private static func days(_ rate: Double, in visit: Range<Int>, seed: UInt64) -> WindowAggregate {
        var random = SeededGenerator(seed: seed)
        var totals = [Int64](repeating: 0, count: minutes)
        func value(_ name: String, _ rate: Double, in span: Range<Int>) -> WindowAggregate.DimensionValue {
            var activity = Activity()
            var series: [WindowAggregate.SeriesPoint] = []
            for minute in span {
                let count = Int64(random.poisson(rate))
                if count == 0 { continue }
                totals[minute] += count
                activity.requests += count
                series.append(WindowAggregate.SeriesPoint(minute: Int32(minute), count: count))
            }
            return WindowAggregate.DimensionValue(value: name, activity: activity, series: series)
        }
        let length = Int64(minutes) * TrafficModel.minute
        var window = WindowAggregate(
            window: TimeWindow(start: start, end: start.advanced(by: length)), exposure: length)
        var clients = (1...40).map { value("203.0.113.\($0)", 4, in: 0..<minutes) }
        clients.append(value("198.51.100.77", rate, in: visit))
        window.dimensions[.client] = clients
        for minute in 0..<minutes {
            var bucket = TrafficTotals()
            bucket.activity.requests = totals[minute]
            window.totals.add(bucket)
            window.buckets.append(
                WindowAggregate.Bucket(
                    start: start.nanoseconds + Int64(minute) * TrafficModel.minute, totals: bucket))
        }
        return window
    }

    @Test(arguments: 0..<10)
    func `a client that comes for ten minutes of four days is found among forty that never leave`(seed: Int) throws {
        let visit = 5000..<5010
        let spikes = SpikeDetector().spikes(of: Self.days(60, in: visit, seed: UInt64(seed)))
        let spike = try #require(spikes.first)
        #expect(spikes.count == 1)
        #expect(spike.startNanoseconds == Self.start.nanoseconds + 5000 * TrafficModel.minute)
        #expect(spike.endNanoseconds == Self.start.nanoseconds + 5010 * TrafficModel.minute)
        #expect(spike.reasons.first?.name == "client 198.51.100.77")
    }

    @Test(arguments: 0..<10) func `who never does a tenth of all is no spike`(seed: Int) {
        #expect(SpikeDetector().spikes(of: Self.days(9, in: 5000..<5010, seed: UInt64(seed))).isEmpty)
    }
}
