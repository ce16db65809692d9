import Foundation
import Testing

/// What `query` and its neighbours do with the common options: apply them, refuse them, or say that they do not.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct QueryRestrictionTests {
    /// Five requests of an ALB, two of a Classic Load Balancer and two connections of an NLB, which began minutes before.
    private static func withCase(_ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        // They end half a second after a whole one.
        try folder.log(
            "logs/123456789012_elasticloadbalancing_us-east-1_app.shop.50dc6c495c0c9188_20260317T0905Z_10.0.1.1_00000001.log",
            (0..<5).map { EvidenceLines.alb(Double($0) + 0.45, "198.51.100.1", trace: $0 + 1) })
        try folder.log("logs/clb.log", (0..<2).map { EvidenceLines.clb(Double($0), "198.51.100.2") })
        try folder.log(
            "logs/nlb.log", (0..<2).map { EvidenceLines.nlb(Double($0), "198.51.100.3", milliseconds: 200_000) })
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "-q"]).status == 0)
        try body(store)
    }

    private static func rows(_ arguments: [String], _ store: String) throws -> (rows: [[String: Any]], errors: String) {
        let run = try Program.run(arguments + ["--store", store, "--format", "json"])
        #expect(run.status == 0, "\(arguments) \(run.errors)")
        let value = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
        return (value as? [[String: Any]] ?? (value as? [String: Any])?["rows"] as? [[String: Any]] ?? [], run.errors)
    }

    private static func requests(_ arguments: [String], _ store: String) throws -> Int {
        try rows(arguments, store).rows.filter { $0["fact"] as? String != "connections" }.reduce(0) {
            $0 + (($1["requests"] ?? $1["count"]) as? Int ?? 0)
        }
    }

    @Test(arguments: [
        // The requests ended at 0.5, 1.5, 2.5, 3.5 and 4.5 s.
        ("09:00:00", "09:00:05", 5), ("09:00:00.6", "09:00:02.5", 1), ("09:00:00.5", "09:00:02.500001", 3),
        ("09:00:00.500001", "09:00:01.4", 0), ("09:00:04.5", "09:00:04.500000001", 1),
    ])
    func `bounds between two seconds hold`(from: String, to: String, count: Int) throws {
        try Self.withCase { store in
            let times = ["--from", "2026-03-17T\(from)Z", "--to", "2026-03-17T\(to)Z", "--kind", "alb"]
            for query in ["status-codes", "client-ips", "domains", "user-agents"] {
                let counted = try Self.requests(["query", query] + times, store)
                #expect(counted == count, "\(query)")
            }
            if count == 0 { return }
            let ranked = try Self.requests(["top", "status"] + times, store)
            #expect(ranked == count)
        }
    }

    @Test func `the minute that holds the last part of a second counts`() throws {
        try Self.withCase { store in
            let at = { (time: String) in
                ["query", "traffic-by-minute", "--kind", "alb", "--from", "2026-03-17T08:59:00Z", "--to", time]
            }
            let before = try Program.run(at("2026-03-17T09:00:00Z") + ["--store", store, "--format", "csv"])
            let whole = try Self.requests(at("2026-03-17T09:00:00.5Z"), store)
            // The logs begin then.
            #expect(before.output.isEmpty && whole == 5)
            #expect(before.status == 65 && before.errors.contains("no evidence covers"), "\(before.errors)")
        }
    }

    @Test(arguments: [
        (["--kind", "!nlb"], "takes one kind"), (["--kind", "alb", "--kind", "clb"], "takes one kind"),
        (["--kind", "foo"], "is no kind of evidence"), (["kind=foo"], "is no kind of evidence"),
    ])
    func `a named query takes one kind of evidence, and refuses what is none`(options: [String], text: String) throws {
        try Self.withCase { store in
            let run = try Program.run(["query", "status-codes", "--store", store] + options)
            #expect(run.status == 64 && run.errors.contains(text), "\(run.errors)")
            #expect(run.output.isEmpty)
        }
    }

    @Test(arguments: [
        (["--kind", "alb"], 5), (["--kind", "clb"], 2), (["kind=clb"], 2), (["--kind", "alb", "--kind", "alb"], 5),
        (["--kind", "alb", "--kind", "clb", "--kind", "!clb"], 5), ([], 7),
    ])
    func `one kind, however it is named, is taken`(options: [String], count: Int) throws {
        try Self.withCase { store in
            #expect(try Self.requests(["query", "status-codes"] + options, store) == count)
            let ledger = try Self.rows(["query", "ledger", "--kind", "!nlb"], store)
            #expect(ledger.rows.count == 3 && ledger.errors.contains("takes no kind"), "\(ledger.errors)")
        }
    }

    @Test func `SQL says that it is not restricted to a time, and refuses what is none`() throws {
        try Self.withCase { store in
            let question = ["query", "SELECT count(*) AS n FROM requests"]
            let all = try Self.rows(question, store)
            #expect(all.rows.first?["n"] as? Int == 7 && !all.errors.contains("passed over"))
            for bound in ["--from", "--to"] {
                let run = try Self.rows(question + [bound, "2026-03-17T09:00:01Z"], store)
                #expect(run.rows.first?["n"] as? Int == 7)
                #expect(run.errors.contains("SQL cannot be filtered by time: passed over."), "\(run.errors)")
                let wrong = try Program.run(question + [bound, "garbage", "--store", store])
                #expect(wrong.status == 64 && wrong.output.isEmpty, "\(wrong.output)")
            }
        }
    }

    @Test func `a named query that stops at its limit says so, and a limit is a number`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let nlb = (0..<201).map { EvidenceLines.nlb(400 + Double($0), "198.51.100.3", milliseconds: 301_000) }
        let store = folder.path("case.db")
        let log = try folder.log("nlb.log", nlb)
        #expect(try Program.run(["ingest", log, "--store", store, "-q"]).status == 0)
        let stopped = try Self.rows(["query", "long-connections"], store)
        #expect(stopped.rows.count == 200)
        #expect(stopped.errors.contains("stops at 200 rows, and there may be more; limit=N"), "\(stopped.errors)")
        let all = try Self.rows(["query", "long-connections", "limit=1000"], store)
        #expect(all.rows.count == 201 && all.errors.isEmpty, "\(all.errors)")
        for limit in ["abc", "0", "-1"] {
            let run = try Program.run(["query", "long-connections", "limit=\(limit)", "--store", store])
            #expect(run.status == 64)
            #expect(run.errors.contains("limit is a number of rows"), "\(run.errors)")
        }
    }

    @Test func `findings name the filters that were applied`() throws {
        try Self.withCase { store in
            let options = ["--status", "503", "--path", "/a", "--client", "198.51.100.0/24"]
            let run = try Program.run(["findings", "--store", store, "--format", "json"] + options)
            let title = LakeTools.json(run.output)["title"] as? String
            #expect(title == "Findings (client 198.51.100.0/24, path /a, status 503)")
        }
    }

    @Test func `a load balancer and a node are not asked for together`() throws {
        try Self.withCase { store in
            let names = try Self.rows(["query", "SELECT DISTINCT vantage FROM sources WHERE kind = 'alb'"], store).rows
            let balancer = try #require(names.first?["vantage"] as? String)
            for one in [balancer, "10.0.1.1"] {
                let count = try Self.requests(["top", "node", "--kind", "alb", "--vantage", one], store)
                #expect(count == 5, "\(one)")
            }
            let both = ["top", "node", "--store", store, "--vantage", balancer, "--vantage", "10.0.1.1"]
            let run = try Program.run(both)
            #expect(run.status == 64 && run.errors.contains("--load-balancer"), "\(run.errors)")
            let part = ["top", "node", "--load-balancer", balancer, "--vantage", "10.0.1.1"]
            #expect(try Self.requests(part, store) == 5)
        }
    }

    @Test func `what a kind does not tell is absent minute by minute`() throws {
        try Self.withCase { store in
            let connections = try Self.rows(["query", "traffic-by-minute", "--kind", "nlb"], store).rows
            // The minutes in which they began hold no record.
            #expect(connections.map { $0["time"] as? String } == ["2026-03-17T09:00:00.000000000Z"])
            #expect(connections.first?["connections"] as? Int == 2 && connections.first?["requests"] is NSNull)
            let requests = try Self.rows(["query", "traffic-by-minute", "--kind", "alb"], store).rows
            #expect(requests.count == 1 && requests.first?["connections"] is NSNull)
            #expect(requests.first?["requests"] as? Int == 5)
        }
    }

    @Test func `an average is of those that it is known of`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        // One answer after a minute, and one of which no time is known.
        let late = EvidenceLines.alb(60, "198.51.100.1", trace: 1, status: 504).replacing(" 504 504 ", with: " 504 - ")
            .replacing("0.001 0.010 0.000", with: "-1 -1 -1")
        let created = "0 \(EvidenceLines.stamp(60)) \"forward\""
        let minute = late.replacing(created, with: "0 \(EvidenceLines.stamp(0.05)) \"forward\"")
        let unknown = late.replacing(created, with: "0 - \"forward\"")
        try folder.log("alb.log", [minute, unknown])
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("alb.log"), "--store", store, "-q"]).status == 0)
        let rows = try Self.rows(["query", "load-balancer-errors"], store).rows
        #expect(rows.map { $0["requests"] as? Int } == [2], "\(rows)")
        #expect(rows.map { $0["mean_total_ms"] as? Double } == [60_000], "\(rows)")
    }

    @Test func `rejected records are all counted, and those that are not listed are told`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let good = (0..<2000).map { EvidenceLines.alb(Double($0), "198.51.100.1", trace: $0 + 1) }
        // Short lines: thousands in one stretch of the file.
        let bad = (0..<20_000).map { "http 2026-03-17T10:00:00.\(100_000 + $0)Z app/shop/0a 198.51.100.1:1" }
        try folder.log("alb.log", good + bad)
        let store = folder.path("case.db")
        _ = try Program.run(["ingest", folder.path("alb.log"), "--store", store, "-q"])
        let counted = try Self.rows(["query", "rejected-records"], store).rows
        #expect(counted.map { $0["records"] as? Int } == [20_000], "\(counted)")
        #expect(counted.first?["first_record"] as? Int == 2001)
        let listed = try Self.rows(["sources", "--rejects"], store)
        #expect(listed.rows.count < 20_000)
        let left = 20_000 - listed.rows.count
        let digits = "\(left)".count > 3 ? "\(left / 1000),\(String(1000 + left % 1000).dropFirst())" : "\(left)"
        #expect(
            listed.errors.contains("\(digits) more rejected records are counted and not listed"), "\(listed.errors)")
    }
}
