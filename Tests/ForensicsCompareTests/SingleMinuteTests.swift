import ForensicsCompare
import ForensicsTestSupport
import Testing

/// Incidents of sixty seconds: told where no other minute comes near, and nothing else is.
@Suite struct SingleMinuteTests {
    private static func spikes(
        _ values: [Double], isTraffic: Bool = false, smallestChange: Double = 0
    ) -> [(minutes: Range<Int>, isRise: Bool)] {
        var series = SpikeSeries(
            name: "5xx responses", isCount: true, values: values,
            threshold: smallestChange > 0 ? SpikeSeries.valueThreshold : SpikeSeries.totalThreshold,
            smallestChange: smallestChange)
        series.isTraffic = isTraffic
        series.tellsSingleMinutes = true
        return SpikeDetector().spikes(in: [series], start: 0).map { spike in
            (
                Int(spike.startNanoseconds / TrafficModel.minute)..<Int(spike.endNanoseconds / TrafficModel.minute),
                spike.reasons[0].isRise
            )
        }
    }

    private static func poisson(_ rate: Double, seed: Int, minutes: Int = 90) -> [Double] {
        var random = SeededGenerator(seed: UInt64(seed) &* 97 &+ 5)
        return (0..<minutes).map { _ in Double(random.poisson(rate)) }
    }

    @Test(arguments: [(0.0, 60.0), (1, 404), (25, 993), (300, 2500)])
    func `a minute of many times the usual is a spike of one minute`(usual: Double, inside: Double) {
        for seed in 0..<40 {
            var values = Self.poisson(usual, seed: seed)
            values[60] = inside
            let found = Self.spikes(values)
            #expect(found.map(\.minutes) == [60..<61], "\(seed) \(found)")
            #expect(found.allSatisfy { $0.isRise })
        }
    }

    @Test func `a minute without any traffic is a fall of one minute, and one without errors is none`() {
        var values = Self.poisson(800, seed: 1)
        values[40] = 0
        #expect(Self.spikes(values, isTraffic: true).map(\.minutes) == [40..<41])
        #expect(Self.spikes(values).isEmpty)
    }

    @Test(arguments: [0.3, 4, 60, 800]) func `the largest minute of calm traffic is none`(rate: Double) {
        for seed in 0..<200 {
            #expect(Self.spikes(Self.poisson(rate, seed: seed), isTraffic: true).isEmpty, "\(seed)")
        }
    }

    @Test func `what bursts now and then has a habit`() {
        for seed in 0..<40 {
            var values = Self.poisson(20, seed: seed, minutes: 240)
            var random = SeededGenerator(seed: UInt64(seed))
            for part in 0..<6 { values[part * 40 + 5 + Int(random.uniform() * 30)] = 150 + random.uniform() * 200 }
            #expect(!Self.spikes(values, smallestChange: 2).contains { $0.minutes.count == 1 }, "\(seed)")
            #expect(!Self.spikes(values).contains { $0.minutes.count == 1 }, "\(seed)")
        }
    }

    @Test func `two bad minutes are one spike of two`() {
        for second in [190.0, 299, 404] {
            var values = Self.poisson(1, seed: 11)
            (values[60], values[61]) = (404, second)
            #expect(Self.spikes(values).map(\.minutes) == [60..<62], "\(second)")
        }
    }

    @Test func `the first and the last minute of the evidence are not judged alone`() {
        for place in [0, 89] {
            var values = Self.poisson(20, seed: 3)
            values[place] = 900
            #expect(Self.spikes(values).isEmpty)
        }
    }

    @Test func `the minute in which traffic ends is no rise above the nothing behind it`() {
        for seed in 0..<40 {
            var values = Self.poisson(590, seed: seed, minutes: 65)
            values.replaceSubrange(60..<65, with: [239, 0, 0, 0, 0])
            let found = Self.spikes(values, isTraffic: true)
            #expect(!found.isEmpty && found.allSatisfy { !$0.isRise }, "\(seed) \(found)")
        }
    }

    @Test func `one of many has to matter`() {
        var values = Self.poisson(2, seed: 7)
        values[50] = 200
        #expect(Self.spikes(values, smallestChange: 200).isEmpty)
        #expect(Self.spikes(values, smallestChange: 20).map(\.minutes) == [50..<51])
    }
}
