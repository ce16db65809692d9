import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

@Suite struct ShardTests {
    /// A small generator with a fixed seed (xorshift64*), so that a failure can be run again.
    private struct Dice {
        var state: UInt64
        mutating func roll(_ sides: Int) -> Int {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % sides
        }
    }

    /// Many conversations with requests, losses, repeats and odd flags, mixed packet by packet.
    private func mixture(seed: UInt64, conversations: Int, rounds: Int) -> [PacketBatch] {
        var dice = Dice(state: seed)
        var ends = [(client: UInt32, server: UInt32)](repeating: (1000, 5000), count: conversations)
        var talk = Talk()
        for round in 0..<rounds {
            let index = dice.roll(conversations)
            talk.another(port: UInt16(2000 + index), clientNext: ends[index].client, serverNext: ends[index].server)
            let time = Double(round) * 0.7
            let side: Talk.Side = dice.roll(2) == 0 ? .client : .server
            switch dice.roll(14) {
            case 0: talk.handshake(at: time)
            case 1: talk.finish(side, at: time)
            case 2: talk.reset(side, at: time)
            case 3, 4: talk.acknowledge(side, at: time)
            case 5: talk.packet(side, "PA", seq: talk.clientNext &- 10, ack: talk.serverNext, [1, 2, 3], at: time)
            case 6: talk.clientNext &+= UInt32(dice.roll(3000))
            case 7: talk.packet(side, "A", seq: talk.clientNext, ack: talk.serverNext, at: time, window: 0)
            case 8, 9:
                talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\(dice.roll(900) + 100)", at: time)
            case 10:
                let letters: [String] = ["S", "SF", "FR", "", "SA", "RA"]
                let sequence = UInt32(dice.roll(100_000))
                talk.packet(side, letters[dice.roll(6)], seq: sequence, ack: talk.serverNext, at: time)
            default:
                talk.say(.client, "GET /p/\(dice.roll(50)) HTTP/1.1\r\nHost: h\(dice.roll(9))\r\n\r\n", at: time)
            }
            ends[index] = (talk.clientNext, talk.serverNext)
        }
        return [talk.batch]
    }

    private func describe(_ tracked: Tracked) -> [String] {
        let connections = tracked.connections.map {
            let fact = $0.fact
            return "\(fact.id) \($0.history) \($0.domain ?? "") \(fact.state) \(fact.bytesFromClient ?? 0) "
                + "\(fact.bytesFromServer ?? 0) \(fact.flags.rawValue) \(fact.retransmissions ?? 0)"
        }
        let exchanges = tracked.exchanges.map {
            let fact = $0.fact
            return "\(fact.id) \($0.path ?? "") \(fact.status ?? 0) \(fact.time.nanoseconds) \(fact.flags.rawValue) "
                + "\(fact.cause)"
        }
        return connections + exchanges
            + tracked.events.map { "\($0.id) \($0.kind) \($0.value) \($0.connection)" }
    }

    @Test(arguments: [1, 2, 4, 64], [UInt64(11), 12])
    func `any number of trackers gives the same facts`(_ count: Int, _ seed: UInt64) {
        var options = TrackOptions()
        options.flowsPerShard = 6
        options.pendingPerShard = 4
        options.buffersPerShard = 2
        let batches = mixture(seed: seed, conversations: 500, rounds: 20_000)
        let whole = Tracked(batches, options: options)
        #expect(whole.counters.evicted > 0)
        #expect(whole.counters.refusedRequests > 0)
        let parts = Tracked(batches, options: options, trackers: count)
        #expect(describe(parts) == describe(whole))
        #expect(parts.counters == whole.counters)
    }

    @Test func `the place where batches are cut changes nothing`() {
        let whole = mixture(seed: 5, conversations: 40, rounds: 4000)
        let expected = describe(Tracked(whole))
        var pieces: [PacketBatch] = []
        var index = 0
        while index < whole[0].packets.count {
            var piece = whole[0]
            piece.packets = Array(whole[0].packets[index..<min(index + 37, whole[0].packets.count)])
            pieces.append(piece)
            index += 37
        }
        #expect(describe(Tracked(pieces)) == expected)
    }

    @Test func `both directions of a flow and errors about it are in one shard`() {
        var talk = Talk()
        for port in 0..<UInt16(200) {
            talk.another(port: 3000 + port)
            talk.packet(.client, "S", seq: 1, at: 0)
            talk.packet(.server, "SA", seq: 1, ack: 2, at: 1)
        }
        let shards = talk.batch.packets.map { Shard.of($0, talk.batch) }
        for index in stride(from: 0, to: shards.count, by: 2) { #expect(shards[index] == shards[index + 1]) }
        #expect(Set(shards).count > 48)
    }

    @Test func `every exchange of every request is told once`() {
        let tracked = Tracked(mixture(seed: 99, conversations: 30, rounds: 6000))
        #expect(UInt64(tracked.exchanges.count) == tracked.counters.httpRequests)
    }

    @Test func `random packets do no harm and every connection comes out once`() {
        for seed in UInt64(1)...20 {
            let batches = mixture(seed: seed, conversations: 5, rounds: 3000)
            let tracked = Tracked(batches)
            let packets = tracked.connections.reduce(UInt64(0)) {
                $0 + ($1.fact.packetsFromClient ?? 0) + ($1.fact.packetsFromServer ?? 0)
            }
            #expect(packets + tracked.counters.duplicates == UInt64(batches[0].packets.count))
        }
    }

    // MARK: - Caps

    /// Requests that are all open at once, each with texts of its own, then answered one after the other.
    private func crowd(_ count: Int, isAnswered: Bool = true) -> PacketBatch {
        var talk = Talk()
        var ends: [(client: UInt32, server: UInt32)] = []
        for index in 0..<count {
            talk.another(port: UInt16(2000 + index))
            talk.handshake(at: Double(index) * 0.01)
            let path = "/v1/things/thing-\(index)-\(String(repeating: "x", count: 40))"
            talk.say(.client, "GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n", at: Double(index) * 0.01)
            ends.append((talk.clientNext, talk.serverNext))
        }
        for index in 0..<count where isAnswered {
            talk.another(port: UInt16(2000 + index), clientNext: ends[index].client, serverNext: ends[index].server)
            talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", at: 1000 + Double(index) * 0.01)
        }
        return talk.batch
    }

    @Test(arguments: [1, 2, 4, 64])
    func `texts of other shards do not take a shard's room`(_ count: Int) {
        var options = TrackOptions()
        // A shard's share of 2,000 paths of 60 bytes is 2 KB; those of all shards are 120 KB.
        options.textBytesPerShard = 16_384
        let batch = crowd(2000)
        var statuses: [UInt16?] = []
        for part in 0..<count {
            let some = Tracked([batch], options: options, shards: Tracker.mask(part: part, of: count))
            #expect(some.counters.refusedRequests == 0)
            statuses += some.exchanges.map(\.fact.status)
        }
        #expect(statuses.count == 2000)
        #expect(statuses.allSatisfy { $0 == 200 })
    }

    @Test func `a shard whose requests hold too many texts tells further ones without their answer, counted`() {
        var options = TrackOptions()
        options.textBytesPerShard = 1024
        let whole = Tracked([crowd(2000)], options: options)
        let answered = whole.exchanges.count { $0.fact.status == 200 }
        #expect(whole.exchanges.count == 2000)
        // 64 shards with room for 16 texts of 61 to 64 bytes each.
        #expect(answered <= 64 * 16)
        #expect(answered > 64 * 8)
        #expect(whole.counters.refusedRequests == UInt64(2000 - answered))
    }

    @Test func `room for texts comes back with the answers`() {
        var options = TrackOptions()
        options.textBytesPerShard = 1024
        var talk = Talk()
        talk.handshake(at: 0)
        for index in 0..<200 {
            let path = "/\(String(repeating: "x", count: 100))-\(index)-"
            talk.say(.client, "GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n", at: Double(index) * 10)
            talk.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", at: Double(index) * 10 + 1)
        }
        let tracked = Tracked([talk.batch], options: options)
        #expect(tracked.counters.refusedRequests == 0)
        #expect(tracked.exchanges.count { $0.fact.status == 200 } == 200)
    }

    @Test func `what is read on connections takes of the room for connections`() {
        var options = TrackOptions()
        options.fit(memory: 0)
        #expect(options.bytesPerShard == 524_288)
        options.bytesPerShard = 16_384
        let whole = Tracked([crowd(5000, isAnswered: false)], options: options)
        // 160 and 12 bytes of a connection, 88 of what is read on it, 136 of its request: 40 to a shard.
        #expect((2200..<2900).contains(whole.counters.evicted))
        #expect(whole.connections.count == 5000)
        #expect(whole.exchanges.count == 5000)
    }

    @Test func `what connections come to need later takes of the room too`() {
        var options = TrackOptions()
        options.bytesPerShard = 16_384
        var talk = Talk()
        // 172 bytes each: 11 KB of a shard.
        for index in 0..<4000 {
            talk.another(port: UInt16(2000 + index))
            talk.packet(.client, "S", seq: 1000, at: Double(index) * 0.01)
        }
        #expect(Tracked([talk.batch], options: options).counters.evicted == 0)
        // Handshakes of eighteen seconds, each of which needs a record of its own.
        for index in 0..<4000 {
            talk.another(port: UInt16(2000 + index))
            talk.packet(.server, "SA", seq: 5000, ack: 1001, at: 9000 + Double(index) * 0.01)
            talk.packet(.client, "A", seq: 1001, ack: 5001, at: 18_000 + Double(index) * 0.01)
        }
        #expect(Tracked([talk.batch], options: options).counters.evicted > 1000)
    }

    /// A header block of this many fields that the peer has to remember, with room for 64 KiB of them. RFC 7541: a size update,
    /// `:method GET`, `:scheme http`, `:path /`, an authority, then literals with indexing of 1 and 1 bytes, 34 each in the table.
    private func filling(_ fields: Int) -> [UInt8] {
        var block: [UInt8] = [0x3F, 0xE1, 0xFF, 0x03, 0x82, 0x86, 0x84, 0x41, 1, 0x68]
        for index in 0..<fields { block += [0x40, 1, 0x61, 1, UInt8(97 + index % 26)] }
        return H2.frame(1, H2.endHeaders | H2.endStream, 1, block)
    }

    /// Connections that fill a header table each and stay open, or are reset, then ask once more.
    private func tables(_ count: Int, fields: Int, closes: Bool = false) -> PacketBatch {
        var talk = Talk()
        for index in 0..<count {
            let at = Double(index) * 200
            talk.another(port: UInt16(2000 + index))
            talk.handshake(at: at)
            talk.say(.client, H2.preface + H2.settings + filling(fields), at: at + 30)
            talk.say(.server, H2.settings + H2.answer(1, 200), at: at + 40)
            talk.say(.client, H2.request(3, "/more"), at: at + 50)
            talk.say(.server, H2.answer(3, 200), at: at + 60)
            if closes { talk.packet(.client, "RA", seq: talk.clientNext, ack: talk.serverNext, at: at + 70) }
        }
        return talk.batch
    }

    @Test func `a connection that fills its header table is read no further where there is no room, and counted`() {
        var options = TrackOptions()
        #expect(Tracked([tables(1, fields: 1900)], options: options).exchanges.count { $0.path == "/more" } == 1)
        options.http2BytesPerShard = 32 << 10
        options.http2PerShard = 16
        let refused = Tracked([tables(1, fields: 1900)], options: options)
        #expect(refused.counters.refusedBuffers == 1)
        #expect(refused.exchanges.count { $0.path == "/more" } == 0)
        // Fifty fields are less than a connection's part: of thousands all are read.
        let small = Tracked([tables(300, fields: 20)], options: options)
        #expect(small.counters.refusedBuffers == 0)
        #expect(small.exchanges.count { $0.path == "/more" && $0.fact.status == 200 } == 300)
    }

    @Test func `room for header tables comes back with the connections, and open ones make room for others`() {
        var options = TrackOptions()
        options.http2BytesPerShard = 64 << 10
        // 300 fields take about 20 KiB; ten connections in a shard would not fit.
        let closed = Tracked([tables(640, fields: 300, closes: true)], options: options)
        #expect(closed.counters.refusedBuffers == 0)
        #expect(closed.exchanges.count { $0.path == "/more" } == 640)
        options.http2BytesPerShard = 1 << 20
        options.bytesPerShard = 64 << 10
        let open = Tracked([tables(640, fields: 300)], options: options)
        #expect(open.counters.evicted > 0)
        #expect(open.connections.count == 640)
    }

    @Test func `what is read in layers above follows from the memory`() {
        var options = TrackOptions()
        options.fit(memory: 0)
        #expect(options.http2BytesPerShard == 131_072)
        #expect(options.handshakeBytesPerShard == 65_536)
        #expect(options.http2PerShard == 21)
        #expect(options.handshakesPerShard == 64)
    }

    @Test func `what tracking could not keep is in the ledger`() {
        var counters = TrackCounters()
        counters.evicted = 3
        counters.refusedRequests = 5
        counters.refusedBuffers = 7
        counters.refusedTexts = 11
        counters.httpMalformed = 13
        var tally = LedgerTally()
        counters.note(into: &tally)
        #expect(tally.count(.flowTableFull) == 3)
        #expect(tally.count(.requestTableFull) == 5)
        #expect(tally.count(.streamBufferFull) == 7)
        #expect(tally.count(.textTableFull) == 11)
        #expect(tally.count(.httpMalformed) == 13)
    }
}
