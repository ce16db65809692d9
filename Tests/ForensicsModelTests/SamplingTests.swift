import ForensicsModel
import Testing

/// Estimates from flows of which one in N was kept.
@Suite struct SamplingTests {
    /// A thousand flows of one to forty requests.
    private static let flows = (0..<1000).map { 1 + ($0 * $0 + 7 * $0) % 40 }

    @Test(arguments: [RankMeasure.requests, .connections, .bytes], [Int64(2), 10])
    func `scaled totals hold the true ones within the stated error in 95 of 100 seeds and more`(
        measure: RankMeasure, rate: Int64
    ) {
        let requests = Self.flows.reduce(0, +)
        let truth = measure == .requests ? requests : measure == .bytes ? 700 * requests : Self.flows.count
        var held = 0
        for seed in 0..<100 as Range<UInt64> {
            let kept = Self.flows.indices.filter { Self.isKept($0, seed, rate) }.map { Self.flows[$0] }
            let requests = kept.reduce(0, +)
            var window = WindowAggregate(
                window: TimeWindow(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 60_000_000_000)),
                exposure: 60_000_000_000)
            window.totals.activity.requests = Int64(requests)
            window.totals.activity.connections = Int64(kept.count)
            window.totals.activity.bytes = Int64(700 * requests)
            window.scale(by: rate)
            var spread = SamplingError.Spread()
            var bytes = SamplingError.Spread()
            for flow in kept {
                spread.note(Double(flow))
                bytes.note(Double(700 * flow))
            }
            let error = SamplingError(rate: rate, connections: .even, requests: spread, bytes: bytes)
            let estimate = window.totals.activity.value(of: measure)
            if abs(Double(estimate) - Double(truth)) <= error.halfWidth(of: estimate, measure) ?? .infinity {
                held += 1
            }
        }
        #expect(held >= 95, "\(held) of 100")
    }

    private static func isKept(_ flow: Int, _ seed: UInt64, _ rate: Int64) -> Bool {
        var value = UInt64(flow) &* 0x9E37_79B9_7F4A_7C15 &+ seed &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return (value ^ value >> 31) % UInt64(rate) == 0
    }

    @Test func `requests that a few flows hold have no error that could be told`() {
        var spread = SamplingError.Spread()
        for _ in 0..<300 { spread.note(1) }
        var error = SamplingError(rate: 10, connections: .even, requests: spread)
        #expect(error.halfWidth(of: 3000, .requests) != nil)
        for _ in 0..<5 { spread.note(100) }
        error.requests = spread
        #expect(error.halfWidth(of: 8000, .requests) == nil)
        error.requests = nil
        #expect(error.halfWidth(of: 8000, .requests) == nil)
        #expect(error.halfWidth(of: 8000, .connections) != nil)
        #expect(error.halfWidth(of: 8000, .bytes) == nil)
        error.bytes = spread
        #expect(error.halfWidth(of: 8000, .bytes) == nil)
    }

    @Test func `everything that counts is scaled, longest times are not`() {
        var window = WindowAggregate(
            window: TimeWindow(start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 60_000_000_000)),
            exposure: 60_000_000_000)
        var activity = Activity()
        activity.requests = 3
        activity.bytes = Int64.max / 5
        activity.longest = 77
        window.totals.activity = activity
        window.buckets = [WindowAggregate.Bucket(start: 0, totals: window.totals)]
        window.dimensions[.client] = [
            WindowAggregate.DimensionValue(
                value: "192.0.2.1", activity: activity, series: [WindowAggregate.SeriesPoint(minute: 0, count: 3)])
        ]
        var unscaled = window
        unscaled.scale(by: 1)
        #expect(unscaled.totals == window.totals)
        window.scale(by: 10)
        #expect(window.totals.activity.requests == 30)
        #expect(window.totals.activity.bytes == .max)
        #expect(window.totals.activity.longest == 77)
        #expect(window.buckets[0].totals == window.totals)
        #expect(window.dimensions[.client]?[0].activity.requests == 30)
        #expect(window.dimensions[.client]?[0].series[0].count == 30)
        window.dimensions[.client]?[0].series[0].count = .max / 3
        window.scale(by: 4)
        #expect(window.dimensions[.client]?[0].series[0].count == .max)
    }

    @Test func `sums, differences and products stop at the ends of what there is`() {
        #expect(Int64.max.addingSaturated(1) == .max)
        #expect(Int64.min.addingSaturated(-1) == .min)
        #expect((-2 as Int64).subtractingSaturated(.max) == .min)
        #expect((1 as Int64).subtractingSaturated(.min) == .max)
        #expect((5 as Int64).subtractingSaturated(7) == -2)
        #expect((1 << 32 as Int64).multipliedSaturated(by: 1 << 31) == .max)
        #expect((1 << 32 as Int64).multipliedSaturated(by: -1 << 40) == .min)
        #expect((3 as Int64).multipliedSaturated(by: -4) == -12)
        #expect([1 << 62, 1 << 62, 7 as Int64].saturatedSum == .max)
        #expect([1, 2, 3 as Int64].saturatedSum == 6)
    }
}
