import Foundation
import Testing

/// What `capture` counts while it runs: health checks once, and what passes twice once.
@Suite(
    .enabled(if: Program.path != nil),
    .disabled(if: ReplayNetwork.obstacle != nil, "\(ReplayNetwork.obstacle ?? "")"), .serialized)
struct LiveCountTests {
    /// A capture of v1 on which packets are replayed.
    final class Run {
        let network: ReplayNetwork
        let folder: Folder
        let log: URL
        let capture: Process

        init(_ label: String, _ options: [String]) throws {
            network = try ReplayNetwork(label)
            folder = try Folder()
            log = folder.url.appendingPathComponent("log")
            capture = try network.start(
                try #require(Program.path),
                [
                    "capture", "-i", "v1", "-s", "1", "-l", folder.path("logs"), "--stats-interval", "1s", "--store",
                    folder.path("c.db"),
                ] + options, output: log)
            try CaptureReplayTests.wait(for: "capturing on v1", in: log)
        }

        deinit {
            if capture.isRunning { capture.waitForEnd(signal: SIGKILL) }
            folder.remove()
        }

        /// Replays packets; returns the seconds after the first at which each really came.
        @discardableResult
        func replay(_ segments: [ReplaySegment]) throws -> [Double] { try network.replay(segments, in: folder) }

        /// Ends the capture, which reads everything before.
        func end() throws { #expect(try CaptureReplayTests.end(capture, on: network) == 0) }

        /// What the blocks so far add up to: the numbers after each word of the lines that begin with a name.
        func sums(_ name: String, _ words: [String]) throws -> [Int] {
            let said = try String(contentsOf: log, encoding: .utf8)
            let lines = said.split(separator: "\n").filter { $0.hasPrefix(name) }
            return words.map { word in
                lines.reduce(0) { sum, line in
                    let rest = line.components(separatedBy: word)
                    guard rest.count > 1, let number = rest[1].split(whereSeparator: { !$0.isNumber }).first else {
                        return sum
                    }
                    return sum + (Int(number) ?? 0)
                }
            }
        }

        /// The rows that a question to its case gives.
        func answer(_ question: String, store: String = "c.db") throws -> [Substring] {
            let result = try Program.run(["query", question, "--store", folder.path(store), "--format", "csv"])
            try #require(result.status == 0, "\(result.errors)")
            return Array(result.output.split(whereSeparator: \.isNewline).dropFirst())
        }

        var checks: [Int] { get throws { try sums("Health checks", ["Health checks", "failed", "timed out"]) } }

        /// Waits for numbers.
        func wait(for numbers: [Int], _ read: () throws -> [Int]) throws {
            let said = { [log] in (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
            try Wait.until("\(numbers): \(said())") { try read() == numbers }
        }

        /// Packets that the blocks so far tell.
        func packets() throws -> Int { try sums("Packets", ["Packets"])[0] }

        var lines: [Substring] {
            get throws {
                try FileManager.default.contentsOfDirectory(atPath: folder.path("logs")).filter { $0.hasSuffix(".log") }
                    .map { try String(contentsOfFile: folder.path("logs/\($0)"), encoding: .utf8) }.joined()
                    .split(whereSeparator: \.isNewline)
            }
        }
    }

    private static let agent = "User-Agent: ELB-HealthChecker/2.0\r\n"

    @Test func `health checks that hang are counted when their time-out passes, and not again when they end`() throws {
        let run = try Run("hang", ["-t", "2"])
        var segments: [ReplaySegment] = []
        // Given up after a second by the checker; the target keeps its side open and says nothing.
        for number in 0..<3 {
            segments += ReplaySegment.conversation(number, at: 0, answeredAfter: nil, fields: Self.agent)
            let asked = 101 + "GET /slow HTTP/1.1\r\nHost: shop.example\r\n\(Self.agent)\r\n".utf8.count
            segments.append(
                ReplaySegment(1, from: (1, 40_000 + number), to: (2, 8080), ReplaySegment.finish, (asked, 501)))
        }
        // Answered in time, with an error in time, and well and badly after the time-out.
        for (number, (delay, status)) in [
            (0.1, "200 OK"), (0.1, "503 Service Unavailable"), (3.5, "200 OK"), (3.5, "503 Service Unavailable"),
        ].enumerated() {
            segments += ReplaySegment.conversation(
                10 + number, at: 0.1, answeredAfter: delay, fields: Self.agent, status: status)
        }
        // Two of the four that are answered, unless the machine sent answers late.
        let waits = ReplaySegment.waits(segments, at: try run.replay(segments))
        let isLate = { (port: Int) in (waits[port] ?? nil) ?? .infinity > 2 }
        let (late, failed) = (waits.keys.count(where: isLate), isLate(40_011) ? 0 : 1)
        try run.wait(for: [7, failed, late]) { try run.checks }
        try run.end()
        #expect(try run.checks == [7, failed, late])
        #expect(try run.lines.count { $0.contains("HEALTH_CHECK_TIMEOUT:") } == late)
        #expect(try run.sums("Errors", ["HEALTH_CHECK_TIMEOUT", " TIMEOUT"]) == [late, 0])
    }

    /// A run in which packets came at a pace: not more than 0.3 s from where they belong. A busy machine may need more than one.
    private static func paced(_ segments: [ReplaySegment]) throws -> Run {
        let wanted = segments.map(\.time).sorted()
        var found: Run?
        for _ in 0..<8 where found == nil {
            let run = try Run("pace", [])
            let times = try run.replay(segments)
            if zip(times, wanted).allSatisfy({ abs($0 - $1) < 0.3 }) { found = run } else { try run.end() }
        }
        return try #require(found, "the machine is too busy to send anything in its time")
    }

    @Test func `TCP health checks are no connections once their pace has told them`() throws {
        var segments = ReplaySegment.refusal(9, at: 0.5, from: 9)
        for number in 0..<5 { segments += ReplaySegment.refusal(number, at: 5 * Double(number), from: 1) }
        let run = try Self.paced(segments)
        try run.wait(for: [5, 5, 0]) { try run.checks }
        try run.end()
        #expect(try run.checks == [5, 5, 0])
        // The first two, and that of a client. Of the two some or none where the capture came to read them with the third alone.
        let told = try run.lines.count { $0.contains("TCP_ERROR: connection refused: 10.77.0.1:") }
        #expect((0...2).contains(told))
        #expect(try run.sums("Connections", ["Connections"]) == [told + 1])
        #expect(try run.lines.count { $0.contains("TCP_ERROR: connection refused: 10.77.0.9:") } == 1)
        let refused = "HEALTH_CHECK_FAIL: 10.77.0.2:89 refused or closed the connection of 10.77.0.1"
        #expect(try run.lines.count { $0.contains(refused) } == 5)
    }

    @Test func `a TCP health check that nobody answers is counted as one when its time-out passes`() throws {
        let run = try Run("mute", ["-t", "1"])
        var segments: [ReplaySegment] = []
        for number in 0..<6 {
            let (time, client, server) = (4.1 * Double(number), (UInt8(1), 40_000 + number), (UInt8(2), 88))
            segments.append(ReplaySegment(time, from: client, to: server, ReplaySegment.syn, (100, 0)))
            // Three are answered, the others are not; nor is a client's, off their beat.
            if number > 2 { continue }
            segments += [
                ReplaySegment(time + 0.001, from: server, to: client, ReplaySegment.synAcknowledgment, (500, 101)),
                ReplaySegment(time + 0.002, from: client, to: server, ReplaySegment.finish, (101, 501)),
                ReplaySegment(time + 0.003, from: server, to: client, ReplaySegment.finish, (501, 102)),
                ReplaySegment(time + 0.004, from: client, to: server, ReplaySegment.acknowledgment, (102, 502)),
            ]
        }
        segments.append(ReplaySegment(14, from: (9, 45_000), to: (2, 88), ReplaySegment.syn, (100, 0)))
        try run.replay(segments)
        try run.wait(for: [6, 0, 3]) { try run.checks }
        try run.end()
        // Not again when the connections are given out.
        #expect(try run.checks == [6, 0, 3])
        #expect(try run.sums("Errors", ["HEALTH_CHECK_TIMEOUT", " TIMEOUT"]) == [3, 1])
        #expect(
            try run.answer("SELECT outcome, count(*) FROM health_checks GROUP BY 1 ORDER BY 1") == [
                "success,3", "timeout,3",
            ])
        #expect(try run.answer("SELECT client_ip FROM connections WHERE NOT is_health_check") == ["10.77.0.9"])
    }

    @Test func `the ring keeps no byte of an address that is left out inside a tunnel`() throws {
        let run = try Run("ringin", ["--ignore", "10.77.0.3", "--ring", "16M"])
        var segments: [ReplaySegment] = []
        for host: UInt8 in [1, 3] {
            segments += ReplaySegment.conversation(Int(host), at: 0, answeredAfter: 0.1, from: host).map(\.mirrored)
        }
        try run.replay(segments)
        Thread.sleep(forTimeInterval: 1.5)
        try run.end()
        let name = try #require(
            FileManager.default.contentsOfDirectory(atPath: run.folder.path("logs")).first { $0.hasSuffix(".pcapng") })
        let kept = try Data(contentsOf: URL(fileURLWithPath: run.folder.path("logs/\(name)")))
        #expect(kept.range(of: Data([10, 77, 0, 1])) != nil)
        #expect(kept.range(of: Data([10, 77, 0, 3])) == nil)
        // Something stands for each, so that the others are found by their numbers.
        let out = run.folder.path("carved.pcapng")
        let carved = try Program.run([
            "carve", "--client", "10.77.0.1", "--store", run.folder.path("c.db"), "--output", out, "--ring-folder",
            run.folder.path("logs"),
        ])
        #expect(carved.status == 0, "\(carved.errors)")
        let packets = try Data(contentsOf: URL(fileURLWithPath: out))
        #expect(packets.range(of: Data("GET /slow".utf8)) != nil)
    }

    @Test func `packets that the kernel held when the interface vanished are told as dropped`() throws {
        let run = try Run("vanish", ["--filter", "tcp"])
        let packets = (0..<36).map {
            ReplaySegment(Double($0) / 1e4, from: (1, 40_000 + $0), to: (2, 80), ReplaySegment.syn, (100, 0))
        }
        let file = try run.folder.file("replay.pcap", ReplaySegment.capture(packets))
        try run.network.run(
            "sh", ["-c", "tcpreplay -q --topspeed -i v0 '\(file.path)' && ip link del v0"])
        run.capture.waitUntilExit()
        #expect(run.capture.terminationStatus == 74)
        let counted = try run.sums("Packets", ["TCP"])[0] + run.sums("Drops", ["kernel"])[0]
        let said = try String(contentsOf: run.log, encoding: .utf8)
        #expect(counted == 36, "\(said)")
    }

    @Test func `a request that a proxy on the host passes on times out once`() throws {
        let run = try Run("legs", ["-t", "2"])
        let trace = "X-Amzn-Trace-Id: Root=1-67891233-abcdef0123456789123456c1\r\n"
        let other = "X-Amzn-Trace-Id: Root=1-67891233-abcdef0123456789123456c2\r\n"
        try run.replay(
            ReplaySegment.conversation(1, at: 0, answeredAfter: nil, fields: trace)
                + ReplaySegment.conversation(2, at: 0.01, answeredAfter: nil, from: 2, to: (4, 86), fields: trace)
                + ReplaySegment.conversation(3, at: 0.02, answeredAfter: nil, from: 2, to: (4, 86), fields: other))
        try run.wait(for: [2]) { try run.sums("Errors", ["TIMEOUT"]) }
        // Long enough for a third to be told.
        Thread.sleep(forTimeInterval: 3)
        try run.end()
        #expect(try run.sums("Errors", ["TIMEOUT"]) == [2])
        let told = try run.lines.filter { $0.contains("TIMEOUT:") }
        #expect(told.count == 2 && told.contains { $0.contains("10.77.0.1:40001 to 10.77.0.2:8080") }, "\(told)")
    }

    @Test(arguments: ["10.50.0.0/16", "10.77.0.3"])
    func `addresses are left out by what is inside tunnels and tags, as ingest does`(ignored: String) throws {
        let run = try Run("inside", ["--ignore", ignored])
        var segments: [ReplaySegment] = []
        for host: UInt8 in [1, 3] {
            let inside = ReplaySegment.conversation(Int(host), at: 0, answeredAfter: 0.1, from: host)
            segments += inside.map(\.mirrored)
            segments += ReplaySegment.conversation(10 + Int(host), at: 0.2, answeredAfter: 0.1, from: host).map(
                \.doublyTagged)
            segments += ReplaySegment.conversation(20 + Int(host), at: 0.4, answeredAfter: 0.1, from: host)
        }
        try run.replay(segments)
        try run.end()
        let kept = ignored == "10.77.0.3" ? ["10.77.0.1,3"] : ["10.77.0.1,3", "10.77.0.3,3"]
        let read = try Program.run([
            "ingest", run.folder.path("replay.pcap"), "--ignore", ignored, "--store", run.folder.path("read.db"),
            "--quiet",
        ])
        #expect(read.status == 0, "\(read.errors)")
        for view in ["connections", "requests"] {
            let question = "SELECT client_ip, count(*) FROM \(view) GROUP BY 1 ORDER BY 1"
            #expect(try run.answer(question).map(String.init) == kept, "\(view)")
            #expect(try run.answer(question, store: "read.db").map(String.init) == kept, "\(view)")
        }
        #expect(try run.sums("HTTP", ["HTTP"]) == [3 * kept.count])
        #expect(try run.sums("Connections", ["Connections"]) == [3 * kept.count])
        #expect(try run.sums("Packets", ["TCP"]) == [21 * kept.count])
        let said = try String(contentsOf: run.log, encoding: .utf8)
        #expect(kept.count == 2 || !said.contains("10.77.0.3"), "\(said)")
    }

    @Test func `runs that begin in the same second are sources of their own`() throws {
        let network = try ReplayNetwork("second")
        let folder = try Folder()
        defer { folder.remove() }
        let packets = (0..<200).map {
            ReplaySegment(Double($0) * 0.005, from: (1, 40_000), to: (2, 8080), ReplaySegment.acknowledgment, (1, 1))
        }
        let file = try folder.file("steady.pcap", ReplaySegment.capture(packets))
        let traffic = try network.start(
            "tcpreplay", ["-q", "--loop=0", "-i", "v0", file.path],
            output: folder.url.appendingPathComponent("replayed"))
        defer { traffic.waitForEnd(signal: SIGKILL) }
        for number in 0..<6 {
            let capture = try network.start(
                try #require(Program.path),
                [
                    "capture", "-i", "v1", "-s", "1", "-c", "2", "-q", "-l", folder.path("logs"), "--ring", "16M",
                    "--store", folder.path("c.db"),
                ], output: folder.url.appendingPathComponent("log\(number)"))
            #expect(capture.waitForEnd() == 0)
        }
        let answer = try Program.run([
            "query", "SELECT count(*), count(DISTINCT path), sum(records) FROM sources", "--store", folder.path("c.db"),
            "--format", "csv",
        ])
        #expect(answer.output.split(whereSeparator: \.isNewline).last == "6,6,12", "\(answer.output) \(answer.errors)")
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path("logs")).filter {
            $0.hasSuffix("_000001.pcapng")
        }
        #expect(kept.count == 6, "\(kept)")
    }

    @Test func `an interface that is down lets nothing time out, and its time is not covered`() throws {
        let run = try Run("link", ["-t", "10"])
        try run.replay(ReplaySegment.conversation(1, at: 0, answeredAfter: nil))
        // Only what was read while the link was up shows that it was.
        try Wait.until("5 packets") { try run.packets() == 5 }
        try run.network.run("ip", ["link", "set", "v0", "down"])
        try Wait.until("v1 without a link") { try !run.network.isUp("v1") }
        let down = Date().timeIntervalSince1970
        try CaptureReplayTests.wait(for: "v1 is down", in: run.log)
        Thread.sleep(forTimeInterval: 12)
        let up = Date().timeIntervalSince1970
        try run.network.run("ip", ["link", "set", "v0", "up"])
        try CaptureReplayTests.wait(for: "v1 is up again after", in: run.log)
        Thread.sleep(forTimeInterval: 4)
        try run.replay(ReplaySegment.conversation(2, at: 0, answeredAfter: 0.1))
        try run.end()
        #expect(try run.lines.filter { $0.contains("TIMEOUT") }.isEmpty)
        #expect(try run.answer("SELECT count(*), sum(is_timed_out) FROM requests") == ["2,0"])
        // What is covered ends before the link goes and begins after it is back, with a request on either side.
        let seconds = { (time: String) in "(julianday(\(time)) - 2440587.5) * 86400" }
        let hole = "\(seconds("min(to_time)")) <= \(down) AND \(seconds("max(from_time)")) >= \(up)"
        #expect(try run.answer("SELECT count(*), \(hole) FROM coverage") == ["2,1"])
        let covered = """
            SELECT count(*) FROM connections JOIN coverage
            ON connections.start_time BETWEEN coverage.from_time AND coverage.to_time
            """
        #expect(try run.answer(covered) == ["2"])
    }
}
