import Foundation
import Testing

/// Time-outs that a capture tells while it runs, of requests that are answered after all.
@Suite(
    .enabled(if: Program.path != nil),
    .disabled(if: ReplayNetwork.obstacle != nil, "\(ReplayNetwork.obstacle ?? "")"), .serialized)
struct LateAnswerTests {
    /// When each request is answered, in seconds: soon and later after the time-out of five, at any place between two looks.
    private static let delays = [5.2, 5.5, 5.8, 6, 6.2, 6.5, 6.8, 7, 7.5, 9]

    @Test func `every request that waits longer than the time-out is told once, whenever it is answered`() throws {
        let network = try ReplayNetwork("late")
        let folder = try Folder()
        defer { folder.remove() }
        var segments: [ReplaySegment] = []
        for (index, delay) in Self.delays.enumerated() {
            segments += ReplaySegment.conversation(index, at: Double(index) * 0.13, answeredAfter: delay)
        }
        // In time, and of a client that is to be ignored, whose packets a load balancer sends.
        segments += ReplaySegment.conversation(20, at: 0.5, answeredAfter: 2)
        for number in 30..<33 {
            segments += ReplaySegment.conversation(
                number, at: 0.7, answeredAfter: number == 30 ? 8 : 0.1, from: 3,
                fields: "X-Forwarded-For: 192.0.2.10\r\n", status: "503 Service Unavailable")
        }
        let log = folder.url.appendingPathComponent("capture.log")
        let capture = try network.start(
            try #require(Program.path),
            [
                "capture", "-i", "v1", "-s", "1", "-l", folder.path("logs"), "--ignore", "192.0.2.10",
                "--stats-interval", "1h",
            ], output: log)
        try CaptureReplayTests.wait(for: "capturing on v1", in: log)
        let times = try network.replay(segments, in: folder)
        let status = try CaptureReplayTests.end(capture, on: network)
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(status == 0, "\(said)")
        // Those that waited longer than the time-out, on a machine that sends late at times.
        let late = Set(
            ReplaySegment.waits(segments, at: times).filter { $0.key < 40_030 && $0.value ?? .infinity > 5 }.keys)
        #expect(late.count > Self.delays.count / 2, "the machine was too busy to send anything in its time")
        let lines = try FileManager.default.contentsOfDirectory(atPath: folder.path("logs")).map {
            try String(contentsOfFile: folder.path("logs/\($0)"), encoding: .utf8)
        }.joined().split(whereSeparator: \.isNewline)
        let told = lines.filter { $0.contains("TIMEOUT: no response within 5 s") }
        #expect(told.count == late.count, "\(lines)")
        let ports = told.compactMap { line in
            line.components(separatedBy: " 10.77.0.1:").last.flatMap { Int($0.prefix { $0.isNumber }) }
        }
        #expect(Set(ports) == late, "\(lines)")
        #expect(said.contains("TIMEOUT \(late.count)"), "\(said)")
        #expect(said.contains("HTTP           \(Self.delays.count + 1) requests, 4xx 0, 5xx 0"), "\(said)")
        #expect(said.contains("Top clients    10.77.0.1 \(Self.delays.count + 1) requests"), "\(said)")
        #expect(!said.contains("192.0.2.10") && !lines.contains { $0.contains("192.0.2.10") })
    }

    @Test func `a request whose client hangs up before the time-out is none`() throws {
        let run = try LiveCountTests.Run("left", ["-t", "2"])
        let asked = 101 + "GET /slow HTTP/1.1\r\nHost: shop.example\r\n\r\n".utf8.count
        try run.replay(
            ReplaySegment.conversation(1, at: 0, answeredAfter: nil)
                + ReplaySegment.conversation(2, at: 0, answeredAfter: nil) + [
                    ReplaySegment(0.5, from: (1, 40_002), to: (2, 8080), ReplaySegment.finish, (asked, 501))
                ])
        try run.wait(for: [1]) { try run.sums("Errors", [" TIMEOUT"]) }
        Thread.sleep(forTimeInterval: 2)
        try run.end()
        #expect(try run.sums("Errors", [" TIMEOUT"]) == [1])
        #expect(
            try run.answer("SELECT cause FROM requests ORDER BY client_port") == ["request-timeout", "client-closed"])
    }
}
