import ForensicsDecode
import ForensicsModel
import Testing

/// What becomes of frames, layer by layer: no address and no text of theirs is left, and they decode to the same packets.
@Suite struct PacketAnonymizerTests {
    private static let client: [UInt8] = [93, 184, 216, 34]
    private static let server: [UInt8] = [10, 66, 77, 88]
    private static let outer: [UInt8] = [172, 31, 55, 66]
    private static let text = Array(
        "GET /secret/path HTTP/1.1\r\nHost: shop.example\r\nCookie: session=4711\r\n\r\n".utf8)
    private static let v6: [UInt8] = [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var frame: [UInt8]
        var linkType = LinkType.ethernet
        /// How much of it was captured.
        var captured: Int?
        var testDescription: String { name }
    }

    /// An IPv4 packet of TCP with text.
    private static func packet(_ payload: [UInt8] = text, options: [UInt8] = []) -> PacketBuilder {
        let packet = PacketBuilder(payload).tcp(51_234, 443, sequence: 77, ack: 88, options: options)
            .ipv4(client, server, 6)
        return PacketBuilder(ChecksummedFrame.right(packet.bytes))
    }

    private static func udp(_ payload: [UInt8], _ source: Int = 5555, _ destination: Int = 9999) -> PacketBuilder {
        PacketBuilder(
            ChecksummedFrame.right(PacketBuilder(payload).udp(source, destination).ipv4(outer, server, 17).bytes))
    }

    private static let vxlan: [UInt8] = [8, 0, 0, 0, 0, 0, 42, 0]
    private static let geneve: [UInt8] =
        [8, 0, 0x65, 0x58, 0, 0, 0, 0] + [1, 8, 1, 2] + Array("ENIvpce1".utf8) + [1, 8, 3, 1, 0xDE, 0xAD, 0xBE, 0xEF]
        + [1, 8, 2, 2] + Array("attached".utf8)
    private static let quoted = packet().bytes
    private static let icmp: [UInt8] = [3, 4, 0, 0, 0, 0, 5, 220] + quoted[..<28]
    private static let redirect: [UInt8] = [5, 1, 0, 0] + client + quoted
    private static let neighbour: [UInt8] = [135, 0, 0, 0, 0, 0, 0, 0] + v6 + [1, 1, 2, 0, 0, 0, 0, 1]
    private static let route: [UInt8] = [6, 2, 0, 1, 0, 0, 0, 0] + v6
    private static let lostOptions: [UInt8] = [254, 8] + [0, 80] + client + [30, 8, 0x31, 1] + server

    static let cases: [Case] = [
        Case(name: "TCP over IPv4", frame: packet().ethernet().bytes),
        Case(name: "VLAN tags", frame: packet().ethernet(0x0800, tags: [7, 8]).bytes),
        Case(name: "TCP with padding", frame: packet([1]).ethernet().bytes + text),
        Case(
            name: "TCP options",
            frame: packet(
                options: [2, 4, 5, 180, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7] + lostOptions
            ).ethernet().bytes),
        Case(
            name: "options of IPv4",
            frame: PacketBuilder(text).tcp(1, 2).ipv4(
                client, server, 6, options: [7, 7, 4] + client + [1, 131, 7, 8] + server + [0]
            ).ethernet().bytes),
        Case(
            name: "options of a length that they do not have",
            frame: PacketBuilder(text).tcp(1, 2, options: [5, 8, 1, 2] + client).ipv4(
                client, server, 6, options: [148, 8, 0, 0] + server
            ).ethernet().bytes),
        Case(
            name: "TCP over IPv6",
            frame: PacketBuilder(ChecksummedFrame.right(PacketBuilder(text).tcp(1, 2).ipv6(6).bytes)).ethernet(0x86DD)
                .bytes),
        Case(
            name: "routing header",
            frame: PacketBuilder(route + PacketBuilder(text).tcp(1, 2).bytes).ipv6(43).ethernet(0x86DD).bytes),
        Case(name: "UDP", frame: udp(text).ethernet().bytes),
        Case(name: "VXLAN", frame: udp(vxlan + packet().ethernet().bytes, 5555, 4789).ethernet().bytes),
        Case(
            name: "VXLAN with a group policy",
            frame: udp([0x88, 0, 1, 2, 0, 0, 42, 0] + packet().ethernet().bytes, 5555, 4789).ethernet().bytes),
        Case(name: "GENEVE", frame: udp(geneve + packet().ethernet().bytes, 5555, 6081).ethernet().bytes),
        Case(name: "text on a tunnel's port", frame: udp(text, 5555, 4789).ethernet().bytes),
        Case(
            name: "GRE",
            frame: PacketBuilder([0x20, 0, 8, 0, 0, 0, 0, 9] + packet().bytes).ipv4(outer, server, 47).ethernet().bytes),
        Case(name: "IP in IP", frame: packet().ipv4(outer, server, 4).ethernet().bytes),
        Case(name: "MPLS", frame: packet().prefixed([0, 1, 1, 64]).ethernet(0x8847).bytes),
        Case(name: "PPPoE", frame: packet().prefixed([0x11, 0, 0, 7, 0, 130, 0, 0x21]).ethernet(0x8864).bytes),
        Case(
            name: "password over PPP",
            frame: PacketBuilder([0x11, 0, 0, 7, 0, 80, 0xC0, 0x23] + text).ethernet(0x8864).bytes),
        Case(
            name: "cooked", frame: packet().prefixed([0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 9, 9, 8, 0]).bytes,
            linkType: LinkType.linuxSLL),
        Case(
            name: "cooked, of a tunnel",
            frame: packet().prefixed([0, 0, 3, 0, 0, 4] + client + [0, 0, 0, 0, 8, 0]).bytes,
            linkType: LinkType.linuxSLL),
        Case(
            name: "cooked 2",
            frame: packet().prefixed([8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 9, 9]).bytes,
            linkType: LinkType.linuxSLL2),
        Case(name: "loopback", frame: packet().prefixed([2, 0, 0, 0]).bytes, linkType: LinkType.null),
        Case(name: "raw", frame: packet().bytes, linkType: LinkType.raw),
        Case(
            name: "unreachable",
            frame: PacketBuilder(ChecksummedFrame.right(PacketBuilder(icmp).ipv4(outer, server, 1).bytes)).ethernet()
                .bytes),
        Case(name: "redirect", frame: PacketBuilder(redirect).ipv4(outer, server, 1).ethernet().bytes),
        Case(
            name: "echo",
            frame: PacketBuilder([8, 0, 0, 0, 1, 2, 3, 4] + text).ipv4(client, server, 1).ethernet().bytes),
        Case(name: "neighbour solicitation", frame: PacketBuilder(neighbour).ipv6(58).ethernet(0x86DD).bytes),
        Case(
            name: "ARP",
            frame: PacketBuilder([0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1] + client + [0, 0, 0, 0, 0, 0] + server)
                .ethernet(0x0806).bytes),
        Case(name: "LLDP", frame: PacketBuilder(text).ethernet(0x88CC).bytes),
        Case(name: "another protocol", frame: PacketBuilder(text).ipv4(client, server, 132).ethernet().bytes),
        Case(
            name: "first fragment",
            frame: PacketBuilder(text).udp(1000, 53, length: 900).ipv4(client, server, 17, fragment: 0x2000).ethernet()
                .bytes),
        Case(
            name: "later fragment", frame: PacketBuilder(text).ipv4(client, server, 17, fragment: 40).ethernet().bytes),
        Case(
            name: "later fragment of a TCP header",
            frame: PacketBuilder([0, 0, 0, 9, 0x50, 0x18, 1, 0, 0xAB, 0xCD, 0, 0] + text).ipv4(
                client, server, 6, fragment: 1
            ).ethernet().bytes),
        Case(name: "payload cut", frame: packet().ethernet().bytes, captured: 70),
        Case(
            name: "options of TCP cut", frame: packet(options: [1, 1, 8, 10] + client + server).ethernet().bytes,
            captured: 60),
        Case(name: "TCP header cut", frame: packet().ethernet().bytes, captured: 48),
        Case(name: "IP header cut", frame: packet().ethernet().bytes, captured: 29),
        Case(name: "link header cut", frame: packet().ethernet().bytes, captured: 13),
        Case(
            name: "inner packet cut", frame: udp(vxlan + packet().ethernet().bytes, 5555, 4789).ethernet().bytes,
            captured: 90),
        Case(name: "header length of 0", frame: PacketBuilder([0x40] + packet().bytes.dropFirst()).ethernet().bytes),
        Case(
            name: "total length of 0",
            frame: PacketBuilder(text).tcp(1, 2).ipv4(client, server, 6, total: 0).ethernet().bytes),
        Case(
            name: "TCP header length of 4",
            frame: PacketBuilder(text).tcp(1, 2, options: []).ipv4(client, server, 6).ethernet().bytes.enumerated().map
            { $0 == 46 ? 0x10 : $1 }),
        Case(name: "link type that is not known", frame: packet().bytes, linkType: 105),
    ]

    static func anonymize(_ item: Case, _ anonymizer: inout PacketAnonymizer) -> [UInt8] {
        let captured = min(item.captured ?? item.frame.count, item.frame.count)
        // Not at the start of the buffer.
        let frame = FrameHeader(
            position: 3, capturedLength: captured, originalLength: item.frame.count,
            time: Timestamp(nanoseconds: 0), record: 1, offset: 0, linkType: item.linkType, interface: 0,
            captureDirection: 0)
        let buffer = [1, 2, 3] + item.frame
        return anonymizer.anonymize(frame, buffer.span)
    }

    private static func holds(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard bytes.count >= part.count else { return false }
        return (0...(bytes.count - part.count)).contains { Array(bytes[$0..<($0 + part.count)]) == part }
    }

    @Test(arguments: cases)
    func `nothing of a frame names anybody any more`(item: Case) {
        var anonymizer = PacketAnonymizer(addresses: AddressAnonymizerTests.anonymizer())
        let result = Self.anonymize(item, &anonymizer)
        #expect(result.count == min(item.captured ?? item.frame.count, item.frame.count))
        for address in [Self.client, Self.server, Self.outer, Self.v6, [2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]] {
            #expect(!Self.holds(result, address), "\(address)")
        }
        for start in stride(from: 0, to: Self.text.count - 4, by: 1) {
            #expect(!Self.holds(result, Array(Self.text[start..<(start + 4)])))
        }
        for name in ["ENIv", "atta"] { #expect(!Self.holds(result, Array(name.utf8))) }
        let tally = anonymizer.tally
        #expect(tally.bytes == result.count)
        #expect(tally.kept >= 0 && tally.replaced >= 0 && tally.payload >= 0 && tally.others >= 0)
    }

    @Test(arguments: cases)
    func `a frame decodes to the same packet with other addresses`(item: Case) {
        var anonymizer = PacketAnonymizer(addresses: AddressAnonymizerTests.anonymizer())
        let result = Self.anonymize(item, &anonymizer)
        let before = PacketBuilder(item.frame).decoded(item.linkType, captured: item.captured)
        let after = PacketBuilder(result).decoded(item.linkType, original: item.frame.count)
        #expect(after.packets.count == before.packets.count)
        for (old, new) in zip(before.packets, after.packets) {
            #expect(PacketFacts(new) == PacketFacts(old, &anonymizer.addresses))
        }
        #expect(after.tunnels.map(\.kind) == before.tunnels.map(\.kind))
        #expect(after.tunnels.map(\.identifier) == before.tunnels.map(\.identifier))
        #expect(
            after.tunnels.map { $0.outerSource }
                == before.tunnels.map { anonymizer.addresses.replacing($0.outerSource) })
        #expect(
            after.icmpErrors.map(\.quotedSource)
                == before.icmpErrors.map {
                    Endpoint(anonymizer.addresses.replacing($0.quotedSource.address), $0.quotedSource.port)
                })
        #expect(after.icmpErrors.map(\.nextHopMTU) == before.icmpErrors.map(\.nextHopMTU))
        #expect(after.fragments.map(\.offset) == before.fragments.map(\.offset))
    }

    @Test func `text on a tunnel's port that could be its header is zeroed`() {
        var anonymizer = PacketAnonymizer(addresses: AddressAnonymizerTests.anonymizer())
        let item = Case(name: "", frame: Self.udp(Array("Host: shop.example and more of it".utf8), 5555, 4789).bytes)
        let result = Self.anonymize(
            Case(name: "", frame: item.frame, linkType: LinkType.raw), &anonymizer)
        #expect(result[28..<52].allSatisfy { $0 == 0 })
        #expect(anonymizer.tally.unreadPackets == 1)
    }

    @Test(arguments: cases)
    func `whatever the bytes, each is counted once`(item: Case) {
        var generator = SystemRandomNumberGenerator()
        var anonymizer = PacketAnonymizer(addresses: AddressAnonymizerTests.anonymizer())
        var bytes = 0
        for round in 0..<item.frame.count * 4 {
            var changed = item
            changed.captured = round < item.frame.count ? round : nil
            if round >= item.frame.count, !item.frame.isEmpty {
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    changed.frame[Int.random(in: 0..<item.frame.count, using: &generator)] =
                        UInt8.random(in: 0...255, using: &generator)
                }
            }
            bytes += Self.anonymize(changed, &anonymizer).count
            #expect(anonymizer.tally.bytes == bytes)
        }
    }

    // MARK: - Checksums

    @Test func `checksums that were right are right again`() {
        var anonymizer = PacketAnonymizer(addresses: AddressAnonymizerTests.anonymizer())
        for packet in [
            Self.packet().bytes, Self.packet([7]).bytes, Self.udp(Self.text).bytes,
            ChecksummedFrame.right(PacketBuilder(Self.text).tcp(1, 2).ipv6(6).bytes),
            ChecksummedFrame.right(PacketBuilder(Self.text).udp(1, 2).ipv6(17).bytes),
            ChecksummedFrame.right(PacketBuilder(Self.neighbour).ipv6(58).bytes),
            ChecksummedFrame.right(PacketBuilder(Self.redirect).ipv4(Self.outer, Self.server, 1).bytes),
            Self.udp(Self.vxlan + Self.packet().ethernet().bytes, 5555, 4789).bytes,
        ] {
            #expect(ChecksummedFrame.isRight(packet))
            let result = Self.anonymize(Case(name: "", frame: packet, linkType: LinkType.raw), &anonymizer)
            #expect(ChecksummedFrame.isRight(result), "\(packet)")
        }
        let inner = Self.anonymize(Self.cases.first { $0.name == "VXLAN" } ?? Self.cases[0], &anonymizer)
        #expect(ChecksummedFrame.isRight(Array(inner[(14 + 28 + 8 + 14)...])))
        #expect(anonymizer.tally.wrongChecksums == 0)
    }

    @Test func `a checksum that was wrong stays wrong, with another value, and none stays none`() {
        var anonymizer = PacketAnonymizer(addresses: AddressAnonymizerTests.anonymizer())
        // What segmentation offload leaves: the sum of the addresses, the protocol and the length.
        var packet = Self.packet().bytes
        let partial = ChecksummedFrame.sum(packet[12..<20], 6 + packet.count - 20)
        ChecksummedFrame.set(&packet, 36, partial)
        var result = Self.anonymize(Case(name: "", frame: packet, linkType: LinkType.raw), &anonymizer)
        #expect(!ChecksummedFrame.isRight(result))
        #expect(ChecksummedFrame.sum(result[..<20]) == 0xFFFF)
        #expect(Array(result[36..<38]) != Array(packet[36..<38]))
        #expect(anonymizer.tally.wrongChecksums == 1)
        ChecksummedFrame.set(&packet, 36, 0)
        result = Self.anonymize(Case(name: "", frame: packet, linkType: LinkType.raw), &anonymizer)
        #expect(result[36..<38] == [0, 0])
        #expect(anonymizer.tally.wrongChecksums == 1)
    }

    @Test(arguments: [false, true])
    func `a datagram in fragments has a right checksum once it is joined`(isUDP: Bool) {
        let whole = isUDP ? Self.udp(Self.text).bytes : Self.packet().bytes
        let body = Array(whole[20...])
        var anonymizer = PacketAnonymizer(addresses: AddressAnonymizerTests.anonymizer())
        var joined: [UInt8] = []
        for (part, field) in [(0..<48, 0x2000), (48..<body.count, 6)] {
            var packet = Array(whole[..<20]) + body[part]
            ChecksummedFrame.set(&packet, 2, packet.count)
            ChecksummedFrame.set(&packet, 6, field)
            let result = Self.anonymize(Case(name: "", frame: packet, linkType: LinkType.raw), &anonymizer)
            joined = joined.isEmpty ? result : joined + result[20...]
        }
        let (start, addresses) = (20, joined[12..<20])
        #expect(joined.count == whole.count)
        #expect(
            ChecksummedFrame.sum(joined[start...], ChecksummedFrame.sum(addresses, Int(whole[9]) + body.count))
                == 0xFFFF)
    }

    @Test func `datagrams that differ in their payload alone still differ, equal ones do not`() {
        var anonymizer = PacketAnonymizer(addresses: AddressAnonymizerTests.anonymizer())
        let results = [Self.text, Array(Self.text.reversed()), Self.text].map {
            Array(Self.anonymize(Case(name: "", frame: Self.udp($0).bytes, linkType: LinkType.raw), &anonymizer)[28...])
        }
        #expect(results[0] != results[1])
        #expect(results[0] == results[2])
        #expect(results[0][32...].allSatisfy { $0 == 0 })
        // So do packets that no protocol we know opens: IPv6 that is none.
        let others = [Self.text, Array(Self.text.reversed())].map {
            Self.anonymize(
                Case(name: "", frame: PacketBuilder($0).ipv6(41).bytes, linkType: LinkType.raw), &anonymizer)[40...]
        }
        #expect(others[0] != others[1])
    }
}
