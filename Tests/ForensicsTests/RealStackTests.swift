import Foundation
import Testing

/// `capture` on the two sides of a real load balancer: what was planted is told with its kind and side, and nothing else.
@Suite(
    .enabled(if: Program.path != nil),
    .disabled(if: LoadBalancerStack.obstacle != nil, "\(LoadBalancerStack.obstacle ?? "")"), .serialized)
struct RealStackTests {
    /// A capture on one interface of the stack.
    private struct Leg {
        let process: Process
        let store: String
        let logs: String

        init(_ stack: LoadBalancerStack, _ part: LoadBalancerStack.Part, _ interface: String) throws {
            store = stack.folder.path("\(interface).db")
            logs = stack.folder.path("logs-\(interface)")
            process = try stack.start(
                part, try #require(Program.path),
                ["capture", "-i", interface, "-s", "1", "-l", logs, "--store", store, "--buffer", "64M"],
                says: "capturing on \(interface)")
        }

        /// Ends it; returns what it said.
        func finish(_ stack: LoadBalancerStack) throws -> String {
            let status = process.waitForEnd(signal: SIGTERM)
            let said = try stack.output(process)
            #expect(status == 0, "\(said)")
            #expect(said.contains("Drops          kernel 0, since start 0\n"), "\(said)")
            return said
        }

        /// The lines of its error log, without their times.
        func lines() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: logs).sorted().flatMap { name in
                try String(contentsOfFile: logs + "/" + name, encoding: .utf8).split(separator: "\n").map {
                    String($0.drop { $0 != "]" }.dropFirst(2))
                }
            }
        }

        func query(_ statement: String) throws -> [String] {
            let result = try Program.run(["query", statement, "--store", store, "--format", "csv"])
            try #require(result.status == 0, "\(result.errors)")
            return result.output.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
        }

        /// Check, blame, subject and count of each finding.
        func findings() throws -> [String] {
            try query(
                "SELECT \"check\", COALESCE(blame, '-'), subject, count FROM findings WHERE \"check\" <> 'load-balancer-type' "
                    + "AND kind = 'live' ORDER BY 1, 3")
        }
    }

    /// A stack with a capture on both sides of its load balancer.
    private struct Run {
        let stack: LoadBalancerStack
        let target: Leg
        let client: Leg
        /// What the clients sent, by kind.
        var sent: [String: Int] = [:]

        init(_ label: String) throws {
            stack = try LoadBalancerStack(label)
            target = try Leg(stack, .target, "t0")
            client = try Leg(stack, .balancer, "l0")
        }

        func plan(_ kind: String) -> Int { sent[kind] ?? -1 }
    }

    /// A run during which the machine never stood still; several are tried.
    private static func calm(_ run: () throws -> Run) throws -> Run {
        var found: Run?
        for _ in 0..<8 where found == nil {
            let tried = try run()
            if try tried.stack.isCalm { found = tried }
        }
        return try #require(found, "the machine stood still for most of a second in each of eight runs")
    }

    private static func count(_ lines: [String], _ start: String, _ part: String = "") -> Int {
        lines.filter { $0.hasPrefix(start) && (part.isEmpty || $0.contains(part)) }.count
    }

    /// Whether HAProxy reset a connection to a target, where others send FIN.
    private static func isReset(byBalancer line: String) -> Bool {
        line.hasPrefix("TCP_ERROR: reset by client in state ") && line.contains(": 10.20.16.10:")
    }

    @Test func `a quiet run tells no error but resets that the load balancer made`() throws {
        let run = try Self.calm {
            var run = try Run("quiet")
            try run.stack.begin(loss: 0, late: 0, configurations: ["haproxy.cfg"])
            run.sent = try run.stack.request("quiet")
            // The kernel hands over what it has gathered after a tenth of a second.
            Thread.sleep(forTimeInterval: 1)
            for leg in [run.target, run.client] { _ = try leg.finish(run.stack) }
            return run
        }
        for leg in [run.target, run.client] {
            // HAProxy ends connections to targets that it has too many of with RST: told as what it is, and nothing else.
            #expect(try leg.lines().filter { !Self.isReset(byBalancer: $0) } == [])
            #expect(try leg.findings().filter { !$0.hasPrefix("reset-by-client,load-balancer,10.20.16.10,") } == [])
            let requests = "FROM requests WHERE NOT is_health_check"
            #expect(
                try leg.query("SELECT count(*), min(status), max(status) \(requests)")
                    == ["\(run.plan("usual")),200,200"])
            // Behind the load balancer too, requests are the clients'.
            #expect(try leg.query("SELECT count(DISTINCT client_ip) \(requests)") == ["20"])
        }
        let checks = try run.target.query(
            "SELECT DISTINCT kind, outcome, target_ip, target_port FROM health_checks ORDER BY 3")
        #expect(checks == ["http,success,10.20.16.160,8080", "http,success,10.20.16.161,8080"])
        #expect(try run.client.query("SELECT count(*) FROM health_checks") == ["0"])
    }

    @Test func `each planted error is told with its kind and side`() throws {
        let run = try Self.calm {
            var run = try Run("errors")
            let tcpdump = try run.stack.start(
                .target, "tcpdump",
                [
                    "-i", "t0", "-s", "0", "-B", "65536", "--time-stamp-precision=nano", "-Z", "root", "-U", "-w",
                    Self.recording(run),
                ], says: "listening on")
            try run.stack.begin(loss: 4, late: 3, configurations: ["haproxy.cfg", "haproxy-sick.cfg"])
            run.sent = try run.stack.request("errors")
            // What is lost is sent again, at times much later: all of it is waited for, as long as nothing else went wrong.
            if try run.stack.isCalm {
                let left = { (try? Self.missing(run)) ?? [] }
                Wait.until("\(left())") { left().isEmpty }
            }
            // First, so that the captures have all of it.
            tcpdump.waitForEnd(signal: SIGKILL)
            for leg in [run.target, run.client] { _ = try leg.finish(run.stack) }
            return run
        }
        try Self.checkTargetSide(run)
        try Self.checkClientSide(run)
        try Self.compareWithWireshark(run)
    }

    private static func recording(_ run: Run) -> String { run.stack.folder.path("t0.pcap") }

    /// The lines of each side that were planted and are not told yet.
    private static func missing(_ run: Run) throws -> [String] {
        try [(run.target, targetLines(run)), (run.client, clientLines(run))].flatMap { leg, expected in
            let lines = try leg.lines()
            return expected.filter { count(lines, $0.start) < $0.count }.map { "\($0.count) of \($0.start)" }
        }
    }

    private static let host = "GET www.shop.example.com"

    /// What is planted and seen on the target's own interface: how lines begin, and how many of them there are.
    private static func targetLines(_ run: Run) -> [(start: String, count: Int)] {
        [
            ("APP_ERROR: HTTP 500: \(host)/e500 ", run.plan("/e500")),
            ("APP_ERROR: HTTP 503: \(host)/e503 ", run.plan("/e503")),
            ("APP_ERROR: reset before the whole response: \(host)/reset ", run.plan("/reset")),
            ("LB_ERROR: reset before the whole response: \(host)/static/8m.bin ", run.plan("slow_readers")),
            ("TIMEOUT: SYN not answered within 5 s: 10.20.16.10:", run.plan("/silent")),
            ("TIMEOUT: no response within 5 s: 10.20.16.10:", run.plan("/slow/9000")),
            ("TCP_ERROR: reset by server in state RSTR: ", run.plan("/reset")),
            // A refusal that is lost is asked for again by the same connection.
            ("TCP_ERROR: connection refused: ", run.plan("/refused")),
        ]
    }

    /// What is planted and seen on the load balancer's interface to the clients.
    private static func clientLines(_ run: Run) -> [(start: String, count: Int)] {
        [
            ("APP_ERROR: HTTP 500: \(host)/e500 ", run.plan("/e500")),
            ("APP_ERROR: HTTP 503: \(host)/e503 ", run.plan("/e503")),
            ("LB_ERROR: HTTP 503: \(host)/nobody ", run.plan("/nobody")),
            ("LB_ERROR: HTTP 503: \(host)/refused ", run.plan("/refused")),
            ("LB_ERROR: HTTP 503: \(host)/silent ", run.plan("/silent")),
            ("TIMEOUT: no response within 5 s: 10.40.0.", run.plan("/silent") + run.plan("/slow/9000")),
            (
                "TCP_ERROR: reset by client in state RSTO: 10.40.0.2",
                run.plan("reset_by_client") + run.plan("slow_readers")
            ),
        ]
    }

    /// What the target's own interface shows.
    private static func checkTargetSide(_ run: Run) throws {
        let lines = try run.target.lines()
        var expected = targetLines(run)
        slow(lines, "/slow/{id}", run.plan("/slow/1500") + run.plan("/slow/9000"))
        slow(lines, "/static/8m.bin", run.plan("slow_readers"))
        let failed = count(lines, "HEALTH_CHECK_FAIL: HTTP 500 from 10.20.16.161:8081 to 10.20.16.10")
        let hanging = count(lines, "HEALTH_CHECK_TIMEOUT: 10.20.16.161:9996 gave 10.20.16.10 no answer within 5 s")
        #expect(failed > 5 && hanging >= 1, "\(lines)")
        expected += [("HEALTH_CHECK_FAIL", failed), ("HEALTH_CHECK_TIMEOUT", hanging)]
        check(lines, expected)
        #expect(count(lines, "TCP_ERROR: reset by server", " to 10.20.16.160:9997") == run.plan("/reset"))
        #expect(count(lines, "TCP_ERROR: connection refused", " to 10.20.16.160:9998") == run.plan("/refused"))
        #expect(count(lines, "TIMEOUT: SYN not answered", " to 10.20.16.170:8080") == run.plan("/silent"))
        let findings = try run.target.findings()
        for finding in [
            "connection-refused,target,10.20.16.160:9998,\(run.plan("/refused"))",
            "reset-by-target,target,10.20.16.160:9997,\(run.plan("/reset"))",
            "syn-timeout,target,10.20.16.170:8080,\(run.plan("/silent"))",
            "health-check-failure,target,10.20.16.161:8081,\(failed)",
            "health-check-timeout,target,10.20.16.161:9996,\(hanging)",
        ] { #expect(findings.contains(finding), "\(finding) in \(findings)") }
        #expect(count(findings, "zero-window-stall,load-balancer,10.20.16.10,") == 1, "\(findings)")
        #expect(
            try run.target.query("SELECT sum(count) FROM findings WHERE \"check\" = 'http-5xx-target'")
                == ["\(run.plan("/e500") + run.plan("/e503"))"])
    }

    /// What the load balancer's interface to the clients shows.
    private static func checkClientSide(_ run: Run) throws {
        let lines = try run.client.lines()
        check(lines, clientLines(run))
        slow(lines, "/slow/{id}", run.plan("/slow/1500") + run.plan("/slow/9000"))
        slow(lines, "/silent", run.plan("/silent"))
        slow(lines, "/static/8m.bin", run.plan("slow_readers"))
        // A reset that overtakes the head of the answer, as loss will have it, leaves the load balancer nothing but a 502.
        let cut = count(lines, "APP_ERROR: target-closed before the whole response: \(host)/reset ")
        let bad = count(lines, "LB_ERROR: HTTP 502: \(host)/reset ")
        #expect(cut + bad == run.plan("/reset"))
        let findings = try run.client.findings()
        #expect(count(findings, "reset-by-client,client,10.40.0.20") == run.plan("reset_by_client"), "\(findings)")
        #expect(count(findings, "zero-window-stall,client,10.40.0.210,") == 1, "\(findings)")
        let answered = run.plan("/nobody") + run.plan("/refused") + run.plan("/silent") + bad
        #expect(
            try run.client.query("SELECT sum(count) FROM findings WHERE \"check\" = 'http-5xx-load-balancer'")
                == ["\(answered)"])
    }

    /// Requests to a path that took longer than a second. Others may too: what is lost is sent again later.
    private static func slow(_ lines: [String], _ path: String, _ number: Int) {
        #expect(count(lines, "SLOW_REQUEST: ", "GET www.shop.example.com\(path) ") == number, "\(path)")
    }

    /// Each kind of line as often as planted, and no other line. What the planted loss brings with it may come too.
    private static func check(_ lines: [String], _ expected: [(start: String, count: Int)]) {
        for (start, number) in expected { #expect(count(lines, start) == number, "\(start)") }
        let other = lines.filter { line in
            !expected.contains { line.hasPrefix($0.start) } && !line.contains("/reset ")
                && !line.hasPrefix("SLOW_HANDSHAKE: ") && !line.hasPrefix("SLOW_REQUEST: ")
                && !line.contains(" segments retransmitted: ")
                && !isReset(byBalancer: line)
                // Too many in one second of the load balancer's own: what was planted has limits of its own.
                && !(line.hasPrefix("TCP_ERROR: ")
                    && line.hasSuffix(" more (reset by client) in this second are not written one by one"))
        }
        #expect(other == [])
    }

    /// Packets of the recording that a filter of Wireshark matches.
    private static func tshark(_ run: Run, _ filter: String) throws -> Int {
        let said = try Program.tool(
            "tshark", ["-r", recording(run), "-Y", filter, "-T", "fields", "-e", "frame.number"])
        return said.output.split(separator: "\n").count
    }

    /// Lost and late segments are seen live, and those of the recording are those that Wireshark finds in it.
    private static func compareWithWireshark(_ run: Run) throws {
        let sums = "SELECT sum(retransmissions) || ' ' || sum(out_of_order) FROM connections"
        let live = try run.target.query(sums)[0].split(separator: " ").compactMap { Int($0) }
        try #require(live.count == 2)
        let counted = try ["retransmission", "out_of_order"].map { try tshark(run, "tcp.analysis.\($0)") }
        // Whether a late segment is out of order or sent again is a matter of milliseconds: a busy machine may have none of either.
        #expect(live[0] + live[1] > 0)
        // The capture began with the recording and went on a little longer.
        for (told, known) in zip(live, counted) { #expect(told >= known, "\(live) and \(counted)") }
        let store = run.stack.folder.path("recording.db")
        let ingest = try Program.run(["ingest", recording(run), "--store", store, "--quiet"])
        #expect(ingest.status == 0, "\(ingest.errors)")
        let read = try Program.run(["query", sums, "--store", store, "--format", "csv"])
        #expect(
            read.output.split(whereSeparator: \.isNewline).last.map(String.init) == "\(counted[0]) \(counted[1])",
            "\(read.errors)")
    }
}
