import ForensicsModel
import ForensicsStore
import Testing

/// What a scan hands out is what a look at every row would choose, through SQLite and from the pages of the file.
struct FactScanTests {
    private static let clients = [
        IPAddress(v4: 0xC633_6401), IPAddress(v4: 0xC633_6402), IPAddress(v4: 0),
        IPAddress(high: 0x2001_0DB8_0000_0000, low: 7), IPAddress(high: 0x2001_0DB8_0000_0000, low: 8),
    ]

    /// Requests a few milliseconds apart, some at whole microseconds and some not, in three sources of many pages.
    private static func fill(_ store: CaseStore, _ rows: RequestRows = .whole) throws {
        for (part, path) in ["a", "b", "c"].enumerated() {
            try write(store, path: path, kind: .alb, requests: rows) { source, batch in
                for record in 1...UInt32(3000) {
                    var exchange = fullExchange(source, record, .alb, &batch.texts)
                    exchange.time = noon.advanced(
                        by: Int64(part) * 2_000_000_000 + Int64(record) * 1_000_000 + Int64(record % 3))
                    exchange.start = exchange.time.advanced(by: -Int64(record % 7) * 100_000_000)
                    exchange.client = Endpoint(clients[Int(record) * 7 % 5], 40_000)
                    exchange.scheme = record % 11 == 0 ? .wss : .https
                    exchange.traceKey = record % 4 == 0 ? 0 : UInt64(record % 50) << 58 | UInt64(record % 50)
                    batch.exchanges.append(exchange)
                }
            }
        }
    }

    private static func exchanges(_ store: CaseStore, _ scan: FactScan) throws -> [Exchange] {
        var told: [Exchange] = []
        try store.scanRequests(scan) {
            told += $0.exchanges
            return true
        }
        return told
    }

    /// Runs a block with the case that is still being written, then with the file alone; of a case that is kept, and of one
    /// whose requests lie beside it.
    private static func eachWay(_ body: (CaseStore) throws -> Void) throws {
        for access in [CaseStore.Access.create, .spooled] {
            let fixture = try CaseFixture()
            let store = try fixture.store("case.db", access)
            try fill(store)
            try body(store)
            store.close()
            let reader = try CaseStore(path: fixture.path(), access: .readOnly)
            try body(reader)
            reader.close()
        }
    }

    private static let windows = [
        TimeWindow(start: noon, end: noon.advanced(by: 1)),
        TimeWindow(start: noon.advanced(by: 1_000_001), end: noon.advanced(by: 1_000_002)),
        TimeWindow(start: noon.advanced(by: 1_500_000_000), end: noon.advanced(by: 4_000_000_000)),
        TimeWindow(start: noon.advanced(by: 2_999_999_999), end: noon.advanced(by: 3_000_000_001)),
        TimeWindow(start: Timestamp(nanoseconds: .min), end: Timestamp(nanoseconds: .max)),
        TimeWindow(start: noon.advanced(by: 9_000_000_000), end: noon),
    ]

    @Test func `a window chooses what every row would be chosen by`() throws {
        try Self.eachWay { store in
            let all = try Self.exchanges(store, FactScan())
            #expect(all.count == 9000)
            for window in Self.windows {
                let ended = try Self.exchanges(store, FactScan(window: window))
                #expect(ended.map(\.id) == all.filter { window.contains($0.time) }.map(\.id), "\(window)")
                let touching = try Self.exchanges(store, FactScan(window: window, membership: .overlap))
                let expected = all.filter { $0.time >= window.start && ($0.start ?? $0.time) < window.end }
                #expect(touching.map(\.id) == expected.map(\.id), "\(window)")
            }
        }
    }

    @Test func `rows of traces alone tell the same traces`() throws {
        func traces(_ access: CaseStore.Access, _ rows: RequestRows) throws -> [TracedRequest] {
            let fixture = try CaseFixture()
            let store = try fixture.store("case.db", access)
            defer { store.close() }
            try Self.fill(store, rows)
            var told: [TracedRequest] = []
            try store.scanTraces(FactScan(), of: Self.clients, orLongerThan: 400_000_000) { told += $0 }
            return told
        }
        let whole = try traces(.create, .whole)
        let told = try traces(.spooled, .traces)
        #expect(whole.count > 5000)
        #expect(told.map(\.id) == whole.map(\.id))
        #expect(told.map(\.key) == whole.map(\.key))
        #expect(told.map(\.client) == whole.map(\.client))
        #expect(told.map(\.start) == whole.map(\.start))
        #expect(told.map(\.end) == whole.map(\.end))
        #expect(told.map(\.isUpgraded) == whole.map(\.isUpgraded))
    }

    @Test func `a log that is removed takes its rows beside the case along`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store("case.db", .spooled)
        defer { store.close() }
        try Self.fill(store)
        try store.removeUnit(key: "b")
        let left = try Self.exchanges(store, FactScan())
        #expect(left.count == 6000)
        #expect(Set(left.map(\.id.source)).count == 2)
        // Captures go to their table.
        try write(store, path: "c.pcap", kind: .pcap) { source, batch in
            batch.exchanges.append(fullExchange(source, 1, .pcap, &batch.texts))
        }
        #expect(try rows("SELECT count(*) FROM request", store) == [[.integer(1)]])
        #expect(try Self.exchanges(store, FactScan()).count == 6001)
    }

    @Test func `the traced requests of a client are found whichever run stored its address`() throws {
        let fixture = try CaseFixture()
        for path in ["a", "b", "c"] {
            let store = try fixture.store()
            try write(store, path: path, kind: .alb) { source, batch in
                for (record, client) in Self.clients.enumerated() {
                    var exchange = fullExchange(source, UInt32(record + 1), .alb, &batch.texts)
                    exchange.client = Endpoint(client, 40_000)
                    exchange.traceKey = UInt64(record + 1)
                    batch.exchanges.append(exchange)
                }
            }
            store.close()
        }
        let reader = try CaseStore(path: fixture.path(), access: .readOnly)
        defer { reader.close() }
        for (index, client) in Self.clients.enumerated() {
            var keys: [UInt64?] = []
            try reader.scanTraces(FactScan(), of: [client], orLongerThan: 0) { keys += $0.map(\.key) }
            #expect(keys == Array(repeating: UInt64(index + 1), count: 3), "\(client)")
        }
        // What a case holds is found again, not numbered anew.
        #expect(try rows("SELECT count(*) FROM address6", reader) == [[.integer(2)]])
    }

    @Test(arguments: [[0], [3], [1, 4], [0, 1, 2, 3, 4], []])
    func `the traced requests of some clients are those among all`(chosen: [Int]) throws {
        let stranger = IPAddress(high: 0x2001_0DB8_0000_0000, low: 99)
        let clients = chosen.map { Self.clients[$0] } + [stranger, IPAddress(v4: 0x0102_0304)]
        try Self.eachWay { store in
            for window in Self.windows {
                let expected = try Self.exchanges(store, FactScan(window: window)).filter {
                    clients.contains($0.client.address)
                        && ($0.traceKey != 0 || $0.time.since($0.start ?? $0.time) > 400_000_000)
                }
                var told: [TracedRequest] = []
                try store.scanTraces(FactScan(window: window), of: clients, orLongerThan: 400_000_000) { told += $0 }
                #expect(told.map(\.id) == expected.map(\.id))
                #expect(told.map { $0.key ?? 0 } == expected.map(\.traceKey))
                #expect(told.map(\.start) == expected.map { $0.start ?? $0.time })
                #expect(told.map(\.end) == expected.map(\.time))
                #expect(told.map { clients[Int($0.client)] } == expected.map(\.client.address))
                #expect(told.map(\.isUpgraded) == expected.map { $0.scheme == .wss })
            }
        }
    }
}
