import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// Bytes are what evidence claims: whatever that is, a comparison answers.
@Suite struct HugeCountTests {
    /// Five clients and two paths, of whom each claims so many bytes a minute.
    private static func window(start: Int, bytes: Int64) -> WindowAggregate {
        var recording = TrafficRecording(minutes: 10)
        for minute in 0..<10 {
            for client in 1...5 { recording.add(.client, "192.0.2.\(client)", minute, 20) }
            for path in ["/a", "/b"] { recording.add(.path, path, minute, 50) }
            recording.totals[minute] = 100
        }
        var aggregate = recording.aggregate(0..<10)
        let shift = Int64(start) * TrafficModel.minute
        aggregate.window = TimeWindow(
            start: aggregate.window.start.advanced(by: shift), end: aggregate.window.end.advanced(by: shift))
        aggregate.totals.activity.bytes = bytes
        for index in aggregate.buckets.indices {
            aggregate.buckets[index].start += shift
            aggregate.buckets[index].totals.activity.bytes = bytes
        }
        for dimension in aggregate.dimensions.keys {
            for index in aggregate.dimensions[dimension, default: []].indices {
                aggregate.dimensions[dimension]?[index].activity.bytes = bytes
                aggregate.dimensions[dimension]?[index].series = (0..<10).map { .init(minute: $0, count: bytes) }
            }
        }
        aggregate.combinations = [
            .init(
                parts: [.init(dimension: .client, value: "192.0.2.1"), .init(dimension: .path, value: "/a")],
                activity: aggregate.totals.activity, series: (0..<10).map { .init(minute: $0, count: bytes) })
        ]
        return aggregate
    }

    @Test(
        arguments: [(Int64.max, Int64.max), (1 << 62, 1 << 62), (1, .max), (.max, 1), (0, .max)],
        [RankMeasure.bytes, .requests])
    func `counts as large as there are make a comparison, not a crash`(_ bytes: (Int64, Int64), _ measure: RankMeasure)
        throws
    {
        var options = CompareOptions()
        options.measure = measure
        let (before, during) = (Self.window(start: 0, bytes: bytes.0), Self.window(start: 10, bytes: bytes.1))
        let result = try Comparison.compare(before: before, during: during, options: options)
        #expect(result.dimensions.allSatisfy { $0.values.allSatisfy { $0.before >= 0 && $0.during >= 0 } })
        let change = try #require(result.changes.first { $0.name == "bytes" })
        #expect(change.before == bytes.0 && change.during == bytes.1)
    }

    @Test(arguments: [RankMeasure.bytes, .requests])
    func `spikes of counts as large as there are make no crash`(_ measure: RankMeasure) {
        let aggregate = Self.window(start: 0, bytes: .max)
        #expect(SpikeSeries.all(of: aggregate, by: measure).allSatisfy { !$0.values.isEmpty })
    }
}
