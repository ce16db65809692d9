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
        for _ in 0..<200 {
            if let found = try? String(contentsOf: file, encoding: .utf8), found.contains(text) { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        Issue.record("\(file.lastPathComponent) never said \(text)")
    }

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
            ["capture", "-i", "v1", "-s", "\(sample)", "-l", folder.path("logs"), "--store", live, "--ring", "64M"],
            output: captureLog)
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
        Thread.sleep(forTimeInterval: 1.5)
        kill(capture.processIdentifier, SIGTERM)
        capture.waitUntilExit()
        // It may have inherited a mask that keeps other signals out; with -U nothing waits in its buffer.
        kill(tcpdump.processIdentifier, SIGKILL)
        tcpdump.waitUntilExit()
        let said = try String(contentsOf: captureLog, encoding: .utf8)
        #expect(capture.terminationStatus == 0, "\(said)")
        #expect(said.contains("kernel 0, since start 0"), "\(said)")
        let ingest = try Program.run(["ingest", recording, "--sample", "\(sample)", "--store", read, "--quiet"])
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
        Thread.sleep(forTimeInterval: 1.5)
        kill(capture.processIdentifier, SIGTERM)
        capture.waitUntilExit()
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

    @Test func `an interface that does not exist is refused with those that do`() throws {
        let network = try ReplayNetwork("names")
        let folder = try Folder()
        defer { folder.remove() }
        let log = folder.url.appendingPathComponent("log")
        let capture = try network.start(try #require(Program.path), ["capture", "-i", "eth77"], output: log)
        capture.waitUntilExit()
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(capture.terminationStatus == 66)
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
        capture.waitUntilExit()
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(capture.terminationStatus == 69)
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
        capture.waitUntilExit()
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(capture.terminationStatus == 77, "\(said)")
        #expect(said.contains("v1: no permission to capture") && said.contains("setcap cap_net_raw+ep"), "\(said)")
        #expect(said.split(separator: "\n").count == 1, "\(said)")
    }

    @Test func `an interface that shows nothing for a while is told with what to check`() throws {
        let network = try ReplayNetwork("silent")
        let folder = try Folder()
        defer { folder.remove() }
        let log = folder.url.appendingPathComponent("log")
        let arguments = ["capture", "-i", "v1", "--duration", "12s", "-l", folder.path("logs")]
        let capture = try network.start(try #require(Program.path), arguments, output: log)
        capture.waitUntilExit()
        let said = try String(contentsOf: log, encoding: .utf8)
        #expect(capture.terminationStatus == 0, "\(said)")
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
            (["--store-size", "64M"], "without --store;"), (["--store-keep", "1h"], "without --store;"),
            (["--ring-folder", "x"], "without --ring;"), (["--ignore", "10.0.0"], "--ignore"),
            (["--metrics-listen", "here"], "--metrics-listen"),
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
