import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// What has to be exceeded before something is said.
@Suite struct ComparisonGateTests {
    private static func window(_ start: Int, _ clients: [String: [Int64]]) -> WindowAggregate {
        let minutes = clients.values.map(\.count).max() ?? 0
        var recording = TrafficRecording(minutes: start + minutes)
        for (client, series) in clients {
            for (minute, count) in series.enumerated() where count > 0 {
                recording.add(.client, client, start + minute, count)
                recording.totals[start + minute] += count
            }
        }
        return recording.aggregate(start..<(start + minutes))
    }

    private static func steady(_ count: Int64) -> [Int64] {
        (0..<15).map { count + ($0 % 2 == 0 ? 1 : -1) * (count / 20) }
    }

    private static func times(_ milliseconds: [Double]) -> LogLinearHistogram {
        var histogram = LogLinearHistogram()
        for value in milliseconds { histogram.add(Int64(value * 1e6)) }
        return histogram
    }

    /// Whether the median is notable that goes from one value to another, in milliseconds or bytes.
    private static func isNotable(_ measure: DistributionMeasure, from old: Double, to new: Double) throws -> Bool {
        var before = window(0, ["a": steady(100)])
        var during = window(15, ["a": steady(100)])
        let spread = (0..<500).map { 0.98 + 0.04 * Double($0) / 500 }
        let unit = measure.isTime ? 1 : 1e-6
        before.distributions[measure] = times(spread.map { $0 * old * unit })
        during.distributions[measure] = times(spread.map { $0 * new * unit })
        let result = try Comparison.compare(before: before, during: during, options: CompareOptions())
        return try #require(result.shifts.first { $0.quantile == 0.5 }).isNotable
    }

    @Test func `a quantile is told from a ratio of 1.2 on, times from 10 ms on, in both directions`() throws {
        #expect(try !Self.isNotable(.targetTime, from: 5, to: 12))
        #expect(try Self.isNotable(.targetTime, from: 5, to: 18))
        #expect(try !Self.isNotable(.targetTime, from: 100, to: 115))
        #expect(try Self.isNotable(.targetTime, from: 100, to: 130))
        #expect(try Self.isNotable(.totalTime, from: 130, to: 100))
        #expect(try !Self.isNotable(.bytesFromServer, from: 5000, to: 5500))
        #expect(try Self.isNotable(.bytesFromServer, from: 5000, to: 6500))
    }

    @Test func `a value with too few events is never tested, however large its ratio`() throws {
        // The floor is 0.1 % of all events of both windows: here 6.
        let before = Self.window(0, ["many": Self.steady(200)])
        let during = Self.window(15, ["many": Self.steady(200), "few": [9]])
        let result = try Comparison.compare(before: before, during: during, options: CompareOptions())
        let clients = try #require(result.dimensions.first { $0.dimension == "client" })
        #expect(clients.valueCount == 2 && clients.candidateCount == 1)
        #expect(clients.unexplained.values == 2)
        // New values are listed all the same: one abusive address must not be cut off.
        #expect(result.new.contains { $0.value == "few" && $0.count == 9 })
    }

    /// 15 minutes of each window by client; odds are against the rest, which may be nothing.
    @Test(arguments: [
        // One client crowds everybody out; the same the other way round; all move to a new name at the same pace.
        (["a": steady(100), "b": steady(60)], ["new": steady(400)], "new"),
        (["only": steady(400)], ["a": steady(100), "b": steady(60)], "only"),
        (["a": steady(100), "b": steady(60)], ["new": steady(160)], "new"),
        // Two strangers more change nothing about it.
        (["a": steady(100), "b": steady(60)], ["new": steady(400), "b": [2]], "new"),
    ])
    func `whoever is all there is in one window stands out`(
        _ before: [String: [Int64]], _ during: [String: [Int64]], _ expected: String
    ) throws {
        let result = try Comparison.compare(
            before: Self.window(0, before), during: Self.window(15, during), options: CompareOptions())
        let clients = try #require(result.dimensions.first { $0.dimension == "client" })
        let one = try #require(clients.values.first { $0.value == expected })
        #expect(one.standsOut && one.mixPValue < 1e-6)
        #expect(one.change > 0 ? one.mix.isRise : one.mix.isFall)
        #expect(result.leading.contains { $0.value == expected }, "\(result.sentence)")
        #expect(result.sentence.contains(expected), "\(result.sentence)")
    }

    @Test func `a single value that is all there is in both windows is nobody's cause`() throws {
        let result = try Comparison.compare(
            before: Self.window(0, ["all": Self.steady(100)]), during: Self.window(15, ["all": Self.steady(300)]),
            options: CompareOptions())
        let one = try #require(result.dimensions.first { $0.dimension == "client" }?.values.first)
        #expect(!one.standsOut && one.mixPValue == 1 && one.mix.lower == nil)
    }

    @Test func `counts of a sample have wider intervals`() throws {
        let before = Self.window(0, ["a": Self.steady(100), "b": Self.steady(300)])
        let during = Self.window(15, ["a": Self.steady(130), "b": Self.steady(300)])
        var options = CompareOptions()
        let whole = try Comparison.compare(before: before, during: during, options: options)
        options.sampleRate = 20
        let sampled = try Comparison.compare(before: before, during: during, options: options)
        func width(_ result: ComparisonResult) throws -> Double {
            let value = try #require(result.dimensions.first?.values.first { $0.value == "a" })
            return try #require(value.ratio.upper) / (try #require(value.ratio.lower))
        }
        // One event of the sample stands for 20: the variance is 20 times Poisson's at least.
        #expect(try width(sampled) > 1.5 * width(whole))
        #expect(sampled.caveats.contains { $0.code == "sampled" })
    }

    @Test func `bursts of the same size make the interval wider than steady traffic does`() throws {
        let bursts: [Int64] = (0..<15).map { $0 % 5 == 0 ? 400 : 25 }
        let steady = try Comparison.compare(
            before: Self.window(0, ["a": Self.steady(100)]), during: Self.window(15, ["a": Self.steady(150)]),
            options: CompareOptions())
        let bursty = try Comparison.compare(
            before: Self.window(0, ["a": bursts]), during: Self.window(15, ["a": bursts.map { $0 * 3 / 2 }]),
            options: CompareOptions())
        #expect(steady.total.direction == .rise)
        #expect(bursty.total.direction == .same)
    }

    @Test func `what is slow is attributed like any other count, and said`() throws {
        let before = Self.window(0, ["a": Self.steady(200), "b": Self.steady(200)])
        let during = Self.window(15, ["a": Self.steady(200), "b": Self.steady(200)])
        var result = try Comparison.compare(before: before, during: during, options: CompareOptions())
        let limit = SlownessFinder.Limit(measure: .targetTime, quantile: 0.95, nanoseconds: 250_000_000)
        SlownessFinder.add(
            to: &result, limit, before: Self.window(0, ["a": Self.steady(4), "b": Self.steady(4)]),
            during: Self.window(15, ["a": Self.steady(4), "b": Self.steady(80)]),
            alike: Self.window(0, ["a": Self.steady(40), "b": Self.steady(40)]), all: [before, during],
            options: CompareOptions())
        let slow = try #require(result.slowness)
        #expect(slow.leading.first?.value == "b" && slow.total.direction == .rise)
        #expect(abs((slow.leading.first?.shareOfChange ?? 0) - 1) < 1e-9)
        #expect(result.sentence.contains("over 250 ms (target time) went from 120 to"), "\(result.sentence)")
        #expect(result.sentence.contains("client b explains 100 % of that"), "\(result.sentence)")
    }

    @Test func `who was slow before and is slower now is told, and nobody where all are slower alike`() throws {
        let all = Self.window(15, ["a": Self.steady(300), "b": Self.steady(100)])
        let limit = SlownessFinder.Limit(measure: .totalTime, quantile: 0.99, nanoseconds: 2_000_000_000)
        // - Parameter alike: the slow ones if all took longer by the same factor.
        func leading(
            _ before: [String: [Int64]], _ during: [String: [Int64]], alike: [String: [Int64]]
        ) throws -> [String] {
            var result = try Comparison.compare(before: all, during: all, options: CompareOptions())
            SlownessFinder.add(
                to: &result, limit, before: Self.window(0, before), during: Self.window(15, during),
                alike: Self.window(0, alike), all: [all, all], options: CompareOptions())
            return try #require(result.slowness).leading.map(\.value)
        }
        // All slow ones are of b, in both windows: a quarter of the requests.
        let each = ["a": Self.steady(150), "b": Self.steady(50)]
        #expect(try leading(["b": Self.steady(2)], ["b": Self.steady(80)], alike: each) == ["b"])
        #expect(try leading(["a": Self.steady(3), "b": Self.steady(1)], each, alike: each) == [])
        // b always takes longer, and passes the limit first when everything is slower.
        let first = ["a": Self.steady(1), "b": Self.steady(80)]
        #expect(try leading(["b": Self.steady(8)], first, alike: first) == [])
        // One that is slower by itself shows beside one that always was slow.
        #expect(
            try leading(
                ["b": Self.steady(20)], ["a": Self.steady(60), "b": Self.steady(20)],
                alike: ["a": Self.steady(4), "b": Self.steady(90)]) == ["a"])
    }

    @Test func `facts by two names are named once`() throws {
        var before = Self.window(0, ["a": Self.steady(100)])
        var during = Self.window(15, ["a": Self.steady(100)])
        for (window, count) in [(0, Int64(20)), (15, 300)] {
            var recording = TrafficRecording(minutes: window + 15)
            for minute in window..<(window + 15) {
                recording.add(.targetPort, "8443", minute, count)
                recording.add(.targetGroup, "targetgroup/shop/1", minute, count)
                recording.add(.targetPort, "443", minute, 100)
                recording.add(.targetGroup, "targetgroup/other/2", minute, 100)
                recording.totals[minute] += count + 100
            }
            let aggregate = recording.aggregate(window..<(window + 15))
            if window == 0 { before = aggregate } else { during = aggregate }
        }
        let result = try Comparison.compare(before: before, during: during, options: CompareOptions())
        #expect(result.leading.count == 2)
        #expect(
            result.sentence.contains("8443") != result.sentence.contains("targetgroup/shop/1"), "\(result.sentence)")
    }
}
