import ForensicsStore
import Foundation
import Testing

/// The options that every reading command shares, against plain SQL on the public views.
@Suite(.enabled(if: Program.path != nil), .serialized) struct CommonOptionTests {
    /// A filter, and what it means for a row of `requests`.
    struct Filter: CustomTestStringConvertible, Sendable {
        var options: [String]
        var condition: String
        var testDescription: String { options.joined(separator: " ") }

        init(_ options: String, _ condition: String) {
            self.options = options.split(separator: " ").map(String.init)
            self.condition = condition
        }
    }

    static let filters = [
        Filter("--client 198.51.100.0/24", "client_ip LIKE '198.51.100.%'"),
        Filter("--client 198.51.100.20 --client 203.0.113.30", "client_ip IN ('198.51.100.20', '203.0.113.30')"),
        Filter("--client !198.51.100.0/24", "client_ip NOT LIKE '198.51.100.%'"),
        Filter("--domain checkout.shop.example", "domain = 'checkout.shop.example'"),
        Filter(
            "--domain CHECKOUT.shop.example --domain www.shop.example",
            "domain IN ('checkout.shop.example', 'www.shop.example')"),
        Filter("--target 10.20.1.11:8443", "target_ip = '10.20.1.11' AND target_port = 8443"),
        Filter("--target 10.20.1.11", "target_ip = '10.20.1.11'"),
        Filter("--target-port 8443", "target_port = 8443"),
        Filter("--path /v1/*", "path LIKE '/v1/%'"),
        Filter("--status 5xx --status 460", "status BETWEEN 500 AND 599 OR status = 460"),
        Filter("--status !200", "status <> 200"),
        Filter("--load-balancer shop-alb", "load_balancer LIKE 'app/shop-alb/%'"),
        Filter(
            "--load-balancer 192.0.2.201/32",
            "id IN (SELECT r.id FROM requests r JOIN sources s ON s.id = r.source_id "
                + "WHERE s.path LIKE '%192.0.2.201%')"),
        Filter("--ignore 198.51.100.0/24", "client_ip NOT LIKE '198.51.100.%'"),
        Filter("--client 198.51.100.0/24 --status 5xx", "client_ip LIKE '198.51.100.%' AND status BETWEEN 500 AND 599"),
    ]

    private static func json(_ arguments: [String], _ store: String) throws -> Any {
        let run = try Program.run(arguments + ["--format", "json", "--store", store])
        #expect(run.status == 0, "\(arguments) \(run.errors)")
        return try JSONSerialization.jsonObject(with: Data(run.output.utf8))
    }

    private static func sum(_ arguments: [String], _ store: String) throws -> Int {
        let rows = try #require((try json(arguments, store) as? [String: Any])?["rows"] as? [[String: Any]])
        return rows.reduce(0) { $0 + ($1["requests"] as? Int ?? 0) }
    }

    private static func counted(_ condition: String, _ span: (String, String)?, _ store: String) throws -> Int {
        var text = "SELECT count(*) AS n FROM requests WHERE kind = 'alb' AND (\(condition))"
        if let span { text += " AND time >= '2026-03-17T\(span.0)' AND time < '2026-03-17T\(span.1)'" }
        let rows = try #require(try json(["query", text], store) as? [[String: Any]])
        return try #require(rows.first?["n"] as? Int)
    }

    @Test func `a filter that no evidence can answer is refused by every command`() throws {
        try ChosenWindowTests.withCase { _, store in
            for command in [["summary"], ["top", "client"], ["timeline"], ["spikes"]] {
                let run = try Program.run(command + ["--kind", "nlb", "--status", "5xx", "--store", store])
                #expect(run.status == 65, "\(command)")
                #expect(run.errors.contains("does not tell what is asked for by status"), "\(command): \(run.errors)")
            }
        }
    }

    @Test func `each filter means the same on every command`() throws {
        try ChosenWindowTests.withCase { _, store in
            for filter in Self.filters {
                let options = filter.options + ["--kind", "alb"]
                let all = try Self.counted(filter.condition, nil, store)
                #expect(all > 0, "\(filter)")
                #expect(try Self.sum(["timeline", "--limit", "1000"] + options, store) == all, "timeline \(filter)")
                #expect(try Self.sum(["top", "client", "--limit", "100000"] + options, store) == all, "top \(filter)")
                let exported = try #require(try Self.json(["export", "requests"] + options, store) as? [Any])
                #expect(exported.count == all, "export \(filter)")
                let summary = try #require(try Self.json(["summary"] + options, store) as? [String: Any])
                let totals = try #require(summary["totals"] as? [[String: Any]])
                #expect(totals.map { $0["requests"] as? Int } == [all], "summary \(filter)")
                let compared = try Self.json(
                    ["compare", "--before", "09:20/15m", "--during", "09:35/15m"] + options, store)
                let answer = try #require(compared as? [String: Any])
                let total = try #require(answer["total"] as? [String: Any])
                let windows = [("before", ("09:20", "09:35")), ("during", ("09:35", "09:50"))]
                for (window, span) in windows {
                    let count = try Self.counted(filter.condition, span, store)
                    #expect(total[window] as? Int == count, "compare \(window) \(filter)")
                }
                let question = try #require(answer["question"] as? [String: Any])
                #expect((question["filters"] as? [String])?.isEmpty == false, "\(filter)")
            }
        }
    }

    @Test func `every form of time names the same minutes, and the resolved ones are told`() throws {
        try ChosenWindowTests.withCase { _, store in
            let forms = [
                ["--from", "2026-03-17T09:35:00Z", "--to", "2026-03-17T09:50:00Z"],
                ["--from", "09:35", "--to", "09:50"],
                ["--from", "10:35", "--to", "10:50", "--tz", "Europe/Berlin"],
                ["--from", "2026-03-17T10:35:00+01:00", "--to", "2026-03-17T10:50:00+01:00"],
            ]
            let expected = try Program.run(["top", "client", "--kind", "nlb", "--store", store] + forms[0])
            #expect(expected.output.contains("2026-03-17T09:35:00Z to 2026-03-17T09:50:00Z"))
            for form in forms.dropFirst() {
                let run = try Program.run(["top", "client", "--kind", "nlb", "--store", store] + form)
                #expect(run.status == 0 && run.output == expected.output, "\(form) \(run.errors)")
            }
            // Beside the rows that machines get, what was counted, when and where is told apart.
            let csv = try Program.run(
                ["top", "client", "--kind", "nlb", "--client", "!192.0.2.10", "--format", "csv", "--store", store]
                    + forms[1])
            #expect(!csv.output.contains("09:35:00Z"))
            #expect(csv.errors.contains("2026-03-17T09:35:00Z to 2026-03-17T09:50:00Z"), "\(csv.errors)")
            #expect(csv.errors.contains("client !192.0.2.10"), "\(csv.errors)")
            let compare = [
                "compare", "--before", "09:20/15m", "--during", "09:35/15m", "--kind", "nlb", "--client",
                "203.0.113.0/24", "--store", store,
            ]
            for format in ["csv", "ndjson"] {
                let rows = try Program.run(compare + ["--format", format])
                #expect(!rows.output.contains("09:35:00Z"))
                for text in ["[2026-03-17T09:20:00Z, 2026-03-17T09:35:00Z)", "client 203.0.113.0/24", "best-effort"] {
                    #expect(rows.errors.contains(text), "\(rows.errors)")
                }
            }
            // What is pasted says it too.
            for command in [compare, ["top", "client", "--store", store], ["timeline", "--store", store]] {
                let pasted = try Program.run(command + ["--format", "markdown"])
                #expect(pasted.output.contains("2026-03-17T09:"), "\(pasted.output)")
                #expect(!pasted.errors.contains("2026-03-17T09:"), "\(pasted.errors)")
            }
        }
    }

    private static let windows = ["--before", "2026-03-17T09:20:00Z/15m", "--during", "2026-03-17T09:35:00Z/15m"]

    @Test(arguments: [["top", "client"], ["findings"], ["summary"], ["compare"] + windows])
    func `a load balancer that the case has not is refused, with those that it has`(command: [String]) throws {
        try ChosenWindowTests.withCase { _, store in
            func run(_ name: String) throws -> Program.Result {
                try Program.run(command + ["--load-balancer", name, "--store", store])
            }
            let refused = try run("shop-albs")
            #expect(
                refused.status == 65
                    && refused.errors.contains(
                        "--load-balancer shop-albs: there is no such load balancer; there is app/shop-alb/"),
                "\(refused.errors)")
            #expect(try run("shop-alb").status == 0 && run("!shop-albs").status == 0)
        }
    }

    @Test(arguments: [
        (["top", "client", "--status", "6xx"], "--status 6xx"), (["top", "client", "--status", "9xx"], "--status 9xx"),
        (["top", "client", "--status", "99"], "--status 99"), (["summary", "--status", "600x"], "--status 600x"),
        (["timeline", "--status", "1000"], "--status 1000"), (["top", "client", "--status", "+200"], "--status +200"),
        (["export", "requests", "--status", "!"], "--status '': is empty"),
        (["top", "client", "--target-port", "70000"], "--target-port 70000"),
        (["top", "client", "--target-port", "+80"], "--target-port +80"),
        (["findings", "--target", "10.20.1.300"], "--target 10.20.1.300"),
        (["top", "client", "--target", "!10.20.1.11:70000"], "--target 10.20.1.11:70000"),
        (["top", "client", "--target", "shop"], "--target shop: is no address; use 10.0.0.1,"),
        (["top", "client", "--load-balancer", "10.0.0.0/99"], "--load-balancer 10.0.0.0/99"),
        (["top", "client", "--load-balancer", ""], "--load-balancer '': is empty"),
        (["top", "client", "--domain", "https://www.shop.example"], "leave out scheme, port and path"),
        (["top", "client", "--domain", "!www.shop.example:443"], "--domain www.shop.example:443: is more than a name"),
        (["top", "client", "--domain", ""], "--domain '': is empty"),
        (["top", "client", "--path", "!"], "--path '': is empty"),
        (["top", "client", "--vantage", "!"], "--vantage '': is empty"),
        (["query", "findings", "severity=grave"], "severity=grave: no such name; use one of: info,"),
        (["query", "findings", "check=nothing"], "check=nothing: no such name; use one of: syn-timeout,"),
        (["query", "latency-by-minute", "measure=total"], "measure=total: no such name; use one of: request_ms,"),
        (["query", "long-connections", "long_ms=5m"], "long_ms=5m: is no number; use long_ms=300000"),
        (["query", "finding-evidence", "finding=first"], "finding=first: is no number"),
        (["sources", "--rejects", "--coverage"], "--rejects and --coverage"),
        (["ingest", "--dry-run", "nothing.log", "--tz", "Mars/Olympus"], "--tz Mars/Olympus"),
        (["ingest", "nothing.log", "--profile", "ops"], "--profile ops: does nothing without an input s3://"),
        (["ingest", "nothing.log", "--requester-pays"], "--requester-pays: does nothing without an input s3://"),
        (["ingest", "nothing.log", "--vantage", ""], "--vantage '': is empty"),
        (["ingest", "nothing.log", "--kind", "live"], "--kind live: is no kind of evidence in files"),
        (["ingest", "nothing.log", "--sample-seed", "5"], "--sample-seed 5: does nothing without --sample"),
        (
            ["compare"] + windows + ["--look-ahead", "5m"],
            "--look-ahead 5m: does nothing without inputs beside two times"
        ),
        (["compare"] + windows + ["--table", "changes"], "--table changes: does nothing without --format csv,"),
        (["compare"] + windows + ["--table", "changes", "--format", "json"], "--table changes: does nothing without"),
        (["compare"] + windows + ["--table", "change", "--format", "csv"], "--table change: is none of active-long,"),
        (["top"], "lbforensics: missing expected argument '<dimension>'; see `lbforensics top --help`."),
        (["top", "client", "--bogus"], "lbforensics: unknown option '--bogus'; see `lbforensics top --help`."),
        (["top", "client", "--limit", "0"], "lbforensics: --limit must be at least 1; see `lbforensics top --help`."),
    ]) func `what can match nothing, or is two questions, is refused`(arguments: [String], words: String) throws {
        try ChosenWindowTests.withCase { _, store in
            let run = try Program.run(arguments + ["--store", store])
            #expect(run.status == 64 && run.errors.contains(words), "\(run.errors)")
        }
    }

    @Test func `a case without a name is refused`() throws {
        let run = try Program.run(["top", "client", "--store", ""])
        #expect(run.status == 64)
        #expect(run.errors == "lbforensics: --store '' is empty; see `lbforensics top --help`.\n")
    }

    @Test(arguments: [
        ["--status", "999"], ["--status", "099"], ["--status", "0"], ["--status", "0xx"], ["--status", "!404"],
        ["--target-port", "0"], ["--target-port", "65535"], ["--target", "[2001:db8::1]:443"],
        ["--target", "2001:db8::/32"], ["--load-balancer", "app/shop-alb/50dc6c495c0c9188"],
        ["--load-balancer", "2001:db8::1"], ["--domain", "[2001:db8::1]"], ["--path", "*"],
    ]) func `what a row may have is taken, though none has it`(filter: [String]) throws {
        try ChosenWindowTests.withCase { _, store in
            let run = try Program.run(["top", "client", "--store", store] + filter)
            #expect(run.status == 0, "\(run.errors)")
        }
    }

    @Test func `a node of a load balancer is a vantage, and a name that nobody has is none`() throws {
        try ChosenWindowTests.withCase { _, store in
            func requests(_ options: [String]) throws -> Int {
                let run = try Program.run(
                    ["timeline", "--kind", "alb", "--format", "json", "--store", store] + options)
                #expect(run.status == 0, "\(run.errors)")
                return try Answer.rows(run.output).reduce(0) { $0 + ($1["requests"] as? Int ?? 0) }
            }
            let counted = try FlowLogTests.ask(
                [
                    "query",
                    "SELECT node, count(*) FROM requests WHERE kind = 'alb' AND is_health_check = 0 GROUP BY node",
                ], store)
            let nodes = counted.dropFirst().map { $0.split(separator: ",").map(String.init) }
            #expect(nodes.count > 1)
            for node in nodes { #expect(try requests(["--vantage", node[0]]) == Int(node[1])) }
            let first = try #require(nodes.first?[0])
            let (all, one) = (try requests([]), try requests(["--vantage", first]))
            #expect(try requests(["--vantage", "!\(first)"]) == all - one)
            #expect(try Program.run(["timeline", "--vantage", "10.99.99.99", "--store", store]).status == 65)
        }
    }

    @Test func `a list of owners that is none is bad data`() throws {
        try ChosenWindowTests.withCase { folder, store in
            let path = folder.path("list.csv")
            try "root:x:0\nbin:x:1\n".write(toFile: path, atomically: true, encoding: .utf8)
            for command in [["top", "client"], ["summary"]] {
                let run = try Program.run(command + ["--owners", path, "--store", store])
                #expect(run.status == 65 && run.errors.contains("is not cidr,owner (line 1)"), "\(run.errors)")
            }
        }
    }

    @Test(arguments: [false, true])
    func `owners are named by every command that names clients, while another process writes too`(isWritten: Bool)
        throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let read = try Program.run(["ingest", SampleIncidentTests.path("AWSLogs"), "--store", store, "--quiet"])
        #expect(read.status == 0)
        let owners = ["--owners", SampleIncidentTests.path("owners.csv"), "--store", store]
        let windows = ["--before", "09:20/15m", "--during", "09:35/15m"]
        let report = folder.path("report.html")
        let commands = [
            ["compare"] + windows, ["top", "client", "--from", "09:35"], ["top", "owner"],
            ["top", "connection", "--limit", "100000", "--format", "csv"], ["summary"], ["query", "owners"],
            ["export", "connections", "--format", "csv"],
            ["report", "--output", report, "--quiet"] + windows,
        ]
        for command in commands {
            // A case without owners each time.
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: folder.path("copy.db\(suffix)"))
            }
            try FileManager.default.copyItem(atPath: store, toPath: folder.path("copy.db"))
            let writer = isWritten ? try CaseStore(path: folder.path("copy.db"), access: .readWrite) : nil
            defer { writer?.close() }
            let run = try Program.run(command + [owners[0], owners[1], "--store", folder.path("copy.db")])
            if command[0] != "report" {
                let said = run.errors + run.output
                #expect(said.contains("for this answer alone") == isWritten, "\(command) \(said)")
            }
            let text = command[0] == "report" ? try String(contentsOfFile: report, encoding: .utf8) : run.output
            #expect(run.status == 0 && text.contains("Northwind T"), "\(command) \(run.errors)")
        }
    }

    @Test func `a kind or vantage that the case has none of is refused, as nothing found there is no answer`() throws {
        try ChosenWindowTests.withCase { folder, store in
            let carve = ["carve", "--client", "198.51.100.67", "--output", folder.path("none.pcapng")]
            let commands = [
                ["summary"], ["top", "client"], ["timeline"], ["spikes"], ["findings"], ["export", "requests"],
                ["export", "findings"], ["sources"], ["explain", "198.51.100.67"], carve,
                ["compare", "--before", "09:20/15m", "--during", "09:35/15m"],
            ]
            for command in commands {
                for filter in [
                    ["--vantage", "nowhere"], ["--kind", "vpc-flow"], ["--kind", "nlb", "--vantage", "nowhere"],
                ] {
                    let run = try Program.run(command + filter + ["--store", store])
                    #expect(run.status == 65, "\(command) \(filter) \(run.errors)")
                    #expect(run.errors.contains("there is no such evidence; there is "), "\(command) \(run.errors)")
                }
            }
            // One kind of several is enough, and what is left out may be missing.
            for filter in [["--kind", "nlb", "--kind", "clb"], ["--kind", "!clb"], ["--vantage", "!nowhere"]] {
                #expect(try Program.run(["findings"] + filter + ["--store", store]).status == 0, "\(filter)")
            }
        }
    }

    @Test func `a limit says how much it leaves out, and the ledger sums up all`() throws {
        try ChosenWindowTests.withCase { _, store in
            for (command, count) in [
                (["sources"], 52), (["timeline", "--bucket", "1m"], 60), (["query", "--list"], 32),
            ] {
                let options = ["--limit", "2", "--store", store]
                let people = try Program.run(command + options)
                #expect(people.output.contains("\(count - 2) more"), "\(people.output)")
                let rows = try Program.run(command + options + ["--format", "csv"])
                #expect(rows.errors.contains("\(count - 2) more rows are left out"), "\(rows.errors)")
                #expect(rows.output.split(whereSeparator: \.isNewline).count == 3, "\(rows.output)")
                let json = try Self.json(command + ["--limit", "2"], store) as? [String: Any]
                #expect(json?["more"] as? Int == count - 2, "\(command)")
            }
            let ledger = try Program.run(["sources", "--limit", "2", "--store", store]).output
            #expect(ledger.contains("52 inputs, 91,005 records: 91,005 accepted"), "\(ledger)")
        }
    }

    @Test func `a filter that says nothing about what is asked for is told`() throws {
        try ChosenWindowTests.withCase { _, store in
            let cases = [
                ["sources", "--client", "198.51.100.67"],
                ["query", "SELECT 1 AS one", "--client", "198.51.100.67"], ["export", "sources", "--status", "5xx"],
            ]
            for arguments in cases {
                let run = try Program.run(arguments + ["--store", store])
                #expect(run.status == 0 && run.errors.contains("passed over"), "\(arguments) \(run.errors)")
                let quiet = try Program.run(arguments + ["-q", "--store", store])
                #expect(quiet.errors.contains("passed over"), "\(arguments) \(quiet.errors)")
            }
            let sources = try Program.run([
                "sources", "--kind", "nlb", "--from", "09:40", "--format", "csv", "--store", store,
            ])
            // Two nodes, an object each five minutes from 09:40 to 10:00.
            #expect(sources.output.split(whereSeparator: \.isNewline).count == 1 + 8)
        }
    }

    @Test func `files and pipes get whole tables, COLUMNS a width`() throws {
        try ChosenWindowTests.withCase { folder, store in
            let command = ["sources", "--store", store]
            let unset = ["COLUMNS": ""]
            let piped = try Program.run(command, environment: unset)
            let named = try Program.run(command, environment: ["COLUMNS": "90"])
            let file = folder.path("sources.txt")
            #expect(try Program.run(command + ["--output", file], environment: unset).status == 0)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == piped.output)
            // Every heading, and no value cut.
            let heading = piped.output.split(separator: "\n").first { $0.contains("path") } ?? ""
            for name in ["kind", "first time", "last time", "accepted", "status"] {
                #expect(heading.contains(name), "\(heading)")
            }
            #expect(!piped.output.contains("…") && !piped.output.contains("no room for"))
            #expect(named.output.contains("no room for"))
            for line in named.output.split(separator: "\n") { #expect(line.count <= 90, "\(line)") }
        }
    }

    @Test func `--verbose tells time and memory, on standard error and at the end`() throws {
        try ChosenWindowTests.withCase { _, store in
            let command = ["top", "client", "--store", store, "--format", "csv"]
            let plain = try Program.run(command)
            let verbose = try Program.run(command + ["-v"])
            #expect(verbose.output == plain.output)
            #expect(!plain.errors.contains("took"))
            let line = try #require(verbose.errors.split(separator: "\n").last)
            #expect(line.contains(" s of processor time, ") && line.hasSuffix(" MB of memory at most"), "\(line)")
        }
        let refused = try Program.run(["top", "client", "--store", "/no/such/case.db", "-v"])
        #expect(refused.status == 66 && refused.errors.contains("took "), "\(refused.errors)")
    }
}
