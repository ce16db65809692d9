import ForensicsDecode
import ForensicsModel
import Testing

@Suite struct PacketDecoderTests {
    static let client: [UInt8] = [192, 0, 2, 1]
    static let server: [UInt8] = [198, 51, 100, 2]
    static let hello = PacketBuilder(Array("hello".utf8)).tcp(51234, 443, sequence: 1000, ack: 2000)
    static let plain = hello.ipv4(client, server, 6)

    private static func names(_ packet: Packet) -> Set<String> {
        Set(Anomaly.allCases.filter { packet.anomalies & 1 << UInt64($0.rawValue) != 0 }.map(\.name))
    }

    private static func expectHello(_ batch: PacketBatch, _ comment: Comment = "") throws {
        let packet = try #require(batch.packets.first)
        #expect(packet.source.description == "192.0.2.1", comment)
        #expect(packet.destination.description == "198.51.100.2", comment)
        #expect(packet.transport == .tcp, comment)
        #expect(packet.sourcePort == 51234, comment)
        #expect(packet.destinationPort == 443, comment)
        #expect(packet.sequence == 1000, comment)
        #expect(packet.acknowledgment == 2000, comment)
        #expect(packet.payloadLength == 5, comment)
        let start = Int(packet.payloadPosition)
        #expect(Array(batch.bytes[start..<(start + Int(packet.payloadCaptured))]) == Array("hello".utf8), comment)
    }

    @Test func `every link type leads to the same packet`() throws {
        let ethernet = Self.plain.ethernet()
        try Self.expectHello(ethernet.decoded(), "Ethernet")
        try Self.expectHello(Self.plain.ethernet(tags: [5]).decoded(), "one tag")
        try Self.expectHello(Self.plain.ethernet(tags: [5, 6, 7, 8]).decoded(), "four tags")
        try Self.expectHello(Self.plain.prefixed([0xAA, 0xAA, 3, 0, 0, 0, 8, 0]).ethernet(53).decoded(), "SNAP")
        try Self.expectHello(Self.plain.prefixed([0, 1, 0x31, 0x40]).ethernet(0x8847).decoded(), "MPLS")
        try Self.expectHello(Self.plain.prefixed([0x11, 0, 0, 1, 0, 47, 0, 0x21]).ethernet(0x8864).decoded(), "PPPoE")
        try Self.expectHello(Self.plain.decoded(LinkType.raw), "raw")
        try Self.expectHello(Self.plain.decoded(LinkType.ipv4), "IPv4")
        try Self.expectHello(Self.plain.prefixed([2, 0, 0, 0]).decoded(LinkType.null), "null, little-endian")
        try Self.expectHello(Self.plain.prefixed([0, 0, 0, 2]).decoded(LinkType.null), "null, big-endian")
        try Self.expectHello(Self.plain.prefixed([0, 0, 0, 2]).decoded(LinkType.loop), "loop")
        try Self.expectHello(Self.plain.prefixed([0xFF, 3, 0, 0x21]).decoded(9), "PPP")
        let cooked: [UInt8] = [0, 4, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0]
        let outgoing = Self.plain.prefixed(cooked).decoded(LinkType.linuxSLL)
        try Self.expectHello(outgoing, "cooked")
        #expect(outgoing.packets[0].captureDirection == 2)
        let second: [UInt8] = [8, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0]
        let incoming = Self.plain.prefixed(second).decoded(LinkType.linuxSLL2)
        try Self.expectHello(incoming, "cooked, second form")
        #expect(incoming.packets[0].captureDirection == 1)
        #expect(incoming.packets[0].interface == 9)
    }

    @Test func `a link type that is not decoded is rejected with its place`() {
        var frames = FrameBatch()
        frames.bytes = [1, 2, 3, 4]
        frames.source = 3
        for record: UInt32 in 1...100 {
            frames.frames.append(
                FrameHeader(
                    position: 0, capturedLength: 4, originalLength: 4, time: Timestamp(nanoseconds: 5), record: record,
                    offset: 24, linkType: 105, interface: 0, captureDirection: 0))
        }
        var batch = PacketBatch()
        var tally = LedgerTally()
        PacketDecoder.decode(frames, into: &batch, tally: &tally)
        #expect(batch.packets.isEmpty)
        #expect(tally.count(.unsupportedLinkType) == 100)
        #expect(tally.records == 100)
        #expect(batch.rejects.count == PacketBatch.rejectLimit)
        #expect(batch.rejects.first?.id == FactID(source: 3, record: 1))
        #expect(batch.rejects.first?.sample == [1, 2, 3, 4])
    }

    @Test func `what is wrong with a record's clock or lengths is counted once, and its packet as anomalous`() {
        var frames = FrameBatch()
        frames.bytes = Self.plain.ethernet().bytes
        let length = frames.bytes.count
        let clocks: [FrameClock] = [.sound, .missing, .missing, .afterJump, .sound]
        for (index, clock) in clocks.enumerated() {
            var header = FrameHeader(
                position: 0, capturedLength: length, originalLength: index == 4 ? length - 1 : length,
                time: Timestamp(nanoseconds: 5), record: UInt32(index + 1), offset: 24, linkType: LinkType.ethernet,
                interface: 0, captureDirection: 0)
            header.clock = clock
            frames.frames.append(header)
        }
        var batch = PacketBatch()
        var tally = LedgerTally()
        PacketDecoder.decode(frames, into: &batch, tally: &tally)
        #expect(tally.accepted == 5)
        #expect(tally.anomalous == 4)
        #expect(tally.count(Anomaly.packetWithoutTime) == 2)
        #expect(tally.count(Anomaly.timeJump) == 1)
        #expect(tally.count(Anomaly.capturedLongerThanOriginal) == 1)
    }

    @Test func `the true length is that of the IP header, whatever the frame is padded or cut to`() {
        let padded = PacketBuilder(Self.plain.ethernet().bytes + [UInt8](repeating: 0, count: 9)).decoded().packets[0]
        #expect(padded.payloadLength == 5)
        #expect(padded.payloadCaptured == 5)
        let long = PacketBuilder([UInt8](repeating: 1, count: 1000)).tcp(1, 2).ipv4(Self.client, Self.server, 6)
        let cut = long.ethernet().decoded(captured: 60).packets[0]
        #expect(cut.payloadLength == 1000)
        #expect(cut.payloadCaptured == 6)
        #expect(Self.names(cut) == ["snaplen-cut"])
        let offloaded = Self.hello.ipv4(Self.client, Self.server, 6, total: 0).ethernet().decoded().packets[0]
        #expect(offloaded.payloadLength == 5)
        #expect(offloaded.anomalies == 0)
        let beyond = Self.hello.ipv4(Self.client, Self.server, 6, total: 900).ethernet().decoded().packets[0]
        #expect(beyond.payloadLength == 5)
        #expect(Self.names(beyond) == ["bad-ip-total-length"])
        let below = Self.hello.ipv4(Self.client, Self.server, 6, total: 19).ethernet().decoded().packets[0]
        #expect(below.attributes.contains(.noTransport))
        #expect(Self.names(below) == ["bad-ip-total-length"])
    }

    @Test func `options of IP and TCP are read or stepped over`() {
        let options: [UInt8] = [2, 4, 5, 0xB4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0]
        let syn = PacketBuilder().tcp(1, 2, flags: 2, options: options)
            .ipv4(Self.client, Self.server, 6, options: [0x94, 4, 0, 0]).ethernet().decoded().packets[0]
        #expect(syn.maximumSegment == 1460)
        #expect(syn.windowScale == 7)
        #expect(syn.tcpFlags == [.syn])
        #expect(syn.payloadLength == 0)
        #expect(!syn.attributes.contains(.sack))
        let blocks: [UInt8] = [1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2]
        let duplicate = PacketBuilder().tcp(1, 2, flags: 0x10, options: blocks).ipv4(Self.client, Self.server, 6)
            .ethernet().decoded().packets[0]
        #expect(duplicate.attributes.contains(.sack))
        #expect(duplicate.maximumSegment == 0)
        #expect(duplicate.windowScale == 255)
        let broken = PacketBuilder().tcp(1, 2, flags: 2, options: [2, 9, 5, 0xB4]).ipv4(Self.client, Self.server, 6)
            .ethernet().decoded().packets[0]
        #expect(Self.names(broken) == ["bad-options"])
    }

    @Test func `extension headers of IPv6 are stepped over`() throws {
        let tcp = Self.hello.bytes
        let destination: [UInt8] = [6, 0, 1, 4, 0, 0, 0, 0]
        let routing: [UInt8] = [60, 2] + [UInt8](repeating: 0, count: 22)
        let hop: [UInt8] = [43, 0, 5, 2, 0, 0, 1, 0]
        let packet = PacketBuilder(hop + routing + destination + tcp).ipv6(0).ethernet(0x86DD).decoded().packets[0]
        #expect(packet.source.description == "2001:db8::1")
        #expect(packet.attributes.contains(.ipv6))
        #expect(packet.sourcePort == 51234)
        #expect(packet.payloadLength == 5)
        #expect(packet.anomalies == 0)
        let atomic: [UInt8] = [6, 0, 0, 0, 0, 0, 0, 9]
        #expect(PacketBuilder(atomic + tcp).ipv6(44).ethernet(0x86DD).decoded().packets[0].sourcePort == 51234)
        let chain = (0..<20).flatMap { _ -> [UInt8] in [60, 0, 1, 4, 0, 0, 0, 0] }
        let endless = PacketBuilder(chain + tcp).ipv6(60).ethernet(0x86DD).decoded().packets[0]
        #expect(Self.names(endless) == ["too-many-extension-headers"])
        #expect(endless.attributes.contains(.noTransport))
        let jumbo = PacketBuilder(tcp).ipv6(6, length: 0).ethernet(0x86DD).decoded().packets[0]
        #expect(jumbo.payloadLength == 5)
    }

    @Test func `fragments are told apart and carry their place`() throws {
        let first = PacketBuilder([UInt8](repeating: 1, count: 16)).udp(53, 5000, length: 100)
            .ipv4(Self.client, Self.server, 17, fragment: 0x2000)
        let later = PacketBuilder([UInt8](repeating: 2, count: 8)).ipv4(Self.client, Self.server, 17, fragment: 3)
        let batch = PacketBuilder.decode([first.ethernet().bytes, later.ethernet().bytes])
        #expect(batch.packets[0].attributes == [.firstFragment])
        #expect(batch.packets[0].sourcePort == 53)
        #expect(batch.packets[1].attributes == [.laterFragment])
        #expect(batch.packets[1].sourcePort == 0)
        #expect(batch.packets[1].transport == .udp)
        #expect(batch.packets[1].payloadLength == 8)
        #expect(batch.fragments.map(\.offset) == [0, 24])
        #expect(batch.fragments.map(\.moreFollow) == [true, false])
        #expect(batch.fragments.map(\.packet) == [0, 1])
        #expect(batch.fragments.map(\.identification) == [7, 7])
    }

    @Test func `a mirror's VXLAN is taken off and kept as evidence`() throws {
        let vxlan: [UInt8] = [8, 0, 0, 0, 0, 0x12, 0x34, 0]
        let outer = Self.plain.ethernet().prefixed(vxlan).udp(40000, 4789).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 17)
        let batch = outer.ethernet().decoded()
        try Self.expectHello(batch)
        let packet = batch.packets[0]
        #expect(packet.attributes == [.mirrored])
        #expect(packet.label != 0)
        let evidence = batch.tunnels[Int(packet.tunnel)]
        #expect(evidence.kind == .vxlan)
        #expect(evidence.identifier == 0x1234)
        #expect(evidence.outerSource.description == "10.0.0.1")
        // The other direction, whose outer addresses differ, is the same network.
        let answer = PacketBuilder().tcp(443, 51234).ipv4(Self.server, Self.client, 6).ethernet().prefixed(vxlan)
            .udp(41000, 4789).ipv4([10, 0, 0, 9], [10, 0, 0, 2], 17).ethernet().decoded().packets[0]
        #expect(answer.label == packet.label)
    }

    @Test func `a truncated mirror keeps the true length`() {
        let large = PacketBuilder([UInt8](repeating: 1, count: 1400)).tcp(1, 2).ipv4(Self.client, Self.server, 6)
        let cut = PacketBuilder(Array(large.ethernet().bytes[..<100]))
        let packet = cut.prefixed([8, 0, 0, 0, 0, 0, 1, 0]).udp(40000, 4789).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 17)
            .ethernet().decoded().packets[0]
        #expect(packet.payloadLength == 1400)
        #expect(packet.payloadCaptured == 46)
        #expect(packet.anomalies == 1 << UInt64(Anomaly.snaplenCut.rawValue))
    }

    /// An appliance behind a gateway load balancer gets each packet and sends it back, with the outer addresses swapped.
    @Test func `the two ways through a gateway load balancer are two directions`() {
        func direction(_ from: [UInt8], _ to: [UInt8]) -> UInt8 {
            Self.plain.prefixed([0, 0, 8, 0, 0, 0, 0, 0]).udp(60000, 6081).ipv4(from, to, 17).ethernet().decoded()
                .packets[0].captureDirection
        }
        let inward = direction([10, 0, 0, 1], [10, 0, 0, 2])
        let outward = direction([10, 0, 0, 2], [10, 0, 0, 1])
        #expect(inward != 0 && outward != 0 && inward != outward)
    }

    @Test func `a gateway load balancer's GENEVE names the endpoint`() throws {
        var geneve: [UInt8] = [8, 0, 8, 0, 0, 0, 0, 0]
        geneve += [1, 8, 1, 2, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]
        geneve += [1, 8, 2, 2, 0, 0, 0, 0, 0, 0, 0, 5]
        geneve += [1, 8, 3, 1, 0xCA, 0xFE, 0xBA, 0xBE]
        let batch = Self.plain.prefixed(geneve).udp(60000, 6081).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 17).ethernet()
            .decoded()
        try Self.expectHello(batch)
        let evidence = batch.tunnels[Int(batch.packets[0].tunnel)]
        #expect(evidence.kind == .geneve)
        #expect(evidence.gatewayEndpoint == 0x1122_3344_5566_7788)
        #expect(evidence.attachment == 5)
        #expect(evidence.flowCookie == 0xCAFE_BABE)
        #expect(batch.packets[0].label != 0)
        #expect(!batch.packets[0].attributes.contains(.mirrored))
    }

    @Test func `the other tunnels are taken off`() throws {
        let a: [UInt8] = [10, 0, 0, 1]
        let b: [UInt8] = [10, 0, 0, 2]
        try Self.expectHello(Self.plain.ipv4(a, b, 4).ethernet().decoded(), "IP in IP")
        try Self.expectHello(Self.plain.prefixed([0, 0, 8, 0]).ipv4(a, b, 47).ethernet().decoded(), "GRE")
        let keyed: [UInt8] = [0xB0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1]
        let batch = Self.plain.prefixed(keyed).ipv4(a, b, 47).ethernet().decoded()
        try Self.expectHello(batch, "GRE with checksum, key and sequence")
        #expect(batch.tunnels[0].identifier == 9)
        #expect(batch.packets[0].label == 0)
        let bridged = Self.plain.ethernet().prefixed([0, 0, 0x65, 0x58])
        try Self.expectHello(bridged.ipv4(a, b, 47).ethernet().decoded(), "Ethernet over GRE")
        let erspan = Self.plain.ethernet().prefixed([0x10, 0, 0x88, 0xBE, 0, 0, 0, 1, 0x10, 5, 0, 7, 0, 0, 0, 0])
        try Self.expectHello(erspan.ipv4(a, b, 47).ethernet().decoded(), "ERSPAN II")
        try Self.expectHello(Self.plain.ipv6(4).ethernet(0x86DD).decoded(), "IPv4 in IPv6")
    }

    @Test func `no more than four tunnels are taken off`() {
        var nested = Self.plain
        for _ in 0..<4 { nested = nested.ipv4([10, 0, 0, 1], [10, 0, 0, 2], 4) }
        #expect(nested.ethernet().decoded().packets[0].sourcePort == 51234)
        let deeper = nested.ipv4([10, 0, 0, 1], [10, 0, 0, 2], 4).ethernet().decoded().packets[0]
        #expect(Self.names(deeper) == ["too-many-tunnels"])
        #expect(deeper.source.description == "10.0.0.1")
    }

    @Test func `an ICMP error names the flow that it quotes`() throws {
        let quoted = Array(Self.plain.bytes.prefix(28))
        let frame = PacketBuilder([3, 4, 0, 0, 0, 0, 5, 0xDC] + quoted).ipv4([10, 9, 9, 9], Self.client, 1).ethernet()
        let batch = frame.decoded()
        let error = batch.icmpErrors[Int(batch.packets[0].icmpError)]
        #expect(error.type == 3)
        #expect(error.code == 4)
        #expect(error.nextHopMTU == 1500)
        #expect(error.reporter.description == "10.9.9.9")
        #expect(error.quotedSource.description == "192.0.2.1:51234")
        #expect(error.quotedDestination.description == "198.51.100.2:443")
        #expect(error.quotedTransport == .tcp)
        let v6 = Array(Self.hello.ipv6(6).bytes.prefix(48))
        let second = PacketBuilder([2, 0, 0, 0, 0, 0, 5, 0] + v6).ipv6(58).ethernet(0x86DD).decoded()
        #expect(second.icmpErrors[0].nextHopMTU == 1280)
        #expect(second.icmpErrors[0].quotedSource.port == 51234)
        let echo = PacketBuilder([8, 0, 0, 0, 0x12, 0x34, 0, 1]).ipv4(Self.client, Self.server, 1).ethernet().decoded()
        #expect(echo.packets[0].sourcePort == 0x1234)
        #expect(echo.packets[0].icmpError == -1)
    }

    // RFC 9293, section 3.1: the flags end with byte 14, the window with byte 16.
    @Test(arguments: [0, 4, 12, 13, 14, 15, 16, 19, 20, 31, 32])
    func `a TCP header that the snap length cut tells what its packet is from its flags on`(_ captured: Int) {
        let timestamps: [UInt8] = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]
        let packet = PacketBuilder([UInt8](repeating: 7, count: 300))
            .tcp(443, 51_234, sequence: 77, ack: 99, flags: 0x14, window: 600, options: timestamps)
            .ipv4(Self.server, Self.client, 6).ethernet().decoded(captured: 34 + captured).packets[0]
        let isTold = captured >= 14
        #expect(packet.attributes.contains(.noTransport) == !isTold)
        #expect(Self.names(packet).contains("header-cut") == !isTold)
        #expect(Self.names(packet).contains("truncated-transport") == (captured < 32))
        guard isTold else { return }
        #expect(packet.sourcePort == 443 && packet.destinationPort == 51_234)
        #expect(packet.sequence == 77 && packet.acknowledgment == 99)
        #expect(packet.tcpFlags.rawValue == 0x14)
        // Packets differ in their IP id: of an unknown window nothing tells that it did not change.
        #expect(packet.window == (captured >= 16 ? 600 : packet.ipID | 0x8000))
        #expect(packet.payloadLength == 300)
        #expect(packet.payloadCaptured == 0)
    }

    @Test func `a frame cut anywhere is accepted with what was captured`() {
        let vxlan = Self.plain.ethernet().prefixed([8, 0, 0, 0, 0, 0, 1, 0]).udp(1, 4789)
            .ipv4([10, 0, 0, 1], [10, 0, 0, 2], 17).ethernet()
        let chain = PacketBuilder([60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0] + Self.hello.bytes).ipv6(0)
        for frame in [Self.plain.ethernet(tags: [1, 2]), vxlan, chain.ethernet(0x86DD)] {
            for count in 0..<frame.bytes.count {
                let packet = frame.decoded(captured: count).packets[0]
                #expect(Self.names(packet).contains("snaplen-cut"))
                #expect(packet.payloadCaptured >= 0)
                #expect(packet.payloadLength >= packet.payloadCaptured || packet.attributes.contains(.nonIP))
                #expect(Int(packet.payloadPosition) + Int(packet.payloadCaptured) <= count)
            }
        }
    }

    @Test func `no change of one byte makes the decoder fail`() {
        let geneve: [UInt8] = [8, 0, 8, 0, 0, 0, 0, 0] + [UInt8](repeating: 1, count: 32)
        let frames = [
            Self.plain.ethernet(tags: [1]),
            Self.plain.prefixed(geneve).udp(9, 6081).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 17).ethernet(),
            Self.plain.ethernet().prefixed([0xB0, 0, 0x65, 0x58, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1])
                .ipv4([10, 0, 0, 1], [10, 0, 0, 2], 47).ethernet(),
            PacketBuilder([3, 4, 0, 0, 0, 0, 5, 0xDC] + Self.plain.bytes).ipv4([10, 9, 9, 9], Self.client, 1)
                .ethernet(),
        ]
        for frame in frames {
            var changed: [[UInt8]] = []
            for index in frame.bytes.indices {
                for value: UInt8 in [0, 1, 0x45, 0x60, 0x7F, 0x80, 0xFF] {
                    var copy = frame.bytes
                    copy[index] = value
                    changed.append(copy)
                }
            }
            for linkType in [LinkType.ethernet, LinkType.raw, LinkType.null, LinkType.linuxSLL, LinkType.linuxSLL2, 9] {
                let batch = PacketBuilder.decode(changed, linkType)
                #expect(batch.packets.count == changed.count)
                for packet in batch.packets {
                    #expect(Int(packet.payloadPosition) + Int(packet.payloadCaptured) <= batch.bytes.count)
                }
            }
        }
    }
}
