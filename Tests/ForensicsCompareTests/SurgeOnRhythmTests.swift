import ForensicsCompare
import ForensicsTestSupport
import Foundation
import Testing

/// Crowds that come for hours on top of a day's rhythm, which has gone on when they leave.
@Suite struct SurgeOnRhythmTests {
    private static let day = 1440

    /// A rhythm and what comes on top of it, per minute.
    struct Surge: Sendable, CustomTestStringConvertible {
        var days: Int
        var mean: Double
        var swing: Double
        var extra: Double
        var length: Int
        var testDescription: String { "\(mean) ± \(swing), \(extra) more for \(length) min of \(days) days" }

        func rate(_ minute: Int, start: Int) -> Double {
            mean + swing * sin(2 * Double.pi * Double(minute) / Double(day))
                + ((start..<start + length).contains(minute) ? extra : 0)
        }
    }

    private static let surges: [Surge] = [1, 2, 3, 4].flatMap { days in
        [(40.0, 25.0, 80.0), (20, 15, 40), (60, 40, 60)].flatMap { mean, swing, extra in
            [180, 240].map { Surge(days: days, mean: mean, swing: swing, extra: extra, length: $0) }
        }
    }

    private static func counts(_ surge: Surge, start: Int, seed: Int) -> [Double] {
        var random = SeededGenerator(seed: UInt64(seed))
        return (0..<surge.days * day).map { Double(random.poisson(surge.rate($0, start: start))) }
    }

    private static func minutes(_ spike: Spike) -> Range<Int> {
        Int(spike.startNanoseconds / TrafficModel.minute)..<Int(spike.endNanoseconds / TrafficModel.minute)
    }

    @Test(arguments: surges) func `hours of a crowd are a rise that comes and goes, at any time of the day`(
        surge: Surge
    ) {
        var (first, alone) = (0, 0)
        var wrong: [String] = []
        for seed in 0..<30 {
            let start =
                (surge.days > 1 ? Self.day : 0) + 100 + seed * 211 % (Self.day - 200 - surge.length)
            let values = Self.counts(surge, start: start, seed: 100 + seed)
            let spikes = SpikeDetector().spikes(
                in: [SpikeSeries(name: "requests", isCount: true, values: values)], start: 0)
            let found = spikes.map(Self.minutes)
            let isFirst =
                found.first.map { abs($0.lowerBound - start) <= 1 && abs($0.upperBound - start - surge.length) <= 1 }
                ?? false
            first += isFirst && spikes[0].reasons[0].isRise ? 1 : 0
            alone += isFirst && spikes.count == 1 ? 1 : 0
            if !isFirst || spikes.count > 1 { wrong.append("\(seed) at \(start): \(found)") }
        }
        #expect(first >= 28, "\(wrong)")
        #expect(alone >= 25, "\(wrong)")
    }
}
