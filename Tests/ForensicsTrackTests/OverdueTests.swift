import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Time-outs are told while their connections are still open.
@Suite struct OverdueTests {
    private static func tracker(_ talk: Talk) -> Tracker {
        var tracker = Tracker(options: TrackOptions(), kind: .live)
        tracker.observe(talk.batch)
        return tracker
    }

    @Test func `each wait is told once, when its time-out passes`() {
        var talk = Talk()
        talk.packet(.client, "S", seq: 1, at: 0)
        talk.client.port += 1
        talk.packet(.client, "S", seq: 1, at: 2000)
        let tracker = Self.tracker(talk)
        #expect(tracker.overdue(after: Talk.time(0), until: Talk.time(4999), limit: 9).waits.isEmpty)
        let first = tracker.overdue(after: Talk.time(4999), until: Talk.time(6000), limit: 9).waits
        #expect(first.map(\.time) == [Talk.time(5000)])
        #expect(first.first?.waiting == .handshake)
        let second = tracker.overdue(after: Talk.time(6000), until: Talk.time(9000), limit: 9).waits
        #expect(second.map(\.client) == [talk.client])
    }

    @Test func `nobody waits for what the client has acknowledged, captured or not`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", at: 100)
        talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", at: 110)
        talk.acknowledge(.client, at: 111)
        let client = talk.client
        talk.batch.packets.removeAll { $0.source != client.address }
        let tracker = Self.tracker(talk)
        #expect(tracker.overdue(after: Talk.time(0), until: Talk.time(30_000), limit: 9).waits.isEmpty)
    }

    @Test func `waits beyond the limit are counted`() {
        var talk = Talk()
        for _ in 0..<10 {
            talk.client.port += 1
            talk.packet(.client, "S", seq: 1, at: 0)
        }
        let found = Self.tracker(talk).overdue(after: Talk.time(0), until: Talk.time(6000), limit: 3)
        #expect(found.waits.count == 3)
        #expect(found.furtherHandshakes == 7)
        #expect(found.furtherResponses == 0)
        #expect(found.furtherHealthChecks == 0)
    }
}
