import ForensicsCompare
import ForensicsModel
import ForensicsTestSupport
import Testing

/// Windows written by hand: every expected number can be recomputed on paper.
@Suite struct ComparisonTests {
    private typealias Values = [String: [Int64]]

    /// A window whose totals and clients are given per minute.
    private func window(start: Int, _ clients: Values, also: [Dimension: Values] = [:]) -> WindowAggregate {
        let minutes = clients.values.map(\.count).max() ?? 0
        var recording = TrafficRecording(minutes: minutes)
        var all = also
        all[.client] = clients
        for (dimension, values) in all {
            for (value, series) in values {
                for (minute, count) in series.enumerated() {
                    recording.add(dimension, value, minute, count)
                    if dimension == .client { recording.totals[minute] += count }
                }
            }
        }
        var aggregate = recording.aggregate(0..<minutes)
        aggregate.dimensions[.clientNetwork] = nil
        let shift = Int64(start) * TrafficModel.minute
        aggregate.window = TimeWindow(
            start: aggregate.window.start.advanced(by: shift), end: aggregate.window.end.advanced(by: shift))
        for index in aggregate.buckets.indices { aggregate.buckets[index].start += shift }
        return aggregate
    }

    private func steady(_ count: Int64, _ minutes: Int = 15) -> [Int64] {
        (0..<minutes).map { count + ($0 % 2 == 0 ? 1 : -1) * (count / 20) }
    }

    private func compare(
        _ before: WindowAggregate, _ during: WindowAggregate, _ change: (inout CompareOptions) -> Void = { _ in }
    ) throws -> ComparisonResult {
        var options = CompareOptions()
        change(&options)
        return try Comparison.compare(before: before, during: during, options: options)
    }

    private func dimension(_ result: ComparisonResult, _ name: String) throws -> DimensionExplanation {
        try #require(result.dimensions.first { $0.dimension == name })
    }

    @Test func `one client that rises explains the whole rise`() throws {
        let before = window(start: 0, ["192.0.2.1": steady(100), "192.0.2.2": steady(100), "192.0.2.3": steady(20)])
        let during = window(start: 15, ["192.0.2.1": steady(100), "192.0.2.2": steady(100), "192.0.2.3": steady(300)])
        let result = try compare(before, during)
        #expect(result.total.direction == .rise)
        #expect(!result.total.isUniform)
        let top = try #require(dimension(result, "client").values.first)
        #expect(top.value == "192.0.2.3")
        #expect(top.passesGate && top.standsOut)
        #expect(abs((top.shareOfChange ?? 0) - 1) < 1e-9)
        #expect(abs((top.ratio.value ?? 0) - 15) < 0.5)
        #expect(result.leading.first?.value == "192.0.2.3")
        #expect(result.sentence.contains("Client 192.0.2.3 explains 100 % of the increase"))
        #expect(result.sentence.contains("rose 2.3×"))
    }

    @Test func `shares are signed and sum to the whole with the remainder and the values missing`() throws {
        let before = window(
            start: 0, ["a": steady(100), "b": steady(50), "c": steady(3)], also: [.domain: ["x": steady(60)]])
        let during = window(
            start: 15, ["a": steady(400), "b": steady(10), "c": steady(4)], also: [.domain: ["x": steady(300)]])
        let result = try compare(before, during)
        for one in result.dimensions {
            let sum = [one.explained, one.unexplained, one.without].compactMap(\.shareOfChange).reduce(0, +)
            #expect(abs(sum - 1) < 1e-9)
        }
        let clients = try dimension(result, "client").values
        #expect(try #require(clients.first { $0.value == "b" }?.shareOfChange) < 0)
        #expect(try #require(dimension(result, "domain").without.shareOfChange) > 0)
    }

    @Test func `shares have ratios with intervals, of none before as well`() throws {
        let before = window(start: 0, ["a": steady(100), "b": steady(300)])
        let during = window(start: 15, ["a": steady(300), "b": steady(300), "c": steady(200)])
        let values = try dimension(compare(before, during), "client").values
        func shares(_ name: String) throws -> RateRatio { try #require(values.first { $0.value == name }).shareRatio }
        // From a quarter to three eighths, from three quarters to three eighths, from nothing to a quarter.
        for (name, ratio) in [("a", 1.5), ("b", 0.5)] {
            let share = try shares(name)
            #expect(abs((share.value ?? 0) - ratio) < 0.01)
            let (low, high) = (try #require(share.lower), try #require(share.upper))
            #expect(low > ratio * 0.8 && low < ratio * 0.99 && high < ratio * 1.25 && high > ratio * 1.01, "\(share)")
        }
        let new = try shares("c")
        #expect(new.value == nil && new.upper == nil)
        #expect(try #require(new.lower) > 10)
    }

    @Test func `a share of everything has not changed`() throws {
        let before = window(start: 0, ["a": steady(100)])
        let during = window(start: 15, ["a": steady(300)])
        let share = try #require(dimension(compare(before, during), "client").values.first).shareRatio
        #expect(share.value == 1)
        #expect(try #require(share.lower) > 0.99 && (try #require(share.upper)) < 1.01)
    }

    @Test func `a fall is explained by who went away`() throws {
        let before = window(start: 0, ["a": steady(100), "b": steady(200)])
        let during = window(start: 15, ["a": steady(100)])
        let result = try compare(before, during)
        #expect(result.total.direction == .fall)
        let top = try #require(result.leading.first)
        #expect(top.value == "b")
        #expect(top.ratio.upper.map { $0 < 1 } == true)
        #expect(result.gone.map(\.value) == ["b"])
        #expect(result.sentence.contains("fell by 67 %"))
        #expect(result.sentence.contains("of the decrease (gone)"))
    }

    @Test func `the same traffic has not changed`() throws {
        let before = window(start: 0, ["a": steady(100), "b": steady(200)])
        let during = window(start: 15, ["a": steady(101), "b": steady(198)])
        let result = try compare(before, during)
        #expect(result.total.direction == .same)
        #expect(result.leading.isEmpty)
        #expect(try dimension(result, "client").values.allSatisfy { $0.shareOfChange == nil })
        #expect(result.sentence.contains("did not change beyond their usual variation"))
    }

    @Test func `equal and opposite moves are told in units`() throws {
        let before = window(start: 0, ["a": steady(100), "b": steady(300), "c": steady(500)])
        let during = window(start: 15, ["a": steady(300), "b": steady(100), "c": steady(500)])
        let result = try compare(before, during)
        #expect(result.total.direction == .same)
        #expect(Set(result.leading.map(\.value)) == ["a", "b"])
        #expect(result.sentence.contains("Only the mix moved"))
        #expect(result.sentence.contains("client a +"))
        #expect(result.sentence.contains("client b −"))
    }

    @Test func `what takes everything from the others is told as they are`() throws {
        let clients = Dictionary(uniqueKeysWithValues: (1...6).map { ("192.0.2.\($0)", steady(50)) })
        let before = window(
            start: 0, clients, also: [.node: ["a": steady(100), "b": steady(100), "c": steady(100)]])
        let during = window(start: 15, clients, also: [.node: ["a": steady(300)]])
        let result = try compare(before, during)
        #expect(result.total.direction == .same)
        #expect(Set(result.leading.map(\.value)) == ["a", "b", "c"])
        #expect(result.leading.first?.value == "a")
        // Against nothing: no limit above.
        let mix = try #require(dimension(result, "node").values.first { $0.value == "a" }).mix
        #expect(mix.value == nil && mix.upper == nil)
        #expect(mix.lower ?? 0 > 100)
    }

    @Test func `where everybody rose nobody is blamed`() throws {
        let clients = (1...20).map { "192.0.2.\($0)" }
        let before = window(start: 0, Dictionary(uniqueKeysWithValues: clients.map { ($0, steady(50)) }))
        let during = window(start: 15, Dictionary(uniqueKeysWithValues: clients.map { ($0, steady(150)) }))
        let result = try compare(before, during)
        #expect(result.total.isUniform)
        #expect(result.leading.isEmpty)
        #expect(result.sentence.contains("Everybody rose about alike"))
    }

    @Test func `an empty window before gives bounds and no infinite number`() throws {
        let before = window(start: 0, ["a": [Int64](repeating: 0, count: 15)])
        let during = window(start: 15, ["a": steady(100)])
        let result = try compare(before, during)
        let ratio = try #require(result.changes.first { $0.name == "requests" }).ratio
        #expect(ratio.value == nil && ratio.upper == nil)
        #expect(try #require(ratio.lower).isFinite)
        #expect(result.new.map(\.value) == ["a"])
        #expect(result.sentence.contains("went from none"))
        #expect(!result.sentence.contains("inf"))
    }

    @Test func `a window without coverage is refused`() {
        var before = window(start: 0, ["a": steady(100)])
        let during = window(start: 15, ["a": steady(100)])
        before.exposure = 0
        #expect(throws: ComparisonError.noCoverageBefore) { try compare(before, during) }
        #expect(throws: ComparisonError.noCoverageDuring) { try compare(during, before) }
    }

    @Test func `windows of unequal length compare as rates`() throws {
        let before = window(start: 0, ["a": steady(100, 60), "b": steady(40, 60)])
        let during = window(start: 60, ["a": steady(100, 10), "b": steady(400, 10)])
        let result = try compare(before, during)
        let top = try #require(result.leading.first)
        #expect(top.value == "b")
        #expect(abs((top.ratio.value ?? 0) - 10) < 0.1)
        #expect(abs(top.change - 3600) < 1)
        #expect(result.caveats.contains { $0.code == "unequal-windows" })
    }

    @Test func `half a window uncovered counts as half the exposure and not as burstiness`() throws {
        var before = window(start: 0, ["a": steady(100, 40).enumerated().map { $0.offset < 20 ? $0.element : 0 }])
        before.exposure /= 2
        before.buckets.removeAll { $0.totals.activity.requests == 0 }
        let during = window(start: 40, ["a": steady(100, 20)])
        let result = try compare(before, during)
        #expect(result.total.direction == .same)
        #expect(abs((result.total.ratio.value ?? 0) - 1) < 0.01)
        #expect(result.total.dispersion < 2)
        #expect(result.caveats.contains { $0.code == "partial-coverage" })
    }

    // MARK: - Active and long

    private func longWindows(others: (before: Int64, during: Int64) = (90, 90)) -> (WindowAggregate, WindowAggregate) {
        var before = window(
            start: 0,
            [
                "192.0.2.1": steady(10), "192.0.2.2": steady(others.before), "192.0.2.3": steady(80),
                "192.0.2.4": steady(1),
            ])
        var during = window(
            start: 15,
            [
                "192.0.2.1": steady(100), "192.0.2.2": steady(others.during), "192.0.2.3": steady(80),
                "192.0.2.4": steady(1),
            ])
        func toConnections(_ window: inout WindowAggregate) {
            func convert(_ totals: inout TrafficTotals) {
                totals.activity.connections = totals.activity.requests
                totals.activity.requests = 0
            }
            convert(&window.totals)
            for index in window.buckets.indices { convert(&window.buckets[index].totals) }
            for index in window.dimensions[.client, default: []].indices {
                let count = window.dimensions[.client, default: []][index].activity.requests
                window.dimensions[.client, default: []][index].activity.connections = count
                window.dimensions[.client, default: []][index].activity.requests = 0
                window.dimensions[.client, default: []][index].activity.longest = 2_000_000_000
            }
        }
        toConnections(&before)
        toConnections(&during)
        let minute: Int64 = 60_000_000_000
        func long(
            _ host: UInt32, _ count: Int64, _ minutes: Int64, open: Int64, earlier: Int64 = 0, cut: Bool = false
        ) -> WindowAggregate.LongClient {
            .init(
                client: IPAddress(v4: 0xC000_0200 + host), long: count, longest: minutes * minute, isCensored: cut,
                openInWindow: open, openEarlier: earlier)
        }
        before.longClients = [long(2, 3, 8, open: 4), long(1, 0, 0, open: 1)]
        during.longClients = [
            long(1, 5, 12, open: 5, earlier: 1, cut: true), long(2, 4, 9, open: 4), long(4, 2, 30, open: 2),
            long(3, 1, 5, open: 1),
        ]
        return (before, during)
    }

    @Test func `active and long lists exactly the top clients over the limit`() throws {
        let (before, during) = longWindows()
        var owners = OwnerTable()
        owners.add(try #require(IPNetwork("192.0.2.0/24")), owner: "Wide")
        owners.add(try #require(IPNetwork("192.0.2.1/32")), owner: "Narrow")
        let result = try compare(before, during) {
            $0.measure = .connections
            $0.top = 3
            $0.owners = owners
        }
        // 192.0.2.4 is long but ranks fourth; 192.0.2.3 has exactly the limit, which is not longer than it.
        #expect(result.activeLong.map(\.clientIP) == ["192.0.2.1", "192.0.2.2"])
        let first = try #require(result.activeLong.first)
        #expect(first.owner == "Narrow")
        #expect(first.rankBefore == 3 && first.rankDuring == 1)
        #expect(first.longBefore == 0 && first.longDuring == 5 && first.longOpenInBefore == 1)
        #expect(first.longestBeforeMilliseconds == 2000 && first.longestDuringMilliseconds == 720_000)
        #expect(first.isLongestDuringCensored)
        #expect(first.hadLongBefore == .no)
        #expect(result.activeLong[1].hadLongBefore == .yes)
        #expect(
            result.sentence.contains(
                "1 client, among the 3 most active, had connections longer than 5 min end in this window and none before: "
                    + "192.0.2.1 (Narrow)."))
        #expect(result.sentence.contains("Of those connections 1 was open already"), "\(result.sentence)")
    }

    @Test func `what was open before and ends elsewhere is none of the connections that end during`() throws {
        var (before, during) = longWindows()
        before.longClients[1].openInWindow = 7
        during.longClients[0].openEarlier = 0
        let result = try compare(before, during) { $0.measure = .connections }
        let client = try #require(result.activeLong.first { $0.clientIP == "192.0.2.1" })
        #expect(client.longOpenInBefore == 7 && client.longDuringOpenInBefore == 0 && client.hadLongBefore == .no)
        #expect(!result.sentence.contains("Of those connections"), "\(result.sentence)")
        #expect(result.sentence.contains("that they did not hold before"), "\(result.sentence)")
    }

    @Test func `by duration whoever holds the longest connection is first, whatever single requests took`() throws {
        var (before, during) = longWindows()
        // As in an access log: requests of two seconds, and connections pieced together.
        for index in during.dimensions[.client, default: []].indices {
            during.dimensions[.client]?[index].activity.longest = 2_000_000_000
        }
        before.longClients = []
        let result = try compare(before, during) {
            $0.measure = .duration
            $0.top = 2
        }
        // 30, 12, 9 and 5 minutes.
        #expect(result.activeLong.map(\.clientIP) == ["192.0.2.4", "192.0.2.1"])
        #expect(result.activeLong.map(\.rankDuring) == [1, 2])
    }

    @Test func `the longest before is of a client that did nothing of what is ranked by`() throws {
        var (before, during) = longWindows()
        // Errors during alone: five of the client's connections failed, none before.
        func fail(_ window: inout WindowAggregate, _ count: Int64) {
            window.totals.activity.errors = count
            window.buckets[0].totals.activity.errors = count
            for index in window.dimensions[.client, default: []].indices
            where window.dimensions[.client]?[index].value == "192.0.2.1" {
                window.dimensions[.client]?[index].activity.errors = count
                window.dimensions[.client]?[index].activity.longest = 250_000_000_000
            }
        }
        fail(&before, 0)
        fail(&during, 5)
        let result = try compare(before, during) { $0.measure = .errors }
        let client = try #require(result.activeLong.first)
        #expect(client.clientIP == "192.0.2.1")
        #expect(client.rankBefore == nil && client.activityBefore == 0)
        #expect(client.longestBeforeMilliseconds == 250_000)
    }

    @Test func `the longest before is never a request where connections are asked for`() throws {
        var (before, during) = longWindows()
        // As in an access log: requests alone, and connections pieced together from them.
        for index in before.dimensions[.client, default: []].indices {
            before.dimensions[.client]?[index].activity.requests = 100
            before.dimensions[.client]?[index].activity.connections = 0
        }
        during.totals.activity.requests = during.totals.activity.connections
        let none = try compare(before, during) { $0.measure = .connections }
        #expect(none.activeLong.first { $0.clientIP == "192.0.2.1" }?.longestBeforeMilliseconds == nil)
        before.longClients.append(
            .init(
                client: IPAddress(v4: 0xC000_0204), long: 0, longest: 180_010_000_000, isCensored: true, openInWindow: 0
            ))
        let pieced = try compare(before, during) { $0.measure = .connections }
        let client = try #require(pieced.activeLong.first { $0.clientIP == "192.0.2.4" })
        #expect(client.longestBeforeMilliseconds == 180_010 && client.isLongestBeforeCensored)
        #expect(client.hadLongBefore == .no)
    }

    @Test func `who moved against the change is not said to explain it`() throws {
        let (before, during) = longWindows(others: (900, 400))
        let result = try compare(before, during) {
            $0.measure = .connections
            $0.top = 3
        }
        // From 10 to 100 a minute, where all fell from 991 to 581: 90 of 410.
        #expect(result.total.direction == .fall)
        #expect(result.sentence.contains("which would be larger by 22 % without it."), "\(result.sentence)")
        #expect(!result.sentence.contains("-22 %"), "\(result.sentence)")
    }

    @Test(arguments: [
        (1.04, 1.16, "1.04× to 1.16×"), (0.953, 1.012, "0.953× to 1.012×"), (1.0004, 3.14, "1.0004× to 3.1×"),
        (0.9997, 1, "0.9997× to 1.0000×"), (0.42, 0.899, "0.42× to 0.90×"), (1.2, 20_000, "at least 1.2×"),
        (1.58, 1.62, "1.58× to 1.62×"), (9.96, 10.4, "10.0× to 10.4×"), (99.2, 140, "99× to 140×"),
        (1.6, 1.6, "1.6× to 1.6×"), (1200, 1500, "1,200× to 1,500×"), (0.002, 4e8, "0.00× to over 10,000×"),
    ]) func `bounds are told closely enough to see on which side of 1 they lie, and apart`(
        lower: Double, upper: Double, text: String
    ) {
        #expect(NumberText.interval(RateRatio(value: 1, lower: lower, upper: upper)) == text)
    }

    @Test func `a lower bound alone is told where it shows a rise`() {
        // Where nothing was before there is no upper one.
        #expect(NumberText.interval(RateRatio(value: nil, lower: 1.04, upper: nil)) == "at least 1.04×")
        // What no digit tells from 1 has no more zeros than 1 has.
        let same = RateRatio(value: 1.00000001, lower: 0.99999999, upper: 1.00000002)
        #expect(NumberText.value(of: same) == "1.00×")
        #expect(NumberText.interval(same) == "1.00× to 1.00×")
        #expect(NumberText.interval(RateRatio(value: nil, lower: 0.03, upper: nil)) == nil)
    }

    @Test func `what the evidence could not have shown is unknown`() throws {
        let (before, during) = longWindows()
        let result = try compare(before, during) {
            $0.measure = .connections
            $0.canShowLongBefore = false
        }
        let first = try #require(result.activeLong.first)
        #expect(first.hadLongBefore == .unknown && first.longBefore == nil)
        #expect(result.activeLong.first { $0.clientIP == "192.0.2.2" }?.hadLongBefore == .yes)
        #expect(result.sentence.contains("does not tell whether that is new"))
    }

    @Test func `the order of values in the aggregates does not reach the result`() throws {
        var model = TrafficModel(seed: 5)
        let recording = model.record(minutes: 40)
        var before = recording.aggregate(0..<20)
        var during = recording.aggregate(20..<40)
        let first = try compare(before, during)
        for dimension in Dimension.allCases {
            before.dimensions[dimension]?.reverse()
            during.dimensions[dimension]?.reverse()
        }
        #expect(try compare(before, during) == first)
    }
}
