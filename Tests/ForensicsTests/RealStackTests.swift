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
                ["capture", "-i", interface, "-s", "1", "-l", logs, "--store", store], says: "capturing on \(interface)"
            )
        }

        /// Ends it; returns what it said.
        func finish(_ stack: LoadBalancerStack) throws -> String {
            kill(process.processIdentifier, SIGTERM)
            process.waitUntilExit()
            let said = try stack.output(process)
            #expect(process.terminationStatus == 0, "\(said)")
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

    private static func count(_ lines: [String], _ start: String, _ part: String = "") -> Int {
        lines.filter { $0.hasPrefix(start) && (part.isEmpty || $0.contains(part)) }.count
    }

    /// Whether HAProxy reset a connection to a target, where others send FIN.
    private static func isReset(byBalancer line: String) -> Bool {
        line.hasPrefix("TCP_ERROR: reset by client in state ") && line.contains(": 10.20.16.10:")
    }

    @Test func `a quiet run tells no error but resets that the load balancer made`() throws {
        let stack = try LoadBalancerStack("quiet")
        let target = try Leg(stack, .target, "t0")
        let client = try Leg(stack, .balancer, "l0")
        try stack.begin(loss: 0, late: 0, configurations: ["haproxy.cfg"])
        let sent = try #require(try stack.request("quiet")["usual"])
        Thread.sleep(forTimeInterval: 3)
        for leg in [target, client] {
            let said = try leg.finish(stack)
            // HAProxy ends connections to targets that it has too many of with RST: told as what it is, and nothing else.
            #expect(try leg.lines().filter { !Self.isReset(byBalancer: $0) } == [], "\(said)")
            #expect(try leg.findings().filter { !$0.hasPrefix("reset-by-client,load-balancer,10.20.16.10,") } == [])
            let requests = "FROM requests WHERE NOT is_health_check"
            #expect(try leg.query("SELECT count(*), min(status), max(status) \(requests)") == ["\(sent),200,200"])
            // Behind the load balancer too, requests are the clients'.
            #expect(try leg.query("SELECT count(DISTINCT client_ip) \(requests)") == ["20"])
        }
        let checks = try target.query(
            "SELECT DISTINCT kind, outcome, target_ip, target_port FROM health_checks ORDER BY 3")
        #expect(checks == ["http,success,10.20.16.160,8080", "http,success,10.20.16.161,8080"])
        #expect(try client.query("SELECT count(*) FROM health_checks") == ["0"])
    }

    @Test func `each planted error is told with its kind and side`() throws {
        let stack = try LoadBalancerStack("errors")
        let target = try Leg(stack, .target, "t0")
        let client = try Leg(stack, .balancer, "l0")
        let recording = stack.folder.path("t0.pcap")
        let tcpdump = try stack.start(
            .target, "tcpdump",
            ["-i", "t0", "-s", "0", "-B", "65536", "--time-stamp-precision=nano", "-Z", "root", "-U", "-w", recording],
            says: "listening on")
        try stack.begin(loss: 4, late: 3, configurations: ["haproxy.cfg", "haproxy-sick.cfg"])
        let sent = try stack.request("errors")
        Thread.sleep(forTimeInterval: 2)
        _ = try target.finish(stack)
        _ = try client.finish(stack)
        kill(tcpdump.processIdentifier, SIGKILL)
        tcpdump.waitUntilExit()
        let plan = { (kind: String) in sent[kind] ?? -1 }
        try Self.checkTargetSide(target, plan)
        try Self.checkClientSide(client, plan)
        try Self.compareWithWireshark(target, stack, recording)
    }

    /// What the target's own interface shows.
    private static func checkTargetSide(_ leg: Leg, _ plan: (String) -> Int) throws {
        let lines = try leg.lines()
        let host = "GET www.shop.example.com"
        var expected = [
            ("APP_ERROR: HTTP 500: \(host)/e500 ", plan("/e500")),
            ("APP_ERROR: HTTP 503: \(host)/e503 ", plan("/e503")),
            ("APP_ERROR: reset before the whole response: \(host)/reset ", plan("/reset")),
            ("LB_ERROR: reset before the whole response: \(host)/static/8m.bin ", plan("slow_readers")),
            ("TIMEOUT: SYN not answered within 5 s: 10.20.16.10:", plan("/silent")),
            ("TIMEOUT: no response within 5 s: 10.20.16.10:", plan("/slow/9000")),
            ("TCP_ERROR: reset by server in state RSTR: ", plan("/reset")),
            ("TCP_ERROR: connection refused: ", plan("/refused")),
        ]
        slow(lines, "/slow/{id}", plan("/slow/1500") + plan("/slow/9000"))
        slow(lines, "/static/8m.bin", plan("slow_readers"))
        let failed = count(lines, "HEALTH_CHECK_FAIL: HTTP 500 from 10.20.16.161:8081 to 10.20.16.10")
        let hanging = count(lines, "HEALTH_CHECK_TIMEOUT: 10.20.16.161:9996 gave 10.20.16.10 no answer within 5 s")
        #expect(failed > 5 && hanging >= 1, "\(lines)")
        expected += [("HEALTH_CHECK_FAIL", failed), ("HEALTH_CHECK_TIMEOUT", hanging)]
        check(lines, expected)
        #expect(count(lines, "TCP_ERROR: reset by server", " to 10.20.16.160:9997") == plan("/reset"))
        #expect(count(lines, "TCP_ERROR: connection refused", " to 10.20.16.160:9998") == plan("/refused"))
        #expect(count(lines, "TIMEOUT: SYN not answered", " to 10.20.16.170:8080") == plan("/silent"))
        let findings = try leg.findings()
        for finding in [
            "connection-refused,target,10.20.16.160:9998,\(plan("/refused"))",
            "reset-by-target,target,10.20.16.160:9997,\(plan("/reset"))",
            "syn-timeout,target,10.20.16.170:8080,\(plan("/silent"))",
            "health-check-failure,target,10.20.16.161:8081,\(failed)",
            "health-check-timeout,target,10.20.16.161:9996,\(hanging)",
        ] { #expect(findings.contains(finding), "\(finding) in \(findings)") }
        #expect(count(findings, "zero-window-stall,load-balancer,10.20.16.10,") == 1, "\(findings)")
        #expect(
            try leg.query("SELECT sum(count) FROM findings WHERE \"check\" = 'http-5xx-target'")
                == ["\(plan("/e500") + plan("/e503"))"])
    }

    /// What the load balancer's interface to the clients shows.
    private static func checkClientSide(_ leg: Leg, _ plan: (String) -> Int) throws {
        let lines = try leg.lines()
        let host = "GET www.shop.example.com"
        check(
            lines,
            [
                ("APP_ERROR: HTTP 500: \(host)/e500 ", plan("/e500")),
                ("APP_ERROR: HTTP 503: \(host)/e503 ", plan("/e503")),
                ("LB_ERROR: HTTP 503: \(host)/nobody ", plan("/nobody")),
                ("LB_ERROR: HTTP 503: \(host)/refused ", plan("/refused")),
                ("LB_ERROR: HTTP 503: \(host)/silent ", plan("/silent")),
                ("TIMEOUT: no response within 5 s: 10.40.0.", plan("/silent") + plan("/slow/9000")),
                ("TCP_ERROR: reset by client in state RSTO: 10.40.0.2", plan("reset_by_client") + plan("slow_readers")),
            ])
        slow(lines, "/slow/{id}", plan("/slow/1500") + plan("/slow/9000"))
        slow(lines, "/silent", plan("/silent"))
        slow(lines, "/static/8m.bin", plan("slow_readers"))
        // A reset that overtakes the head of the answer, as loss will have it, leaves the load balancer nothing but a 502.
        let cut = count(lines, "APP_ERROR: target-closed before the whole response: \(host)/reset ")
        let bad = count(lines, "LB_ERROR: HTTP 502: \(host)/reset ")
        #expect(cut + bad == plan("/reset"))
        let findings = try leg.findings()
        #expect(count(findings, "reset-by-client,client,10.40.0.20") == plan("reset_by_client"), "\(findings)")
        #expect(count(findings, "zero-window-stall,client,10.40.0.210,") == 1, "\(findings)")
        #expect(
            try leg.query("SELECT sum(count) FROM findings WHERE \"check\" = 'http-5xx-load-balancer'")
                == ["\(plan("/nobody") + plan("/refused") + plan("/silent") + bad)"])
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

    /// Lost and late segments are seen live, and those of the recording are those that Wireshark finds in it.
    private static func compareWithWireshark(_ leg: Leg, _ stack: LoadBalancerStack, _ recording: String) throws {
        let sums = "SELECT sum(retransmissions) || ' ' || sum(out_of_order) FROM connections"
        let live = try leg.query(sums)[0].split(separator: " ").compactMap { Int($0) }
        try #require(live.count == 2)
        let counted = try ["retransmission", "out_of_order"].map { name in
            try Program.tool(
                "tshark", ["-r", recording, "-Y", "tcp.analysis.\(name)", "-T", "fields", "-e", "frame.number"]
            ).output.split(separator: "\n").count
        }
        // Whether a late segment is out of order or sent again is a matter of milliseconds: a busy machine may have none of either.
        #expect(live[0] + live[1] > 0)
        for (told, known) in zip(live, counted) { #expect((told > 0) == (known > 0), "\(live) and \(counted)") }
        let store = stack.folder.path("recording.db")
        let ingest = try Program.run(["ingest", recording, "--store", store, "--quiet"])
        #expect(ingest.status == 0, "\(ingest.errors)")
        let read = try Program.run(["query", sums, "--store", store, "--format", "csv"])
        #expect(
            read.output.split(whereSeparator: \.isNewline).last.map(String.init) == "\(counted[0]) \(counted[1])",
            "\(read.errors)")
    }
}
