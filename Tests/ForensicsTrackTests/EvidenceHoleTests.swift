import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Requests and SYNs whose answer would have come while packets are known to be missing.
@Suite struct EvidenceHoleTests {
    /// What came of a SYN and a request without an answer at 100 ms: the packets between two times are missing.
    private func outcome(hole: (from: Double, to: Double)?) -> Tracked {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", at: 100)
        talk.another(port: 40_001)
        talk.packet(.client, "S", seq: 1, at: 100)
        var late = Talk()
        late.client.port = 50_000
        late.handshake(at: 60_000)
        for index in late.batch.packets.indices { late.batch.packets[index].record += 100 }
        var tracker = Tracker(options: TrackOptions(), kind: .pcap)
        tracker.observe(talk.batch)
        if let hole { tracker.note(hole: TimeWindow(start: Talk.time(hole.from), end: Talk.time(hole.to))) }
        tracker.observe(late.batch)
        tracker.finish(at: Talk.time(60_020))
        var tracked = Tracked([])
        tracked.add(tracker.take())
        return tracked
    }

    @Test(arguments: [
        (100.0, 200.0, false), (4000, 7000, false), (5099, 6000, false), (5100, 50_000, true), (50_000, 60_000, true),
        // Before it was sent.
        (20, 100, true),
    ])
    func `nothing times out for what may have come while packets are missing`(
        _ from: Double, _ to: Double, _ timesOut: Bool
    ) throws {
        let tracked = outcome(hole: (from, to))
        let exchange = try #require(tracked.exchanges.first).fact
        #expect(exchange.flags.contains(.timedOut) == timesOut)
        #expect(exchange.flags.contains(.undetermined) == !timesOut)
        #expect(exchange.blame == (timesOut ? .target : .none))
        let attempt = try #require(tracked.connections.first { $0.fact.client.port == 40_001 })
        #expect(attempt.fact.flags.contains(.synTimeout) == timesOut)
    }

    @Test func `without a hole both time out`() throws {
        let tracked = outcome(hole: nil)
        #expect(try #require(tracked.exchanges.first).fact.cause == .requestTimeout)
        #expect(tracked.connections.count { $0.fact.flags.contains(.synTimeout) } == 1)
    }

    @Test func `what holes leave of a stretch is told in order`() {
        var holes = EvidenceHoles()
        let window = { (from: Double, to: Double) in TimeWindow(start: Talk.time(from), end: Talk.time(to)) }
        #expect(holes.rest(of: window(0, 10)) == [window(0, 10)])
        holes.add(window(2, 3))
        holes.add(window(3, 4))
        holes.add(window(8, 20))
        #expect(holes.rest(of: window(0, 10)) == [window(0, 2), window(4, 8)])
        #expect(holes.rest(of: window(3, 4)) == [])
        #expect(holes.rest(of: window(20, 30)) == [window(20, 30)])
    }
}
