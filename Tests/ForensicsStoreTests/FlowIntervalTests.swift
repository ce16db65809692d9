import ForensicsModel
import ForensicsStore
import Testing

/// What rows of flow logs tell, read from the pages of the file and through SQLite.
struct FlowIntervalTests {
    private static let second: Int64 = 1_000_000_000

    private static func record(_ source: UInt32, _ record: UInt32, _ texts: inout TextTable) -> FlowRecord {
        var row = FlowRecord(id: FactID(source: source, record: record), offset: 0)
        row.source = IPAddress(v4: 0x0A00_0000 + record)
        row.destination = record % 3 == 0 ? IPAddress(high: 0x2001_0DB8 << 32, low: 9) : IPAddress(v4: 0x0A01_0001)
        row.sourcePort = UInt16(truncatingIfNeeded: record)
        row.destinationPort = 443
        row.packetSource = record % 5 == 0 ? IPAddress(v4: 0xC633_6407) : nil
        row.ipProtocol = record % 7 == 0 ? 17 : 6
        row.packets = UInt64(record)
        row.bytes = UInt64(record) * 100
        row.start = noon.advanced(by: Int64(record) * second)
        row.end = noon.advanced(by: Int64(record + record % 60) * second)
        row.tcpFlags = UInt8(record % 4)
        row.isIngress = record % 2 == 0
        row.hasAction = true
        row.isReject = record % 11 == 0
        row.interface = texts.intern("eni-\(record % 3)")
        return row
    }

    private static func fill(_ store: CaseStore) throws {
        for path in ["a", "b"] {
            try write(store, path: path, kind: .vpcFlow) { source, batch in
                for number in 1...UInt32(9000) {
                    batch.flowRecords.append(record(source, number, &batch.texts))
                }
                batch.flowRecords.append(FlowRecord(id: FactID(source: source, record: 9001), offset: 0))
                var untimed = record(source, 9002, &batch.texts)
                untimed.start = nil
                untimed.end = nil
                batch.flowRecords.append(untimed)
            }
        }
        try store.renumber()
    }

    private static func check(_ row: FlowInterval, _ texts: TextTable) {
        var wanted = TextTable()
        let record = record(row.id.source, row.id.record, &wanted)
        #expect(row.source == Endpoint(record.packetSource ?? record.source ?? .unspecified, record.sourcePort ?? 0))
        #expect(row.destination == Endpoint(record.destination ?? .unspecified, 443))
        #expect(row.ipProtocol == record.ipProtocol)
        #expect(row.packets == record.packets && row.bytes == record.bytes)
        #expect(row.flags == record.tcpFlags && row.isReject == record.isReject && row.isIngress == record.isIngress)
        #expect(texts.string(row.interface) == "eni-\(row.id.record % 3)")
        #expect(row.rejectReason == .none)
        #expect(row.isTimed == (row.id.record < 9001))
        if row.isTimed {
            #expect(row.start == record.start?.nanoseconds && row.end == record.end?.nanoseconds)
        }
    }

    @Test(arguments: [true, false]) func `rows come log by log as named, whole, while others are stored`(
        readsPages: Bool
    ) throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try Self.fill(store)
        #expect(try store.foldLog())
        let reader = try CaseStore(path: fixture.path(), access: .readOnly)
        defer { reader.close() }
        var logs: [Int] = []
        var ids: [FactID] = []
        var incomplete = 0
        try reader.scanFlowIntervals(of: [2, 1, 77], isFolded: readsPages) { log, batch in
            if logs.last != log { logs.append(log) }
            for row in batch.rows { Self.check(row, batch.texts) }
            ids += batch.rows.map(\.id)
            incomplete += batch.incomplete
            // What is stored meanwhile changes other pages.
            try write(store, path: "c\(ids.count)", kind: .nlb) { source, batch in
                batch.connections.append(
                    Connection(
                        id: FactID(source: source, record: 1), offset: 0, kind: .nlb, start: noon, end: noon,
                        client: Endpoint(IPAddress(v4: 1), 1), server: Endpoint(IPAddress(v4: 2), 2)))
            }
            return .goOn
        }
        #expect(logs == [0, 1])
        let records = Array(1...UInt32(9000)) + [9002]
        #expect(ids == [2, 1].flatMap { source in records.map { FactID(source: source, record: $0) } })
        #expect(incomplete == 2)
    }

    @Test func `a scan passes over the rest of a log, or stops`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try Self.fill(store)
        var seen: [Int] = []
        try store.scanFlowIntervals(of: [1, 2], isFolded: false) { log, _ in
            seen.append(log)
            return .passOver
        }
        #expect(seen == [0, 1])
        try store.scanFlowIntervals(of: [1, 2], isFolded: false) { log, _ in
            seen.append(log)
            return .stop
        }
        #expect(seen == [0, 1, 0])
    }
}
