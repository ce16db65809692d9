import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// Windows too short to tell how much the traffic varies.
@Suite struct ShortWindowTests {
    private static let clients = 40

    /// Connections of one size each, so many from each client in each minute.
    private static func window(
        start: Int64, minutes: Int64, perMinute: Int64, extra: Int64 = 0, bytes: Int64 = 1000, cut: Int64 = 0
    ) -> WindowAggregate {
        let from = Timestamp(nanoseconds: TrafficModel.origin + start * TrafficModel.minute + cut)
        let length = minutes * TrafficModel.minute - cut
        var window = WindowAggregate(
            window: TimeWindow(start: from, end: from.advanced(by: length)), exposure: length)
        func totals(_ connections: Int64) -> TrafficTotals {
            var totals = TrafficTotals()
            totals.activity.connections = connections
            totals.activity.bytes = connections * bytes
            return totals
        }
        for minute in 0..<minutes {
            let part = totals(Int64(clients) * perMinute + extra)
            window.totals.add(part)
            window.buckets.append(
                .init(start: from.bucket(width: MinuteGrid.width) + minute * 60_000_000_000, totals: part))
        }
        window.dimensions[.client] = (0..<clients).map { client in
            let count = perMinute + (client == 0 ? extra : 0)
            return .init(
                value: "192.0.2.\(client)", activity: totals(count * minutes).activity,
                series: (0..<minutes).map { .init(minute: Int32($0), count: count * bytes) })
        }
        return window
    }

    private static func compare(
        _ before: WindowAggregate, _ during: WindowAggregate, by measure: RankMeasure
    ) throws -> ComparisonResult {
        var options = CompareOptions()
        options.measure = measure
        return try Comparison.compare(before: before, during: during, options: options)
    }

    @Test(arguments: [Int64(0), 49_000_000_000])
    func `bytes of a minute or less have no interval, and nothing stands out`(
        cut: Int64
    ) throws {
        let result = try Self.compare(
            Self.window(start: 0, minutes: 1, perMinute: 50, cut: cut),
            Self.window(start: 2, minutes: 1, perMinute: 45, extra: 700, cut: cut), by: .bytes)
        #expect(result.total.ratio.value == 1.25)
        #expect(!result.total.ratio.hasInterval && result.total.ratio.upper == nil && result.total.pValue == nil)
        #expect(result.total.direction == .same && result.leading.isEmpty)
        let bytes = try #require(result.changes.first { $0.name == "bytes" })
        #expect(!bytes.ratio.hasInterval && bytes.pValue == nil)
        let values = try #require(result.dimensions.first).values
        #expect(!values.isEmpty)
        for one in values {
            #expect(!one.passesGate && !one.standsOut && !one.ratio.hasInterval && !one.mix.hasInterval)
            #expect(one.pValue == nil && one.adjustedPValue == nil)
        }
        #expect(result.caveats.contains { $0.code == "too-short" && $0.text.contains("too short to tell") })
        #expect(!result.caveats.contains { $0.code == "few-minutes" })
        #expect(result.sentence.contains("too short to tell"), "\(result.sentence)")
        #expect(!result.sentence.contains("mix") && !result.sentence.contains("interval"), "\(result.sentence)")
    }

    @Test func `counts of seconds are judged by what is assumed, and that is said`() throws {
        let cut: Int64 = 49_000_000_000
        let calm = try Self.compare(
            Self.window(start: 0, minutes: 1, perMinute: 50, cut: cut),
            Self.window(start: 2, minutes: 1, perMinute: 45, cut: cut), by: .connections)
        #expect(calm.total.direction == .same && calm.leading.isEmpty)
        let flood = try Self.compare(
            Self.window(start: 0, minutes: 1, perMinute: 50, cut: cut),
            Self.window(start: 2, minutes: 1, perMinute: 50, extra: 3000, cut: cut), by: .connections)
        #expect(flood.total.direction == .rise)
        #expect(flood.leading.first?.value == "192.0.2.0")
        let caveat = try #require(flood.caveats.first { $0.code == "too-short" })
        #expect(caveat.text.contains("totals vary by 15 %") && caveat.text.contains("single values by 50 %"))
    }

    @Test(arguments: [(100.0, 400.0), (12.0, 9.0), (90_000.0, 80_000.0)])
    func `what is assumed adds the variance of two rates to that of two counts`(before: Double, during: Double) {
        // The delta method: var(log count) = groups / mean + deviation², for each of two windows.
        for (assumption, groups, deviation) in [
            (Dispersion.Assumption.ofTotals, 3.0, 0.15), (Dispersion.Assumption.ofValues, 4.0, 0.5),
        ] {
            let dispersion = assumption.dispersion(before: before, during: during, floor: 1)
            let variance = dispersion.factor * (1 / before + 1 / during)
            let expected = groups / before + deviation * deviation + groups / during + deviation * deviation
            #expect(abs(variance - expected) < 1e-12 * expected)
        }
    }

    @Test func `bytes of events of one size are as certain as the events are, and no more`() throws {
        // Every minute alike: what is left is that of independent events.
        let result = try Self.compare(
            Self.window(start: 0, minutes: 15, perMinute: 2), Self.window(start: 15, minutes: 15, perMinute: 3),
            by: .bytes)
        let bytes = try #require(result.changes.first { $0.name == "bytes" }).ratio
        let connections = try #require(result.changes.first { $0.name == "connections" }).ratio
        #expect(abs((bytes.lower ?? 0) - (connections.lower ?? 1)) < 1e-9)
        #expect(abs((bytes.upper ?? 0) - (connections.upper ?? 1)) < 1e-9)
        #expect((bytes.lower ?? 9) < 1.45 && (bytes.upper ?? 0) > 1.55)
    }

    @Test func `where only the window during has minutes the variation is taken from it`() throws {
        let result = try Self.compare(
            Self.window(start: 0, minutes: 1, perMinute: 50), Self.window(start: 1, minutes: 15, perMinute: 50),
            by: .bytes)
        #expect(result.total.ratio.hasInterval && result.total.direction == .same)
        #expect(result.caveats.contains { $0.code == "few-minutes" })
        #expect(try #require(result.dimensions.first).values.allSatisfy { $0.ratio.hasInterval && !$0.passesGate })
    }

    @Test(arguments: [(5, 5, true), (9, 30, true), (30, 9, true), (10, 10, false)])
    func `below ten whole minutes nobody is accused, and no level is claimed`(
        before: Int64, during: Int64, isTentative: Bool
    ) throws {
        let result = try Self.compare(
            Self.window(start: 0, minutes: before, perMinute: 50),
            Self.window(start: before, minutes: during, perMinute: 50, extra: 3000), by: .connections)
        #expect(result.isTentative == isTentative)
        #expect(result.question.falseDiscoveryRate == (isTentative ? nil : 0.05))
        #expect(result.caveats.contains { $0.code == "tentative" } == isTentative)
        // Candidates are named all the same.
        #expect(result.leading.first?.value == "192.0.2.0")
    }
}
