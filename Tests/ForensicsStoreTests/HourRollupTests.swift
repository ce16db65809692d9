import ForensicsModel
import ForensicsStore
import Testing

/// Counts of hours stand for those of their minutes wherever they can, and are passed over wherever they would be wrong.
@Suite struct HourRollupTests {
    let fixture: CaseFixture
    let store: CaseStore

    init() throws {
        fixture = try CaseFixture()
        store = try fixture.store()
    }

    /// Writes a log of some minutes after 11:00, four requests and a health check in each.
    @discardableResult
    private func log(_ path: String, minutes: Range<Int>, kind: EvidenceKind = .alb, finish: Bool = true) throws
        -> UnitHandle
    {
        try write(store, path: path, kind: kind, finish: finish) { source, batch in
            for minute in minutes {
                for part in 0..<5 {
                    let record = UInt32(minute * 8 + part + 1)
                    var exchange = fullExchange(source, record, kind, &batch.texts)
                    exchange.time = noon.advanced(by: Int64(minute) * 60_000_000_000 + Int64(part) * 7_000_000_000)
                    exchange.client = Endpoint(IPAddress(v4: 0xC633_6400 + UInt32(part + minute / 50)), 40000)
                    exchange.pathTemplate = batch.texts.intern("/\"\(part % 3)\"")
                    exchange.bytesFromServer = UInt64(minute)
                    if part == 4 { exchange.flags.insert(.healthCheck) }
                    batch.exchanges.append(exchange)
                }
            }
        }
    }

    /// What a window holds, by dimension and value, and how many hours told it.
    private func told(
        _ minutes: Range<Int64>?, takesHours: Bool, sources: [UInt32]? = nil, withHealthChecks: Bool = true
    ) throws -> (values: [String: Activity], hours: Int) {
        let from = minutes?.lowerBound ?? 0
        let window = TimeWindow(
            start: noon.advanced(by: from * 60_000_000_000),
            end: noon.advanced(by: (minutes?.upperBound ?? 10_000) * 60_000_000_000))
        var question = AggregateAccumulator.Question(window: window, measure: .requests, long: 300_000_000_000)
        question.includesSeries = false
        question.includesHealthChecks = withHealthChecks
        var accumulator = AggregateAccumulator(question)
        var hours = 0
        try store.loadRollups(
            sources: sources, minutes: AggregateAccumulator.wholeMinutes(of: window), dimensions: Dimension.allCases,
            includingTotals: true, takesHours: takesHours
        ) { place, json in
            if place.isHour { hours += 1 }
            let isPacked =
                place.isHour
                ? accumulator.foldHour(dimension: place.dimension, healthChecks: place.healthChecks, json: json)
                : accumulator.fold(
                    minute: place.minute, dimension: place.dimension, healthChecks: place.healthChecks, json: json)
            #expect(isPacked)
        }
        let result = accumulator.finish(exposure: window.length)
        var values = ["total": result.totals.activity]
        for (dimension, list) in result.dimensions {
            for value in list { values["\(dimension) \(value.value)"] = value.activity }
        }
        return (values, hours)
    }

    /// Whether hours and minutes tell the same, and whether hours were taken.
    private func agrees(_ minutes: Range<Int64>?, sources: [UInt32]? = nil) throws -> Bool {
        let byMinutes = try told(minutes, takesHours: false, sources: sources)
        let byHours = try told(minutes, takesHours: true, sources: sources)
        #expect(byMinutes.values == byHours.values, "\(String(describing: minutes))")
        #expect(byMinutes.hours == 0)
        return byHours.hours > 0
    }

    @Test(
        arguments: [
            (nil, true), (0..<60, true), (0..<180, true), (1..<180, true), (1..<61, false), (59..<121, true),
            (60..<120, true), (61..<119, false), (-30..<200, true), (120..<1000, true), (130..<1000, false),
            (160..<1000, false), (170..<171, false), (60..<60, false),
        ] as [(Range<Int64>?, Bool)])
    func `hours tell what their minutes tell`(window: Range<Int64>?, takesHours: Bool) throws {
        // From 11:00 to 13:50.
        try log("a", minutes: 0..<70)
        try log("b", minutes: 60..<170)
        try log("c", minutes: 0..<170)
        try store.sumHours()
        #expect(try agrees(window) == takesHours)
        let checks = try told(window, takesHours: true, withHealthChecks: false)
        #expect(try checks.values == told(window, takesHours: false, withHealthChecks: false).values)
    }

    @Test func `a source that comes later is passed over by no one`() throws {
        try log("a", minutes: 0..<120)
        try store.sumHours()
        #expect(try agrees(nil))
        let unit = try log("b", minutes: 30..<90, finish: false)
        #expect(try !agrees(nil))
        try store.sumHours()
        #expect(try !agrees(nil))
        try store.removeUnit(unit)
        #expect(try agrees(nil))
        try log("b", minutes: 30..<90)
        #expect(try !agrees(nil))
        try store.sumHours()
        #expect(try agrees(nil))
        // Nothing is new: nothing is added twice.
        try store.sumHours()
        #expect(try agrees(nil))
    }

    @Test func `a source that is gone is counted no longer`() throws {
        try log("a", minutes: 0..<120)
        try log("b", minutes: 0..<120)
        try store.sumHours()
        try store.removeUnit(key: "a")
        #expect(try !agrees(nil))
        try store.sumHours()
        #expect(try agrees(nil))
        try log("a", minutes: 0..<60)
        try store.sumHours()
        #expect(try agrees(nil))
    }

    @Test func `some sources alone are read by minutes`() throws {
        try log("a", minutes: 0..<60)
        try log("b", minutes: 0..<180)
        try store.sumHours()
        #expect(try !agrees(nil, sources: [1]))
        #expect(try agrees(nil, sources: [1, 2]))
        // Of this hour there is nothing in the other.
        #expect(try agrees(60..<120, sources: [2]))
    }

    @Test func `kinds and capture points are added up apart`() throws {
        try log("a", minutes: 0..<120)
        try log("b", minutes: 0..<120, kind: .clb)
        try log("c", minutes: 0..<120, kind: .pcap)
        try store.sumHours()
        for source in [UInt32(1), 2, 3] { #expect(try agrees(nil, sources: [source])) }
        #expect(try rows("SELECT count(DISTINCT home) FROM hour_source", store) == [[.integer(3)]])
        // The capture set turns out to be of another capture point, with a file of it.
        try log("d", minutes: 120..<180, kind: .pcap)
        try store.sumHours()
        try store.setVantages(["c": "elsewhere"])
        #expect(try agrees(nil, sources: [3]) == false)
        #expect(try agrees(nil, sources: [4]) == false)
        try store.sumHours()
        for source in [UInt32(3), 4] { #expect(try agrees(nil, sources: [source])) }
    }

    @Test func `one more flow log is no reason to add to the hours there are`() throws {
        try log("a", minutes: 0..<120, kind: .vpcFlow)
        try store.sumHours()
        #expect(try agrees(nil))
        try log("b", minutes: 0..<120, kind: .vpcFlow)
        try store.sumHours()
        #expect(try agrees(nil))
        #expect(try store.beginStitching([1, 2]))
        #expect(try !agrees(nil))
    }

    @Test func `an hour of values that come once is read by minutes`() throws {
        try write(store, path: "flood", kind: .alb) { source, batch in
            for record in UInt32(1)...600 {
                var exchange = fullExchange(source, record, .alb, &batch.texts)
                exchange.time = noon.advanced(by: Int64(record) * 6_000_000_000)
                exchange.client = Endpoint(IPAddress(v4: 0xC633_0000 + record), 40000)
                batch.exchanges.append(exchange)
            }
        }
        try store.sumHours()
        #expect(try agrees(nil))
        let clients = Dimension.client.rawValue
        #expect(
            try rows("SELECT data FROM hour_rollup WHERE (id >> 30 & 127) = \(clients)", store) == [
                [.text("-")], [.text("-")],
            ])
    }
}
