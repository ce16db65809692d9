import ForensicsModel
import ForensicsTrack
import Testing

/// Data segments and those of them that had been sent before, minute by minute. Wireshark's tcp.analysis names, formats of RFC 9293.
@Suite struct SegmentCountTests {
    /// Of all minutes of one run together: sent, sent again, not captured the first time.
    private static func counts(_ talk: Talk, _ side: KeyPath<SegmentMinute, SegmentCounts>) -> [Int64: [UInt64]] {
        var sums: [Int64: [UInt64]] = [:]
        for minute in Tracked(talk, end: 300_000).segments {
            let counts = minute[keyPath: side]
            if counts.sent == 0 { continue }
            let sum = sums[minute.minute - first] ?? [0, 0, 0]
            sums[minute.minute - first] = zip(sum, [counts.sent, counts.resent, counts.unseen]).map { $0 + $1 }
        }
        return sums
    }

    /// Talks begin at 22:13:20, so that their first minute has 40 s.
    private static let first: Int64 = 1_700_000_000 / 60

    private static func opened() -> Talk {
        var talk = Talk()
        talk.handshake()
        talk.say(.client, "GET /big HTTP/1.1\r\nHost: a.example\r\n\r\n", at: 100)
        talk.acknowledge(.server, at: 101)
        return talk
    }

    @Test func `a segment that is sent again counts in the minute in which it is, not where its connection ends`() {
        var talk = Self.opened()
        let segment = [UInt8](repeating: 0x78, count: 1000)
        let number = talk.serverNext
        talk.say(.server, segment, at: 1000)
        talk.packet(.server, "PA", seq: number, ack: talk.clientNext, segment, at: 1400)
        talk.acknowledge(.client, at: 1500)
        talk.say(.server, segment, at: 100_000)
        talk.acknowledge(.client, at: 100_100)
        talk.finish(.client, at: 200_000)
        #expect(Self.counts(talk, \.fromServers) == [0: [2, 1, 0], 2: [1, 0, 0]])
        #expect(Self.counts(talk, \.fromClients) == [0: [1, 0, 0]])
    }

    @Test func `what was lost before the capture point is captured once`() {
        var talk = Self.opened()
        let number = talk.clientNext
        talk.packet(
            .client, "PA", seq: number &+ 1000, ack: talk.serverNext, [UInt8](repeating: 1, count: 1000), at: 1000)
        talk.packet(.client, "PA", seq: number, ack: talk.serverNext, [UInt8](repeating: 1, count: 1000), at: 1400)
        #expect(Self.counts(talk, \.fromClients) == [0: [3, 1, 1]])
    }

    // 1,460 bytes are one segment; offload hands over up to 64 KiB as one packet.
    @Test(arguments: [(2, UInt64(1)), (1460, 1), (1461, 2), (14_600, 10), (65_000, 45)])
    func `what offload joined counts as the segments that it fills`(_ length: Int, _ segments: UInt64) {
        var talk = Self.opened()
        let number = talk.serverNext
        let payload = [UInt8](repeating: 0x78, count: length)
        talk.say(.server, payload, at: 1000)
        #expect(Self.counts(talk, \.fromServers) == [0: [segments, 0, 0]])
        talk.packet(.server, "PA", seq: number, ack: talk.clientNext, payload, at: 1400)
        #expect(Self.counts(talk, \.fromServers) == [0: [2 * segments, segments, 0]])
    }

    @Test func `keep-alives, probes of a closed window and segments without payload are none`() {
        var talk = Self.opened()
        talk.say(.server, "abc", at: 200)
        talk.acknowledge(.client, at: 210)
        talk.packet(.server, "A", seq: talk.serverNext &- 1, ack: talk.clientNext, [0], at: 30_000)
        talk.packet(.client, "A", seq: talk.clientNext, ack: talk.serverNext, at: 30_010, window: 0)
        talk.packet(.server, "A", seq: talk.serverNext, ack: talk.clientNext, [0x78], at: 31_000)
        talk.packet(.server, "FA", seq: talk.serverNext, ack: talk.clientNext, at: 32_000)
        #expect(Self.counts(talk, \.fromServers) == [0: [1, 0, 0]])
    }

    @Test func `of several connections the one with most tells how much is its own`() {
        var talk = Talk()
        for (index, count) in [3, 5, 1].enumerated() {
            talk.another(port: UInt16(40_001 + index))
            talk.handshake(at: Double(index) * 5000)
            for again in 0..<count {
                let number = talk.serverNext
                let time = Double(index) * 5000 + 100 + Double(again) * 500
                talk.say(.server, [1, 2, 3, 4], at: time)
                talk.packet(.server, "PA", seq: number, ack: talk.clientNext, [1, 2, 3, 4], at: time + 300)
                talk.acknowledge(.client, at: time + 310)
            }
        }
        for trackers in [1, 3] {
            let tracked = Tracked([talk.batch], end: Talk.time(300_000), trackers: trackers)
            var whole = SegmentMinute(minute: Self.first)
            for minute in tracked.segments { whole.addOthers(minute) }
            #expect(Set(tracked.segments.map(\.minute)) == [Self.first])
            #expect([whole.fromServers.sent, whole.fromServers.resent, whole.fromServers.largest] == [18, 9, 5])
        }
    }
}
