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
        let text = try output(log, arguments)
        guard arguments.first == "query" else { return try Answer.rows(text) }
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    }

    /// The rows of an export.
    private static func exported(_ log: String, _ arguments: [String]) throws -> [Any] {
        let text = try output(log, ["export"] + arguments)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any])
    }

    private static func output(_ log: String, _ arguments: [String]) throws -> String {
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.file("a.log", Data(log.utf8))
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
}
