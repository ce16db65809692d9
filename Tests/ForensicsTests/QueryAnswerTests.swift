import Foundation
import Testing

/// What named queries say of a few lines, beside what `top` says.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct QueryAnswerTests {
    /// A request that ended so many seconds after nine o'clock.
    private static func line(
        _ second: Int, _ status: String, phases: String = "0.001 0.010 0.000",
        created: String = "2026-03-17T09:00:00.000000Z"
    ) -> String {
        "http 2026-03-17T09:00:0\(second).500000Z app/lb/1 198.51.100.1:4000 10.0.0.1:80 \(phases) \(status) - 100 500 "
            + "\"GET http://a.example.com:80/items/\(second) HTTP/1.1\" \"curl/7\" - - arn:aws:x \"-\" \"-\" \"-\" 0 \(created) "
            + "\"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"-\" \"-\" \"-\""
    }

    /// The rows of an answer: those of a query stand alone.
    private static func rows(_ log: String, _ arguments: [String]) throws -> [[String: Any]] {
        try rows(Data(log.utf8), arguments)
    }

    private static func rows(_ evidence: Data, _ arguments: [String]) throws -> [[String: Any]] {
        let text = try output(evidence, arguments)
        guard arguments.first == "query" else { return try Answer.rows(text) }
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    }

    /// The rows of an export.
    private static func exported(_ log: String, _ arguments: [String]) throws -> [Any] {
        let text = try output(Data(log.utf8), ["export"] + arguments)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any])
    }

    private static func output(_ evidence: Data, _ arguments: [String]) throws -> String {
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.file("a.log", evidence)
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", file.path, "--store", store, "-q"]).status == 0)
        let run = try Program.run(arguments + ["--store", store, "--format", "json"])
        #expect(run.status == 0, "\(run.errors)")
        return run.output
    }

    /// Three requests that were never answered, one 404 and one 200.
    private static let requests = ["000", "000", "000", "404", "200"].enumerated().map { line($0, $1) }
        .joined(separator: "\n")
    /// Two connections without a handshake, one with.
    private static let connections = ["-", "-", "3"].enumerated().map {
        "tls 2.0 2026-03-17T09:00:0\($0) net/n/1 l1 198.51.100.1:1 10.0.0.1:443 5 \($1) 5 5 - - - - - - a.example.com"
    }.joined(separator: "\n")

    @Test(arguments: [
        (["top", "client"], 4, 2), (["query", "client-ips"], 4, 2), (["query", "domains"], 4, 2),
        (["query", "target-ports"], 4, 2),
    ])
    func `errors are the same wherever they are counted`(_ arguments: [String], _ ofRequests: Int, _ ofConnections: Int)
        throws
    {
        let requests = try Self.rows(Self.requests, arguments).first { $0["fact"] as? String != "connections" }
        #expect(requests?["errors"] as? Int == ofRequests)
        #expect(try Self.rows(Self.connections, arguments).first?["errors"] as? Int == ofConnections)
    }

    @Test(arguments: [
        (["--status", "000"], 3), (["--status", "!000"], 2), (["--status", "4xx"], 1), (["--path", "/items/{id}"], 5),
        (["--path", "/items/3"], 1), (["--path", "!/items/*"], 0), (["--domain", "A.example.COM"], 5),
        (["--target", "10.0.0.0/24"], 5), (["--target", "10.0.0.1:81"], 0), (["--load-balancer", "lb"], 5),
    ])
    func `export and top mean the same by a filter`(_ filter: [String], _ count: Int) throws {
        #expect(try Self.exported(Self.requests, ["requests"] + filter).count == count)
        if count == 0 { return }
        let top = try Self.rows(Self.requests, ["top", "client"] + filter)
        #expect(top.reduce(0) { $0 + ($1["requests"] as? Int ?? 0) } == count)
    }

    @Test func `health checks are exported by the kind of evidence`() throws {
        let log = Self.checks([("10.1.0.5", "10.0.0.1:80", ["PASS 200 -"])])
        #expect(try Self.exported(log, ["health_checks", "--kind", "alb-health-check"]).count == 1)
        #expect(try Self.exported(log, ["health_checks", "--kind", "!alb-health-check"]).isEmpty)
    }

    @Test func `paths that are never answered are among those that fail`() throws {
        let rows = try Self.rows(Self.requests, ["query", "errors-by-path"])
        #expect(rows.map { $0["path"] as? String } == ["/items/0", "/items/1", "/items/2", "/items/3"])
        #expect(rows.allSatisfy { $0["errors"] as? Int == 1 && $0["error_share"] as? Double == 1 })
    }

    @Test(arguments: [
        ("0.001 -1 -1", "target"), ("-1 -1 -1", "none"), ("0.001 0.500 -1", "response"), ("0.001 59.000 -1", "target"),
        ("0.001 0.010 60.000", "response"), ("30.000 -1 -1", "request"), ("40.000 -1 -1", "request"),
    ])
    func `a minute that no phase tells was spent in the first that did not end`(_ phases: String, _ phase: String)
        throws
    {
        // 60 s from its creation to its end.
        let log = Self.line(0, "504", phases: phases, created: "2026-03-17T08:59:00.500000Z")
        #expect(try Self.rows(log, ["query", "slow-requests"]).map { $0["slowest_phase"] as? String } == [phase])
    }

    /// A check each 15 s, of which the outcomes are given by node.
    private static func checks(_ nodes: [(node: String, target: String, outcomes: [String])]) -> String {
        nodes.flatMap { one in
            one.outcomes.enumerated().map { index, outcome in
                let time = "2026-03-17T09:\(10 + index / 4):\(10 + 15 * (index % 4)).000000Z"
                return "http \(time) 0.1 \(one.target) tg \(outcome) app/lb/1 \(one.node)"
            }
        }.joined(separator: "\n")
    }

    @Test func `nodes that disagree all the time are no flapping target`() throws {
        let log = Self.checks([
            ("10.1.0.5", "10.0.0.1:80", Array(repeating: "PASS 200 -", count: 20)),
            ("10.1.0.6", "10.0.0.1:80", Array(repeating: "FAIL - TimedOut", count: 20)),
        ])
        #expect(try Self.rows(log, ["query", "health-flaps"]).isEmpty)
        #expect(try Self.rows(log, ["findings"]).allSatisfy { $0["check"] as? String != "health-flap" })
    }

    @Test func `changes are those between success and failure, of each Lambda function by itself`() throws {
        let function = "arn:aws:lambda:us-east-1:123456789012:function:"
        let log = Self.checks([
            (
                "10.1.0.5", function + "a",
                ["PASS 200 -", "FAIL 500 ResponseCodeMismatch", "FAIL - TimedOut", "PASS 200 -"]
            ),
            ("10.1.0.5", function + "b", ["FAIL 500 ResponseCodeMismatch", "FAIL - TimedOut"]),
        ])
        let flaps = try Self.rows(log, ["query", "health-flaps"])
        #expect(flaps.map { $0["target_name"] as? String } == [function + "a", function + "a"])
        #expect(flaps.map { "\($0["was"] ?? "") \($0["became"] ?? "")" } == ["success failure", "timeout success"])
        #expect(flaps.map { $0["after_s"] as? Double } == [15, 15])
        let checks = try Self.rows(log, ["query", "health-checks"])
        #expect(Set(checks.compactMap { $0["target_name"] as? String }) == [function + "a", function + "b"])
        #expect(checks.allSatisfy { $0["checks"] as? Int == ($0["outcome"] as? String == "success" ? 2 : 1) })
    }

    @Test func `a flap at the beginning of the time asked for is told`() throws {
        // 09:10:10 to 09:10:55; the change is at 09:10:25.
        let log = Self.checks([("10.1.0.5", "10.0.0.1:80", ["PASS 200 -", "FAIL - TimedOut", "FAIL - TimedOut"])])
        let flaps = try Self.rows(log, ["query", "health-flaps", "from=2026-03-17T09:10:20Z"])
        #expect(flaps.map { "\($0["was"] ?? "") \($0["became"] ?? "")" } == ["success timeout"])
        #expect(try Self.rows(log, ["query", "health-flaps", "from=2026-03-17T09:10:30Z"]).isEmpty)
    }

    @Test func `connections without TLS are no failed handshakes`() throws {
        let plain = EvidenceLines.albConnection(1, "198.51.100.1", trace: 1)
            .replacing(" 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.004 ", with: " 80 - - - ").replacing(
                " Success ", with: " - ")
        let lines = [
            plain, EvidenceLines.albConnection(2, "198.51.100.2", trace: 2),
            EvidenceLines.albConnection(3, "198.51.100.3", trace: 3, refused: "ClientCertUntrusted"),
            EvidenceLines.albConnection(4, "198.51.100.4", trace: 4, refused: "UnmappedConnectionError")
                .replacing(" TLSv1.3 ", with: " - "),
        ]
        let rows = try Self.rows(lines.joined(separator: "\n"), ["query", "tls"])
        let counts = rows.map { row in
            "\(row["tls_version"] as? String ?? "-") \(row["tls_cipher"] as? String ?? "-") \(row["connections"] ?? "") "
                + "\(row["failed"] ?? "")"
        }
        #expect(counts.sorted() == ["- - 1 1", "TLSv1.3 - 1 1", "TLSv1.3 TLS_AES_128_GCM_SHA256 1 0"], "\(counts)")
    }

    /// A connection that is tried and not answered, one that is refused, one that its client gives up, one of which the server's
    /// packets are missing, one with an answered request, and, a second before the end, one whose answer is to come.
    private static let attempts: Data = {
        func client(_ number: UInt8) -> PacketScript.End { PacketScript.End([1, number], 40_000 + Int(number)) }
        let server = PacketScript.End([2, 2], 80)
        var script = PacketScript()
        for number in UInt8(1)...4 { script.segment(0.1 * Double(number), client(number), server, 0x02, (100, 0)) }
        script.segment(1.1, client(1), server, 0x02, (100, 0))
        script.segment(0.21, server, client(2), 0x14, (0, 101))
        script.segment(0.9, client(3), server, 0x04, (101, 0))
        script.segment(0.41, client(4), server, 0x10, (101, 501))
        script.segment(0.42, client(4), server, 0x18, (101, 501), PacketScript.get("/"))
        script.segment(0.5, client(4), server, 0x10, (101 + PacketScript.get("/").utf8.count, 551))
        script.exchange(at: 2, client(5), server)
        script.exchange(at: 29, client(6), server, answer: nil)
        script.segment(30, client(9), server, 0x10, (1, 1))
        return PacketScript.file(script.ordered)
    }()

    @Test func `unanswered SYNs are those that nothing answered`() throws {
        let rows = try Self.rows(Self.attempts, ["query", "unanswered-syns"])
        let told = rows.map { "\($0["state"] ?? "") \($0["connections"] ?? "") \($0["packets"] ?? "")" }
        #expect(told.sorted() == ["RSTOS0 1 2", "S0 1 2"], "\(rows)")
        let resets = try Self.rows(Self.attempts, ["query", "resets"])
        let states = resets.map { "\($0["state"] ?? "") \($0["connections"] ?? "")" }
        #expect(states.sorted() == ["REJ 1", "RSTOS0 1"], "\(resets)")
    }

    @Test func `what the end of the evidence cut off was not left unanswered by its target`() throws {
        let row = try #require(try Self.rows(Self.attempts, ["query", "errors-by-target"]).first)
        // That of the fourth client was answered, as its acknowledgment tells; the capture lacks it.
        #expect(row["requests"] as? Int == 3 && row["unanswered"] as? Int == 0, "\(row)")
        #expect(row["errors_5xx"] as? Int == 0 && row["by_target"] as? Int == 0, "\(row)")
    }

    @Test func `the share of errors is of all that can fail`() throws {
        let minutes = try Self.rows(Self.attempts, ["query", "traffic-by-minute"])
        let sums = ["requests", "connections", "errors"].map { name in
            minutes.reduce(0) { $0 + ($1[name] as? Int ?? 0) }
        }
        #expect(minutes.count == 1 && sums[0] == 3 && sums[1] == 7, "\(minutes)")
        let share = try #require(minutes.first?["error_share"] as? Double)
        #expect(abs(share - Double(sums[2]) / 10) < 0.00005, "\(minutes)")
    }

    @Test func `what a client did is told by when it began`() throws {
        let slow = Self.line(9, "200", phases: "0.001 8.000 0.000")
        let quick = Self.line(3, "200", created: "2026-03-17T09:00:03.400000Z")
        let rows = try Self.rows(
            [slow, quick].joined(separator: "\n"), ["query", "one-client", "client=198.51.100.1"])
        let times = rows.filter { $0["fact"] as? String == "request" }.compactMap { $0["time"] as? String }
        #expect(times == ["2026-03-17T09:00:00.000000000Z", "2026-03-17T09:00:03.400000000Z"], "\(rows)")
    }
}
