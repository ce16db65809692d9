import ForensicsModel
import ForensicsStore
import Testing

/// Units are whole or redone, and the order of ingesting leaves no trace.
struct UnitTests {
    private static func fill(_ store: CaseStore, _ path: String, _ kind: EvidenceKind, finish: Bool = true) throws {
        let seed = UInt32(path.utf8.reduce(0) { $0 &* 31 &+ Int($1) } & 0xFF)
        try write(
            store, path: path, kind: kind, finish: finish,
            findings: { source in
                ["b-check", "a-check"].map { check in
                    Finding(
                        id: FactID(source: source, record: 2), check: check, severity: .warning, blame: .client,
                        kind: kind, subject: path, summary: "s", start: noon, end: noon, count: 1,
                        evidence: [Finding.Evidence(id: FactID(source: source, record: 2), offset: 1, measure: 2)])
                }
            }
        ) { source, batch in
            for record in UInt32(1)...50 {
                var exchange = fullExchange(source, record, kind, &batch.texts)
                exchange.domain = batch.texts.intern("\(path).example")
                exchange.client = Endpoint(IPAddress(high: 0x2001_0DB8_0000_0000, low: UInt64(record % 7 + seed)), 1)
                batch.exchanges.append(exchange)
                batch.connections.append(fullConnection(source, record + 100, kind, &batch.texts))
            }
            batch.rejects.append(
                Reject(id: FactID(source: source, record: 999), offset: 5, reason: .badTime, sample: [1]))
        }
    }

    private static func everything(_ store: CaseStore) throws -> [String: [[SQLValue]]] {
        try store.renumber()
        var all: [String: [[SQLValue]]] = [:]
        for view in CaseView.allCases { all[view.name] = try export(view, store).rows }
        return all
    }

    @Test func `the order of ingesting leaves no trace`() throws {
        let fixture = try CaseFixture()
        let units: [(String, EvidenceKind)] = [("z.log", .alb), ("b.pcap", .pcap), ("a.log", .alb), ("c.log", .nlb)]
        var results: [[String: [[SQLValue]]]] = []
        for (index, order) in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]].enumerated() {
            let store = try fixture.store("\(index).db")
            for unit in order { try Self.fill(store, units[unit].0, units[unit].1) }
            results.append(try Self.everything(store))
        }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
        #expect(
            results[0]["sources"]?.map { $0[1] } == [.text("b.pcap"), .text("a.log"), .text("z.log"), .text("c.log")])
        #expect(results[0]["findings"]?.map { $0[0] } == (1...8).map { .integer($0) })
        #expect(results[0]["requests"]?.count == 200)
    }

    @Test func `what a unit replaces stays until that is whole`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store("replaced.db")
        for path in ["a.pcap", "b.pcap"] { try Self.fill(store, path, .pcap) }
        var unit = UnitDescription(
            key: "b.pcap", kind: .pcap, vantage: "b", options: "",
            sources: ["a.pcap", "b.pcap"].map { SourceDescription(path: $0, bytes: 1) })
        unit.replaced = ["a.pcap", "b.pcap"]
        func complete() throws -> [String] {
            try store.sources().filter(\.isUnitComplete).map { "\($0.unitKey) \($0.path)" }
        }
        let given = try store.beginUnit(unit)
        #expect(try complete() == ["a.pcap a.pcap", "b.pcap b.pcap"])
        try store.removeUnit(given)
        #expect(try store.sources().count == 2)
        _ = try store.beginUnit(unit)
        #expect(try store.removePartialUnits() == 1)
        #expect(try complete() == ["a.pcap a.pcap", "b.pcap b.pcap"])
        let handle = try store.beginUnit(unit)
        try store.finishUnit(
            handle,
            UnitResult(
                sources: handle.ordinals.map { SourceResult(ordinal: $0, status: .complete, tally: LedgerTally()) }))
        try store.renumber()
        #expect(try complete() == ["b.pcap a.pcap", "b.pcap b.pcap"])
        #expect(try export(.requests, store).rows.isEmpty)
    }

    @Test func `units get other keys and vantages, and so do their sources`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store("named.db")
        for path in ["a.pcap", "b.pcap"] { try Self.fill(store, path, .pcap) }
        try store.setKey(of: "a.pcap", to: "set")
        try store.setKey(of: "b.pcap", to: "set")
        try store.setVantages(["set": "target", "none": "x"])
        #expect(try store.sources().map(\.unitKey) == ["set", "b.pcap"])
        #expect(try store.sources(kind: .pcap).map(\.vantage).first == "target")
        #expect(try store.sources(kind: .nlb).isEmpty)
        #expect(UnitDescription.whole(of: UnitDescription.part(of: "a#part#", content: "1-2")) == "a#part#")
        #expect(UnitDescription.whole(of: "a") == "a")
    }

    @Test func `an unfinished unit is removed and done again`() throws {
        let fixture = try CaseFixture()
        var store = try fixture.store("killed.db")
        try Self.fill(store, "a.log", .alb)
        try Self.fill(store, "b.log", .alb, finish: false)
        store.close()
        store = try fixture.store("killed.db")
        #expect(try store.sources(unitKey: "b.log").map(\.status) == [.partial])
        #expect(try store.sources(contentKey: "content of b.log").isEmpty)
        try Self.fill(store, "b.log", .alb)
        let straight = try fixture.store("straight.db")
        try Self.fill(straight, "a.log", .alb)
        try Self.fill(straight, "b.log", .alb)
        #expect(try Self.everything(store) == (try Self.everything(straight)))
        #expect(try store.sources(contentKey: "content of b.log").map(\.path) == ["b.log"])
    }

    @Test func `unfinished units can be removed without doing them again`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try Self.fill(store, "a.log", .alb)
        let before = try Self.everything(store)
        try Self.fill(store, "b.pcap", .pcap, finish: false)
        #expect(try store.removePartialUnits() == 1)
        #expect(try Self.everything(store) == before)
    }

    @Test func `a unit of the same key takes the place of the old one`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try Self.fill(store, "a.log", .alb)
        let before = try Self.everything(store)
        try Self.fill(store, "a.log", .alb)
        #expect(try Self.everything(store) == before)
        try store.removeUnit(key: "a.log")
        for view in CaseView.allCases { #expect(try export(view, store).rows.isEmpty, "\(view)") }
    }

    @Test func `a finished unit cannot be finished again`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let unit = try write(store, path: "a", kind: .alb) { _, _ in }
        #expect { try store.finishUnit(unit, UnitResult(sources: [])) } throws: {
            ($0 as? StoreError)?.code == .badUnit
        }
    }

    @Test(arguments: [1, 3])
    func `facts beyond a thousand of one packet have no rows and are counted`(batches: Int) throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let unit = try store.beginUnit(
            UnitDescription(
                key: "a.pcap", kind: .pcap, vantage: "v", options: "o",
                sources: [SourceDescription(path: "a.pcap", bytes: 10)]))
        var encoder = store.makeEncoder()
        // 1,500 requests in one packet and one in the next, in one batch or spread over several.
        for batch in 0..<batches {
            var facts = FactBatch()
            for _ in 0..<(1500 / batches) {
                facts.exchanges.append(fullExchange(unit.ordinals[0], 7, .pcap, &facts.texts))
            }
            if batch == 0 { facts.exchanges.append(fullExchange(unit.ordinals[0], 8, .pcap, &facts.texts)) }
            try store.append(try encoder.encode(facts))
        }
        var tally = LedgerTally()
        tally.accepted = 8
        try store.finishUnit(
            unit,
            UnitResult(sources: [SourceResult(ordinal: unit.ordinals[0], status: .complete, tally: tally)]))
        #expect(try rows("SELECT count(*) FROM requests", store) == [[.integer(1025)]])
        #expect(
            try rows("SELECT anomalies FROM sources", store)
                == [[.text("{\"too-many-facts-in-one-packet\":476}")]])
        #expect(try rows("SELECT records, accepted FROM sources", store) == [[.integer(8), .integer(8)]])
    }

    @Test func `a second run finds the texts of the first again`() throws {
        let fixture = try CaseFixture()
        for path in ["a.log", "b.log"] {
            let store = try fixture.store()
            try write(store, path: path, kind: .alb) { source, batch in
                for record in UInt32(1)...20 {
                    var exchange = fullExchange(source, record, .alb, &batch.texts)
                    exchange.client = Endpoint(IPAddress(high: 0x2001_0DB8_0000_0000, low: UInt64(record)), 1)
                    batch.exchanges.append(exchange)
                }
            }
            store.close()
        }
        let store = try fixture.store()
        for (table, count) in [("route", 1), ("outcome", 1), ("endpoint", 1), ("address6", 20)] as [(String, Int64)] {
            #expect(try rows("SELECT count(*) FROM \(table)", store) == [[.integer(count)]], "\(table)")
        }
        #expect(try rows("SELECT count(*) - count(DISTINCT value) FROM text", store) == [[.integer(0)]])
    }
}
