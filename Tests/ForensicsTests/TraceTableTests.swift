import Forensics
import ForensicsModel
import ForensicsStore
import Testing

/// Connections that are pieced together from the requests of an access log.
@Suite struct TraceTableTests {
    private static func at(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: seconds * 1_000_000_000) }

    private static func request(_ key: UInt64, at second: Int64) -> TracedRequest {
        TracedRequest(
            id: FactID(source: 1, record: UInt32(second + 1)), key: key, start: at(second), end: at(second),
            client: UInt32(truncatingIfNeeded: key), isUpgraded: false)
    }

    @Test func `a long connection that begins late is told, however many short ones came before`() throws {
        var table = TraceTable(limit: 64)
        // Ten connections a second for five minutes; from minute two on one that asks every second.
        for second in 0..<Int64(300) {
            var requests = (0..<10).map { Self.request(UInt64(second * 10 + $0 + 1_000_000), at: second) }
            if second >= 120 { requests.append(Self.request(7, at: second)) }
            table.add(requests) { _ in [true, true] }
        }
        #expect(table.pieces.count <= 64)
        #expect(table.refused + Int64(table.pieces.count) == 3001)
        let long = try #require(table.pieces.first { $0.key == 7 })
        #expect(table.pieces.filter { $0.key == 7 }.count == 1)
        #expect(long.start[0] == Self.at(120) && long.end[0] == Self.at(299))
    }
}
