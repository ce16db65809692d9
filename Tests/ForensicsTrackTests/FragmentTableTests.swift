import ForensicsDecode
import ForensicsModel
import ForensicsTrack
import Testing

@Suite struct FragmentTableTests {
    /// Builds the Ethernet frame of an IPv4 fragment with a UDP datagram's bytes `range`.
    static func frame(_ datagram: [UInt8], _ range: Range<Int>, id: Int = 7, source: UInt8 = 1) -> [UInt8] {
        let more = range.upperBound < datagram.count ? 0x2000 : 0
        let field = more | range.lowerBound / 8
        let total = 20 + range.count
        return [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, UInt8(total >> 8), UInt8(total & 255)]
            + [UInt8(id >> 8 & 255), UInt8(id & 255), UInt8(field >> 8), UInt8(field & 255), 64, 17, 0, 0]
            + [192, 0, 2, source, 198, 51, 100, 2] + datagram[range]
    }

    static func frame6(_ datagram: [UInt8], _ range: Range<Int>) -> [UInt8] {
        let field = range.lowerBound | (range.upperBound < datagram.count ? 1 : 0)
        let address: [UInt8] = [0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        return [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xDD, 0x60, 0, 0, 0, 0, UInt8(8 + range.count), 44, 64]
            + address + [1] + address + [2] + [17, 0, UInt8(field >> 8), UInt8(field & 255), 0, 0, 0, 9]
            + datagram[range]
    }

    static let datagram: [UInt8] = {
        let payload = (0..<100).map { UInt8($0) }
        return [0, 53, 0x13, 0x88, 0, 108, 0, 0] + payload
    }()

    struct Run {
        var table = FragmentTable(entryLimit: 4)
        var tally = LedgerTally()

        mutating func take(_ frames: [[UInt8]], start: Int64 = 0, captured: Int? = nil) -> PacketBatch {
            var batch = FrameBatch()
            for (index, frame) in frames.enumerated() {
                let length = min(captured ?? frame.count, frame.count)
                batch.frames.append(
                    FrameHeader(
                        position: batch.bytes.count, capturedLength: length, originalLength: frame.count,
                        time: Timestamp(nanoseconds: start + Int64(index)), record: UInt32(index + 1), offset: 0,
                        linkType: LinkType.ethernet, interface: 0, captureDirection: 0))
                batch.bytes += frame[..<length]
            }
            var packets = PacketBatch()
            PacketDecoder.decode(batch, into: &packets, tally: &tally)
            table.reassemble(&packets, tally: &tally)
            return packets
        }
    }

    private static func payload(_ batch: PacketBatch, _ index: Int) -> [UInt8] {
        let packet = batch.packets[index]
        let start = Int(packet.payloadPosition)
        return Array(batch.bytes[start..<(start + Int(packet.payloadCaptured))])
    }

    @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1], [0, 0, 1, 1, 2]])
    func `the last fragment to come becomes the datagram`(order: [Int]) {
        let cuts = [0..<40, 40..<80, 80..<108]
        var run = Run()
        let batch = run.take(order.map { Self.frame(Self.datagram, cuts[$0]) })
        let last = batch.packets.count - 1
        #expect(batch.packets[last].attributes == [])
        #expect(batch.packets[last].sourcePort == 53)
        #expect(batch.packets[last].destinationPort == 5000)
        #expect(batch.packets[last].payloadLength == 100)
        #expect(Self.payload(batch, last) == (0..<100).map { UInt8($0) })
        for index in 0..<last {
            #expect(!batch.packets[index].attributes.isDisjoint(with: [.firstFragment, .laterFragment]))
        }
        #expect(run.table.joined == 1)
        #expect(run.table.count == 0)
        #expect(run.tally.anomalous == 0)
    }

    @Test func `the packets that made a datagram whole are told, without those that only repeat others`() {
        var run = Run()
        run.table = FragmentTable(keepsMembers: true)
        let cuts = [0..<40, 40..<80, 80..<108]
        _ = run.take([2, 0, 0, 1].map { Self.frame(Self.datagram, cuts[$0]) })
        #expect(run.table.joinedLast.map(\.packet) == [3])
        #expect(run.table.joinedLast.first?.members.map(\.record) == [1, 2, 4])
        _ = run.take([Self.frame(Self.datagram, cuts[0], id: 8)])
        #expect(run.table.joinedLast.isEmpty)
    }

    @Test func `a datagram in fragments inside of a tunnel in fragments has the packets of both`() {
        var run = Run()
        run.table = FragmentTable(keepsMembers: true)
        var frames: [[UInt8]] = []
        for (id, part) in [(90, 0..<40), (91, 40..<108)] {
            let inner = Array(Self.frame(Self.datagram, part).dropFirst(14))
            for outer in [0..<32, 32..<inner.count] {
                var frame = Self.frame(inner, outer, id: id)
                frame[23] = 4  // IP in IP
                frames.append(frame)
            }
        }
        let batch = run.take(frames)
        #expect(batch.packets[3].sourcePort == 53)
        #expect(run.table.joinedLast.map(\.packet) == [1, 3, 3])
        #expect(run.table.joinedLast.last?.members.map(\.record) == [1, 2, 3, 4])
    }

    @Test func `IPv6 fragments are joined over batches`() {
        var run = Run()
        _ = run.take([Self.frame6(Self.datagram, 0..<48)])
        #expect(run.table.count == 1)
        let batch = run.take([Self.frame6(Self.datagram, 48..<108)], start: 1_000_000)
        #expect(batch.packets[0].sourcePort == 53)
        #expect(batch.packets[0].attributes == [.ipv6])
        #expect(Self.payload(batch, 0) == (0..<100).map { UInt8($0) })
    }

    /// What may be fragmented follows the fragment header: destination options here. RFC 8200, section 4.1.
    @Test func `extension headers behind the fragment header are stepped over once it is joined`() {
        // Next header UDP, eight bytes long, PadN of four.
        let options: [UInt8] = [17, 0, 1, 4, 0, 0, 0, 0]
        let datagram = options + Self.datagram
        var run = Run()
        let frames = [0..<56, 56..<116].map { part in
            var frame = Self.frame6(datagram, part)
            frame[54] = 60
            return frame
        }
        let batch = run.take(frames)
        #expect(batch.packets[1].transport == .udp)
        #expect(batch.packets[1].sourcePort == 53)
        #expect(Self.payload(batch, 1) == (0..<100).map { UInt8($0) })
        #expect(run.tally.anomalous == 0)
    }

    @Test func `where fragments overlap the first wins and it is noted`() {
        var run = Run()
        var other = Self.datagram
        for index in 8..<108 { other[index] = 0xEE }
        let batch = run.take([
            Self.frame(Self.datagram, 0..<40), Self.frame(other, 32..<80), Self.frame(Self.datagram, 80..<108),
        ])
        let joined = Self.payload(batch, 2)
        #expect(Array(joined[..<32]) == (0..<32).map { UInt8($0) })
        #expect(Array(joined[32..<72]) == [UInt8](repeating: 0xEE, count: 40))
        #expect(run.tally.count(.fragmentOverlap) == 1)
        #expect(run.tally.anomalous == 1)
    }

    @Test func `a datagram that is not whole after thirty seconds is given up`() {
        var run = Run()
        _ = run.take([Self.frame(Self.datagram, 0..<40)])
        let batch = run.take(
            [Self.frame(Self.datagram, 40..<80), Self.frame(Self.datagram, 80..<108)], start: 31_000_000_000)
        #expect(batch.packets[1].attributes == [.laterFragment])
        #expect(run.table.timedOut == 1)
        #expect(run.tally.count(.fragmentTimeout) == 1)
        #expect(run.table.joined == 0)
    }

    @Test func `the table gives up its oldest datagram when it is full`() {
        var run = Run()
        _ = run.take((0..<5).map { Self.frame(Self.datagram, 0..<40, id: $0) })
        #expect(run.table.count == 4)
        #expect(run.table.evicted == 1)
        #expect(run.tally.count(.fragmentTableFull) == 1)
        let batch = run.take([Self.frame(Self.datagram, 40..<108, id: 0), Self.frame(Self.datagram, 40..<108, id: 4)])
        #expect(batch.packets[0].attributes == [.laterFragment])
        #expect(batch.packets[1].sourcePort == 53)
    }

    @Test func `fragments cut by the snap length give the true length`() {
        var run = Run()
        let batch = run.take([Self.frame(Self.datagram, 0..<40), Self.frame(Self.datagram, 40..<108)], captured: 60)
        #expect(batch.packets[1].payloadLength == 100)
        #expect(Self.payload(batch, 1) == (0..<18).map { UInt8($0) })
    }

    @Test func `a flood of fragments stays within its bounds`() {
        var run = Run()
        let big = [UInt8](repeating: 1, count: 1480)
        for round in 0..<50 {
            _ = run.take((0..<100).map { Self.frame(big, 0..<1472, id: round * 100 + $0, source: UInt8($0)) })
            #expect(run.table.count <= 4)
        }
        #expect(run.tally.records == 5000)
    }
}
