import ForensicsModel
import ForensicsStore
import GRDB
import Testing

/// Trace ids come back however far their second lies from the row's. AWS: `Root=1-<second in hex>-<24 hex digits>`.
struct TraceIDTests {
    private static let rest = "0123456789abcdef00ffff20"
    private static let words: (high: UInt64, low: UInt64) = (0x0123_4567, 0x89AB_CDEF_00FF_FF20)

    /// Seconds of the trace id before the row's time; `noon` is a whole second.
    static let distances: [Int64] = [
        0, 1, 59, 93, 94, 95, 96, 127, 300, 86_400, -1, -30, -31, -32, -33, -300, 1_762_167_600,
    ]

    @Test(arguments: distances, [0, 1, 999_999_999] as [Int64])
    func `a trace id is told as the header spells it`(distance: Int64, fraction: Int64) throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let second = noon.nanoseconds / 1_000_000_000 - distance
        try write(store, path: "a", kind: .alb) { source, batch in
            var exchange = fullExchange(source, 1, .alb, &batch.texts)
            exchange.time = noon.advanced(by: fraction)
            exchange.trace = .root(UInt64(second) << 32 | Self.words.high, Self.words.low)
            batch.exchanges.append(exchange)
        }
        let digits = String(second, radix: 16)
        let expected = "Root=1-" + String(repeating: "0", count: 8 - digits.count) + digits + "-" + Self.rest
        #expect(try rows("SELECT trace_id FROM requests", store) == [[.text(expected)]])
        var told: [TraceID] = []
        try store.scanRequests(FactScan()) { batch in
            told += batch.exchanges.map(\.trace)
            return true
        }
        #expect(told == [.root(UInt64(second) << 32 | Self.words.high, Self.words.low)])
    }

    @Test func `a row before the epoch keeps the trace id of a client`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .alb) { source, batch in
            var exchange = fullExchange(source, 1, .alb, &batch.texts)
            exchange.time = Timestamp(nanoseconds: -1_500_000_000)
            exchange.start = nil
            exchange.trace = .root(Self.words.high, Self.words.low)
            batch.exchanges.append(exchange)
        }
        #expect(try rows("SELECT trace_id FROM requests", store) == [[.text("Root=1-00000000-" + Self.rest)]])
    }

    @Test func `a case of the first version is carried on with, and its trace ids stay`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .alb) { source, batch in
            batch.exchanges.append(fullExchange(source, 1, .alb, &batch.texts))
        }
        store.close()
        let queue = try DatabaseQueue(path: fixture.path())
        try queue.write { database in
            try database.execute(sql: "UPDATE request SET trace = x'6701234589ABCDEF0000000000000001'")
            try database.execute(sql: "PRAGMA user_version = 1")
        }
        try queue.close()
        let again = try fixture.store()
        try write(again, path: "b", kind: .alb) { source, batch in
            batch.exchanges.append(fullExchange(source, 1, .alb, &batch.texts))
        }
        let expected = SQLValue.text("Root=1-67012345-89abcdef0000000000000001")
        #expect(try rows("SELECT trace_id FROM requests", again) == [[expected], [expected]])
        again.close()
        let check = try DatabaseQueue(path: fixture.path())
        #expect(try check.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 3)
    }
}
