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

    /// Fewer a day, with the most at three in the afternoon, and a part more of the mean for some time.
    private static func quiet(_ days: Int, _ mean: Double, _ extra: Range<Int>, by more: Double, seed: Int) -> [Spike] {
        var random = SeededGenerator(seed: UInt64(1000 + seed))
        let values = (0..<days * day).map { minute in
            let rhythm = mean + 0.75 * mean * sin(2 * Double.pi * Double(minute - 540) / Double(day))
            return Double(random.poisson(rhythm + (extra.contains(minute) ? more * mean : 0)))
        }
        return SpikeDetector().spikes(in: [SpikeSeries(name: "requests", isCount: true, values: values)], start: 0)
    }

    @Test(arguments: [
        (1, 20.0, 360..<480, 0.9), (1, 20, 1000..<1440, 1.2), (2, 20, 1860..<2040, 0.9), (3, 20, 3300..<4320, 1.2),
        (3, 12, 3300..<4320, 0.9), (3, 20, 3360..<3660, 0.9), (3, 12, 2460..<2700, 0.9),
    ])
    func `as much more for hours is one rise, though it is another factor of every hour's traffic`(
        days: Int, mean: Double, extra: Range<Int>, more: Double
    ) {
        var first = 0
        var wrong: [String] = []
        for seed in 0..<20 {
            let found = Self.quiet(days, mean, extra, by: more, seed: seed).map(Self.minutes)
            // Noise hides an edge where it is the smallest part of the rhythm: to a twentieth of the length.
            let isFirst = found.first.map {
                20 * max(abs($0.lowerBound - extra.lowerBound), abs($0.upperBound - extra.upperBound)) <= extra.count
            }
            if isFirst == true { first += 1 } else { wrong.append("\(seed) \(found)") }
        }
        #expect(first >= 17, "\(wrong)")
    }

    @Test func `a crowd that came and left is hardly ever a level that stays, whatever minutes follow it`() {
        var long: [Int] = []
        for seed in 0..<400 {
            let found = Self.quiet(1, 12, 360..<480, by: 1.1, seed: seed).map(Self.minutes)
            if found.contains(where: { $0.lowerBound < 370 && $0.count > 600 }) { long.append(seed) }
        }
        #expect(long.count <= 5, "\(long)")
    }

    @Test(arguments: [
        (1, 12.0, 360..<480, 0.9), (1, 12, 400..<580, 0.9), (3, 20, 3300..<4320, 1.2), (3, 12, 3300..<4320, 0.9),
        (3, 12, 2460..<2700, 0.9),
    ])
    func `where there was only more, no level is told to have fallen from one that never was`(
        days: Int, mean: Double, extra: Range<Int>, more: Double
    ) {
        for seed in 0..<20 {
            let highest = mean * (1.75 + more)
            for spike in Self.quiet(days, mean, extra, by: more, seed: seed) {
                for reason in spike.reasons where !reason.isRise {
                    #expect(reason.usual <= 1.25 * highest, "\(seed): \(Self.minutes(spike)) \(reason)")
                }
            }
        }
    }

    @Test func `what an incident is compared with is no part of it, though its beginning was noticed late`() {
        let incident = 2460..<2700
        var (found, apart) = (0, 0)
        var wrong: [String] = []
        for seed in 0..<20 {
            for spike in Self.quiet(3, 12, incident, by: 0.9, seed: seed) where Self.minutes(spike).overlaps(incident) {
                guard let before = spike.before else { continue }
                let minutes =
                    Int(
                        before.startNanoseconds / TrafficModel.minute)..<Int(
                        before.endNanoseconds / TrafficModel.minute)
                found += 1
                // A start is read off to a twentieth of the incident.
                let isApart = minutes.clamped(to: incident).count <= incident.count / 20
                apart += isApart ? 1 : 0
                if !isApart {
                    wrong.append("\(seed) \(Self.minutes(spike)) \(minutes) \(spike.reasons[0]) \(before.choice)")
                }
            }
        }
        #expect(found >= 10 && apart == found, "\(wrong)")
    }
}
