import ForensicsDecode
import ForensicsModel
import Foundation
import Testing

/// Compares every frame of the real captures with what tshark shows of its innermost headers.
@Suite(.enabled(if: Wireshark.isPresent)) struct WiresharkPacketTests {
    private static let fields = [
        "frame.number", "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport",
        "tcp.seq_raw", "tcp.ack_raw", "tcp.len", "tcp.flags", "tcp.window_size_value", "udp.srcport", "udp.dstport",
        "udp.length", "ip.ttl", "ipv6.hlim", "_ws.malformed", "_ws.expert.message",
    ]
    private static let options = [
        "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE",
    ]

    /// What may stand before a token for the headers to be ones that are opened; others carry packets as data: sFlow,
    /// netlink, Teredo, GTP, a quoted packet. `udp` before `ip` is VXLAN's generic extension.
    private static let before: [String: Set<String>] = [
        "ip": [
            "", "ethertype", "ip", "ipv6", "gre", "geneve", "mpls", "ppp", "raw", "null", "llc", "ah", "udp",
            "ipv6.fraghdr",
        ],
        "ipv6": [
            "", "ethertype", "ip", "ipv6", "gre", "geneve", "mpls", "ppp", "raw", "null", "llc", "ah", "ipv6.fraghdr",
        ],
        "eth": ["", "vxlan", "geneve", "gre", "erspan"],
        "ethertype": ["eth", "vlan", "sll", "ieee8021ad", "gre", "geneve", "ethertype"],
    ]

    @Test func `every frame of the real captures has the headers that tshark shows`() throws {
        let merged = try #require(Wireshark.mergedCaptures())
        defer { try? FileManager.default.removeItem(atPath: (merged.path as NSString).deletingLastPathComponent) }
        let rows = Wireshark.fields(merged.path, Self.fields, Self.options)
        let bytes = try #require(FileManager.default.contents(atPath: merged.path))
        #expect(rows.count == merged.files.reduce(0) { $0 + $1.packets })
        var tally = LedgerTally()
        var explained = 0
        var compared = 0
        var failures: [String] = []
        for frames in CaptureFile(bytes: [UInt8](bytes)).batches(of: 1000) {
            var batch = PacketBatch()
            PacketDecoder.decode(frames, into: &batch, tally: &tally)
            for packet in batch.packets {
                let row = rows[Int(packet.record) - 1]
                compared += 1
                guard let difference = Self.difference(row, packet) else { continue }
                if Self.isExplained(row, packet) {
                    explained += 1
                } else {
                    failures.append("\(packet.record) \(Self.file(of: packet.record, merged.files)): \(difference)")
                }
            }
        }
        #expect(failures.isEmpty, "\(failures.count) frames differ: \(failures.prefix(20).joined(separator: "\n"))")
        #expect(tally.records == UInt64(rows.count))
        #expect(compared > 90_000)
        // Malformed on purpose, nearly all of them.
        #expect(explained < 100)
    }

    /// A difference is explained where tshark calls the packet malformed or bogus, or where an anomaly says that our
    /// reading stopped or went on in spite of something.
    private static func isExplained(_ row: [Substring], _ packet: Packet) -> Bool {
        let snaplenCut: UInt64 = 1 << UInt64(Anomaly.snaplenCut.rawValue)
        return !row[18].isEmpty || row[19].contains("ogus") || row[19].contains("Malformed")
            || packet.anomalies & ~snaplenCut != 0
    }

    private static func difference(_ row: [Substring], _ packet: Packet) -> String? {
        let chain = opened(row[1])
        guard let place = chain.lastIndex(where: { $0 == "ip" || $0 == "ipv6" }) else {
            return packet.attributes.contains(.nonIP) ? nil : "not IP for tshark: \(row[1])"
        }
        let isV4 = chain[place] == "ip"
        let index = chain[...place].count { $0 == chain[place] } - 1
        guard let source = value(row[isV4 ? 2 : 4], index), let destination = value(row[isV4 ? 3 : 5], index) else {
            return nil
        }
        if packet.attributes.contains(.nonIP) {
            // A tunnel is taken off even where no IP packet is inside; the headers around it are then not told.
            return endsInFrame(row[1]) ? nil : "not IP for us: \(row[1])"
        }
        // tshark without reassembly reads on in a first fragment; here its outer headers stand until it is joined.
        if packet.attributes.contains(.firstFragment), index > 0 { return nil }
        guard address(source) == packet.source, address(destination) == packet.destination else {
            return "addresses \(packet.source) \(packet.destination), tshark \(source) \(destination)"
        }
        if value(row[isV4 ? 16 : 17], index) != "\(packet.ttl)" { return "time to live \(packet.ttl)" }
        if packet.attributes.contains(.firstFragment) || packet.attributes.contains(.laterFragment) { return nil }
        let rest = chain[(place + 1)...]
        switch rest.first {
        case "tcp": return tcpDifference(row, packet, chain.count { $0 == "tcp" } - 1)
        case "udp": return udpDifference(row, packet, chain.count { $0 == "udp" } - 1)
        case "icmp", "icmpv6": return packet.transport == .icmp ? nil : "transport \(packet.transport)"
        default:
            let isOther = packet.transport != .tcp && packet.transport != .udp
            return isOther || packet.attributes.contains(.noTransport) ? nil : "transport \(packet.transport)"
        }
    }

    private static func tcpDifference(_ row: [Substring], _ packet: Packet, _ index: Int) -> String? {
        let flags = value(row[11], index).flatMap { UInt16($0.dropFirst(2), radix: 16) }.map { $0 & 0x1FF }
        let expected = [6, 7, 8, 9, 10, 12].map { value(row[$0], index) ?? "" } + ["\(flags ?? 0)"]
        let found: [Int] = [
            Int(packet.sourcePort), Int(packet.destinationPort), Int(packet.sequence), Int(packet.acknowledgment),
            Int(packet.payloadLength), Int(packet.window), Int(packet.tcpFlags.rawValue),
        ]
        if packet.transport != .tcp { return "transport \(packet.transport)" }
        if packet.attributes.contains(.noTransport) { return flags == nil ? nil : "no transport" }
        return expected == found.map(String.init) ? nil : "\(found), tshark \(expected)"
    }

    private static func udpDifference(_ row: [Substring], _ packet: Packet, _ index: Int) -> String? {
        let length = value(row[15], index).flatMap { Int($0) }
        if packet.transport != .udp { return "transport \(packet.transport)" }
        if packet.attributes.contains(.noTransport) { return length == nil ? nil : "no transport" }
        let expected = [value(row[13], index) ?? "", value(row[14], index) ?? "", "\((length ?? 0) - 8)"]
        let found = ["\(packet.sourcePort)", "\(packet.destinationPort)", "\(packet.payloadLength)"]
        return expected == found ? nil : "\(found), tshark \(expected)"
    }

    /// Returns the tokens for headers, up to the first that is carried as data or that an ICMP error quotes.
    private static func opened(_ protocols: Substring) -> [String] {
        var chain: [String] = []
        var previous = ""
        for token in protocols.split(separator: ":").map(String.init) {
            if let allowed = before[token], !allowed.contains(previous) { break }
            if ["ip", "ipv6", "tcp", "udp", "icmp", "icmpv6"].contains(token) { chain.append(token) }
            if token == "icmp" || token == "icmpv6" { break }
            // Extension headers and tags stand between without changing what may follow.
            if !token.hasPrefix("ipv6.") || token == "ipv6.fraghdr" { previous = token }
        }
        return chain
    }

    /// Whether an Ethernet frame without IP comes after the last IP header.
    private static func endsInFrame(_ protocols: Substring) -> Bool {
        let tokens = protocols.split(separator: ":")
        guard let frame = tokens.lastIndex(of: "eth") else { return false }
        return frame > 0 && !tokens[frame...].contains { $0 == "ip" || $0 == "ipv6" }
    }

    private static func value(_ column: Substring, _ index: Int) -> String? {
        let values = column.split(separator: ",")
        return index >= 0 && index < values.count ? String(values[index]) : nil
    }

    private static func address(_ text: String) -> IPAddress? { IPAddress(text) }

    private static func file(of record: UInt32, _ files: [(name: String, packets: Int)]) -> String {
        var rest = Int(record)
        for file in files {
            if rest <= file.packets { return "\(file.name) frame \(rest)" }
            rest -= file.packets
        }
        return "?"
    }
}
