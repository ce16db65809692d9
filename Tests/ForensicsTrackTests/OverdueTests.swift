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

    @Test(arguments: [false, true], [(1000, false), (4000, false), (6000, true)] as [(Double, Bool)])
    func `nobody waits once its client has hung up`(_ isAnsweredLate: Bool, _ end: (Double, Bool)) {
        let (time, waits) = end
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", at: 100)
        talk.finish(.client, at: time)
        if isAnsweredLate { talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", at: 7000) }
        let found = Self.tracker(talk).overdue(after: Talk.time(0), until: Talk.time(30_000), limit: 9).waits
        #expect(found.count == (waits ? 1 : 0))
        let fact = Tracked(talk, end: 30_000).exchanges.first?.fact
        #expect(fact.map { $0.blame == .target } == waits)
    }

    @Test func `nobody waits for what may be among bytes that could not be read`() {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, H2.preface + H2.settings + H2.request(1, "/"), at: 100)
        talk.say(.server, H2.settings, at: 110)
        talk.say(.server, H2.answer(1, 200), at: 120)
        talk.batch.packets.removeLast()
        talk.acknowledge(.client, at: 121)
        talk.say(.server, H2.frame(6, 0, 0, [UInt8](repeating: 0, count: 8)), at: 1000)
        talk.acknowledge(.client, at: 1001)
        let found = Self.tracker(talk).overdue(after: Talk.time(0), until: Talk.time(30_000), limit: 9).waits
        #expect(found.isEmpty)
        let fact = Tracked(talk, end: 30_000).exchanges.first?.fact
        #expect(fact?.flags.contains(.undetermined) == true)
    }

    /// What waits of requests and SYNs that pass the host twice.
    private func legs(_ change: (inout Talk) -> Void) -> [UInt64] {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", at: 100)
        change(&talk)
        return Self.tracker(talk).overdue(after: Talk.time(0), until: Talk.time(30_000), limit: 9).waits.map(\.leg)
    }

    @Test(arguments: [40_000, 61_000] as [UInt16])
    func `a request to another server has the same leg where numbers, path and bytes are the same`(port: UInt16) {
        let alone = legs { _ in }
        #expect(alone.count == 1 && alone.first != 0)
        let again = legs { talk in
            talk.server.port += 1
            talk.another(port: port)
            talk.handshake(at: 110)
            talk.say(.client, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", at: 120)
        }
        #expect(again == alone + alone)
        let other = legs { talk in
            talk.server.port += 1
            talk.handshake(at: 110)
            talk.say(.client, "GET /b HTTP/1.1\r\nHost: h\r\n\r\n", at: 120)
        }
        #expect(other.count == 2 && Set(other).count == 2)
    }

    @Test(arguments: [(1000.0, 2000.0, false), (5100, 6000, true), (20, 50, true)])
    func `nobody waits in vain while packets are missing`(_ from: Double, _ to: Double, _ waits: Bool) {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", at: 100)
        talk.client.port += 1
        talk.packet(.client, "S", seq: 1, at: 100)
        var tracker = Self.tracker(talk)
        tracker.note(hole: TimeWindow(start: Talk.time(from), end: Talk.time(to)))
        let found = tracker.overdue(after: Talk.time(0), until: Talk.time(30_000), limit: 9).waits
        #expect(found.count == (waits ? 2 : 0))
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
