import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Sequence numbers that begin at several places, so that every test also crosses the wrap.
private let bases: [UInt32] = [1000, 0x7FFF_FFF0, .max - 25]

@Suite struct SequenceAnalysisTests {
    private func established(_ base: UInt32) -> Talk {
        var talk = Talk()
        talk.clientNext = base
        talk.serverNext = base &+ 77
        talk.handshake()
        return talk
    }

    private func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0xEE, count: count) }

    @Test(arguments: bases)
    func `a segment sent again after the round trip is a retransmission`(_ base: UInt32) {
        var talk = established(base)
        let start = talk.clientNext
        talk.say(.client, bytes(100), at: 30)
        talk.packet(.client, "PA", seq: start, ack: talk.serverNext, bytes(100), at: 300)
        let tracked = Tracked(talk)
        #expect(tracked.connections[0].fact.retransmissions == 1)
        #expect(tracked.connections[0].fact.outOfOrder == 0)
        #expect(tracked.connections[0].fact.bytesFromClient == 100)
        #expect(tracked.connections[0].history == "ShADT")
        #expect(tracked.events(.retransmission).map(\.value) == [100])
    }

    @Test(arguments: bases)
    func `a segment behind a later one within the round trip is out of order`(_ base: UInt32) {
        var talk = established(base)
        let start = talk.clientNext
        talk.packet(.client, "PA", seq: start &+ 50, ack: talk.serverNext, bytes(50), at: 30)
        talk.packet(.client, "PA", seq: start, ack: talk.serverNext, bytes(50), at: 31)
        let tracked = Tracked(talk)
        #expect(tracked.connections[0].fact.outOfOrder == 1)
        #expect(tracked.connections[0].fact.retransmissions == 0)
        #expect(tracked.connections[0].fact.bytesFromClient == 100)
        #expect(tracked.events(.lostSegment).count == 1)
    }

    @Test(arguments: bases)
    func `a segment stamped before the one that went further is a retransmission: no time lies between them`(
        _ base: UInt32
    ) {
        // The clock runs backwards, as where one talk stands in a capture twice. Counts of tshark 4.0.17.
        var talk = established(base)
        let start = talk.clientNext
        talk.say(.client, bytes(50), at: 30)
        talk.say(.client, bytes(50), at: 40)
        talk.packet(.client, "PA", seq: start, ack: talk.serverNext, bytes(50), at: 30)
        let tracked = Tracked(talk)
        #expect(tracked.connections[0].fact.outOfOrder == 0)
        #expect(tracked.connections[0].fact.retransmissions == 1)
    }

    @Test(arguments: bases)
    func `how late a segment is counts from the stamp of the one that went further, not from the latest`(
        _ base: UInt32
    ) {
        // The round trip is 20 ms. Kinds of tshark 4.0.17.
        var talk = established(base)
        let start = talk.clientNext
        talk.say(.client, bytes(50), at: 60)
        talk.say(.client, bytes(50), at: 30)
        talk.packet(.client, "PA", seq: start, ack: talk.serverNext, bytes(50), at: 49)
        let late = talk.packet(.client, "PA", seq: start, ack: talk.serverNext, bytes(50), at: 51)
        let tracked = Tracked(talk)
        #expect(tracked.connections[0].fact.outOfOrder == 1)
        #expect(tracked.events(.retransmission).map(\.id.record) == [late])
    }

    @Test(arguments: bases)
    func `a segment that answers two duplicate ACKs at once is a fast retransmission`(_ base: UInt32) {
        var talk = established(base)
        let start = talk.clientNext
        talk.say(.client, bytes(10), at: 30)
        let lost = talk.clientNext
        talk.clientNext &+= 10
        talk.say(.client, bytes(10), at: 31)
        talk.packet(.server, "A", seq: talk.serverNext, ack: lost, at: 40)
        for time in [41.0, 42, 43] { talk.packet(.server, "A", seq: talk.serverNext, ack: lost, at: time) }
        talk.packet(.client, "PA", seq: lost, ack: talk.serverNext, bytes(10), at: 60)
        let tracked = Tracked(talk)
        #expect(tracked.connections[0].fact.duplicateACKs == 3)
        #expect(tracked.events(.fastRetransmission).count == 1)
        #expect(tracked.connections[0].fact.retransmissions == 1)
        #expect(tracked.connections[0].fact.bytesFromClient == 30)
        #expect(start &+ 30 == talk.clientNext)
    }

    @Test(arguments: bases)
    func `bytes that were acknowledged and come again are a spurious retransmission`(_ base: UInt32) {
        var talk = established(base)
        let start = talk.clientNext
        talk.say(.client, bytes(10), at: 30)
        talk.acknowledge(.server, at: 40)
        talk.packet(.client, "PA", seq: start, ack: talk.serverNext, bytes(10), at: 41)
        let tracked = Tracked(talk)
        #expect(tracked.events(.spuriousRetransmission).count == 1)
        #expect(tracked.connections[0].fact.retransmissions == 1)
    }

    @Test(arguments: bases)
    func `a keep-alive and its answer are neither data nor duplicate ACK`(_ base: UInt32) {
        var talk = established(base)
        talk.packet(.client, "A", seq: talk.clientNext &- 1, ack: talk.serverNext, at: 500)
        talk.acknowledge(.server, at: 510)
        talk.packet(.client, "A", seq: talk.clientNext &- 1, ack: talk.serverNext, [0], at: 900)
        talk.acknowledge(.server, at: 910)
        let tracked = Tracked(talk)
        #expect(tracked.events(.keepAlive).count == 2)
        #expect(tracked.connections[0].fact.duplicateACKs == 0)
        #expect(tracked.connections[0].fact.bytesFromClient == 0)
        #expect(tracked.connections[0].fact.retransmissions == 0)
        #expect(tracked.events(.keepAliveACK).count == 2)
    }

    @Test(arguments: bases)
    func `a closed window, its probe, the answer and the opening are told apart`(_ base: UInt32) {
        var talk = established(base)
        talk.say(.client, bytes(20), at: 30)
        talk.packet(.server, "A", seq: talk.serverNext, ack: talk.clientNext, at: 40, window: 0)
        talk.packet(.client, "A", seq: talk.clientNext, ack: talk.serverNext, [1], at: 500)
        talk.packet(.server, "A", seq: talk.serverNext, ack: talk.clientNext, at: 510, window: 0)
        talk.packet(.server, "A", seq: talk.serverNext, ack: talk.clientNext, at: 600, window: 4096)
        let tracked = Tracked(talk)
        #expect(tracked.connections[0].fact.zeroWindows == 2)
        #expect(tracked.events(.zeroWindowProbe).count == 1)
        #expect(tracked.events(.zeroWindowProbeACK).count == 1)
        #expect(tracked.events(.windowUpdate).count == 1)
        #expect(tracked.connections[0].fact.bytesFromClient == 20)
        #expect(tracked.connections[0].history == "ShADaw")
    }

    @Test func `a segment that fills the scaled window exactly is a full window`() {
        var talk = Talk()
        talk.packet(.client, "S", seq: 0, at: 0, scale: 0)
        talk.packet(.server, "SA", seq: 100, ack: 1, at: 10, window: 50, scale: 2)
        talk.packet(.client, "A", seq: 1, ack: 101, at: 20)
        talk.packet(.server, "A", seq: 101, ack: 1, at: 25, window: 25)
        talk.packet(.client, "A", seq: 1, ack: 101, bytes(99), at: 30)
        talk.packet(.client, "A", seq: 100, ack: 101, bytes(1), at: 31)
        let tracked = Tracked(talk)
        #expect(tracked.events(.windowFull).map(\.id.record) == [6])
    }

    @Test func `a full window is not known where no SYN told the scale`() {
        var talk = Talk()
        talk.packet(.server, "A", seq: 101, ack: 1, at: 25, window: 100)
        talk.packet(.client, "A", seq: 1, ack: 101, bytes(100), at: 30)
        #expect(Tracked(talk).events(.windowFull).isEmpty)
    }

    @Test(arguments: bases)
    func `an ACK of bytes that were not captured shows a gap once`(_ base: UInt32) {
        var talk = established(base)
        talk.say(.client, bytes(10), at: 30)
        talk.packet(.server, "A", seq: talk.serverNext, ack: talk.clientNext &+ 500, at: 40)
        let tracked = Tracked(talk)
        #expect(tracked.events(.ackedLostSegment).count == 1)
        #expect(tracked.connections[0].history == "ShADaG")
    }

    @Test(arguments: bases)
    func `each payload byte is counted once, whatever overlaps and gaps do`(_ base: UInt32) {
        var talk = established(base)
        let start = talk.clientNext
        let ack = talk.serverNext
        talk.packet(.client, "A", seq: start, ack: ack, bytes(100), at: 30)
        talk.packet(.client, "A", seq: start &+ 300, ack: ack, bytes(100), at: 31)
        talk.packet(.client, "A", seq: start &+ 500, ack: ack, bytes(100), at: 32)
        talk.packet(.client, "A", seq: start &+ 150, ack: ack, bytes(200), at: 33)
        talk.packet(.client, "A", seq: start &+ 90, ack: ack, bytes(70), at: 34)
        talk.packet(.client, "A", seq: start, ack: ack, bytes(650), at: 35)
        #expect(Tracked(talk).connections[0].fact.bytesFromClient == 650)
    }

    /// In which order the lost segments of a talk come again.
    enum Order: CaseIterable { case rising, falling, mixed }

    @Test(arguments: bases, Order.allCases)
    func `each byte is counted once, however many gaps are open`(_ base: UInt32, _ order: Order) {
        var talk = established(base)
        let starts: [UInt32] = [talk.clientNext, talk.serverNext]
        let sides: [Talk.Side] = [.client, .server]
        func send(_ part: Int, _ side: Int, _ time: Double) {
            talk.packet(
                sides[side], "A", seq: starts[side] &+ UInt32(part) &* 100, ack: starts[1 - side], bytes(100),
                at: time)
        }
        // Of both sides' 81 segments each other one is lost.
        for part in stride(from: 0, through: 80, by: 2) { for side in 0..<2 { send(part, side, 30 + Double(part)) } }
        let before = Tracked(talk).connections[0].fact
        #expect(before.bytesFromClient == 4100)
        #expect(before.bytesFromServer == 4100)
        for index in 0..<40 {
            let place =
                switch order {
                case .rising: index
                case .falling: 39 - index
                case .mixed: index * 7 % 40
                }
            for side in 0..<2 { send(2 * place + 1, side, 500 + Double(index)) }
        }
        // And all of it once more.
        for part in 0..<80 { for side in 0..<2 { send(part, side, 900 + Double(part)) } }
        let fact = Tracked(talk).connections[0].fact
        #expect(fact.bytesFromClient == 8100)
        #expect(fact.bytesFromServer == 8100)
    }

    @Test func `the window of a side that was not captured is not closed`() {
        var talk = established(1000)
        talk.batch.packets.remove(at: 1)
        for (index, path) in ["/second", "/third"].enumerated() {
            let time = 30 + 20 * Double(index)
            talk.say(.client, "G", at: time)
            talk.say(.client, "ET \(path) HTTP/1.1\r\nHost: a\r\n\r\n", at: time + 1)
            talk.serverNext &+= 100
            talk.acknowledge(.client, at: time + 10)
        }
        let tracked = Tracked(talk)
        #expect(tracked.events(.zeroWindowProbe).isEmpty)
        // 26 bytes more than the paths.
        #expect(tracked.connections.map(\.fact.bytesFromClient) == [65])
        #expect(tracked.exchanges.map(\.path) == ["/second", "/third"])
        #expect(tracked.exchanges.map { $0.fact.flags.contains(.undetermined) } == [true, true])
    }

    @Test func `gaps that are never filled are not counted as bytes`() {
        var talk = established(1000)
        let start = talk.clientNext
        talk.packet(.client, "A", seq: start, ack: talk.serverNext, bytes(10), at: 30)
        talk.packet(.client, "A", seq: start &+ 1_000_000, ack: talk.serverNext, bytes(10), at: 31)
        #expect(Tracked(talk).connections[0].fact.bytesFromClient == 20)
    }

    @Test func `payload cut by the snap length counts in full`() {
        var talk = established(1000)
        talk.packet(
            .client, "A", seq: talk.clientNext, ack: talk.serverNext, bytes(40), at: 30, length: 1400, captured: 40)
        #expect(Tracked(talk).connections[0].fact.bytesFromClient == 1400)
    }

    @Test func `a repeated event is kept sixteen times and counted always`() {
        var talk = established(1000)
        let start = talk.clientNext
        talk.say(.client, bytes(10), at: 30)
        for round in 0..<40 {
            talk.packet(.client, "PA", seq: start, ack: talk.serverNext, bytes(10), at: 1000 + Double(round) * 500)
        }
        let tracked = Tracked(talk)
        #expect(tracked.connections[0].fact.retransmissions == 40)
        #expect(tracked.events(.retransmission).count == 16)
        #expect(tracked.connections[0].history == "ShADTT")
    }

    @Test func `a reset with a wild number moves nothing`() {
        var talk = established(1000)
        talk.packet(.client, "R", seq: talk.clientNext &+ 900_000_000, ack: 0, at: 40)
        talk.say(.client, bytes(10), at: 50)
        let tracked = Tracked(talk)
        #expect(tracked.connections[0].fact.retransmissions == 0)
        #expect(tracked.connections[0].fact.resets == 1)
    }

    @Test func `payload after silence is an idle gap`() {
        var talk = established(1000)
        talk.say(.client, bytes(10), at: 61_020)
        #expect(Tracked(talk).events(.idleGap).map(\.value) == [61_000_000_000])
    }

    @Test func `the long silence after many short ones is told like the first`() {
        var talk = established(1000)
        for round in 1...20 { talk.say(.client, bytes(10), at: 20 + Double(round) * 31_000) }
        talk.say(.client, bytes(10), at: 620_020 + 400_000)
        let gaps = Tracked(talk).events(.idleGap).map(\.value)
        #expect(gaps == Array(repeating: 31_000_000_000, count: 20) + [400_000_000_000])
    }

    /// What a server whose window is closed sends next, and from when on its window is open again.
    @Test(arguments: ["update", "acknowledgment", "payload", "announcement", "FIN", "nothing"], bases)
    func `a zero window tells for how long it held`(_ next: String, _ base: UInt32) {
        var talk = established(base)
        talk.say(.client, bytes(20), at: 30)
        talk.packet(.server, "A", seq: talk.serverNext, ack: talk.clientNext, at: 40, window: 0)
        talk.packet(.client, "A", seq: talk.clientNext, ack: talk.serverNext, bytes(1), at: 300)
        switch next {
        case "update": talk.acknowledge(.server, at: 540)
        case "acknowledgment":
            talk.clientNext &+= 1
            talk.acknowledge(.server, at: 540)
        case "payload": talk.say(.server, bytes(5), at: 540)
        case "announcement": talk.packet(.server, "A", seq: talk.serverNext, ack: talk.clientNext, at: 540, window: 0)
        case "FIN": talk.finish(.server, at: 540)
        default: break
        }
        talk.reset(.client, at: 1040)
        let zeroWindows = Tracked(talk).events(.zeroWindow)
        let (half, end): (Int64, Int64) = (500_000_000, 1_000_000_000)
        #expect(
            zeroWindows.map(\.value) == (next == "announcement" ? [half, half] : next == "nothing" ? [end] : [half]))
        #expect(zeroWindows.map(\.id.record) == (next == "announcement" ? [5, 7] : [5]))
        #expect(zeroWindows.allSatisfy { $0.direction == .responder })
    }

    @Test func `every zero window is told`() {
        var talk = established(1000)
        for round in 0..<40 {
            talk.say(.server, bytes(100), at: 100 + Double(round) * 500)
            talk.packet(
                .client, "A", seq: talk.clientNext, ack: talk.serverNext, at: 101 + Double(round) * 500, window: 0)
            talk.acknowledge(.client, at: 300 + Double(round) * 500)
        }
        let tracked = Tracked(talk)
        #expect(tracked.connections[0].fact.zeroWindows == 40)
        #expect(tracked.events(.zeroWindow).map(\.value) == Array(repeating: 199_000_000, count: 40))
    }

    /// Payload, keep-alives of a side at these milliseconds, each with its answer, perhaps more payload, and a reset.
    private func keptAlive(
        by side: Talk.Side, at times: [Double], payloadAt again: Double? = nil, resetAt end: Double
    ) -> [Int64] {
        var talk = established(1000)
        let other: Talk.Side = side == .client ? .server : .client
        talk.say(.client, bytes(10), at: 1000)
        talk.acknowledge(.server, at: 1000.5)
        for time in times {
            if let again, again < time, again > time - 20_000 { talk.say(.server, bytes(5), at: again) }
            let (next, ack) =
                side == .client ? (talk.clientNext, talk.serverNext) : (talk.serverNext, talk.clientNext)
            talk.packet(side, "A", seq: next &- 1, ack: ack, at: time)
            talk.acknowledge(other, at: time + 0.5)
        }
        talk.reset(.server, at: end)
        return Tracked(talk).events(.quietReset).map(\.value)
    }

    @Test(arguments: [Talk.Side.client, .server])
    func `who closes first tells for how long no payload had passed`(_ side: Talk.Side) {
        for (end, keepAlive, told) in [
            (6000.5, nil, [5_000_000_000]), (1900.5, nil, []), (31_000.5, 16_000.0, [30_000_000_000]),
        ] as [(Double, Double?, [Int64])] {
            var talk = established(1000)
            talk.say(.client, bytes(10), at: 1000)
            talk.acknowledge(.server, at: 1000.5)
            if let keepAlive {
                talk.packet(.client, "A", seq: talk.clientNext &- 1, ack: talk.serverNext, at: keepAlive)
                talk.acknowledge(.server, at: keepAlive + 0.5)
            }
            talk.finish(side, at: end)
            talk.finish(side == .client ? .server : .client, at: end + 2000)
            let events = Tracked(talk).events(.idleClose)
            #expect(events.map(\.value) == told)
            #expect(events.allSatisfy { $0.direction == (side == .client ? .originator : .responder) })
        }
        // Nothing was said: there is no silence after it.
        var silent = established(1000)
        silent.finish(side, at: 60_000)
        #expect(Tracked(silent).events(.idleClose).isEmpty)
    }

    @Test func `who answers a FIN that the capture lacks has not closed first`() {
        for side in [Talk.Side.client, .server] {
            let other: Talk.Side = side == .client ? .server : .client
            var talk = established(1000)
            talk.say(.client, bytes(10), at: 1000)
            talk.say(.server, bytes(10), at: 1001)
            talk.acknowledge(.client, at: 1002)
            // The FIN of `side` was lost.
            if side == .client { talk.clientNext &+= 1 } else { talk.serverNext &+= 1 }
            talk.finish(other, at: 9000)
            talk.acknowledge(side, at: 9001)
            let tracked = Tracked(talk)
            #expect(tracked.events(.idleClose).isEmpty)
            #expect(tracked.connections[0].fact.flags.contains(.clientEndedFirst) == (side == .client))
        }
    }

    @Test(arguments: [Talk.Side.client, .server])
    func `a reset of a connection that waits for nothing tells its silence`(_ side: Talk.Side) {
        for (last, end, told) in [
            // The client had acknowledged the answer; the server had acknowledged a request; too soon.
            (Talk.Side.client, 121_002.0, [120_000_000_000]), (.server, 121_002.0, []), (.client, 5_002.0, []),
        ] as [(Talk.Side, Double, [Int64])] {
            var talk = established(1000)
            talk.say(.client, bytes(10), at: 1000)
            talk.say(.server, bytes(10), at: 1001)
            if last == .server { talk.say(.client, bytes(10), at: 1001.5) }
            talk.acknowledge(last, at: 1002)
            talk.reset(side, at: end)
            let events = Tracked(talk).events(.idleReset)
            #expect(events.map(\.value) == told)
            #expect(events.allSatisfy { $0.direction == (side == .client ? .originator : .responder) })
        }
    }

    @Test(arguments: [(UInt16(0), 0), (1, 1)])
    func `a reset while the client takes nothing tells no silence`(_ window: UInt16, _ told: Int) {
        var talk = established(1000)
        talk.say(.client, bytes(10), at: 1000)
        talk.say(.server, bytes(10), at: 1001)
        talk.packet(.client, "A", seq: talk.clientNext, ack: talk.serverNext, at: 1002, window: window)
        talk.reset(.client, at: 31_002)
        #expect(Tracked(talk).events(.idleReset).count == told)
    }

    @Test(arguments: [Talk.Side.client, .server])
    func `a reset tells for how long no payload passed where keep-alives did`(_ side: Talk.Side) {
        let every20 = [21_000.0, 41_000, 61_000]
        #expect(keptAlive(by: side, at: every20, resetAt: 61_200) == [60_199_500_000])
        #expect(keptAlive(by: side, at: every20, payloadAt: 30_000, resetAt: 61_200) == [31_200_000_000])
        // Silence alone is what the reset itself tells.
        #expect(keptAlive(by: side, at: [], resetAt: 61_200).isEmpty)
        #expect(keptAlive(by: side, at: [3000], resetAt: 61_200).isEmpty)
    }
}
