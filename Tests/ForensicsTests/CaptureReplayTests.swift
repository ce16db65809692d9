import Foundation
import Testing

/// `capture` beside `tcpdump` on the same wire: what it finds live is what `ingest` finds in the recording.
@Suite(
    .enabled(if: Program.path != nil),
    .disabled(if: ReplayNetwork.obstacle != nil, "\(ReplayNetwork.obstacle ?? "")"), .serialized)
struct CaptureReplayTests {
    private static let columns = [
        "connections": """
        protocol, service, client_ip, client_port, server_ip, server_port, state, history, bytes_from_client,
        bytes_from_server, packets_from_client, packets_from_server, retransmissions, out_of_order, duplicate_acks,
        zero_windows, resets, reset_by, domain, tls_version, tls_cipher, alpn, ja4, is_health_check, weight, start_seen,
        end_seen, role
        """,
        "requests": """
        client_ip, client_port, target_ip, target_port, domain, method, path, http_version, status, bytes_from_client,
        bytes_from_server, user_agent, error_reason, blame, cause, is_health_check, weight
        """,
        "health_checks": "target_ip, target_port, outcome, status, reason, weight",
        "findings": "\"check\", severity, blame, subject, count",
    ]

    private static func rows(_ view: String, _ store: String) throws -> [String] {
        let result = try Program.run([
            "query", "SELECT \(columns[view] ?? "*") FROM \(view)", "--store", store, "--format", "csv",
        ])
        try #require(result.status == 0, "\(result.errors)")
        return result.output.split(whereSeparator: \.isNewline).dropFirst().map(String.init).sorted()
    }

    /// Waits for a file to say something.
    static func wait(for text: String, in file: URL) throws {
        let said = { (try? String(contentsOf: file, encoding: .utf8)) ?? "" }
        Wait.until("\(text) in \(file.lastPathComponent): \(said())") { said().contains(text) }
    }

    /// Ends a capture once what was sent is where it reads it; it reads all of that before it ends.
    static func end(_ capture: Process, on network: ReplayNetwork) throws -> Int {
        try network.settle()
        return capture.waitForEnd(signal: SIGTERM)
    }

    /// Waits until a recording has the packets of others, whose file headers and records are as long as its own.
    private static func waitForPackets(_ files: [String], in recording: String) throws {
        let size = { (path: String) in try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0 }
        let expected = try files.reduce(24) { try $0 + size($1) - 24 }
        try Wait.until("\(expected) bytes in \(recording)") { try size(recording) >= expected }
    }

    // Hours are no time-out: a recording ends with its last packet, and a capture goes on until it is ended, whenever that is.
    @Test(arguments: [1, 10])
    func `a case written live equals the recording read with the same sample`(sample: Int) throws {
        let network = try ReplayNetwork("replay\(sample)")
        let folder = try Folder()
        defer { folder.remove() }
        let program = try #require(Program.path)
        let recording = folder.path("recording.pcap")
        let (live, read) = (folder.path("live.db"), folder.path("read.db"))
        let dumpLog = folder.url.appendingPathComponent("tcpdump.log")
        let captureLog = folder.url.appendingPathComponent("capture.log")
        let tcpdump = try network.start(
            "tcpdump",
            ["-i", "v1", "-s", "0", "-B", "65536", "--time-stamp-precision=nano", "-Z", "root", "-U", "-w", recording],
            output: dumpLog)
        let capture = try network.start(
            program,
            [
                "capture", "-i", "v1", "-s", "\(sample)", "-l", folder.path("logs"), "--store", live, "--ring", "64M",
                "--buffer", "64M", "-t", "1h",
            ], output: captureLog)
        try Self.wait(for: "listening on", in: dumpLog)
        try Self.wait(for: "capturing on v1", in: captureLog)
        let replayed = try ["target-a.pcap0.gz", "target-a.pcap3"].map { name -> String in
            let path = SampleIncidentTests.path("captures/\(name)")
            guard name.hasSuffix(".gz") else { return path }
            let plain = folder.path(String(name.dropLast(3)))
            let unpacked = try Program.tool("sh", ["-c", "gzip -dc '\(path)' > '\(plain)'"])
            try #require(unpacked.status == 0, "\(unpacked.errors)")
            return plain
        }
        try network.run("tcpreplay", ["-q", "-i", "v0", "--mbps=20"] + replayed)
        // While it is being written, the case answers.
        let during = try Program.run(["summary", "--store", live])
        #expect(during.status == 0, "\(during.errors)")
        let status = try Self.end(capture, on: network)
        try Self.waitForPackets(replayed, in: recording)
        // It may have inherited a mask that keeps other signals out; with -U nothing waits in its buffer.
        tcpdump.waitForEnd(signal: SIGKILL)
        let said = try String(contentsOf: captureLog, encoding: .utf8)
        #expect(status == 0, "\(said)")
        #expect(said.contains("kernel 0, since start 0"), "\(said)")
        let ingest = try Program.run([
            "ingest", recording, "--sample", "\(sample)", "--store", read, "--quiet", "--timeout", "1h",
        ])
        #expect(ingest.status == 0, "\(ingest.errors)")
        for view in Self.columns.keys.sorted() {
            let expected = try Self.rows(view, read)
            #expect(try Self.rows(view, live) == expected, "\(view)")
            if view == "connections" || view == "requests" { #expect(!expected.isEmpty, "\(view)") }
        }
        // The evidence of the ring is the same packets again.
        let ring = folder.path("ring.db")
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path("logs"))
            .filter { $0.hasSuffix(".pcapng") }.map { folder.path("logs/\($0)") }
        #expect(!kept.isEmpty)
        #expect(try Program.run(["ingest"] + kept + ["--store", ring, "--quiet"]).status == 0)
        let flows = { (store: String) in
            try Self.rows("connections", store).map { $0.split(separator: ",").prefix(12).joined(separator: ",") }
        }
        #expect(try flows(ring) == flows(read))
        try Self.checkRing(kept, live, folder)
    }

    /// What a ring kept is not counted again by the case that analyzed it, and `carve` takes packets from it.
    private static func checkRing(_ kept: [String], _ live: String, _ folder: Folder) throws {
        let connections = try rows("connections", live)
        let again = try Program.run(["ingest"] + kept + ["--store", live])
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.errors.contains("which the case has analyzed; left out"), "\(again.errors)")
        #expect(try rows("connections", live) == connections)
        let busiest = try Program.run([
            "query",
            "SELECT client_ip FROM connections WHERE protocol = 'tcp' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
            "--store", live, "--format", "csv",
        ])
        let client = try #require(busiest.output.split(whereSeparator: \.isNewline).last.map(String.init))
        let file = folder.path("carved.pcapng")
        let unnamed = try Program.run(["carve", "--client", client, "--store", live, "--output", file])
        #expect(unnamed.status == 66)
        #expect(unnamed.errors.contains("--ring-folder"), "\(unnamed.errors)")
        let carved = try Program.run([
            "carve", "--client", client, "--ring-folder", folder.path("logs"), "--store", live, "--output", file,
        ])
        #expect(carved.status == 0, "\(carved.errors)")
        let second = folder.path("carved.db")
        #expect(try Program.run(["ingest", file, "--store", second, "--quiet"]).status == 0)
        let columns = "client_ip, client_port, server_port, state, history, packets_from_client, packets_from_server"
        let question = { (store: String) in
            try Program.run([
                "query",
                "SELECT \(columns) FROM connections WHERE client_ip = '\(client)' ORDER BY start_ns, client_port",
                "--store", store, "--format", "csv",
            ]).output
        }
        let expected = try question(live)
        #expect(expected.split(whereSeparator: \.isNewline).count > 1)
        #expect(try question(second) == expected)
    }

    @Test func `a ring that has come round says how much of the capture it keeps no more`() throws {
        let network = try ReplayNetwork("round")
        let folder = try Folder()
        defer { folder.remove() }
        let (log, live) = (folder.url.appendingPathComponent("log"), folder.path("live.db"))
        let capture = try network.start(
            try #require(Program.path),
            ["capture", "-i", "v1", "-s", "1", "-l", folder.path("logs"), "--store", live, "--ring", "1M"], output: log)
        try Self.wait(for: "capturing on v1", in: log)
        let plain = try folder.file(
            "a.pcap", Program.inflated(SampleIncidentTests.path("captures/target-a.pcap0.gz")))
        try network.run("tcpreplay", ["-q", "-i", "v0", "--mbps=20", plain.path])
        #expect(try Self.end(capture, on: network) == 0)
        let carve = [
            "carve", "--ring-folder", folder.path("logs"), "--store", live, "--output", folder.path("c.pcapng"),
        ]
        let window = try Program.run(carve + ["--from", "-60m"])
        #expect(window.status == 0, "\(window.errors)")
        #expect(window.errors.contains("are kept in no ring any more"), "\(window.errors)")
        let first = try Program.run([
            "query",
            "SELECT finding_id FROM evidence GROUP BY finding_id HAVING max(record) < 5000 ORDER BY max(record) LIMIT 1",
            "--store", live, "--format", "csv",
        ])
        let id = try #require(first.output.split(whereSeparator: \.isNewline).dropFirst().first.map(String.init))
        let finding = try Program.run(carve + ["--finding", id])
        #expect(finding.status == 65)
        #expect(finding.errors.contains("the ring keeps nothing of what is wanted any more"), "\(finding.errors)")
    }

    /// A pcap of connections whose SYNs and requests all come before the first answer, or that are refused one after the other.
    private static func crowd(_ number: Int, isRefused: Bool = false) -> Data {
        func big(_ value: Int, _ bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * (bytes - 1 - $0))) }
        }
        func little(_ value: Int, _ bytes: Int) -> [UInt8] { big(value, bytes).reversed() }
        var file =
            little(0xA1B2_C3D4, 4) + little(2, 2) + little(4, 2) + little(0, 8) + little(65_535, 4) + little(1, 4)
        func add(_ connection: Int, isAnswer: Bool, flags: UInt8, _ numbers: (Int, Int), _ text: String = "") {
            let (client, server): ([UInt8], [UInt8]) = ([10, 1] + big(connection, 2), [10, 2, 0, 1])
            let ports = isAnswer ? big(80, 2) + big(40_000, 2) : big(40_000, 2) + big(80, 2)
            let tcp = ports + big(numbers.0, 4) + big(numbers.1, 4) + [0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]
            let payload = Array(text.utf8)
            let addresses = isAnswer ? server + client : client + server
            let packet =
                [UInt8](repeating: 2, count: 12) + [8, 0, 0x45, 0] + big(40 + payload.count, 2)
                + [0, 1, 0, 0, 64, 6, 0, 0] + addresses + tcp + payload
            file += little(0, 8) + little(packet.count, 4) + little(packet.count, 4) + packet
        }
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        if isRefused {
            for connection in 1...number {
                add(connection, isAnswer: false, flags: 0x02, (1, 0))
                add(connection, isAnswer: true, flags: 0x14, (0, 2))
            }
            return Data(file)
        }
        for connection in 1...number {
            add(connection, isAnswer: false, flags: 0x02, (1, 0))
            add(connection, isAnswer: true, flags: 0x12, (1, 2))
            add(connection, isAnswer: false, flags: 0x18, (2, 2), request)
        }
        for connection in 1...number {
            add(
                connection, isAnswer: true, flags: 0x18, (2, 2 + request.utf8.count),
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        return Data(file)
    }

    @Test func `a capture that had no processor for a while takes no answer that waits in the ring for missing`() throws
    {
        let network = try ReplayNetwork("stall")
        let folder = try Folder()
        defer { folder.remove() }
        let log = folder.url.appendingPathComponent("log")
        let capture = try network.start(
            try #require(Program.path),
            [
                "capture", "-i", "v1", "-s", "1", "-t", "5", "-l", folder.path("logs"), "--store", folder.path("c.db"),
                "--stats-interval", "1h",
            ], output: log)
        try Self.wait(for: "capturing on v1", in: log)
        let crowd = try folder.file("crowd.pcap", Self.crowd(3000))
        kill(capture.processIdentifier, SIGSTOP)
        // 12,000 packets within a second: every request is answered long before its time-out.
        try network.run("tcpreplay", ["-q", "-i", "v0", "--pps=16000", crowd.path])
        // Longer than the time-out, so that what waits in the ring is older than that when it is read.
        Thread.sleep(forTimeInterval: 7)
        kill(capture.processIdentifier, SIGCONT)
        // It reads most of that while it goes on, and what is left when it ends.
        Thread.sleep(forTimeInterval: 1)
        #expect(try Self.end(capture, on: network) == 0)
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(said.contains("3,000 requests") && said.contains("kernel 0, since start 0"), "\(said)")
        #expect(!said.contains("TIMEOUT"), "\(said)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("logs")).isEmpty)
    }

    @Test func `what may be a health check and is not watched for is told`() throws {
        let network = try ReplayNetwork("unwatched")
        let folder = try Folder()
        defer { folder.remove() }
        let log = folder.url.appendingPathComponent("log")
        let capture = try network.start(
            try #require(Program.path),
            ["capture", "-i", "v1", "-s", "1", "-l", folder.path("logs"), "--stats-interval", "1h"], output: log)
        try Self.wait(for: "capturing on v1", in: log)
        // A private address each, which may be a load balancer's, and 4,096 are watched.
        let refused = try folder.file("refused.pcap", Self.crowd(4096 + 250, isRefused: true))
        try network.run("tcpreplay", ["-q", "-i", "v0", "--pps=16000", refused.path])
        Thread.sleep(forTimeInterval: 1)
        #expect(try Self.end(capture, on: network) == 0)
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(
            said.contains(
                "Table full     250 connections that may be health checks and count as clients' since start; raise --sample"
            ),
            "\(said)")
    }

    @Test func `what nobody answers before the wire falls silent is a time-out in the case as in the log`() throws {
        let network = try ReplayNetwork("silent")
        let folder = try Folder()
        defer { folder.remove() }
        let (log, store) = (folder.url.appendingPathComponent("log"), folder.path("c.db"))
        let capture = try network.start(
            try #require(Program.path),
            [
                "capture", "-i", "v1", "-s", "1", "-t", "2", "-l", folder.path("logs"), "--store", store,
                "--stats-interval", "1h",
            ], output: log)
        try Self.wait(for: "capturing on v1", in: log)
        // Three packets of each connection: the answers stay out.
        let file = Self.crowd(7)
        let asked = try folder.file("asked.pcap", file.prefix(24 + 7 * (2 * 70 + 97)))
        try network.run("tcpreplay", ["-q", "-i", "v0", "--topspeed", asked.path])
        let logs = folder.url.appendingPathComponent("logs")
        let told = {
            try FileManager.default.contentsOfDirectory(at: logs, includingPropertiesForKeys: nil).reduce(0) {
                $0 + (try String(contentsOf: $1, encoding: .utf8)).components(separatedBy: "TIMEOUT: ").count - 1
            }
        }
        try Wait.until("7 time-outs in the log") { try told() >= 7 }
        capture.waitForEnd(signal: SIGTERM)
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(said.contains("TIMEOUT 7"), "\(said)")
        let answer = try Program.run([
            "query", "SELECT count(*), min(blame) FROM requests WHERE error_reason IS NOT NULL OR cause IS NOT NULL",
            "--store", store, "--format", "csv",
        ])
        #expect(answer.output.split(whereSeparator: \.isNewline).last == "7,target", "\(answer.output)")
        // The silence in which they timed out is covered.
        let covered = try Program.run([
            "query", "SELECT (SELECT max(to_time) FROM coverage) > (SELECT max(time) FROM requests)", "--store", store,
            "--format", "csv",
        ])
        #expect(covered.output.split(whereSeparator: \.isNewline).last == "1", "\(covered.output)")
    }

    @Test func `a summary that nobody reads does not hold the capture up`() throws {
        let network = try ReplayNetwork("unread")
        let folder = try Folder()
        defer { folder.remove() }
        let pipe = Pipe()
        // Full but for a page: what is written beyond that would wait.
        let fill = Data(repeating: 0x20, count: 4096)
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        while (try? pipe.fileHandleForWriting.write(contentsOf: fill)) != nil {}
        _ = fcntl(descriptor, F_SETFL, flags)
        let capture = Process()
        capture.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        capture.arguments = [
            "ip", "netns", "exec", network.name, try #require(Program.path), "capture", "-i", "v1", "-l",
            folder.path("logs"), "--stats-interval", "1s",
        ]
        let log = try folder.writable("log")
        capture.standardOutput = pipe
        capture.standardError = log.handle
        try capture.run()
        try Self.wait(for: "capturing on v1", in: log.url)
        // For summaries that nobody reads; one more comes at the end.
        Thread.sleep(forTimeInterval: 3)
        #expect(capture.waitForEnd(signal: SIGTERM) == 0)
    }

    @Test func `an interface that does not exist is refused with those that do`() throws {
        let network = try ReplayNetwork("names")
        let folder = try Folder()
        defer { folder.remove() }
        let log = folder.url.appendingPathComponent("log")
        let capture = try network.start(try #require(Program.path), ["capture", "-i", "eth77"], output: log)
        let status = capture.waitForEnd()
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(status == 66, "\(said)")
        #expect(said.contains("eth77: no such interface") && said.contains("v0") && said.contains("v1"), "\(said)")
        #expect(said.split(separator: "\n").count == 1)
    }

    @Test func `an interface that is down is refused with the command that brings it up`() throws {
        let network = try ReplayNetwork("down")
        try network.run("ip", ["link", "set", "v1", "down"])
        let folder = try Folder()
        defer { folder.remove() }
        let log = folder.url.appendingPathComponent("log")
        let capture = try network.start(try #require(Program.path), ["capture", "-i", "v1"], output: log)
        let status = capture.waitForEnd()
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(status == 69, "\(said)")
        #expect(said.contains("v1: the interface is down"), "\(said)")
        #expect(said.split(separator: "\n").count == 1)
    }

    @Test func `without the right to capture it says how to give it`() throws {
        let network = try ReplayNetwork("right")
        let folder = try Folder()
        defer { folder.remove() }
        let log = folder.url.appendingPathComponent("log")
        let arguments = ["--bounding-set=-net_raw", "--", try #require(Program.path), "capture", "-i", "v1"]
        let capture = try network.start("setpriv", arguments, output: log)
        let status = capture.waitForEnd()
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(status == 77, "\(said)")
        #expect(said.contains("v1: no permission to capture") && said.contains("setcap cap_net_raw+ep"), "\(said)")
        #expect(said.split(separator: "\n").count == 1, "\(said)")
    }

    @Test func `who is not root and may capture cannot become another user, and is told`() throws {
        let network = try ReplayNetwork("user")
        let folder = try Folder()
        defer { folder.remove() }
        let log = folder.url.appendingPathComponent("log")
        let capture = try network.start(
            "setpriv",
            [
                "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+net_raw", "--ambient-caps=+net_raw",
                "--",
                try #require(Program.path), "capture", "-i", "v1", "--user", "root", "-l", "/nonexistent",
            ], output: log)
        let status = capture.waitForEnd()
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(status == 77 && said.contains("--user root: root alone can become another user;"), "\(said)")
    }

    @Test func `an interface that shows nothing for a while is told with what to check`() throws {
        let network = try ReplayNetwork("silent")
        let folder = try Folder()
        defer { folder.remove() }
        let log = folder.url.appendingPathComponent("log")
        let arguments = ["capture", "-i", "v1", "-l", folder.path("logs")]
        let capture = try network.start(try #require(Program.path), arguments, output: log)
        try Self.wait(for: "nothing seen", in: log)
        // Long enough for a second time.
        Thread.sleep(forTimeInterval: 2)
        let status = capture.waitForEnd(signal: SIGTERM)
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(status == 0, "\(said)")
        let lines = said.split(separator: "\n").filter { $0.contains("nothing seen") }
        #expect(lines.count == 1, "\(said)")
        #expect(lines.first?.contains("-i") == true && lines.first?.contains("--filter") == true, "\(said)")
    }
}

/// What needs no network.
@Suite(.enabled(if: Program.path != nil)) struct CaptureOptionTests {
    @Test(
        arguments: [
            (["-s", "0"], "--sample"), (["--snaplen", "10"], "--snaplen"), (["--duration", "soon"], "--duration"),
            (["-t", "never"], "--timeout"), (["--buffer", "9"], "--buffer"), (["--ring", "x"], "--ring"),
            (["--store-size", "1M"], "--store-size"), (["--store-keep", "long"], "--store-keep"),
            (["--store-size", "64M"], "--store-size 64M: does nothing without --store;"),
            (["--store-keep", "1h"], "without --store;"), (["--rows", "notable"], "without --store;"),
            (["--rows", "all"], "--rows all: does nothing without --store;"),
            (["--vantage", "web1"], "without --store;"),
            (["--ring-folder", "x"], "without --ring;"), (["--alert-cooldown", "5m"], "without --sns-topic;"),
            (["--alert", "LoopCount>1/1m"], "without --sns-topic;"),
            (["--region", "eu-west-1"], "without --enable-cloudwatch or --sns-topic;"),
            (["--profile", "prod"], "without --enable-cloudwatch or --sns-topic;"),
            (["--endpoint-url", "http://localhost:1"], "without --enable-cloudwatch or --sns-topic;"),
            (["-q", "--stats-interval", "9s"], "without --enable-cloudwatch,"),
            (["--ignore", "10.0.0"], "--ignore"),
            (["--metrics-listen", "here"], "--metrics-listen"), (["-i", "eth1"], "-i lo -i eth1"),
        ] as [([String], String)])
    func `an option that cannot be meant is refused before anything is opened`(
        arguments: [String], option: String
    ) throws {
        let result = try Program.run(["capture", "-i", "lo"] + arguments)
        #expect(result.status == 64, "\(result.errors)")
        #expect(result.errors.contains(option), "\(result.errors)")
        #expect(result.output.isEmpty)
    }
}
