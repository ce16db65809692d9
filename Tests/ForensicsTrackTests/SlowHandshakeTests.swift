import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

/// Of a handshake that takes long the packets tell which part of it did, and whether a SYN came again before or after its answer.
@Suite struct SlowHandshakeTests {
    private static let marks: ConnectionFlags = [.synAnsweredLate, .synRepeated, .synAnswerMissed]

    /// Packets as `S`, `SA` and `A` with their times in milliseconds.
    @Test(
        arguments: [
            ([("S", 0.0), ("SA", 10), ("A", 20)], []), ([("S", 0), ("SA", 1200), ("A", 1201)], .synAnsweredLate),
            ([("S", 0), ("SA", 1), ("A", 1300)], []), ([("S", 0), ("SA", 800), ("A", 1500)], .synAnsweredLate),
            // The larger part is the client's.
            ([("S", 0), ("SA", 700), ("A", 1500)], []),
            ([("S", 0), ("S", 1000), ("S", 3000), ("SA", 3001), ("A", 3020)], [.synAnsweredLate, .synRepeated]),
            ([("S", 0), ("SA", 10), ("S", 1000), ("SA", 1010), ("A", 1030)], .synAnswerMissed),
            // The server repeats its answer after a second, whatever the ACK waits for.
            ([("S", 0), ("SA", 10), ("SA", 1010), ("A", 1030)], []),
            (
                [("S", 0), ("S", 1000), ("SA", 1001), ("S", 3000), ("SA", 3001), ("A", 3030)],
                [.synRepeated, .synAnswerMissed]
            ),
        ] as [([(String, Double)], ConnectionFlags)])
    func `the packets tell whose part took long`(_ packets: [(String, Double)], _ expected: ConnectionFlags) throws {
        var talk = Talk()
        for (flags, time) in packets {
            switch flags {
            case "S": talk.packet(.client, "S", seq: 1000, at: time)
            case "SA": talk.packet(.server, "SA", seq: 5000, ack: 1001, at: time)
            default: talk.packet(.client, "A", seq: 1001, ack: 5001, at: time)
            }
        }
        let connection = try #require(Tracked(talk).connections.first?.fact)
        #expect(connection.handshake == Int64((packets.last?.1 ?? 0) * 1_000_000))
        #expect(connection.flags.intersection(Self.marks) == expected)
    }

    /// A server that holds the last connection of these ports answers with its numbers (RFC 9293, section 3.10.7.4); one that
    /// refuses does not.
    @Test(arguments: [("A", true), ("RA", false)])
    func `a SYN that meets an earlier connection of its ports is told`(answer: String, isHeld: Bool) throws {
        var talk = Talk()
        talk.packet(.client, "S", seq: 1000, at: 0)
        talk.packet(.server, answer, seq: 9000, ack: isHeld ? 777 : 1001, at: 1)
        if isHeld { talk.packet(.client, "R", seq: 777, at: 2) }
        talk.packet(.client, "S", seq: 1000, at: 1020)
        talk.packet(.server, "SA", seq: 5000, ack: 1001, at: 1021)
        talk.packet(.client, "A", seq: 1001, ack: 5001, at: 1030)
        let connection = try #require(Tracked(talk).connections.last?.fact)
        #expect(connection.flags.contains(.portHeld) == isHeld)
    }

    /// What follows the SYN, and until when the evidence goes on.
    @Test(
        arguments: [
            ([("SA", 10.0)], 6000.0, true), ([("SA", 10)], 4000, false),
            ([("SA", 10), ("S", 1000), ("SA", 1010)], 9000, true),
            ([("SA", 10), ("A", 20)], 9000, false), ([], 9000, false),
        ] as [([(String, Double)], Double, Bool)])
    func `a client that leaves the handshake is told once the time-out has passed`(
        _ packets: [(String, Double)], _ end: Double, _ expected: Bool
    ) throws {
        var talk = Talk()
        talk.packet(.client, "S", seq: 1000, at: 0)
        for (flags, time) in packets {
            switch flags {
            case "S": talk.packet(.client, "S", seq: 1000, at: time)
            case "SA": talk.packet(.server, "SA", seq: 5000, ack: 1001, at: time)
            default: talk.packet(.client, "A", seq: 1001, ack: 5001, at: time)
            }
        }
        talk.another(port: 40_001)
        talk.packet(.client, "S", seq: 7000, at: end)
        let connection = try #require(Tracked(talk).connections.first { $0.fact.client.port == 40_000 }?.fact)
        #expect(connection.flags.contains(.leftHalfOpen) == expected)
    }

    @Test func `a SYN that comes again once the connection is open tells nothing of its handshake`() throws {
        var talk = Talk()
        talk.handshake()
        talk.packet(.client, "S", seq: 1000, at: 2000)
        let connection = try #require(Tracked(talk).connections.first?.fact)
        #expect(connection.flags.isDisjoint(with: Self.marks))
    }

    /// On the live path: an attempt is over when no further SYN can come, a connection is not.
    @Test(arguments: [(124.0, 0), (126.0, 1)])
    func `an attempt to connect that nobody answers is given out when no SYN can follow`(seconds: Double, count: Int) {
        var options = TrackOptions()
        options.idleTimeout = 7_200_000_000_000
        var tracker = Tracker(options: options, kind: .live)
        var talk = Talk()
        talk.packet(.client, "S", seq: 1, at: 0)
        talk.another(port: 40_001)
        talk.handshake()
        tracker.observe(talk.batch)
        tracker.expire(at: Talk.time(seconds * 1000))
        let connections = tracker.take().connections
        #expect(connections.count == count)
        #expect(connections.allSatisfy { $0.isTimeout && $0.state == .s0 })
    }
}
