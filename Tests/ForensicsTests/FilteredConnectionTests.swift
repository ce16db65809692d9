import Foundation
import Testing

/// Connections where only a part of what tells of them is looked at, or was kept.
@Suite(.enabled(if: Program.path != nil)) struct FilteredConnectionTests {
    private static let windows = [
        "--before", EvidenceLines.window(300, minutes: 15), "--during", EvidenceLines.window(1200, minutes: 20),
    ]
    private static let holder = "198.51.100.7"

    /// A name of AWS's for an object of a load balancer's log.
    private static func object(_ balancer: String, node: String) -> String {
        "123456789012_elasticloadbalancing_us-east-1_app.\(balancer).50dc6c495c0c9188_20260317T1000Z_\(node)_aa.log"
    }

    private static func ingested(_ folder: Folder, _ options: [String] = []) throws -> String {
        let store = folder.path("case\(options.joined()).db")
        let run = try Program.run(["ingest", folder.path("logs"), "--store", store, "-q"] + options)
        #expect(run.status == 0, "\(run.errors)")
        return store
    }

    /// Two load balancers and two nodes; a client holds a connection of fourteen minutes to one of each, and asks the others
    /// too, each time on a connection of its own.
    private static func twoBalancers(_ folder: Folder) throws -> String {
        var trace = 100
        func requests(_ balancer: String, node: String, holds: Bool) -> [String] {
            stride(from: 300.0, to: 2400, by: 15).map { second in
                trace += 1
                let held = holds && second >= 1200 && second <= 2040
                return EvidenceLines.alb(
                    second, second.remainder(dividingBy: 60) == 0 ? holder : "192.0.2.\(trace % 40)",
                    trace: held && second.remainder(dividingBy: 60) == 0 ? 7 : trace
                ).replacing("app/shop/", with: "app/\(balancer)/").replacing(" 10.0.1.1 ", with: " \(node) ")
            }
        }
        try folder.log("logs/" + object("shop", node: "10.0.1.1"), requests("shop", node: "10.0.1.1", holds: true))
        try folder.log("logs/" + object("shop", node: "10.0.1.2"), requests("shop", node: "10.0.1.2", holds: false))
        try folder.log("logs/" + object("api", node: "10.0.1.3"), requests("api", node: "10.0.1.3", holds: false))
        return try ingested(folder)
    }

    @Test func `who holds connections to one load balancer is not told of another`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Self.twoBalancers(folder)
        let all = try ComparedAnswer(Self.windows + ["--store", store])
        #expect(all.activeLong.map { $0["client_ip"] as? String } == [Self.holder], "\(all.run.errors)")
        #expect(all.activeLong.first?["longest_during_ms"] as? Double == 840_050)
        for filter in [["--load-balancer", "api"], ["--vantage", "10.0.1.2"], ["--status", "200"]] {
            let some = try ComparedAnswer(Self.windows + ["--store", store] + filter)
            #expect(some.activeLong.isEmpty, "\(filter)")
            // Requests of a connection have one node and one load balancer in common, and nothing else that is asked for.
            #expect(some.sentence.contains("cannot be told") == (filter[0] == "--status"), "\(some.sentence)")
            #expect(!some.sentence.contains(Self.holder))
        }
        for filter in [["--client", Self.holder], ["--load-balancer", "shop"], ["--vantage", "10.0.1.1"]] {
            let own = try ComparedAnswer(Self.windows + ["--store", store] + filter)
            #expect(own.activeLong.map { $0["client_ip"] as? String } == [Self.holder], "\(filter)")
        }
        for (node, longest) in [("10.0.1.2", 50.0), ("10.0.1.3", 50)] {
            let top = try Program.run(
                ["top", "client", "--by", "duration", "--vantage", node, "--store", store, "--format", "json"])
            let rows = try Answer.rows(top.output)
            #expect(rows.allSatisfy { ($0["longest_ms"] as? Double ?? 0) <= longest }, "\(top.output)")
        }
    }

    @Test(arguments: ["all", "notable", "none"])
    func `connections that were not kept are unknown, not none`(choice: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        var lines: [String] = []
        for minute in 0..<40 {
            let second = Double(minute * 60 + 30)
            lines.append(EvidenceLines.nlb(second, Self.holder, milliseconds: 40_000))
            lines += (0..<5).map { EvidenceLines.nlb(second + Double($0), "192.0.2.\($0)", milliseconds: 900) }
        }
        lines.append(EvidenceLines.nlb(1845, Self.holder, milliseconds: 360_000))
        try folder.log("logs/nlb.log", lines)
        let store = try Self.ingested(folder, ["--rows", choice])
        let answer = try ComparedAnswer(Self.windows + ["--long", "30s", "--store", store])
        let row = try #require(answer.activeLong.first, "\(answer.run.errors)")
        #expect(row["client_ip"] as? String == Self.holder)
        let rates = (answer.members["changes"] as? [String: Any])?["rates"] as? [[String: Any]] ?? []
        let names = rates.compactMap { $0["measure"] as? String }
        if choice == "all" {
            #expect(row["had_long_before"] as? String == "yes" && row["long_before"] as? Int == 15)
            #expect(names.contains("long_connections"), "\(names)")
        } else {
            #expect(row["had_long_before"] as? String != "no", "\(row)")
            #expect(!names.contains("long_connections"), "\(names)")
            #expect(!answer.sentence.contains("did not hold before: \(Self.holder)"), "\(answer.sentence)")
        }
        if choice == "notable" {
            #expect(row["long_before"] is NSNull && row["had_long_before"] as? String == "unknown")
        }
    }

    @Test(arguments: [
        ["query", "status-codes"], ["query", "SELECT count(*) FROM requests"], ["export", "requests"],
        ["query", "status-codes", "--from", "09:05"],
    ])
    func `an answer made of rows says that some were not kept`(command: [String]) throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.log("logs/alb.log", (0..<600).map { EvidenceLines.alb(Double($0), "192.0.2.1", trace: $0 + 1) })
        for choice in ["all", "notable", "none"] {
            let store = try Self.ingested(folder, ["--rows", choice])
            let run = try Program.run(command + ["--store", store, "--format", "csv"])
            #expect(run.status == 0, "\(run.errors)")
            #expect(
                run.errors.contains("does not keep all rows (--rows \(choice))") == (choice != "all"), "\(run.errors)")
        }
        let store = try Self.ingested(folder, ["--rows", "none"])
        for sql in ["SELECT count(*) FROM sources", "SELECT sum(requests), sum(connections) FROM activity"] {
            let others = try Program.run(["query", sql, "--store", store])
            #expect(!others.errors.contains("rows"), "\(others.errors)")
        }
    }

    @Test(arguments: ["traffic-by-minute", "latency-by-minute"])
    func `an answer made of roll-ups counts what was not kept`(query: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.log("logs/alb.log", (0..<600).map { EvidenceLines.alb(Double($0), "192.0.2.1", trace: $0 + 1) })
        let store = try Self.ingested(folder, ["--rows", "none"])
        let run = try Program.run(["query", query, "--store", store, "--format", "csv"])
        #expect(run.status == 0 && !run.errors.contains("rows"), "\(run.errors)")
    }

    @Test func `durations of a sample are those that it stands for`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let captures = SampleIncidentTests.path("captures")
        #expect(try Program.run(["ingest", captures, "--sample", "4", "--store", store, "-q"]).status == 0)
        let sums = try Program.run([
            "query",
            "SELECT client_ip, sum(weight) AS timed, sum(weight * duration_ms) AS total FROM connections WHERE duration_ms IS NOT NULL"
                + " AND client_ip IS NOT NULL AND NOT is_health_check AND role = 'client' GROUP BY 1", "--store", store,
            "--format", "json",
        ])
        let known = try #require(
            try JSONSerialization.jsonObject(with: Data(sums.output.utf8)) as? [[String: Any]], "\(sums.errors)")
        let expected = Dictionary(
            known.map { ($0["client_ip"] as? String ?? "", $0) }, uniquingKeysWith: { one, _ in one })
        let top = try Program.run([
            "top", "client", "--by", "duration", "--store", store, "--limit", "5", "--format", "json",
        ])
        let rows = try Answer.rows(top.output)
        #expect(rows.count == 5, "\(top.errors)")
        for row in rows {
            let known = try #require(expected[row["client"] as? String ?? ""], "\(row)")
            #expect(row["durations"] as? Int == known["timed"] as? Int)
            let total = try #require(row["total_ms"] as? Double), sum = try #require(known["total"] as? Double)
            #expect(abs(total - sum) < 1e-6 * sum)
        }
    }
}
