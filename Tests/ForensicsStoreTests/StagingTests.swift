import ForensicsModel
import ForensicsStore
import Testing

/// A capture that is killed leaves rows and what they add up to as of one checkpoint.
struct StagingTests {
    private static let start = Timestamp(nanoseconds: 1_772_323_200_000_000_000)  // 2026-03-01T00:00:00Z

    private static func batch(_ source: UInt32, _ records: ClosedRange<UInt32>) -> FactBatch {
        var batch = FactBatch()
        for record in records {
            let time = start.advanced(by: Int64(record) * 1_000_000_000)
            let id = FactID(source: source, record: record)
            let client = Endpoint(IPAddress(v4: 0xC633_6401), 4000)
            batch.connections.append(
                Connection(
                    id: id, offset: 0, kind: .live, start: time, end: time.advanced(by: 5), client: client,
                    server: Endpoint(IPAddress(v4: 0x0A00_0001), 443)))
            var exchange = Exchange(
                id: FactID(source: source, record: record), offset: 0, kind: .live, time: time, client: client)
            exchange.status = 200
            batch.exchanges.append(exchange)
        }
        return batch
    }

    /// What `capture` hands over at a checkpoint.
    private static func result(_ ordinal: UInt32, _ batch: FactBatch, detail: String? = nil) -> UnitResult {
        var tally = LedgerTally()
        tally.see(start)
        tally.see(start.advanced(by: 60_000_000_000))
        tally.accepted = 100
        var builder = RollupBuilder()
        builder.add(batch)
        var source = SourceResult(ordinal: ordinal, status: .partial, tally: tally)
        source.counts.rollups = builder.packed()
        source.counts.distributions = builder.packedDistributions()
        source.detail = detail
        return UnitResult(sources: [source])
    }

    private static func begin(_ store: CaseStore) throws -> UInt32 {
        try store.beginUnit(
            UnitDescription(
                key: "live:a", kind: .live, vantage: "v", options: "o",
                sources: [SourceDescription(path: "live:a", bytes: nil)])
        ).ordinals[0]
    }

    /// Rows of connections and of requests, and how many requests the roll-ups count.
    private static func counts(_ store: CaseStore) throws -> [SQLValue] {
        try rows(
            """
            SELECT (SELECT count(*) FROM connections), (SELECT count(*) FROM requests),
                   (SELECT COALESCE(sum(requests), 0) FROM activity WHERE dimension IS NULL)
            """, store)[0]
    }

    @Test func `rows after the last checkpoint are gone with what they add up to`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let source = try Self.begin(store)
        var encoder = store.makeEncoder()
        let first = Self.batch(source, 1...7)
        try store.stage(try encoder.encode(first))
        // A reader sees nothing of it yet, and all of it then.
        let reader = try CaseStore(path: fixture.path(), access: .readOnly)
        #expect(try Self.counts(reader) == [.integer(0), .integer(0), .integer(0)])
        try store.checkpoint(Self.result(source, first, detail: "the kernel dropped 3"), replacesFindings: true)
        #expect(try Self.counts(reader) == [.integer(7), .integer(7), .integer(7)])
        try store.stage(try encoder.encode(Self.batch(source, 8...12)))
        reader.close()
        // Closed without a checkpoint, as a kill would.
        store.close()
        let next = try fixture.store()
        #expect(try next.salvageLiveUnits() == 1)
        #expect(try Self.counts(next) == [.integer(7), .integer(7), .integer(7)])
        let detail = try rows("SELECT status, detail FROM sources", next)[0]
        #expect(detail[0] == .text("salvaged"))
        // What was known of the run before stays.
        guard case .text(let text) = detail[1] else { throw StoreError(unforeseen: "no detail", at: "source") }
        #expect(
            text.hasPrefix("the kernel dropped 3; the capture was killed, or could not write its case; complete"),
            "\(text)")
    }

    @Test func `facts of one packet that come in different batches are all kept`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let source = try Self.begin(store)
        var encoder = store.makeEncoder()
        // Twice before a checkpoint, and once after it.
        for numbers in [[1...3, 2...4], [3...5]] as [[ClosedRange<UInt32>]] {
            var all = FactBatch()
            for records in numbers {
                let batch = Self.batch(source, records)
                all.connections += batch.connections
                all.exchanges += batch.exchanges
                try store.stage(try encoder.encode(batch))
            }
            try store.checkpoint(Self.result(source, all), replacesFindings: true)
        }
        #expect(try Self.counts(store) == [.integer(9), .integer(9), .integer(9)])
    }
}
