import Foundation
import Testing

/// Time-outs that a capture tells while it runs, of requests that are answered after all.
@Suite(
    .enabled(if: Program.path != nil),
    .disabled(if: ReplayNetwork.obstacle != nil, "\(ReplayNetwork.obstacle ?? "")"), .serialized)
struct LateAnswerTests {
    /// When each request is answered, in seconds: soon and later after the time-out of five, at any place between two looks.
    private static let delays = [5.2, 5.5, 5.8, 6, 6.2, 6.5, 6.8, 7, 7.5, 9]

    /// A packet of a conversation: Ethernet, IPv4 (RFC 791), TCP (RFC 9293).
    private struct Segment {
        var time: Double
        var bytes: [UInt8]

        init(
            _ time: Double, from: (UInt8, Int), to: (UInt8, Int), _ flags: UInt8, _ numbers: (Int, Int), _ text: String
        ) {
            func short(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
            func word(_ value: Int) -> [UInt8] { short(value >> 16) + short(value) }
            let payload = Array(text.utf8)
            let tcp =
                short(from.1) + short(to.1) + word(numbers.0) + word(numbers.1) + [0x50, flags, 2, 0, 0, 0, 0, 0]
                + payload
            let ip: [UInt8] =
                [0x45, 0] + short(20 + tcp.count) + [0, 7, 0, 0, 64, 6, 0, 0, 10, 77, 0, from.0, 10, 77, 0, to.0]
            self.time = time
            bytes = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0] + ip + tcp
        }
    }

    /// A connection that asks at `time` and is answered `delay` later.
    private static func conversation(
        _ number: Int, at time: Double, answeredAfter delay: Double, from host: UInt8 = 1, fields: String = "",
        status: String = "200 OK"
    ) -> [Segment] {
        let (client, server) = ((host, 40_000 + number), (UInt8(2), 8080))
        let request = "GET /slow HTTP/1.1\r\nHost: shop.example\r\n\(fields)\r\n"
        let answer = "HTTP/1.1 \(status)\r\nContent-Length: 2\r\n\r\nok"
        let asked = 101 + request.utf8.count
        return [
            Segment(time, from: client, to: server, 0x02, (100, 0), ""),
            Segment(time + 0.001, from: server, to: client, 0x12, (500, 101), ""),
            Segment(time + 0.002, from: client, to: server, 0x10, (101, 501), ""),
            Segment(time + 0.003, from: client, to: server, 0x18, (101, 501), request),
            Segment(time + 0.004, from: server, to: client, 0x10, (501, asked), ""),
            Segment(time + 0.003 + delay, from: server, to: client, 0x18, (501, asked), answer),
            Segment(time + 0.01 + delay, from: client, to: server, 0x10, (asked, 501 + answer.utf8.count), ""),
        ]
    }

    /// libpcap file format, little-endian, microseconds.
    private static func capture(_ segments: [Segment]) -> Data {
        func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 255) } }
        var bytes: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + word(0) + word(0) + word(65_535) + word(1)
        for segment in segments.sorted(by: { $0.time < $1.time }) {
            let count = segment.bytes.count
            bytes += word(1_700_000_000 + Int(segment.time)) + word(Int(segment.time * 1e6) % 1_000_000)
            bytes += word(count) + word(count) + segment.bytes
        }
        return Data(bytes)
    }

    @Test func `every request that waits longer than the time-out is told once, whenever it is answered`() throws {
        let network = try ReplayNetwork("late")
        let folder = try Folder()
        defer { folder.remove() }
        var segments: [Segment] = []
        for (index, delay) in Self.delays.enumerated() {
            segments += Self.conversation(index, at: Double(index) * 0.13, answeredAfter: delay)
        }
        // In time, and of a client that is to be ignored, whose packets a load balancer sends.
        segments += Self.conversation(20, at: 0.5, answeredAfter: 4)
        for number in 30..<33 {
            segments += Self.conversation(
                number, at: 0.7, answeredAfter: number == 30 ? 8 : 0.1, from: 3,
                fields: "X-Forwarded-For: 192.0.2.10\r\n", status: "503 Service Unavailable")
        }
        let file = try folder.file("slow.pcap", Self.capture(segments))
        let log = folder.url.appendingPathComponent("capture.log")
        let capture = try network.start(
            try #require(Program.path),
            ["capture", "-i", "v1", "-s", "1", "-l", folder.path("logs"), "--ignore", "192.0.2.10"], output: log)
        try CaptureReplayTests.wait(for: "capturing on v1", in: log)
        try network.run("tcpreplay", ["-q", "-i", "v0", file.path])
        Thread.sleep(forTimeInterval: 1.5)
        kill(capture.processIdentifier, SIGTERM)
        capture.waitUntilExit()
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(capture.terminationStatus == 0, "\(said)")
        let lines = try FileManager.default.contentsOfDirectory(atPath: folder.path("logs")).map {
            try String(contentsOfFile: folder.path("logs/\($0)"), encoding: .utf8)
        }.joined().split(whereSeparator: \.isNewline)
        let told = lines.filter { $0.contains("TIMEOUT: no response within 5 s") }
        #expect(told.count == Self.delays.count, "\(lines)")
        #expect(Set(told.map { $0.components(separatedBy: "10.77.0.1:400").last?.prefix(2) }).count == told.count)
        #expect(said.contains("TIMEOUT \(Self.delays.count)"), "\(said)")
        #expect(said.contains("HTTP           \(Self.delays.count + 1) requests, 4xx 0, 5xx 0"), "\(said)")
        #expect(said.contains("Top clients    10.77.0.1 \(Self.delays.count + 1) requests"), "\(said)")
        #expect(!said.contains("192.0.2.10") && !lines.contains { $0.contains("192.0.2.10") })
    }
}
