import Forensics
import ForensicsModel
import Testing

/// The clients of the summary block: by requests or by connections, never by both added up.
@Suite struct ClientCountTests {
    private static func address(_ last: Int) -> IPAddress { IPAddress("192.0.2.\(last)") ?? .unspecified }

    @Test func `a client is told by what it has more of`() {
        var counts = ClientCounts()
        for _ in 0..<9 {
            counts.noteRequest(Self.address(1))
            counts.noteConnection(Self.address(1))
        }
        for _ in 0..<8 { counts.noteRequest(Self.address(2)) }
        counts.noteConnection(Self.address(2))
        for _ in 0..<10 { counts.noteConnection(Self.address(3)) }
        let top = counts.top(2)
        #expect(top.map(\.client) == [Self.address(3), Self.address(1)])
        #expect(top.map(\.count.larger) == [10, 9])
        #expect(top.map(\.count.isOfRequests) == [false, true])
        #expect(counts.top(5).map(\.client) == [3, 1, 2].map(Self.address))
    }

    @Test func `a client that comes late and often is told after a flood of others`() {
        var counts = ClientCounts()
        for index in 0..<UInt32(50_000) {
            counts.noteRequest(IPAddress(v4: 0x0B00_0000 + index))
            if index >= 45_000, index % 10 == 0 { counts.noteRequest(Self.address(1)) }
        }
        let top = counts.top(2)
        #expect(top.map(\.count.larger) == [500, 1])
        #expect(top.first?.client == Self.address(1))
    }
}
