import ForensicsModel
import ForensicsStore
import GRDB
import Testing

/// What is written comes back: values at every edge of their forms, texts of any kind, any number of rows.
struct RoundTripTests {
    /// Facts of a scan with the texts they refer to resolved, so that batches can be compared.
    private static func describe(_ exchange: Exchange, _ texts: TextTable) -> String {
        var copy = exchange
        let resolved = [
            exchange.loadBalancer, exchange.node, exchange.targetGroup, exchange.domain, exchange.method,
            exchange.pathTemplate, exchange.userAgent, exchange.tlsCipher, exchange.errorReason, exchange.actions,
            exchange.classification, exchange.forwardedFor, exchange.extra,
            exchange.certificate, exchange.details,
        ].map { texts.string($0) ?? "-" }
        copy.loadBalancer = .none
        copy.node = .none
        copy.targetGroup = .none
        copy.domain = .none
        copy.method = .none
        copy.pathTemplate = .none
        copy.userAgent = .none
        copy.tlsCipher = .none
        copy.errorReason = .none
        copy.actions = .none
        copy.classification = .none
        copy.forwardedFor = .none
        copy.extra = .none
        copy.certificate = .none
        copy.details = .none
        var argument = "\(exchange.pathArgument)"
        if case .text(let id) = exchange.pathArgument { argument = "text " + (texts.string(id) ?? "") }
        if case .whole(let id) = exchange.pathArgument { argument = "whole " + (texts.string(id) ?? "") }
        var trace = "\(exchange.trace)"
        if case .text(let id) = exchange.trace { trace = texts.string(id) ?? "" }
        copy.pathArgument = .none
        copy.trace = .none
        return "\(copy) \(resolved) \(argument) \(trace)"
    }

    private static func describe(_ connection: Connection, _ texts: TextTable) -> String {
        var copy = connection
        let resolved = [
            connection.loadBalancer, connection.node, connection.domain, connection.history, connection.tlsCipher,
            connection.alpn, connection.ja4, connection.errorReason, connection.tunnel,
            connection.details,
        ].map { texts.string($0) ?? "-" }
        copy.loadBalancer = .none
        copy.node = .none
        copy.domain = .none
        copy.history = .none
        copy.tlsCipher = .none
        copy.alpn = .none
        copy.ja4 = .none
        copy.errorReason = .none
        copy.tunnel = .none
        copy.details = .none
        return "\(copy) \(resolved)"
    }

    private static func requests(_ store: CaseStore, _ scan: FactScan = FactScan()) throws -> [String] {
        var told: [String] = []
        try store.scanRequests(scan) { batch in
            told += batch.exchanges.map { describe($0, batch.texts) }
            return true
        }
        return told
    }

    private static func connections(_ store: CaseStore, over: Int64? = nil, _ scan: FactScan = FactScan()) throws
        -> [String]
    {
        var told: [String] = []
        let take = { (batch: FactBatch) in
            told += batch.connections.map { describe($0, batch.texts) }
            return true
        }
        if let over { try store.longConnections(over: over, scan, take) } else { try store.scanConnections(scan, take) }
        return told
    }

    @Test(arguments: [EvidenceKind.alb, .pcap])
    func `an exchange comes back as it was`(kind: EvidenceKind) throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        var expected: [String] = []
        try write(store, path: "a", kind: kind) { source, batch in
            let full = fullExchange(source, 1, kind, &batch.texts)
            var variants = [full]
            func add(_ change: (inout Exchange) -> Void) {
                var exchange = full
                exchange.id = FactID(source: source, record: UInt32(variants.count + 1))
                change(&exchange)
                variants.append(exchange)
            }
            add { $0 = Exchange(id: $0.id, offset: 0, kind: kind, time: noon, client: Endpoint(.unspecified, 0)) }
            add { $0.totalTime = nil }
            add { $0.start = nil }
            add { $0.totalTime = 76_000_000 }
            add {
                $0.start = nil
                $0.totalTime = nil
            }
            add { $0.client = Endpoint(IPAddress(v4: 0), 1) }
            add { $0.client = Endpoint(IPAddress(v4: .max), 65535) }
            add { $0.client = Endpoint(IPAddress(high: 0x2001_0DB8_0000_0000, low: 0xFFFF), 32768) }
            add { $0.peer = IPAddress(high: .max, low: .max) }
            add { $0.target = nil }
            add { $0.target = Endpoint(IPAddress(high: 1, low: 2), 0) }
            add { $0.status = 0 }
            add { $0.status = nil }
            add { $0.targetStatus = .max }
            add { $0.traceKey = 1 }
            add { $0.traceKey = .max }
            add { $0.trace = .none }
            add { $0.trace = .root(0, .max) }
            add { $0.trace = .text(batch.texts.intern("Self=1-0;Root=1-2")) }
            add { $0.pathArgument = .none }
            add { $0.pathArgument = .number(0) }
            add { $0.pathArgument = .number(999_999_999_999_999_999) }
            add { $0.pathArgument = .text(batch.texts.intern("007")) }
            add { $0.pathArgument = .whole(batch.texts.intern("/a/1/b/2")) }
            add { $0.pathArgument = .whole(batch.texts.intern("/" + String(repeating: "ü", count: 200_000))) }
            add { $0.userAgent = batch.texts.intern("\u{1F600} \u{202E}'\"--") }
            add { $0.domain = batch.texts.intern("") }
            add { $0.bytesFromServer = UInt64(Int64.max) }
            // Every length that SQLite gives a number.
            for bits in 0..<UInt64(63) {
                add {
                    $0.bytesFromServer = 1 << bits
                    $0.bytesFromClient = 1 << bits - 1
                }
            }
            for bits in 0..<Int64(48) { add { $0.responseTime = -(1 << bits) } }
            add { $0.requestTime = Int64.max / 8 }
            add { $0.responseTime = 1 }
            add { $0.responseTime = -1_000_000 }
            add { $0.weight = .max }
            add { $0.flags = ExchangeFlags(rawValue: .max) }
            for cause in ExchangeCause.allCases { add { $0.cause = cause } }
            for version in HTTPVersion.allCases { add { $0.httpVersion = version } }
            for scheme in RequestScheme.allCases { add { $0.scheme = scheme } }
            for version in TLSVersion.allCases { add { $0.tlsVersion = version } }
            for nanoseconds in [0, 1, 999, 1000, 127_000, -1, -1000, 1 << 40, 3_600_000_000_001] as [Int64] {
                add {
                    $0.time = noon.advanced(by: nanoseconds)
                    $0.start = noon
                    $0.totalTime = nanoseconds
                }
            }
            if kind == .pcap {
                add { $0.connection = FactID(source: source, record: 5) }
                add { $0.forwardedFor = batch.texts.intern("10.1.1.1, 192.0.2.1") }
            }
            batch.exchanges = variants
            expected = variants.map {
                var public_ = $0
                public_.id = FactID(source: 1, record: $0.id.record)
                public_.connection = $0.connection.map { FactID(source: 1, record: $0.record) }
                return Self.describe(public_, batch.texts)
            }
        }
        let told = try Self.requests(store)
        #expect(told.count == expected.count)
        for (told, expected) in zip(told, expected) { #expect(told == expected) }
        // A closed case has no write-ahead log: its rows are read from the pages of the file.
        store.close()
        let reader = try CaseStore(path: fixture.path(), access: .readOnly)
        #expect(try Self.requests(reader) == told)
    }

    @Test(arguments: [EvidenceKind.nlb, .pcap])
    func `a connection comes back as it was`(kind: EvidenceKind) throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        var expected: [String] = []
        try write(store, path: "a", kind: kind) { source, batch in
            let full = fullConnection(source, 1, kind, &batch.texts)
            var variants = [full]
            func add(_ change: (inout Connection) -> Void) {
                var connection = full
                connection.id = FactID(source: source, record: UInt32(variants.count + 1))
                change(&connection)
                variants.append(connection)
            }
            add { $0.duration = nil }
            add { $0.duration = 5 }
            add { $0.server = Endpoint(.unspecified, 0) }
            add { $0.bytesFromClient = nil }
            add { $0.tlsHandshake = nil }
            add { $0.flags = ConnectionFlags(rawValue: .max) }
            for state in ConnectionState.allCases { add { $0.state = state } }
            for service in ApplicationService.allCases { add { $0.service = service } }
            for transport in TransportProtocol.allCases { add { $0.transport = transport } }
            for role in ConnectionRole.allCases { add { $0.role = role } }
            for sender in ResetSender.allCases { add { $0.resetBy = sender } }
            if kind == .pcap {
                add {
                    $0.retransmissions = nil
                    $0.resets = .max
                    $0.handshake = nil
                }
            }
            batch.connections = variants
            expected = variants.map {
                var public_ = $0
                public_.id = FactID(source: 1, record: $0.id.record)
                return Self.describe(public_, batch.texts)
            }
        }
        #expect(try Self.connections(store) == expected)
        store.close()
        let reader = try CaseStore(path: fixture.path(), access: .readOnly)
        #expect(try Self.connections(reader) == expected)
    }

    @Test(arguments: [1, 2, 500, 30_000])
    func `any number of rows in a batch`(count: Int) throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .alb) { source, batch in
            for record in 1...UInt32(count) {
                batch.exchanges.append(fullExchange(source, record, .alb, &batch.texts))
            }
        }
        #expect(
            try rows("SELECT count(*), sum(id & 4294967295), count(DISTINCT path) FROM requests", store)
                == [[.integer(Int64(count)), .integer(Int64(count) * Int64(count + 1) / 2), .integer(Int64(count))]])
        let scanned = try Self.requests(store)
        #expect(scanned.count == count)
        store.close()
        let reader = try CaseStore(path: fixture.path(), access: .readOnly)
        #expect(try Self.requests(reader) == scanned)
        reader.close()
        let queue = try DatabaseQueue(path: fixture.path())
        #expect(try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
    }

    @Test func `bytes that are no UTF-8 are told one by one, and NUL is replaced`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .alb) { source, batch in
            var exchange = fullExchange(source, 1, .alb, &batch.texts)
            exchange.userAgent = batch.texts.intern([0x61, 0xFF, 0x00, 0x62])
            exchange.pathArgument = .whole(batch.texts.intern([0x2F, 0xC3, 0x00]))
            batch.exchanges.append(exchange)
        }
        #expect(
            try rows("SELECT user_agent, path FROM requests", store)
                == [[.text("a\\xff\u{FFFD}b"), .text("/\\xc3\u{FFFD}")]])
    }

    @Test func `a window takes what its record time belongs to`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .nlb) { source, batch in
            for record in UInt32(1)...10 {
                batch.connections.append(fullConnection(source, record, .nlb, &batch.texts))
            }
        }
        func count(_ scan: FactScan) throws -> Int { try Self.connections(store, scan).count }
        // Record times are noon + record · 1.000000007 s; record n began n · 61 s earlier.
        let second = Timestamp(nanoseconds: noon.nanoseconds + 2_000_000_014)
        #expect(try count(FactScan(window: TimeWindow(start: second, end: second.advanced(by: 1)))) == 1)
        #expect(try count(FactScan(window: TimeWindow(start: noon, end: second))) == 1)
        let early = TimeWindow(start: noon.advanced(by: -400_000_000_000), end: noon.advanced(by: -300_000_000_000))
        #expect(try count(FactScan(window: early)) == 0)
        // Records 6 through 10 began before noon − 300 s.
        #expect(try count(FactScan(window: early, membership: .overlap)) == 5)
        #expect(try count(FactScan(sources: [2])) == 0)
        #expect(try Self.connections(store, over: 122_000_000_000).count == 8)
        #expect(try Self.connections(store, over: 1_000_000_000).count == 10)
        #expect(
            try Self.connections(store, over: 300_000_000_000, FactScan(window: early, membership: .overlap)).count == 5
        )
    }

    @Test func `pipelined requests of one packet are all kept`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let unit = try store.beginUnit(
            UnitDescription(
                key: "set", kind: .pcap, vantage: nil, options: "", sources: [SourceDescription(path: "a", bytes: nil)])
        )
        var encoder = store.makeEncoder()
        for round in 0..<3 {
            var batch = FactBatch()
            for index in 0..<2 {
                for record in [UInt32(9), 3] {
                    var exchange = fullExchange(unit.ordinals[0], record, .pcap, &batch.texts)
                    exchange.bytesFromClient = UInt64(round * 2 + index)
                    batch.exchanges.append(exchange)
                }
            }
            try store.append(try encoder.encode(batch))
        }
        let told = try rows("SELECT id & 4294967295, bytes_from_client FROM requests", store)
        let expected = [3, 9].flatMap { record in
            (0..<6).map { [SQLValue.integer(Int64(record)), .integer(Int64($0))] }
        }
        #expect(told == expected)
    }

    @Test func `roll-ups come back as they were packed`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        var packed: [PackedRollup] = []
        try write(store, path: "a", kind: .alb) { source, batch in
            for record in stride(from: UInt32(1), to: 200_000, by: 1000) {
                batch.exchanges.append(fullExchange(source, record, .alb, &batch.texts))
            }
            var builder = RollupBuilder()
            builder.add(batch)
            packed = builder.packed()
        }
        var read: [PackedRollup] = []
        try store.loadRollups(
            sources: nil, minutes: nil, dimensions: Dimension.allCases, includingTotals: true
        ) { place, json in
            var bytes: [UInt8] = []
            for index in json.indices { bytes.append(json[index]) }
            read.append(
                PackedRollup(
                    minute: place.minute, dimension: place.dimension, healthChecks: place.healthChecks, json: bytes))
        }
        let order = { (left: PackedRollup, right: PackedRollup) in
            (left.dimension, left.minute) < (right.dimension, right.minute)
        }
        #expect(read.sorted(by: order) == packed.sorted(by: order))
        let minute = try #require(packed.map(\.minute).max())
        var some: [Int64] = []
        try store.loadRollups(
            sources: [1], minutes: minute..<(minute + 1), dimensions: [.client], includingTotals: false
        ) {
            place, _ in some.append(place.minute)
        }
        #expect(some == [minute])
    }
}
