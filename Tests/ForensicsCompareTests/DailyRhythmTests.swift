import ForensicsCompare
import ForensicsTestSupport
import Foundation
import Testing

/// Days of traffic with a busy afternoon and a quiet night, and what stands out in them: nothing, unless it was planted.
@Suite struct DailyRhythmTests {
    private static let day = 1440

    /// What is planted: so many minutes from a minute on.
    private struct Plant {
        var minutes: Range<Int>
        var rate = 1.0
        var latency = 1.0
    }

    /// How long a request takes, in seconds.
    enum Latency: CaseIterable {
        case even, heavyTail
        /// One request in 33 takes ten times as long: the 95th percentile lies at the edge of it.
        case twoHumps

        func draw(_ random: inout SeededGenerator) -> Double {
            switch self {
            case .even: exp(-3 + 0.5 * random.normal())
            case .heavyTail: 0.05 * pow(max(1e-12, random.uniform()), -1 / 1.5)
            case .twoHumps: exp(-3 + 0.5 * random.normal()) * (random.uniform() < 0.03 ? 10 : 1)
            }
        }
    }

    private static func rate(_ minute: Int, mean: Double) -> Double {
        mean * (1 + 0.8 * sin(2 * Double.pi * Double(minute - 480) / Double(day)))
    }

    /// Minutes of whole days but the first and the last, which evidence often cuts.
    private static func minutes(_ days: Int) -> Range<Int> { 1..<(days * day - 1) }

    private static func counts(
        days: Int, mean: Double, seed: Int, plant: Plant? = nil, job: (Int) -> Double = { _ in 1 }
    ) -> [Double] {
        var random = SeededGenerator(seed: UInt64(seed))
        return minutes(days).map { minute in
            let factor = plant.map { $0.minutes.contains(minute) ? $0.rate : 1 } ?? 1
            let mean = rate(minute, mean: mean) * job(minute % day) * factor * exp(0.12 * random.normal())
            return Double(random.poisson(mean))
        }
    }

    private static func latencies(_ kind: Latency, mean: Double, seed: Int, plant: Plant? = nil) -> SpikeSeries {
        let counts = counts(days: 3, mean: mean, seed: seed)
        var random = SeededGenerator(seed: UInt64(seed) ^ 0xFFFF)
        let values = zip(minutes(3), counts).map { minute, count in
            let factor = plant.map { $0.minutes.contains(minute) ? $0.latency : 1 } ?? 1
            return (0..<Int(count)).map { _ in 1000 * factor * kind.draw(&random) }.sorted()
        }
        let percentiles = values.map { sorted in
            // The nearest rank.
            sorted.isEmpty ? .nan : sorted[max(1, Int((0.95 * Double(sorted.count)).rounded(.up))) - 1]
        }
        var series = SpikeSeries(name: "p95", isCount: false, values: percentiles, samples: counts)
        let above = zip(values, series.usual).map { sorted, usual in Double(sorted.count { $0 > usual }) }
        series.exceedance = SpikeExceedance(samples: counts, above: above)
        return series
    }

    private static func spikes(_ series: SpikeSeries) -> [Range<Int>] {
        SpikeDetector().spikes(in: [series], start: TrafficModel.minute).map { spike in
            Int(spike.startNanoseconds / TrafficModel.minute)..<Int(spike.endNanoseconds / TrafficModel.minute)
        }
    }

    private static func spikes(_ counts: [Double]) -> [Range<Int>] {
        spikes(SpikeSeries(name: "requests", isCount: true, values: counts))
    }

    /// Twenty minutes at any time of the second day.
    private static func planted(_ seed: Int, rate: Double = 1, latency: Double = 1) -> Plant {
        let start = day + 10 + seed * 997 % (day - 40)
        return Plant(minutes: start..<(start + 20), rate: rate, latency: latency)
    }

    private static func isFound(_ spikes: [Range<Int>], _ plant: Plant) -> Bool {
        guard let first = spikes.first else { return false }
        return abs(first.lowerBound - plant.minutes.lowerBound) <= 1
            && abs(first.upperBound - plant.minutes.upperBound) <= 1
    }

    @Test(arguments: [60.0, 20], Latency.allCases) func `latencies that never change have no spike in 95 of 100 cases`(
        mean: Double, kind: Latency
    ) {
        let alarms = (0..<100).count { !Self.spikes(Self.latencies(kind, mean: mean, seed: $0)).isEmpty }
        #expect(alarms <= 5, "\(alarms) of 100")
    }

    @Test func `a time of slow answers is found to the minute in 95 of 100 cases, by day and by night`() {
        let found = (0..<100).count { seed in
            let plant = Self.planted(seed, latency: 4)
            return Self.isFound(Self.spikes(Self.latencies(.even, mean: 60, seed: seed, plant: plant)), plant)
        }
        #expect(found >= 95, "\(found) of 100")
    }

    @Test(arguments: [3, 4, 5], [60.0, 15]) func `jobs that run every day are no spike in 95 of 100 cases`(
        days: Int, mean: Double
    ) {
        let alarms = (0..<100).count { seed in
            let counts = Self.counts(days: days, mean: mean, seed: 5000 + seed) { minute in
                // Half an hour at two in the morning; three minutes at five.
                (120..<150).contains(minute) ? 2.5 : (300..<303).contains(minute) ? 5 : 1
            }
            return !Self.spikes(counts).isEmpty
        }
        #expect(alarms <= 5, "\(alarms) of 100")
    }

    @Test(arguments: [3, 4]) func `a surge beside a daily job is found to the minute in 95 of 100 cases`(days: Int) {
        let found = (0..<100).count { seed in
            let plant = Self.planted(seed, rate: 2.5)
            let counts = Self.counts(days: days, mean: 60, seed: 8000 + seed, plant: plant) {
                (120..<150).contains($0) ? 2.5 : 1
            }
            return Self.isFound(Self.spikes(counts), plant)
        }
        #expect(found >= 95, "\(found) of 100")
    }

    /// Three minutes at the beginning of every hour, and what is planted.
    private static func hourly(hours: Int, seed: Int, plant: Range<Int>?) -> [Double] {
        var random = SeededGenerator(seed: UInt64(seed))
        return (0..<hours * 60).map { minute in
            let surge: Double = plant?.contains(minute) ?? false ? 200 : 0
            return Double(random.poisson(60 + (minute % 60 < 3 ? 150 : 0) + surge))
        }
    }

    @Test(arguments: [5, 8, 24]) func `a job that runs every hour is no spike in 95 of 100 cases`(hours: Int) {
        let alarms = (0..<100).map { Self.spikes(Self.hourly(hours: hours, seed: $0, plant: nil)) }
            .filter { !$0.isEmpty }
        #expect(alarms.count <= 5, "\(alarms)")
    }

    @Test(arguments: [5, 8, 24]) func `a surge beside an hourly job is found to the minute, and alone`(hours: Int) {
        var wrong: [String] = []
        for seed in 0..<40 {
            // Not beside the job, with which it would be one.
            let start = 60 * (1 + seed % (hours - 2)) + 10 + seed * 7 % 25
            let plant = Plant(minutes: start..<start + 20)
            let found = Self.spikes(Self.hourly(hours: hours, seed: 300 + seed, plant: plant.minutes))
            if !Self.isFound(found, plant) || found.count > 1 { wrong.append("\(seed) at \(start): \(found)") }
        }
        #expect(wrong.count <= 2, "\(wrong)")
    }
}
