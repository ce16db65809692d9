import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Foundation
import Testing

/// Incidents of few events per minute, which no minute tells by itself, and few events that are no incident.
@Suite struct SparseIncidentTests {
    /// So many events per minute before and after, and inside for so long.
    struct Plant: Sendable, CustomTestStringConvertible {
        var minutes: Int
        var usual: Double
        var inside: Double
        var length: Int
        var testDescription: String { "\(usual) to \(inside) a minute for \(length) of \(minutes) min" }
    }

    private static func minutes(_ spike: Spike) -> Range<Int> {
        Int(spike.startNanoseconds / TrafficModel.minute)..<Int(spike.endNanoseconds / TrafficModel.minute)
    }

    private static func spikes(_ values: [Double], isTraffic: Bool = false) -> [Spike] {
        var series = SpikeSeries(name: isTraffic ? "requests" : "errors", isCount: true, values: values)
        series.isTraffic = isTraffic
        return SpikeDetector().spikes(in: [series], start: 0)
    }

    private static func start(of plant: Plant, seed: Int) -> Int {
        var random = SeededGenerator(seed: UInt64(seed * 77 + plant.minutes))
        return 20 + Int(random.uniform() * Double(plant.minutes - 40 - plant.length))
    }

    private static func plant(_ plant: Plant, seed: Int) -> (values: [Double], minutes: Range<Int>) {
        var random = SeededGenerator(seed: UInt64(seed * 77 + plant.minutes))
        let start = 20 + Int(random.uniform() * Double(plant.minutes - 40 - plant.length))
        let planted = start..<start + plant.length
        let values = (0..<plant.minutes).map { minute in
            Double(random.poisson(planted.contains(minute) ? plant.inside : plant.usual))
        }
        // What the evidence can show: from the first event to the last.
        let first = planted.first { values[$0] > 0 } ?? start
        let last = planted.last { values[$0] > 0 } ?? start
        return (values, first..<last + 1)
    }

    @Test(arguments: [
        Plant(minutes: 720, usual: 0, inside: 2.4, length: 60), Plant(minutes: 720, usual: 0, inside: 2.2, length: 30),
        Plant(minutes: 360, usual: 0, inside: 2.3, length: 40), Plant(minutes: 360, usual: 0, inside: 2, length: 40),
        Plant(minutes: 1440, usual: 0, inside: 1, length: 60), Plant(minutes: 4320, usual: 0, inside: 2, length: 40),
        Plant(minutes: 180, usual: 0.02, inside: 3.2, length: 30),
    ]) func `what never happened before and happens twice a minute is found from the first event to the last`(
        plant: Plant
    ) {
        var wrong: [String] = []
        for seed in 0..<40 {
            let (values, planted) = Self.plant(plant, seed: seed)
            let spikes = Self.spikes(values)
            let found = spikes.map(Self.minutes)
            guard let first = found.first, spikes[0].reasons[0].isRise, spikes.count == 1,
                abs(first.lowerBound - planted.lowerBound) <= 1, abs(first.upperBound - planted.upperBound) <= 1
            else {
                wrong.append("\(seed) \(planted): \(found)")
                continue
            }
            #expect(abs(spikes[0].reasons[0].inside / plant.inside - 1) < 0.6, "\(seed)")
        }
        #expect(wrong.count <= 4, "\(wrong)")
    }

    @Test(arguments: [
        Plant(minutes: 720, usual: 1, inside: 2.6, length: 60),
        Plant(minutes: 720, usual: 0.2, inside: 2.5, length: 60),
        Plant(minutes: 1440, usual: 1, inside: 3.5, length: 60),
        Plant(minutes: 4320, usual: 1, inside: 3.5, length: 60),
        Plant(minutes: 360, usual: 0.2, inside: 4, length: 30),
    ]) func `a surge of few events on few is found where it is in two of three cases, and nothing else`(plant: Plant) {
        var (hits, others) = (0, 0)
        for seed in 0..<40 {
            let (values, planted) = Self.plant(plant, seed: seed)
            let found = Self.spikes(values).map(Self.minutes)
            let (low, high) = (planted.lowerBound, planted.upperBound)
            let isHit = found.first.map { abs($0.lowerBound - low) <= 12 && abs($0.upperBound - high) <= 12 }
            hits += isHit ?? false ? 1 : 0
            others += found.contains { !$0.overlaps(planted) } ? 1 : 0
        }
        #expect(hits >= 27, "\(hits)")
        #expect(others <= 1, "\(others)")
    }

    @Test(arguments: [
        Plant(minutes: 360, usual: 2, inside: 0, length: 60), Plant(minutes: 720, usual: 1, inside: 0, length: 90),
        Plant(minutes: 720, usual: 2, inside: 0.2, length: 90), Plant(minutes: 1440, usual: 2, inside: 0, length: 60),
        Plant(minutes: 1440, usual: 0.7, inside: 0, length: 180), Plant(minutes: 4320, usual: 2, inside: 0, length: 60),
    ]) func `that nobody comes to a quiet service any more is told, and fewer errors are not`(plant: Plant) {
        var (hits, alarms) = (0, 0)
        var wrong: [String] = []
        for seed in 0..<40 {
            let (values, _) = Self.plant(plant, seed: seed)
            let start = Self.start(of: plant, seed: seed)
            let planted = start..<start + plant.length
            let spikes = Self.spikes(values, isTraffic: true)
            let found = spikes.map(Self.minutes)
            // Events a minute and less tell the ends to some minutes.
            let slack = Int(10 / plant.usual) + 5
            let isHit =
                found.count == 1 && !spikes[0].reasons[0].isRise
                && abs(found[0].lowerBound - planted.lowerBound) <= slack
                && abs(found[0].upperBound - planted.upperBound) <= slack
            if isHit { hits += 1 } else { wrong.append("\(seed) \(planted): \(found)") }
            alarms += Self.spikes(values).isEmpty ? 0 : 1
        }
        #expect(hits >= 36, "\(wrong)")
        #expect(alarms <= 1, "\(alarms)")
    }

    /// Few events that go on as they always do.
    enum Habit: Sendable, CaseIterable {
        case rare, now, often, twice, rhythm, burst, crowd, breath, hourly

        func counts(_ minutes: Int, _ random: inout SeededGenerator) -> [Double] {
            switch self {
            case .rare: Self.even(0.05, minutes, &random)
            case .now: Self.even(0.3, minutes, &random)
            case .often: Self.even(1, minutes, &random)
            case .twice: Self.even(2, minutes, &random)
            case .rhythm:
                (0..<minutes).map { minute in
                    Double(random.poisson(1 + 0.75 * sin(2 * Double.pi * Double(minute + 300) / 1440)))
                }
            case .burst: Self.bursts(0.01, size: 5, length: 1, minutes, &random)
            case .crowd: Self.bursts(0.1, size: 3, length: 10, minutes, &random)
            case .breath: Self.breath(minutes, &random)
            case .hourly: (0..<minutes).map { Double(random.poisson($0 % 60 < 2 ? 3 : 0.1)) }
            }
        }

        private static func even(_ rate: Double, _ minutes: Int, _ random: inout SeededGenerator) -> [Double] {
            (0..<minutes).map { _ in Double(random.poisson(rate)) }
        }

        /// Bursts that begin at any time, of a geometric number of events.
        private static func bursts(
            _ rate: Double, size: Double, length: Double, _ minutes: Int, _ random: inout SeededGenerator
        ) -> [Double] {
            var values = [Double](repeating: 0, count: minutes)
            for start in -Int(length)..<minutes {
                for _ in 0..<random.poisson(rate) {
                    let events = 1 + Int(log(max(1e-12, random.uniform())) / log(1 - 1 / size))
                    for _ in 0..<events {
                        let minute = start + Int(random.uniform() * length)
                        if values.indices.contains(minute) { values[minute] += 1 }
                    }
                }
            }
            return values
        }

        private static func breath(_ minutes: Int, _ random: inout SeededGenerator) -> [Double] {
            var level = 0.0
            return (0..<minutes).map { _ in
                level = 0.8 * level + 0.2 * random.normal()
                return Double(random.poisson(0.7 * exp(level)))
            }
        }
    }

    @Test(arguments: Habit.allCases, [60, 360, 720, 2880, 4320])
    func `few events that come as they always do are no incident in 95 of 100 cases`(habit: Habit, minutes: Int) {
        var alarms: [String] = []
        for seed in 0..<100 {
            var random = SeededGenerator(seed: UInt64(seed * 131 + 7))
            // As requests: of those falls are looked for too.
            let found = Self.spikes(habit.counts(minutes, &random), isTraffic: true).map(Self.minutes)
            if !found.isEmpty { alarms.append("\(seed): \(found)") }
        }
        #expect(alarms.count <= 5, "\(alarms)")
    }

    @Test func `eighty long connections in forty minutes, and none before, are the spike of a case`() throws {
        var random = SeededGenerator(seed: 12)
        var recording = TrafficRecording(minutes: 360)
        for minute in 0..<360 {
            for client in 0..<20 {
                let count = random.poisson(2)
                recording.add(.client, "198.51.100.\(client)", minute, count)
                recording.totals[minute] += count
            }
        }
        var aggregate = recording.aggregate(0..<360)
        for index in aggregate.buckets.indices {
            let minute = (aggregate.buckets[index].start - TrafficModel.origin) / TrafficModel.minute
            if (200..<240).contains(minute) { aggregate.buckets[index].totals.long = 2 }
        }
        let spike = try #require(SpikeDetector().spikes(of: aggregate).first)
        #expect(spike.startNanoseconds == TrafficModel.origin + 200 * TrafficModel.minute)
        #expect(spike.endNanoseconds == TrafficModel.origin + 240 * TrafficModel.minute)
        #expect(spike.reasons.first?.name == "long connections")
        #expect(spike.reasons.first?.usual == 0 && spike.reasons.first?.inside == 2)
    }

    @Test func `bytes are no events: one large response in a quiet night is no rise`() {
        var random = SeededGenerator(seed: 3)
        let values = (0..<360).map { minute in
            minute % 7 == 0 || (100..<108).contains(minute) ? 2000 + 6000 * random.uniform() : 0
        }
        var series = SpikeSeries(name: "bytes", isCount: true, values: values)
        series.countsEvents = false
        #expect(SpikeDetector().spikes(in: [series], start: 0).isEmpty)
    }

    @Test(arguments: [(0.3, 2, []), (0.3, 40, ["requests"]), (5, 2, []), (5, 80, ["bytes", "requests"])])
    func `two large responses are no rise of a quiet service's bytes, many responses are one`(
        usual: Double, responses: Int, expected: [String]
    ) {
        var random = SeededGenerator(seed: 7)
        var window = WindowAggregate(
            window: TimeWindow(
                start: Timestamp(nanoseconds: 0), end: Timestamp(nanoseconds: 360 * TrafficModel.minute)),
            exposure: 360 * TrafficModel.minute)
        for minute in 0..<360 {
            var totals = TrafficTotals()
            totals.activity.requests = Int64(random.poisson(usual))
            totals.activity.bytes = totals.activity.requests * (500 + Int64(2000 * random.uniform()))
            if (200..<205).contains(minute) {
                let more = Int64(responses > 2 ? responses / 5 : minute % 3 == 0 ? 1 : 0)
                totals.activity.requests += more
                totals.activity.bytes += 900_000 / Int64(responses) * more
            }
            window.totals.add(totals)
            window.buckets.append(.init(start: Int64(minute) * TrafficModel.minute, totals: totals))
        }
        let names = SpikeDetector().spikes(of: window).flatMap(\.reasons).map(\.name)
        #expect(Set(names) == Set(expected), "\(names)")
    }

    /// What a minute of half an hour brings of 5xx, beside some ten 4xx a minute all the time.
    @Test(arguments: [(Int64(0), false), (4, true)])
    func `5xx that appear beside many 4xx are a spike of their own`(each: Int64, isFound: Bool) {
        let origin = Timestamp(nanoseconds: TrafficModel.origin)
        let window = TimeWindow(start: origin, end: origin.advanced(by: 180 * TrafficModel.minute))
        var aggregate = WindowAggregate(window: window, exposure: window.length)
        var random = SeededGenerator(seed: 5)
        for minute in 0..<Int64(180) {
            var totals = TrafficTotals()
            totals.activity.requests = 400 + Int64(random.poisson(40))
            totals.clientErrors = Int64(random.poisson(10))
            totals.serverErrors = (120..<150).contains(minute) ? each : 0
            totals.activity.errors = totals.clientErrors + totals.serverErrors
            aggregate.totals.add(totals)
            aggregate.buckets.append(.init(start: origin.nanoseconds + minute * TrafficModel.minute, totals: totals))
        }
        let series = SpikeSeries.all(of: aggregate)
        #expect(series.contains { $0.name == "5xx responses" } == isFound)
        let found = SpikeDetector().spikes(in: series, start: 0).map { Self.minutes($0) }
        #expect(found == (isFound ? [120..<150] : []))
    }
}
