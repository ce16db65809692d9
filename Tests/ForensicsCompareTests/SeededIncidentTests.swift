import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// A hundred incidents of varied kind, as counts; the program itself meets them as logs in ForensicsTests.
@Suite struct SeededIncidentTests {
    /// Counts tell nothing of latency.
    private static let kinds = PlantedIncident.Kind.allCases.filter { $0 != .slowTarget }

    private struct Outcome {
        var isExplained: Bool
        var isFound: Bool
        var text: String
    }

    private static func run(_ number: Int) throws -> Outcome {
        var planted = PlantedIncident(number, of: kinds)
        let kind = planted.kind
        let (spike, quiet) = (PlantedIncident.spike, PlantedIncident.quiet)
        let plan = planted
        var recording = planted.model.record(minutes: PlantedIncident.minutes) { plan.incident(in: $0) }
        if kind == .halfUncovered { recording.erase(46..<53) }
        var whole = recording.aggregate(0..<PlantedIncident.minutes)
        var before = recording.aggregate(quiet)
        var during = recording.aggregate(spike)
        if kind == .halfUncovered {
            whole.exposure -= 7 * TrafficModel.minute
            before.exposure -= 7 * TrafficModel.minute
        }
        let holders = Array(
            during.dimensions[.client, default: []].sorted { $0.activity.requests > $1.activity.requests }.prefix(20)
        )
        .map(\.value).filter { !$0.hasSuffix(".1") }.prefix(4)
        if kind == .longOnly { plantLong(Set(holders), &whole, &before, &during) }
        var options = CompareOptions()
        if kind == .longOnly { options.measure = .connections }
        let result = try Comparison.compare(before: before, during: during, options: options)
        let explained: Bool =
            switch kind {
            case .uniformRise: result.total.isUniform && result.total.direction == .rise
            case .uniformFall: result.total.isUniform && result.total.direction == .fall
            case .equalAndOpposite:
                result.total.direction == .same && Set(result.leading.prefix(2).map(\.value)) == plan.values
            case .longOnly: Set(result.activeLong.filter { $0.hadLongBefore == .no }.map(\.clientIP)) == Set(holders)
            default:
                result.leading.first.map { $0.dimension == plan.dimension?.name && plan.values.contains($0.value) }
                    ?? false
            }
        let first = SpikeDetector().spikes(of: whole).first
        let start = first.map { ($0.startNanoseconds - TrafficModel.origin) / TrafficModel.minute } ?? -1
        let end = first.map { ($0.endNanoseconds - TrafficModel.origin) / TrafficModel.minute } ?? -1
        let found = abs(start - Int64(spike.lowerBound)) <= 1 && abs(end - Int64(spike.upperBound)) <= 1
        let leading = result.leading.prefix(3).map { "\($0.dimension) \($0.value) \($0.excessShare ?? 0)" }
        return Outcome(
            isExplained: explained, isFound: found,
            text:
                "\(number) \(kind): \(result.total.direction) \(result.total.ratio) uniform \(result.total.isUniform) "
                + "\(leading); spike \(start)..<\(end) \(first?.reasons.first?.name ?? "-") \(first?.strength ?? 0)")
    }

    /// Turns requests into connections; during the incident four clients hold theirs for eight minutes.
    private static func plantLong(
        _ planted: Set<String>, _ whole: inout WindowAggregate, _ before: inout WindowAggregate,
        _ during: inout WindowAggregate
    ) {
        func convert(_ window: inout WindowAggregate) {
            func move(_ activity: inout Activity) {
                activity.connections = activity.requests
                activity.requests = 0
                activity.longest = 3_000_000_000
            }
            move(&window.totals.activity)
            for index in window.buckets.indices { move(&window.buckets[index].totals.activity) }
            for dimension in window.dimensions.keys {
                for index in window.dimensions[dimension, default: []].indices {
                    move(&window.dimensions[dimension, default: []][index].activity)
                }
            }
        }
        convert(&whole)
        convert(&before)
        convert(&during)
        let length = 8 * TrafficModel.minute
        during.longClients = planted.compactMap { IPAddress($0) }.map {
            .init(client: $0, long: 15, longest: length, isCensored: false, openInWindow: 15)
        }
        for index in whole.buckets.indices {
            let minute = (whole.buckets[index].start - TrafficModel.origin) / TrafficModel.minute
            if PlantedIncident.spike.contains(Int(minute)) { whole.buckets[index].totals.long = 4 }
        }
    }

    @Test func `the planted incident is explained, and its window found, in at least 95 of 100`() throws {
        let outcomes = try (0..<100).map { try Self.run($0) }
        let notExplained = outcomes.filter { !$0.isExplained }
        let notFound = outcomes.filter { !$0.isFound }
        for one in outcomes where !one.isExplained || !one.isFound {
            print("incident", one.isExplained, one.isFound, one.text)
        }
        #expect(notExplained.count <= 5)
        #expect(notFound.count <= 5)
    }
}

@Suite struct SpikeDetectorTests {
    private func spikes(_ values: [Double], isCount: Bool = true) -> [Spike] {
        SpikeDetector().spikes(in: [SpikeSeries(name: "requests", isCount: isCount, values: values)], start: 0)
    }

    private func minutes(_ spike: Spike) -> Range<Int64> {
        (spike.startNanoseconds / TrafficModel.minute)..<(spike.endNanoseconds / TrafficModel.minute)
    }

    private func noisy(_ count: Int, seed: UInt64, _ rate: (Int) -> Double) -> [Double] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { Double(random.poisson(rate($0) * (0.9 + 0.2 * random.uniform()))) }
    }

    @Test func `a plain step is found to the minute, with the equal window before it`() throws {
        let spike = try #require(spikes(noisy(120, seed: 1) { (70..<90).contains($0) ? 300 : 100 }).first)
        #expect(minutes(spike) == 70..<90)
        let before = try #require(spike.before)
        #expect(
            before.startNanoseconds == 50 * TrafficModel.minute && before.endNanoseconds == 70 * TrafficModel.minute)
        #expect(before.choice == .justBefore)
        #expect(spike.reasons.first?.isRise == true)
    }

    @Test func `an outage is a spike downwards`() throws {
        let spike = try #require(spikes(noisy(120, seed: 2) { (30..<40).contains($0) ? 5 : 100 }).first)
        #expect(minutes(spike) == 30..<40)
        #expect(spike.reasons.first?.isRise == false)
    }

    @Test func `what is looked at alone is all that is looked at`() {
        var recording = TrafficRecording(minutes: 30)
        for minute in 0..<30 {
            recording.add(.client, "192.0.2.1", minute, 5)
            recording.totals[minute] += 5
        }
        var aggregate = recording.aggregate(0..<30)
        for index in aggregate.buckets.indices {
            aggregate.buckets[index].totals.activity.bytes = 700
            aggregate.buckets[index].totals.activity.errors = 1
            aggregate.buckets[index].totals.long = 1
        }
        func names(_ measure: RankMeasure?) -> [String] { SpikeSeries.all(of: aggregate, by: measure).map(\.name) }
        #expect(
            names(nil) == [
                "requests", "bytes", "errors", "long connections", "client 192.0.2.1", "client-network 192.0.2.0/24",
            ])
        #expect(names(.errors) == ["errors", "errors of client 192.0.2.1", "errors of client-network 192.0.2.0/24"])
        #expect(names(.duration) == ["long connections"])
    }

    @Test func `one wild minute is noise`() {
        #expect(spikes(noisy(120, seed: 3) { $0 == 60 ? 900 : 100 }).isEmpty)
    }

    @Test(arguments: [(120, 20.0, 90), (60, 12, 60)]) func `quiet bursty traffic has no spike in 95 of 100 cases`(
        clients: Int, rate: Double, minutes: Int
    ) {
        var alarms = 0
        for seed in 0..<100 {
            var model = TrafficModel(seed: UInt64(7000 + seed), clients: clients, rate: rate)
            let recording = model.record(minutes: minutes)
            alarms += SpikeDetector().spikes(of: recording.aggregate(0..<minutes)).isEmpty ? 0 : 1
        }
        #expect(alarms <= 5, "\(alarms) of 100")
    }

    @Test(arguments: [5, 15, 20, 25]) func `a client that comes for a good part of an hour does not pass for a habit`(
        length: Int
    ) throws {
        let planted = 20..<(20 + length)
        var incident = TrafficModel.Incident()
        incident.extra = [.init(address: "203.0.113.9", rate: 80, node: 1, agent: 2, isSteady: true)]
        for seed in 0..<10 {
            var model = TrafficModel(seed: UInt64(9000 + seed), clients: 200, rate: 10)
            let plan = incident
            let recording = model.record(minutes: 60) { planted.contains($0) ? plan : nil }
            let spike = try #require(SpikeDetector().spikes(of: recording.aggregate(0..<60)).first, "\(seed)")
            let start = (spike.startNanoseconds - TrafficModel.origin) / TrafficModel.minute
            let end = (spike.endNanoseconds - TrafficModel.origin) / TrafficModel.minute
            #expect(abs(Int(start) - planted.lowerBound) <= 1 && abs(Int(end) - planted.upperBound) <= 1, "\(seed)")
            #expect(spike.reasons.contains { $0.name == "client 203.0.113.9" && $0.isRise }, "\(seed)")
        }
    }

    @Test func `a gap in the evidence is no outage`() {
        var values = noisy(120, seed: 4) { _ in 100 }
        for minute in 50..<60 { values[minute] = .nan }
        #expect(spikes(values).isEmpty)
    }

    @Test func `the daily rhythm is no spike, and an incident on it is found`() throws {
        func rhythm(_ minute: Int) -> Double {
            let phase = abs(Double(minute % 1440) / 720 - 1)
            return 40 + 300 * phase * phase
        }
        #expect(spikes(noisy(4 * 1440, seed: 5, rhythm)).isEmpty)
        let start = 3 * 1440 + 700
        let incident = noisy(4 * 1440, seed: 6) { rhythm($0) * ((start..<(start + 30)).contains($0) ? 2.5 : 1) }
        let spike = try #require(spikes(incident).first)
        #expect(abs(minutes(spike).lowerBound - Int64(start)) <= 1)
        #expect(abs(minutes(spike).upperBound - Int64(start + 30)) <= 1)
    }

    @Test func `where just before is not covered the same time a day earlier is taken`() throws {
        var values = noisy(2 * 1440, seed: 7) { (1800..<1830).contains($0) ? 400 : 100 }
        for minute in 1780..<1800 { values[minute] = .nan }
        let before = try #require(spikes(values).first?.before)
        #expect(before.choice == .dayBefore)
        #expect(before.startNanoseconds == 360 * TrafficModel.minute)
    }

    @Test func `a level that jumps is found as a count is`() throws {
        let values = noisy(100, seed: 8) { (40..<55).contains($0) ? 900 : 80 }.map { $0 / 1000 }
        #expect(minutes(try #require(spikes(values, isCount: false).first)) == 40..<55)
    }
}
