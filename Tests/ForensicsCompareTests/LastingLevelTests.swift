import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Foundation
import Testing

/// A level that changes and stays until the evidence ends: whoever loads logs while an incident goes on has such.
@Suite struct LastingLevelTests {
    private static let minute = TrafficModel.minute

    /// A level that is multiplied from a minute on.
    struct Step: Sendable, CustomTestStringConvertible {
        var minutes: Int
        var at: Int
        var factor: Double
        var testDescription: String { "×\(factor) from \(at) of \(minutes) min" }
    }

    private static let steps: [Step] = {
        let factors: [Double] = [2, 3, 5, 0.5, 1.0 / 3, 0.2]
        var found: [Step] = []
        for minutes in [60, 120, 180, 360, 720, 1440] {
            for at in [minutes / 3, minutes / 2, minutes * 2 / 3] {
                for factor in factors { found.append(Step(minutes: minutes, at: at, factor: factor)) }
            }
        }
        return found
    }()

    /// Poisson's counts around a rate that wavers by itself.
    private static func counts(_ minutes: Int, seed: Int, waver: Double = 0.08, _ rate: (Int) -> Double) -> [Double] {
        var random = SeededGenerator(seed: UInt64(seed))
        return (0..<minutes).map { Double(random.poisson(rate($0) * exp(waver * random.normal()))) }
    }

    private static func spikes(_ values: [Double], isCount: Bool = true) -> [Spike] {
        SpikeDetector().spikes(in: [SpikeSeries(name: "requests", isCount: isCount, values: values)], start: 0)
    }

    private static func minutes(_ spike: Spike) -> Range<Int> {
        Int(spike.startNanoseconds / minute)..<Int(spike.endNanoseconds / minute)
    }

    private static func before(_ spike: Spike) -> Range<Int>? {
        spike.before.map { Int($0.startNanoseconds / minute)..<Int($0.endNanoseconds / minute) }
    }

    /// What is wrong with the answer to a step; `nil` if nothing is.
    private static func complaint(_ spikes: [Spike], _ step: Step, base: Double) -> String? {
        guard let first = spikes.first, let reason = first.reasons.first else { return "nothing" }
        let found = minutes(first)
        guard reason.isRise == (step.factor > 1) else { return "inverted" }
        guard abs(found.lowerBound - step.at) <= 1, found.upperBound == step.minutes else { return "at \(found)" }
        guard spikes.count == 1 else { return "also \(spikes.dropFirst().map(minutes))" }
        guard abs(reason.usual / base - 1) < 0.15 else { return "usual \(reason.usual)" }
        guard abs(reason.inside / (base * step.factor) - 1) < 0.25 else { return "inside \(reason.inside)" }
        let length = min(found.count, found.lowerBound)
        let expected = (found.lowerBound - length)..<found.lowerBound
        guard before(first) == expected else { return "compared with \(String(describing: before(first)))" }
        return nil
    }

    @Test(arguments: steps) func `a level that stays is told from its first minute on, beside what precedes`(step: Step)
    {
        var wrong: [String] = []
        for base in [100.0, 40] {
            for seed in 0..<20 {
                let values = Self.counts(step.minutes, seed: seed) { base * ($0 < step.at ? 1 : step.factor) }
                if let text = Self.complaint(Self.spikes(values), step, base: base) {
                    wrong.append("\(base) \(seed): \(text)")
                }
            }
        }
        #expect(wrong.count <= 2, "\(wrong)")
        #expect(!wrong.contains { $0.contains("inverted") }, "\(wrong)")
    }

    @Test(arguments: [(60, 20, 200.0), (120, 50, 300), (180, 60, 200), (60, 30, 200), (60, 30, 400), (120, 60, 300)])
    func `a client that comes and stays is who rose, whatever part of the evidence it fills`(
        minutes: Int, at: Int, rate: Double
    ) throws {
        for seed in 0..<10 {
            var random = SeededGenerator(seed: UInt64(300 + seed))
            var recording = TrafficRecording(minutes: minutes)
            for minute in 0..<minutes {
                for client in 0..<50 {
                    let count = random.poisson(2)
                    recording.add(.client, "198.51.100.\(client)", minute, count)
                    recording.totals[minute] += count
                }
                let flood = minute < at ? 0 : random.poisson(rate)
                recording.add(.client, "203.0.113.9", minute, flood)
                recording.totals[minute] += flood
            }
            let spikes = SpikeDetector().spikes(of: recording.aggregate(0..<minutes))
            let first = try #require(spikes.first, "\(seed)")
            let start = (first.startNanoseconds - TrafficModel.origin) / Self.minute
            let end = (first.endNanoseconds - TrafficModel.origin) / Self.minute
            #expect(abs(Int(start) - at) <= 1 && Int(end) == minutes, "\(seed): \(start)..<\(end)")
            #expect(spikes.allSatisfy { $0.reasons.allSatisfy(\.isRise) }, "\(seed)")
            #expect(spikes.count == 1, "\(seed)")
            #expect(first.reasons.contains { $0.name == "requests" && abs($0.usual - 100) < 10 }, "\(seed)")
            #expect(first.reasons.contains { $0.name == "client 203.0.113.9" && $0.usual == 0 }, "\(seed)")
            let before = try #require(first.before)
            #expect(before.endNanoseconds == first.startNanoseconds, "\(seed)")
            let length = min(first.endNanoseconds - first.startNanoseconds, start * Self.minute)
            #expect(before.endNanoseconds - before.startNanoseconds == length, "\(seed)")
        }
    }

    /// A day's sinusoid, five times as much by day as by night.
    private static func rhythm(_ minute: Int) -> Double { 60 + 40 * sin(2 * Double.pi * Double(minute) / 1440) }

    @Test(arguments: [2.5, 4, 0.3], [1, 2]) func `a level that stays is told within the rhythm of a day`(
        factor: Double, days: Int
    ) {
        var wrong: [String] = []
        for seed in 0..<40 {
            let at = days * 1440 / 2 + seed * 31 % 300 - 150
            let values = Self.counts(days * 1440, seed: 600 + seed) { Self.rhythm($0) * ($0 < at ? 1 : factor) }
            let spikes = Self.spikes(values)
            let first = spikes.first.map { (Self.minutes($0), $0.reasons.first?.isRise) }
            guard let (found, isRise) = first, abs(found.lowerBound - at) <= 1, found.upperBound == days * 1440,
                isRise == (factor > 1), spikes.count == 1
            else {
                wrong.append("\(seed) at \(at): \(spikes.map { (Self.minutes($0), $0.reasons.first?.isRise) })")
                continue
            }
        }
        #expect(wrong.count <= 2, "\(wrong)")
    }

    enum Calm: CaseIterable {
        case steady, steadyHour, ramp, dayRamp, fallingHour, day, halfDay, quarterDay, twoDays, workingHours, gap,
            afterFall, few

        var minutes: Int {
            switch self {
            case .steadyHour, .fallingHour: 60
            case .steady, .ramp, .few: 240
            case .quarterDay: 360
            case .halfDay: 720
            case .dayRamp, .day, .gap, .afterFall: 1440
            case .twoDays: 2880
            case .workingHours: 4 * 1440 + 700
            }
        }

        func rate(_ minute: Int, _ seed: Int) -> Double {
            let part = Double(minute) / Double(minutes)
            switch self {
            case .steady, .steadyHour: return 100
            case .ramp: return 40 * pow(2.5, part)
            case .dayRamp: return 15 * pow(6, part)
            case .fallingHour: return 150 * pow(0.5, part)
            case .day, .halfDay, .quarterDay, .twoDays, .gap: return LastingLevelTests.rhythm(minute + seed * 37)
            case .afterFall:
                return (800..<840).contains(minute)
                    ? 0.2 * LastingLevelTests.rhythm(minute) : LastingLevelTests.rhythm(minute)
            case .workingHours: return (480..<1080).contains(minute % 1440) ? 90 : 30
            case .few: return 2
            }
        }
    }

    @Test(arguments: Calm.allCases)
    func `a calm course, a ramp and the rhythm of days have no spike in 97 of 100 cases`(
        calm: Calm
    ) {
        var alarms: [String] = []
        for seed in 0..<100 {
            var values = Self.counts(calm.minutes, seed: 900 + seed) { calm.rate($0, seed) }
            if calm == .gap { for minute in 600..<660 { values[minute] = .nan } }
            // The fall is told, and nothing after it.
            let found = Self.spikes(values).filter { calm != .afterFall || Self.minutes($0).lowerBound > 840 }
            if !found.isEmpty { alarms.append("\(seed): \(found.map(Self.minutes))") }
        }
        #expect(alarms.count <= 3, "\(alarms)")
    }

    @Test(arguments: [60, 240, 1440]) func `a rate that wavers for minutes together has no level in 95 of 100 cases`(
        minutes: Int
    ) {
        var alarms: [String] = []
        for seed in 0..<100 {
            var random = SeededGenerator(seed: UInt64(4000 + seed))
            var breath = 0.0
            let values = (0..<minutes).map { _ in
                breath = 0.8 * breath + 0.12 * random.normal()
                return Double(random.poisson(60 * exp(breath)))
            }
            let found = Self.spikes(values)
            if !found.isEmpty { alarms.append("\(seed): \(found.map(Self.minutes))") }
        }
        #expect(alarms.count <= 5, "\(alarms)")
    }

    @Test func `a flood within a level that stays is told as well, and compared with that level`() throws {
        let values = Self.counts(480, seed: 7) { $0 < 200 ? 50 : (300..<320).contains($0) ? 1000 : 150 }
        let spikes = Self.spikes(values)
        let level = try #require(spikes.first { Self.minutes($0) == 200..<480 })
        #expect(Self.before(level) == 0..<200)
        let flood = try #require(spikes.first { Self.minutes($0) == 300..<320 })
        #expect(Self.before(flood) == 280..<300)
        #expect(abs((flood.reasons.first?.usual ?? 0) - 150) < 15)
        #expect(spikes.count == 2)
    }

    @Test(arguments: [
        // What stands out within the level is compared with the level, all of it or a part; what it begins in is busy.
        (300..<320, 280..<300), (300..<310, 290..<300), (305..<315, 290..<300), (295..<315, 275..<295),
        // Nothing does: what is looked at is the level.
        (230..<250, 180..<200), (400..<420, 180..<200),
    ])
    func `a window that somebody names is compared as a spike at its place is`(named: Range<Int>, before: Range<Int>)
        throws
    {
        func window(_ minutes: Range<Int>) -> TimeWindow {
            TimeWindow(
                start: Timestamp(nanoseconds: Int64(minutes.lowerBound) * Self.minute),
                end: Timestamp(nanoseconds: Int64(minutes.upperBound) * Self.minute))
        }
        let values = Self.counts(480, seed: 7) { $0 < 200 ? 50 : (300..<320).contains($0) ? 1000 : 150 }
        let quiet = SpikeDetector.before(
            window(named), span: window(0..<480), coverage: [window(0..<480)], spikes: Self.spikes(values))
        let found = try #require(quiet)
        #expect(Int(found.startNanoseconds / Self.minute)..<Int(found.endNanoseconds / Self.minute) == before)
    }

    @Test(arguments: [0.4, 0.5, 0.6]) func `half of the evidence between two stretches of one level is told`(
        part: Double
    ) {
        for (minutes, seed) in [(60, 1), (180, 2), (1440, 3)] {
            let from = minutes / 4
            let to = from + Int(Double(minutes) * part)
            let values = Self.counts(minutes, seed: seed) { (from..<to).contains($0) ? 300 : 100 }
            let spikes = Self.spikes(values)
            #expect(spikes.map(Self.minutes) == [from..<to], "\(minutes)")
            #expect(spikes.first?.reasons.first?.isRise == true)
        }
    }

    /// Twenty minutes, so much more or less of it for seven, and the few minutes until somebody stops to capture.
    @Test(arguments: [3.0, 0.1], [2, 3, 4])
    func `a level that ends shortly before the evidence does is told to its end, and nothing after it`(
        factor: Double, rest: Int
    ) {
        var wrong: [String] = []
        for seed in 0..<20 {
            let values = Self.counts(27 + rest, seed: seed) { (20..<27).contains($0) ? 360 * factor : 360 }
            let found = Self.spikes(values)
            if found.map(Self.minutes) != [20..<27] || found.first?.reasons.first?.isRise != (factor > 1) {
                wrong.append("\(seed): \(found.map(Self.minutes))")
            }
        }
        #expect(wrong.isEmpty, "\(wrong)")
    }

    /// Twenty minutes, an outage of so many that leaves so much, and half an hour of three times as much as before.
    @Test(arguments: [(5, 0.0), (10, 0), (10, 5), (15, 0), (15, 5)])
    func `an outage before a surge that stays hides neither`(length: Int, left: Double) {
        var wrong: [String] = []
        for seed in 0..<20 {
            let values = Self.counts(50 + length, seed: seed) { $0 < 20 ? 60 : $0 < 20 + length ? left : 180 }
            let found = Self.spikes(values)
            let surge = found.first { $0.reasons.first?.isRise == true }
            let outage = found.first { $0.reasons.first?.isRise == false }
            let start = surge.map { Self.minutes($0).lowerBound } ?? 0
            let fall = outage.map(Self.minutes) ?? 0..<0
            let usual = surge?.reasons.first?.usual ?? 0
            if abs(start - 20 - length) > 1 || abs(usual / 60 - 1) > 0.15 {
                wrong.append("\(seed): surge at \(start) of \(usual)")
            }
            if abs(fall.lowerBound - 20) > 1 || abs(fall.upperBound - 20 - length) > 1 {
                wrong.append("\(seed): outage at \(fall)")
            }
        }
        #expect(wrong.count <= 2, "\(wrong)")
    }

    @Test(arguments: [0.0, 1, 5]) func `an outage before a surge is told of counts that are the same each minute`(
        left: Double
    ) {
        let found = Self.spikes((0..<59).map { $0 < 20 ? 60 : $0 < 30 ? left : 180 }).map(Self.minutes)
        #expect(Set(found) == [20..<30, 30..<59])
    }

    @Test func `evidence that begins within a short flood begins with a rise, not with a long fall`() {
        let spikes = Self.spikes(Self.counts(60, seed: 11) { $0 < 10 ? 300 : 100 })
        #expect(spikes.map(Self.minutes) == [0..<10])
        #expect(spikes.first?.reasons.first?.isRise == true)
        #expect(spikes.first?.before?.choice == .after)
        // A few minutes before it are too few to compare with, yet the evidence does not begin with it.
        let later = Self.spikes(Self.counts(140, seed: 11) { (6..<50).contains($0) ? 300 : 100 })
        #expect(later.map(Self.minutes) == [6..<50])
        #expect(later.first?.before?.choice == .onlyAfter)
    }

    @Test(arguments: [(240, 60), (180, 45), (60, 15), (400, 100)])
    func `evidence that begins within an incident of a quarter of it begins with a rise`(minutes: Int, end: Int) {
        for seed in 0..<10 {
            let spikes = Self.spikes(Self.counts(minutes, seed: 40 + seed) { $0 < end ? 100 : 40 })
            let first = spikes.first.map(Self.minutes)
            #expect(first.map { $0.lowerBound == 0 && abs($0.upperBound - end) <= 1 } ?? false, "\(seed): \(spikes)")
            #expect(spikes.count == 1 && spikes.first?.reasons.first?.isRise == true, "\(seed)")
            #expect(spikes.first?.before?.choice == .afterLong, "\(seed)")
        }
    }

    @Test func `a fall that stays is told with the other way to read it where less precedes it`() {
        let short = Self.spikes(Self.counts(240, seed: 5) { $0 < 90 ? 100 : 40 })
        #expect(short.map(Self.minutes) == [90..<240])
        #expect(short.first?.before?.choice == .shorterAndHigher)
        let long = Self.spikes(Self.counts(240, seed: 5) { $0 < 150 ? 100 : 40 })
        #expect(long.map(Self.minutes) == [150..<240])
        #expect(long.first?.before?.choice == .justBefore)
    }

    /// A step that stays within a rhythm, and by how much the windows to compare differ.
    private static func compared(days: Int, seed: Int) throws -> (spike: Spike, factor: Double) {
        let at = (days - 1) * 1440 + 900
        let values = counts(days * 1440, seed: seed, waver: 0) { minute in
            (40 + 25 * sin(2 * Double.pi * Double(minute) / 1440)) * (minute < at ? 1 : 1.8)
        }
        let spike = try #require(spikes(values).first)
        #expect(abs(minutes(spike).lowerBound - at) <= 1 && minutes(spike).upperBound == days * 1440, "\(seed)")
        let quiet = try #require(before(spike))
        let end = Int(try #require(spike.before).duringEndNanoseconds / minute)
        let during = minutes(spike).lowerBound..<end
        #expect(during.count == quiet.count, "\(seed)")
        func mean(_ part: Range<Int>) -> Double { values[part].reduce(0, +) / Double(part.count) }
        return (spike, mean(during) / mean(quiet))
    }

    @Test func `a level that stays is compared beside its first minute where the day would hide it`() throws {
        for seed in 0..<10 {
            let (spike, factor) = try Self.compared(days: 1, seed: 500 + seed)
            #expect(spike.before?.choice == .besideStart, "\(seed)")
            #expect(Self.before(spike)?.upperBound == Self.minutes(spike).lowerBound, "\(seed)")
            // The rhythm falls by a seventh in half an hour.
            #expect(factor > 1.4 && factor < 1.9, "\(seed): \(factor)")
        }
    }

    @Test func `a level that stays is compared with the day before where there is one`() throws {
        for seed in 0..<5 {
            let (spike, factor) = try Self.compared(days: 2, seed: 500 + seed)
            #expect(spike.before?.choice == .sameTimeOfDay, "\(seed)")
            #expect(abs(factor - 1.8) < 0.1, "\(seed): \(factor)")
        }
    }

    @Test(arguments: [5, 8, 12]) func `what begins soon after the evidence is a rise, not a fall before it`(at: Int) {
        let spikes = Self.spikes(Self.counts(60, seed: at) { $0 < at ? 100 : 400 })
        #expect(spikes.map(Self.minutes) == [at..<60])
        #expect(spikes.first?.reasons.first?.isRise == true)
        #expect(spikes.first.flatMap(Self.before) == 0..<at)
    }

    @Test func `a latency that stays high is told from its first minute on`() {
        for seed in 0..<10 {
            let values = Self.counts(120, seed: 70 + seed) { $0 < 60 ? 200 : 700 }.map { $0 / 1000 }
            let spikes = Self.spikes(values, isCount: false)
            #expect(spikes.map(Self.minutes) == [60..<120])
            #expect(spikes.first?.reasons.first?.isRise == true)
        }
    }
}
