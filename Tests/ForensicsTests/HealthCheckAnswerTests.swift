import Foundation
import Testing

/// Health checks in answers that are about something else.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct HealthCheckAnswerTests {
    private static func check(_ second: Double, status: Int) -> String {
        "http \(EvidenceLines.stamp(second)) app/shop/0a 10.0.0.9:1000 10.0.0.1:80 0.000 0.001 0.000 \(status) \(status) 34 366 "
            + "\"GET http://www.example.com:80/ HTTP/1.1\" \"ELB-HealthChecker/2.0\" - -"
    }

    /// Ten checks over ten minutes, of which the last six fail.
    private static let checks = (0..<10).map { check(Double($0) * 60, status: $0 < 4 ? 200 : 503) }

    /// A check of a target group's own log.
    private static func probe(_ second: Double, node: Int = 5, isTimedOut: Bool = false) -> String {
        "http \(EvidenceLines.stamp(second)) 0.1 10.0.0.1:80 tg \(isTimedOut ? "FAIL - TimedOut" : "PASS 200 -") app/lb/1 "
            + "10.1.0.\(node)"
    }

    private static let halves = [
        "--before", EvidenceLines.window(0, minutes: 20), "--during", EvidenceLines.window(1200, minutes: 20),
    ]

    /// Requests and checks of forty minutes; those of one node fail from some minute on.
    @Test(arguments: [
        (
            20.0,
            "Health checks, as alb-health-check shows them: 40 of 80 failed (all of node 10.1.0.6), and 0 of 80 before."
        ), (99, ""),
    ])
    func `checks that fail in a log of their own are in a comparison of requests`(
        minute: Double, said: String
    ) throws {
        let probes = (0..<80).flatMap { turn in
            let second = Double(turn) * 30
            return [Self.probe(second), Self.probe(second, node: 6, isTimedOut: second >= minute * 60)]
        }
        let requests = (0..<2400).map { EvidenceLines.alb(Double($0), "192.0.2.\($0 % 40)", trace: $0 + 1) }
        try Self.withCase(["probes": probes, "alb": requests]) { store in
            let answer = try ComparedAnswer(["--store", store] + Self.halves)
            #expect(answer.sentence.contains("Health checks") == !said.isEmpty, "\(answer.sentence)")
            #expect(said.isEmpty || answer.sentence.contains(said), "\(answer.sentence)")
            let isTold = answer.run.output.contains(
                "Of the health checks that alb-health-check shows 0 of 80 failed before and 0 of 80 during.")
            #expect(isTold == said.isEmpty, "\(answer.run.output)")
            let rows = try Program.run(["query", "health-checks", "--store", store, "--format", "json"])
            let nodes = (try JSONSerialization.jsonObject(with: Data(rows.output.utf8)) as? [[String: Any]] ?? []).map {
                "\($0["node"] ?? "") \($0["outcome"] ?? "") \($0["checks"] ?? "")"
            }
            let failing = ["10.1.0.5 success 80", "10.1.0.6 success 40", "10.1.0.6 timeout 40"]
            #expect(Set(nodes) == Set(said.isEmpty ? ["10.1.0.5 success 80", "10.1.0.6 success 80"] : failing))
        }
    }

    private static func withCase(_ logs: [String: [String]], _ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        for (name, lines) in logs { try folder.log("logs/\(name).log", lines) }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "-q"]).status == 0)
        try body(store)
    }

    @Test(arguments: [[], ["--target", "10.0.0.1"], ["--include-health-checks"]])
    func `checks that fail in an access log are counted as failed`(more: [String]) throws {
        try Self.withCase(["alb": Self.checks]) { store in
            let run = try Program.run(["summary", "--store", store, "--format", "json"] + more)
            let totals = try #require((LakeTools.json(run.output)["totals"] as? [[String: Any]])?.first)
            #expect(totals["health_checks"] as? Int == 10 && totals["failed_health_checks"] as? Int == 6, "\(totals)")
        }
    }

    @Test func `what cannot tell a health check says nothing of any`() throws {
        let connections = (0..<10).map { EvidenceLines.nlb(Double($0), "192.0.2.1", milliseconds: 5) }
        let accepted = (0..<10).map { EvidenceLines.albConnection(Double($0), "192.0.2.1", trace: $0 + 1) }
        try Self.withCase(["nlb": connections, "accepted": accepted]) { store in
            let run = try Program.run(["summary", "--store", store, "--format", "json"])
            let totals = LakeTools.json(run.output)["totals"] as? [[String: Any]] ?? []
            #expect(totals.count == 2)
            for row in totals {
                #expect(row["health_checks"] is NSNull && row["failed_health_checks"] is NSNull, "\(row)")
            }
        }
    }

    @Test(arguments: [["top", "client"], ["timeline"]])
    func `a log of health checks alone is evidence where they count`(command: [String]) throws {
        try Self.withCase(["alb": Self.checks]) { store in
            let run = try Program.run(
                command + ["--include-health-checks", "--store", store, "--format", "json"])
            #expect(run.status == 0, "\(run.errors)")
            let requests = try Answer.rows(run.output).reduce(0) { $0 + ($1["requests"] as? Int ?? 0) }
            #expect(requests == 10)
        }
    }

    @Test(arguments: [[], ["--by", "requests"], ["--by", "connections"]])
    func `a log of probes cannot be compared, and is said so`(by: [String]) throws {
        try Self.withCase(["probes": (0..<240).map { Self.probe(Double($0) * 15) }]) { store in
            let windows = [
                "--before", EvidenceLines.window(0, minutes: 20), "--during", EvidenceLines.window(1800, minutes: 20),
            ]
            let run = try Program.run(["compare", "--store", store] + windows + by)
            #expect(run.status == 65 && run.errors.contains("cannot be compared"), "\(run.errors)")
            #expect(!run.errors.contains("use --by"))
            let summary = try Program.run(["summary", "--store", store])
            #expect(!summary.output.contains("over time (alb-health-check)"), "\(summary.output)")
        }
    }
}
