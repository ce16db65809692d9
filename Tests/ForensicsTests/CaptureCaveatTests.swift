import Foundation
import Testing

/// What tracking met that makes counts other than they seem is told with every answer.
@Suite(.enabled(if: Program.path != nil)) struct CaptureCaveatTests {
    private static let server = PacketScript.End([2, 2], 80)
    private static let windows = ["--before", "2023-11-14T22:13:20Z/30s", "--during", "2023-11-14T22:13:50Z/30s"]

    /// The packet in a mirror's VXLAN (RFC 7348, section 5) of one session.
    private static func mirrored(_ packet: [UInt8], session: UInt8) -> [UInt8] {
        func short(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
        let udp = short(50_000) + short(4789) + short(16 + packet.count) + [0, 0]
        let ip: [UInt8] =
            [0x45, 0] + short(36 + packet.count) + [0, session, 0, 0, 64, 17, 0, 0, 10, 50, 0, session, 10, 50, 0, 99]
        return Array(packet[..<14]) + ip + udp + [8, 0, 0, 0, 0, 0, session, 0] + packet
    }

    /// Reads packets, and checks what each answer says beside its numbers.
    private static func expect(
        _ words: String, code: String, _ packets: [(time: Double, bytes: [UInt8])], options: [String] = []
    ) throws {
        try expect(words, code: code, capture: PacketScript.file(packets), options: options)
    }

    private static func expect(_ words: String, code: String, capture: Data, options: [String] = []) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.file("t.pcap", capture)
        let store = folder.path("case.db")
        let read = try Program.run(["ingest", file.path, "--store", store, "-q"] + options)
        try #require(read.status == 0, "\(read.errors)")
        for command in [["summary"], ["top", "client"], ["top", "connection"], ["timeline"], ["findings"]] {
            let run = try Program.run(command + ["--store", store])
            #expect(run.status == 0 && run.errors.contains(words), "\(command): \(run.errors)")
        }
        let compared = try Program.run(["compare", "--store", store, "--format", "json"] + windows)
        let caveats = LakeTools.json(compared.output)["caveats"] as? [[String: String]] ?? []
        #expect(caveats.contains { $0["code"] == code && $0["text"]?.contains(words) == true }, "\(caveats)")
    }

    @Test func `connections that two sessions of a mirror carry are told wherever they count`() throws {
        var script = PacketScript()
        for number in 0..<12 {
            let client = PacketScript.End([1, 1], 40_000 + number)
            script.exchange(at: Double(number) * 5, client, Self.server, answer: PacketScript.answer(500))
        }
        let packets = script.ordered.flatMap { packet in
            [UInt8(7), 8].map { (packet.time + Double($0) / 1e6, Self.mirrored(packet.bytes, session: $0)) }
        }
        try Self.expect("12 connections came from two sessions of the mirror", code: "mirrored-twice", packets)
    }

    /// Thirty exchanges of nine packets each, which end in errors.
    private static var exchanges: [(time: Double, bytes: [UInt8])] {
        var script = PacketScript()
        let request = PacketScript.get("/", fields: "Cookie: \(String(repeating: "c", count: 100))\r\n")
        for number in 0..<30 {
            let client = PacketScript.End([1, 1], 40_000 + number)
            script.exchange(
                at: Double(number) * 2, client, server, request: request, answer: PacketScript.answer(500))
        }
        return script.ordered
    }

    @Test func `requests whose heads were cut before they could name a client are told`() throws {
        try Self.expect(
            "30 requests came from private addresses, or named load balancers, with heads that were not captured whole",
            code: "heads-cut", capture: PacketScript.file(Self.exchanges, snapLength: 100))
    }

    @Test func `packets that were cut inside their headers are told`() throws {
        // Of 28 exchanges the packets are cut two bytes before the flags; the file's header is 24 bytes.
        let (first, last) = (Self.exchanges.prefix(9), Self.exchanges.suffix(9))
        let cut = PacketScript.file(Self.exchanges.dropFirst(9).dropLast(9), snapLength: 46)
        let capture = PacketScript.file(first) + cut.dropFirst(24) + PacketScript.file(last).dropFirst(24)
        try Self.expect("252 packets were cut inside the headers", code: "headers-cut", capture: capture)
    }

    @Test func `requests that were pipelined beyond what is kept are told wherever their answers are missed`() throws {
        var script = PacketScript()
        script.exchange(at: 40, PacketScript.End([1, 1], 39_001), Self.server, answer: PacketScript.answer(500))
        let (client, request) = (PacketScript.End([1, 1], 40_000), PacketScript.get("/"))
        let answer = PacketScript.answer(500)
        script.segment(0, client, Self.server, 0x02, (100, 0))
        script.segment(0.0001, Self.server, client, 0x12, (500, 101))
        var (asked, told) = (101, 501)
        for number in 0..<300 {
            script.segment(0.001 + Double(number) / 1e5, client, Self.server, 0x18, (asked, told), request)
            asked += request.utf8.count
        }
        for number in 0..<300 {
            script.segment(0.1 + Double(number) / 1e5, Self.server, client, 0x18, (told, asked), answer)
            told += answer.utf8.count
        }
        // 300 requests wait at once, of which 256 are kept.
        try Self.expect("44 requests are told without an answer", code: "requests-crowded", script.ordered)
    }

    @Test func `parts of streams that there was no room to keep are told wherever they are missed`() throws {
        var script = PacketScript()
        script.exchange(at: 0, PacketScript.End([1, 1], 39_000), Self.server, answer: PacketScript.answer(500))
        script.exchange(at: 40, PacketScript.End([1, 1], 39_001), Self.server, answer: PacketScript.answer(500))
        // Of each head a part comes: of them all together more than there is room for.
        let part = PacketScript.get("/", fields: "X-Long: " + String(repeating: "x", count: 1300)).dropLast(4)
        for number in 0..<6000 {
            let client = PacketScript.End([UInt8(2 + number / 250), UInt8(number % 250)], 40_000)
            let time = 1 + Double(number) / 1000
            script.segment(time, client, Self.server, 0x02, (100, 0))
            script.segment(time + 0.0001, Self.server, client, 0x12, (500, 101))
            script.segment(time + 0.0002, client, Self.server, 0x10, (101, 501))
            script.segment(time + 0.0003, client, Self.server, 0x18, (101, 501), String(part))
        }
        try Self.expect(
            "could not be kept until it could be read", code: "bytes-not-kept", script.ordered,
            options: ["--max-memory", "130M"])
    }
}
