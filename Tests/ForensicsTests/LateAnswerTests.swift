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

    /// A call of gRPC with a deadline that its client cancels after so many seconds, perhaps in the middle of its answer.
    private static func call(
        _ number: Int, deadline: String, cancelledAfter delay: Double, hasBegun: Bool
    ) -> [ReplaySegment] {
        func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8]) -> String {
            String(decoding: [0, 0, UInt8(payload.count), type, flags, 0, 0, 0, stream] + payload, as: UTF8.self)
        }
        func block(_ fields: [(String, String)]) -> [UInt8] {
            fields.flatMap { name, value in
                [0, UInt8(name.utf8.count)] + name.utf8 + [UInt8(value.utf8.count)] + value.utf8
            }
        }
        let fields = [
            (":method", "POST"), (":path", "/m"), (":scheme", "http"), (":authority", "h"),
            ("content-type", "application/grpc"), ("grpc-timeout", deadline),
        ]
        let settings = frame(4, 0, 0, [])
        let request = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + frame(1, 5, 1, block(fields))
        let answer = settings + (hasBegun ? frame(1, 4, 1, block([(":status", "200")])) : "")
        let (client, server) = ((UInt8(1), 40_000 + number), (UInt8(2), 8080))
        let (asked, answered) = (101 + request.utf8.count, 501 + answer.utf8.count)
        return [
            ReplaySegment(0, from: client, to: server, ReplaySegment.syn, (100, 0)),
            ReplaySegment(0.001, from: server, to: client, ReplaySegment.synAcknowledgment, (500, 101)),
            ReplaySegment(0.002, from: client, to: server, ReplaySegment.acknowledgment, (101, 501)),
            ReplaySegment(0.003, from: client, to: server, ReplaySegment.data, (101, 501), request),
            ReplaySegment(0.004, from: server, to: client, ReplaySegment.data, (501, asked), answer),
            ReplaySegment(0.005, from: client, to: server, ReplaySegment.acknowledgment, (asked, answered)),
            ReplaySegment(
                0.003 + delay, from: client, to: server, ReplaySegment.data, (asked, answered),
                frame(3, 0, 1, [0, 0, 0, 8])),
        ]
    }

    @Test func `a call of gRPC that is cancelled at its deadline is told once, whenever that is`() throws {
        let run = try LiveCountTests.Run("deadline", ["-t", "2"])
        try run.replay(
            Self.call(1, deadline: "4S", cancelledAfter: 4, hasBegun: false)
                + Self.call(2, deadline: "400m", cancelledAfter: 0.4, hasBegun: false)
                + Self.call(3, deadline: "4S", cancelledAfter: 4, hasBegun: true))
        try run.wait(for: [3]) { try run.sums("Errors", [" TIMEOUT"]) }
        // Long enough for a fourth to be told.
        Thread.sleep(forTimeInterval: 2)
        try run.end()
        #expect(try run.sums("Errors", [" TIMEOUT"]) == [3])
        let told = try run.lines.filter { $0.contains("TIMEOUT:") }
        #expect(told.count == 3, "\(told)")
        // Of the second it tells how long it waited, of the third that its answer had begun.
        for (port, text) in [
            (40_001, "no response within 2 s: "), (40_002, " ms: "), (40_003, "no whole response within "),
        ] {
            #expect(told.count { $0.contains("10.77.0.1:\(port)") && $0.contains(text) } == 1, "\(told)")
        }
        #expect(try run.answer("SELECT sum(is_timed_out) FROM requests") == ["3"])
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
