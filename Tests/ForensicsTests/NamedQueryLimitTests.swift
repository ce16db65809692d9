import Foundation
import Testing

/// How many rows a named query gives, of which kinds, and what it says of those that it leaves out.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct NamedQueryLimitTests {
    /// Sixty clients of an ALB, three of a Classic Load Balancer and one of an NLB, none of which was there before nine.
    private static func withCase(_ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.log(
            "logs/alb.log", (0..<60).map { EvidenceLines.alb(Double($0), "198.51.100.\($0 + 1)", trace: $0 + 1) })
        try folder.log("logs/clb.log", (0..<3).map { EvidenceLines.clb(Double($0), "203.0.113.\($0 + 1)") })
        try folder.log("logs/nlb.log", [EvidenceLines.nlb(1, "192.0.2.1", milliseconds: 200)])
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "-q"]).status == 0)
        try body(store)
    }

    private static let from = "from=2026-03-17T09:00:00Z"

    private static func rows(_ query: [String], _ store: String) throws -> (rows: [[String: Any]], errors: String) {
        let run = try Program.run(["query"] + query + ["--store", store, "--format", "json"])
        #expect(run.status == 0, "\(query) \(run.errors)")
        let value = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
        return (try #require(value as? [[String: Any]]), run.errors)
    }

    /// What a row shows: fact, kind and capture point.
    private static func views(_ rows: [[String: Any]]) -> [String] {
        rows.map { row in ["fact", "kind", "vantage"].map { row[$0] as? String ?? "-" }.joined(separator: " ") }
    }

    @Test(arguments: [
        ["new-clients", from], ["domains"], ["owners"], ["target-ports"], ["tls"], ["user-agents"],
        ["errors-by-target"],
        ["client-ips"], ["longest-connections"],
    ])
    func `no limit takes a kind of evidence away`(query: [String]) throws {
        try Self.withCase { store in
            let all = Set(Self.views(try Self.rows(query + ["limit=1000"], store).rows))
            #expect(all.count > 1 || query[0] == "longest-connections", "\(all)")
            let one = Self.views(try Self.rows(query + ["limit=1"], store).rows)
            #expect(one.sorted() == all.sorted(), "\(query)")
        }
    }

    @Test func `a query that stops at its usual limit of one kind says so`() throws {
        try Self.withCase { store in
            let stopped = try Self.rows(["new-clients", Self.from], store)
            let requests = stopped.rows.filter { $0["fact"] as? String == "requests" }
            #expect(requests.count { $0["kind"] as? String == "alb" } == 50)
            #expect(requests.count { $0["kind"] as? String == "clb" } == 3)
            #expect(stopped.rows.contains { $0["kind"] as? String == "nlb" })
            #expect(
                stopped.errors.contains("query new-clients: stops at 50 rows of each kind, and there may be more"),
                "\(stopped.errors)")
            // Fewer rows of each kind than that are all, however many there are together.
            let few = try Self.rows(["new-clients", Self.from, "kind=clb"], store)
            #expect(few.rows.count == 3 && !few.errors.contains("stops at"), "\(few.errors)")
            let more = try Self.rows(["target-ports"], store)
            #expect(!more.errors.contains("stops at"), "\(more.errors)")
            let all = try Self.rows(["new-clients", Self.from, "limit=60"], store)
            #expect(all.rows.count { $0["fact"] as? String == "requests" } == 63)
            #expect(!all.errors.contains("stops at"), "\(all.errors)")
        }
    }

    @Test(arguments: ["192.0.2.1/32", "192.0.2.0/24", "foo", "5", "2001:db8::/64", ""])
    func `an address is one address, and what is none is refused`(text: String) throws {
        try Self.withCase { store in
            let run = try Program.run(["query", "one-client", "client=\(text)", "--store", store])
            #expect(run.status == 64 && run.output.isEmpty, "\(run.output)")
            #expect(run.errors.contains("client=\(text): is no single address"), "\(run.errors)")
            #expect(try Self.rows(["one-client", "client=192.0.2.1"], store).rows.count == 1)
        }
    }

    @Test func `the time that was looked at is told in UTC`() throws {
        try Self.withCase { store in
            let cases: [([String], String)] = [
                (
                    ["query", "client-ips", "--from", "09:00", "--to", "09:00:30"],
                    "2026-03-17T09:00:00Z to 2026-03-17T09:00:30Z"
                ),
                (["query", "client-ips", "from=10:00", "--tz", "Europe/Berlin"], "from 2026-03-17T09:00:00Z on"),
                (["query", "client-ips", "--to", "-30s"], "before 2026-03-17T09:00:29"),
                (
                    ["export", "requests", "--from", "09:00", "--to", "09:00:30"],
                    "2026-03-17T09:00:00Z to 2026-03-17T09:00:30Z"
                ),
                (["sources", "--from", "09:00", "--to", "09:00:30"], "2026-03-17T09:00:00Z to 2026-03-17T09:00:30Z"),
                (
                    ["sources", "--coverage", "--from", "09:00", "--to", "09:00:30"],
                    "coverage: 2026-03-17T09:00:00Z to"
                ),
                (["sources", "--rejects", "--from", "09:00", "--to", "09:00:30"], "rejects: 2026-03-17T09:00:00Z to"),
            ]
            for (arguments, text) in cases {
                let run = try Program.run(arguments + ["--store", store, "--format", "csv"])
                #expect(run.status == 0 && run.errors.contains(text), "\(arguments): \(run.errors)")
                let quiet = try Program.run(arguments + ["--store", store, "--format", "csv", "-q"])
                #expect(!quiet.errors.contains(text) && quiet.output == run.output, "\(arguments): \(quiet.errors)")
            }
            let ledger = try Program.run(["query", "ledger", "--from", "09:00", "--store", store])
            #expect(!ledger.errors.contains("query ledger: from"), "\(ledger.errors)")
            let wrong = ["query", "client-ips", "from=09:01", "to=09:00", "--store", store]
            #expect(try Program.run(wrong).status == 64)
        }
    }

    @Test func `health checks count where they are asked for, and SQL says that they do not`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let clients = (0..<3).map { EvidenceLines.clb(Double($0), "203.0.113.\($0 + 1)") }
        let checks = (0..<2).map {
            EvidenceLines.clb(Double($0) + 0.5, "10.0.0.9").replacing("curl/8", with: "ELB-HealthChecker/1.0")
        }
        let store = folder.path("case.db")
        let log = try folder.log("clb.log", clients + checks)
        #expect(try Program.run(["ingest", log, "--store", store, "-q"]).status == 0)
        let marked = try Self.rows(["SELECT count(*) AS n FROM requests WHERE is_health_check = 1"], store).rows
        #expect(marked.first?["n"] as? Int == 2)
        let option = "--include-health-checks"
        let queries = ["status-codes", "client-ips", "domains", "target-ports", "user-agents", "traffic-by-minute"]
        for query in queries {
            for (arguments, count) in [([], 3), ([option], 5), (["health_checks=1"], 5), (["health_checks=0"], 3)] {
                let rows = try Self.rows([query] + arguments, store).rows
                let counted = rows.reduce(0) { $0 + (($1["requests"] ?? $1["count"]) as? Int ?? 0) }
                #expect(counted == count, "\(query) \(arguments)")
            }
        }
        let latencies = try Self.rows(["latency-by-minute", "measure=total_ms", option], store).rows
        #expect(latencies.reduce(0) { $0 + ($1["count"] as? Int ?? 0) } == 5, "\(latencies)")
        let wrong = try Program.run(["query", "status-codes", "health_checks=2", "--store", store])
        #expect(wrong.status == 64 && wrong.errors.contains("health_checks is 0 or 1"), "\(wrong.errors)")
        let idle = try Self.rows(["ledger", option], store)
        #expect(idle.errors.contains("query ledger: takes no health_checks: passed over"), "\(idle.errors)")
        let sql = try Self.rows(["SELECT count(*) AS n FROM requests", option], store)
        #expect(sql.errors.contains("SQL cannot be filtered by health checks: passed over."), "\(sql.errors)")
    }

    @Test func `a domain is named whole`() throws {
        try Self.withCase { store in
            for text in ["*.example", "!*.example"] {
                let run = try Program.run(["top", "client", "--domain", text, "--store", store])
                #expect(run.status == 64 && run.errors.contains("--domain *.example: is a pattern"), "\(run.errors)")
            }
        }
    }
}
