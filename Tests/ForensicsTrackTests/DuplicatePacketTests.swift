import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

@Suite struct DuplicatePacketTests {
    /// One data segment seen again with the given differences.
    private func twice(
        ipID: (UInt16, UInt16) = (7, 7), ttl: (UInt8, UInt8) = (64, 64), interface: (UInt16, UInt16) = (0, 0),
        direction: (UInt8, UInt8) = (0, 0), after milliseconds: Double = 0.5
    ) -> Tracked {
        var talk = Talk()
        talk.handshake()
        let start = talk.clientNext
        let payload: [UInt8] = Array("some payload that is no request".utf8)
        (talk.ttl, talk.interface, talk.captureDirection) = (ttl.0, interface.0, direction.0)
        talk.packet(.client, "PA", seq: start, ack: talk.serverNext, payload, at: 30, ipID: ipID.0)
        (talk.ttl, talk.interface, talk.captureDirection) = (ttl.1, interface.1, direction.1)
        talk.packet(.client, "PA", seq: start, ack: talk.serverNext, payload, at: 30 + milliseconds, ipID: ipID.1)
        return Tracked(talk)
    }

    @Test func `the same packet seen again at once is a copy`() {
        let tracked = twice()
        #expect(tracked.counters.duplicates == 1)
        #expect(tracked.events(.duplicatePacket).count == 1)
        #expect(tracked.connections[0].fact.retransmissions == 0)
        #expect(tracked.connections[0].fact.packetsFromClient == 3)
    }

    @Test func `the same packet on another interface, routed, is a copy`() {
        #expect(twice(ttl: (64, 63), interface: (0, 1)).counters.duplicates == 1)
        #expect(twice(direction: (1, 2)).counters.duplicates == 1)
    }

    @Test func `a new IP id, or the same one later, is a retransmission`() {
        for tracked in [twice(ipID: (7, 8)), twice(after: 40), twice(ipID: (7, 8), interface: (0, 1))] {
            #expect(tracked.counters.duplicates == 0)
            #expect(tracked.connections[0].fact.retransmissions == 1)
        }
    }

    @Test func `an IP id of 0 decides nothing alone`() {
        let same = twice(ipID: (0, 0))
        #expect(same.counters.duplicates == 0)
        #expect(same.connections[0].fact.retransmissions == 1)
        #expect(twice(ipID: (0, 0), interface: (0, 1)).counters.duplicates == 1)
    }

    @Test func `without an IP id a copy comes within a tenth of a millisecond`() {
        let copy = twice(ipID: (0, 0), after: 0.05)
        #expect(copy.counters.duplicates == 1)
        #expect(copy.connections[0].fact.retransmissions == 0)
        #expect(twice(ipID: (0, 0), after: 0.2).counters.duplicates == 0)
        // An acknowledgment may be sent again at once: one for each segment that arrives.
        var talk = Talk()
        talk.handshake()
        for time in [30, 30.01] {
            talk.packet(.client, "A", seq: talk.clientNext, ack: talk.serverNext, at: time, ipID: 0)
        }
        #expect(Tracked(talk).counters.duplicates == 0)
    }

    @Test func `without IP ids flags are copies where payload is seen twice`() {
        var talk = Talk()
        talk.handshake()
        let payload = [UInt8](repeating: 7, count: 50)
        for copy in [0, 0.01] {
            talk.packet(
                .client, "PA", seq: talk.clientNext, ack: talk.serverNext, payload, at: 100 + copy, ipID: 0)
        }
        talk.clientNext &+= 50
        for copy in [0, 0.01] {
            talk.packet(.server, "FA", seq: talk.serverNext, ack: talk.clientNext, at: 200 + copy, ipID: 0)
        }
        talk.serverNext &+= 1
        for copy in [0, 0.01] {
            talk.packet(.client, "RA", seq: talk.clientNext, ack: talk.serverNext, at: 300 + copy, ipID: 0)
        }
        let tracked = Tracked(talk)
        #expect(tracked.counters.duplicates == 3)
        #expect(tracked.connections.map(\.fact.retransmissions) == [0])
        #expect(tracked.connections.map(\.fact.resets) == [1])
    }

    /// A transfer of forty segments without IP ids, each answered by an acknowledgment, of which every packet is seen twice.
    private static func doubled(apart: Double, spacing: Double = 20, lost: Set<Int> = []) -> Talk {
        var talk = Talk()
        talk.client.port = 41_000
        talk.packet(.client, "S", seq: 1000, at: 0, ipID: 0)
        talk.packet(.server, "SA", seq: 5000, ack: 1001, at: 10, ipID: 0)
        talk.packet(.client, "A", seq: 1001, ack: 5001, at: 20, ipID: 0)
        for index in 0..<40 {
            let time = 100 + spacing * Double(index)
            let next = 5001 + 100 * UInt32(index)
            let payload = [UInt8](repeating: UInt8(index), count: 100)
            if !lost.contains(index) {
                talk.packet(.server, "PA", seq: next, ack: 1001, payload, at: time, ipID: 0)
            }
            // After a loss the same acknowledgment for each segment that comes, until the lost one does.
            let missing = lost.filter { $0 <= index && $0 + 4 > index }.min()
            if !lost.contains(index) {
                talk.packet(
                    .client, "A", seq: 1001, ack: missing.map { 5001 + 100 * UInt32($0) } ?? next + 100, at: time + 0.3,
                    ipID: 0)
            }
            if let missing, missing + 3 == index {
                talk.packet(
                    .server, "PA", seq: 5001 + 100 * UInt32(missing), ack: 1001,
                    [UInt8](repeating: UInt8(missing), count: 100), at: time + 0.6, ipID: 0)
                talk.packet(.client, "A", seq: 1001, ack: next + 100, at: time + 0.9, ipID: 0)
            }
        }
        var all = talk.batch.packets
        for packet in talk.batch.packets {
            var copy = packet
            copy.time = packet.time.advanced(by: Int64(apart * 1_000_000))
            all.append(copy)
        }
        talk.batch.packets = all.sorted { $0.time < $1.time }
        return talk
    }

    @Test(arguments: [0.002, 0.09, 0.3, 1, 2.5])
    func `where a mirror sends each packet twice, copies need no IP id to be told`(_ apart: Double) {
        let talk = Self.doubled(apart: apart)
        let tracked = Tracked(talk)
        #expect(tracked.counters.duplicates == UInt64(talk.batch.packets.count / 2))
        #expect(tracked.connections.map(\.fact.retransmissions) == [0])
        #expect(tracked.connections.map(\.fact.duplicateACKs) == [0])
        #expect(tracked.connections.map(\.fact.packetsFromServer) == [41])
    }

    @Test(arguments: [0.002, 0.3, 1])
    func `what was sent again is told beside copies`(_ apart: Double) {
        let tracked = Tracked(Self.doubled(apart: apart, spacing: 1.5, lost: [12, 25]))
        // Three segments come between a lost one and its retransmission, each of which is answered.
        #expect(tracked.connections.map(\.fact.duplicateACKs) == [6])
        #expect(tracked.connections.map { ($0.fact.retransmissions ?? 0) + ($0.fact.outOfOrder ?? 0) } == [2])
        #expect(tracked.connections.map(\.fact.packetsFromServer) == [41])
    }

    @Test func `what two files of a set hold with the same time is one record, with or without an IP id`() {
        for ipID in [UInt16(0), 9] {
            var talk = Talk(source: 1)
            talk.packet(.client, "S", seq: 1000, at: 0, ipID: ipID)
            talk.packet(.server, "SA", seq: 5000, ack: 1001, at: 10, ipID: ipID)
            talk.packet(.client, "A", seq: 1001, ack: 5001, at: 20, ipID: ipID)
            talk.packet(.client, "R", seq: 1001, ack: 5001, at: 30, ipID: ipID)
            // The files overlap: their packets come by turns.
            let batches = talk.batch.packets.flatMap { packet in
                [UInt32(1), 2].map { source in
                    var batch = talk.batch
                    batch.source = source
                    batch.packets = [packet]
                    return batch
                }
            }
            let tracked = Tracked(batches)
            #expect(tracked.counters.duplicates == 4)
            #expect(tracked.connections.map(\.fact.resets) == [1])
            #expect(tracked.connections.map(\.fact.retransmissions) == [0])
            #expect(tracked.connections.map(\.fact.packetsFromClient) == [3])
        }
        // One file may well hold the same acknowledgment twice in one tick of its clock.
        var talk = Talk()
        talk.handshake()
        for _ in 0..<2 { talk.packet(.client, "A", seq: talk.clientNext, ack: talk.serverNext, at: 30, ipID: 0) }
        #expect(Tracked(talk).counters.duplicates == 0)
    }

    @Test(arguments: [1.0, 5, 9])
    func `copies of a quick flow are known again, however many packets lie between`(_ delay: Double) {
        var talk = Talk()
        talk.handshake()
        var copies: [Packet] = []
        let count = 5000
        for number in 0..<count {
            talk.say(.server, [UInt8](repeating: 7, count: 100), at: 100 + Double(number) * 0.02)
            if number % 2 == 0 { talk.acknowledge(.client, at: 100 + Double(number) * 0.02 + 0.01) }
        }
        for packet in talk.batch.packets.dropFirst(3) {
            var copy = packet
            copy.time = packet.time.advanced(by: Int64(delay * 1_000_000))
            copy.interface = 1
            copies.append(copy)
        }
        talk.batch.packets = (talk.batch.packets + copies).sorted { $0.time < $1.time }
        let tracked = Tracked(talk)
        // While the table grows to what a thousand packets in the window need, some are missed.
        #expect(tracked.counters.duplicates > UInt64(copies.count - 500))
        #expect(tracked.connections[0].fact.retransmissions ?? .max < 500)
        #expect(tracked.counters.duplicates <= UInt64(copies.count))
    }

    @Test func `a packet whose TTL falls from sighting to sighting is in a loop from the third on`() {
        var talk = Talk()
        talk.handshake()
        let start = talk.clientNext
        for (round, ttl) in [UInt8(60), 57, 54, 51].enumerated() {
            talk.ttl = ttl
            talk.packet(.client, "PA", seq: start, ack: talk.serverNext, [1, 2], at: 30 + 20 * Double(round), ipID: 9)
        }
        let tracked = Tracked(talk)
        #expect(tracked.events(.ttlFalling).map(\.value) == [54, 51])
        #expect(tracked.counters.loops == 2)
        #expect(tracked.connections[0].fact.retransmissions == 0)
    }

    @Test func `each sighting of a packet that circles is told, to the last`() {
        var talk = Talk()
        talk.handshake()
        let start = talk.clientNext
        for round in 0..<50 {
            talk.ttl = UInt8(60 - round)
            talk.packet(.client, "PA", seq: start, ack: talk.serverNext, [1, 2], at: 30 + Double(round), ipID: 9)
        }
        // From the third on.
        #expect(Tracked(talk).events(.ttlFalling).map(\.value) == (2..<50).map { Int64(60 - $0) })
    }

    @Test func `an ICMP error is tied to the connection it quotes`() {
        var talk = Talk()
        talk.packet(.client, "S", seq: 1, at: 0)
        var error = Packet(time: Talk.time(3), offset: 999, record: 2)
        error.source = talk.server.address
        error.destination = talk.client.address
        error.transport = .icmp
        error.icmpError = 0
        talk.batch.icmpErrors.append(
            ICMPError(
                type: 3, code: 3, reporter: talk.server.address, quotedSource: talk.client,
                quotedDestination: talk.server, quotedTransport: .tcp))
        talk.batch.packets.append(error)
        let tracked = Tracked(talk)
        #expect(tracked.connections.count == 1)
        #expect(tracked.events(.icmpUnreachable).map(\.value) == [0x303])
        #expect(tracked.events(.icmpUnreachable).map(\.direction) == [.originator])
        #expect(tracked.events(.icmpUnreachable).map(\.connection) == [tracked.connections[0].fact.id])
        let flags = tracked.connections[0].fact.flags
        #expect(flags.contains([.unreachable, .refusedByServer]))
        // A router's error says nothing of the server.
        talk.batch.icmpErrors[0].reporter = IPAddress(v4: 0x0A09_0909)
        #expect(!Tracked(talk).connections[0].fact.flags.contains(.refusedByServer))
    }

    @Test func `a SYN from an address to itself is a hairpin`() {
        var talk = Talk()
        talk.server.address = talk.client.address
        talk.packet(.client, "S", seq: 1, at: 0)
        #expect(Tracked(talk).events(.hairpin).count == 1)
    }
}
