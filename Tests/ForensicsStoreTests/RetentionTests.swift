import ForensicsModel
import ForensicsStore
import Testing

/// The case of a capture that runs for a week keeps what it is told to keep.
struct RetentionTests {
    private static let hour: Int64 = 3_600_000_000_000
    private static let start = Timestamp(nanoseconds: 1_772_323_200_000_000_000)  // 2026-03-01T00:00:00Z

    private static func at(_ hours: Double) -> Timestamp { start.advanced(by: Int64(hours * Double(hour))) }

    /// What one day's capture finds: every ten minutes a connection of a minute with a request in it, every hour a failed
    /// health check and a finding, and one connection that lasts the whole day.
    private static func facts(_ source: UInt32, day: Int) -> (batch: FactBatch, findings: [Finding]) {
        var batch = FactBatch()
        var findings: [Finding] = []
        let client = Endpoint(IPAddress(v4: 0xC633_6401), 4000)
        let server = Endpoint(IPAddress(v4: 0x0A00_0001), 443)
        for step in 0..<144 {
            let begin = at(Double(day * 24) + Double(step) / 6)
            let id = FactID(source: source, record: UInt32(10 + step * 10))
            var connection = Connection(
                id: id, offset: 0, kind: .live, start: begin, end: begin.advanced(by: 60_000_000_000), client: client,
                server: server)
            connection.duration = 60_000_000_000
            batch.connections.append(connection)
            var exchange = Exchange(
                id: FactID(source: source, record: id.record + 1), offset: 0, kind: .live,
                time: begin.advanced(by: 2_000_000_000), client: client)
            exchange.start = begin.advanced(by: 1_000_000_000)
            exchange.totalTime = 1_000_000_000
            exchange.connection = id
            exchange.status = 200
            batch.exchanges.append(exchange)
            guard step % 6 == 0 else { continue }
            batch.healthChecks.append(
                HealthCheck(
                    id: FactID(source: source, record: id.record + 2), offset: 0, kind: .live, probe: .http,
                    outcome: .failure, time: begin))
            findings.append(
                Finding(
                    id: id, check: "health-check-failure", severity: .warning, blame: .target, kind: .live,
                    subject: "\(day).\(step)", summary: "s", start: begin, end: begin.advanced(by: 1), count: 1,
                    evidence: [Finding.Evidence(id: id, offset: 1, measure: 2)]))
        }
        var whole = Connection(
            id: FactID(source: source, record: 1), offset: 0, kind: .live, start: at(Double(day * 24)),
            end: at(Double(day * 24) + 23.95), client: client, server: server)
        whole.duration = whole.end.since(whole.start)
        batch.connections.insert(whole, at: 0)
        return (batch, findings)
    }

    /// Records a day as `capture` does: rows, then a checkpoint, and the end.
    @discardableResult
    private static func record(_ store: CaseStore, day: Int, finish: Bool = true) throws -> UnitHandle {
        let unit = try store.beginUnit(
            UnitDescription(
                key: "live:\(day)", kind: .live, vantage: "v", options: "o",
                sources: [SourceDescription(path: "live:\(day)", bytes: nil)]))
        let (batch, findings) = facts(unit.ordinals[0], day: day)
        var encoder = store.makeEncoder()
        try store.append(try encoder.encode(batch))
        var result = self.result(unit, day, batch)
        result.findings = findings
        try store.checkpoint(result, replacesFindings: true)
        if finish {
            var last = result
            last.sources[0].status = .complete
            last.sources[0].counts.rollups = []
            last.sources[0].counts.distributions = []
            last.coverage = []
            last.findings = []
            try store.finishUnit(unit, last)
        }
        return unit
    }

    private static func result(_ unit: UnitHandle, _ day: Int, _ batch: FactBatch) -> UnitResult {
        var tally = LedgerTally()
        tally.see(at(Double(day * 24)))
        tally.see(at(Double(day * 24) + 23.99))
        tally.accepted = 1450
        var builder = RollupBuilder()
        builder.add(batch)
        var source = SourceResult(ordinal: unit.ordinals[0], status: .partial, tally: tally)
        source.counts.rollups = builder.packed()
        source.counts.distributions = builder.packedDistributions()
        var result = UnitResult(sources: [source])
        result.coverage = [
            Coverage(
                source: unit.ordinals[0], loadBalancer: nil, node: nil, from: at(Double(day * 24)),
                to: at(Double(day * 24) + 23.99), reason: nil)
        ]
        return result
    }

    private static func number(_ sql: String, _ store: CaseStore) throws -> Int64 {
        guard case .integer(let value) = try rows(sql, store)[0][0] else { return -1 }
        return value
    }

    @Test func `over ten days the last seven stay, hour by hour`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "old.log", kind: .alb) { source, batch in
            for record in UInt32(1)...5 { batch.exchanges.append(fullExchange(source, record, .alb, &batch.texts)) }
        }
        for day in 0..<10 { try Self.record(store, day: day) }
        // It is ten o'clock of the eleventh day: what ended before ten o'clock of the fourth goes.
        let limit = Self.at(3 * 24 + 10)
        try store.removeLive(before: limit)
        let live = "(SELECT id FROM sources WHERE kind = 'live')"
        for (view, time) in [
            ("connections", "end_ns"), ("requests", "time_ns"), ("health_checks", "time_ns"), ("findings", "time_ns"),
        ] {
            let first = try Self.number("SELECT min(\(time)) FROM \(view) WHERE source_id IN \(live)", store)
            #expect(first >= limit.nanoseconds, "\(view)")
            #expect(first < limit.advanced(by: Self.hour).nanoseconds, "\(view)")
        }
        // Days 0 to 2 went whole; of day 3 fourteen hours and the connection that was still open are left.
        #expect(try Self.number("SELECT count(*) FROM sources WHERE kind = 'live'", store) == 7)
        #expect(try Self.number("SELECT count(*) FROM connections WHERE kind = 'live'", store) == 6 * 145 + 84 + 1)
        #expect(try Self.number("SELECT count(*) FROM requests WHERE kind = 'live'", store) == 6 * 144 + 84)
        #expect(try Self.number("SELECT count(*) FROM health_checks WHERE source_kind = 'live'", store) == 6 * 24 + 14)
        #expect(try Self.number("SELECT count(*) FROM findings", store) == 6 * 24 + 14)
        #expect(try Self.number("SELECT count(*) FROM evidence", store) == 6 * 24 + 14)
        #expect(
            try Self.number("SELECT sum(requests) FROM activity WHERE dimension IS NULL AND kind = 'live'", store)
                == 6 * 144 + 84)
        #expect(
            try rows("SELECT min(from_time) FROM coverage WHERE source_id IN \(live)", store)
                == [[.text("2026-03-04T10:00:00.000000000Z")]])
        // What is no capture stays, however old.
        #expect(try Self.number("SELECT count(*) FROM requests WHERE kind = 'alb'", store) == 5)
    }

    @Test func `a checkpoint does not bring back what a running capture has removed`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let unit = try Self.record(store, day: 0, finish: false)
        try store.removeLive(before: Self.at(20))
        let (batch, findings) = Self.facts(unit.ordinals[0], day: 0)
        var next = Self.result(unit, 0, batch)
        next.sources[0].counts.rollups = []
        next.sources[0].counts.distributions = []
        next.findings = findings
        try store.checkpoint(next, replacesFindings: true)
        #expect(try Self.number("SELECT count(*) FROM findings", store) == 4)
        #expect(
            try rows("SELECT from_time FROM coverage", store) == [[.text("2026-03-01T20:00:00.000000000Z")]])
        #expect(try Self.number("SELECT records FROM sources", store) == 1450)
    }

    @Test func `a case that reaches its size loses its oldest hours`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        // A page for each table, however little there is.
        let empty = try store.usedSize()
        for day in 0..<4 { try Self.record(store, day: day) }
        let full = try store.usedSize()
        let budget = empty + (full - empty) * 3 / 4
        let kept = try #require(try store.shrinkLive(to: budget))
        #expect(try store.usedSize() <= budget)
        #expect(kept.nanoseconds % Self.hour == 0)
        #expect(kept > Self.at(0) && kept < Self.at(96))
        #expect(try Self.number("SELECT min(end_ns) FROM connections", store) >= kept.nanoseconds)
        #expect(try store.shrinkLive(to: full) == nil)
        // A budget that nothing can meet keeps the minute at hand and ends.
        _ = try store.shrinkLive(to: 1)
        #expect(try Self.number("SELECT count(*) FROM sources", store) == 1)
    }
}
