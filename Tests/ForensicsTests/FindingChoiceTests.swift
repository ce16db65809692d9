import Foundation
import Testing

/// Which findings are shown, and which come first.
@Suite(.enabled(if: Program.path != nil)) struct FindingChoiceTests {
    private static let server = PacketScript.End([2, 2], 80)

    /// A request that is never answered, then three answered 500 within four seconds, then two connections that one
    /// client resets.
    private static let traffic: PacketScript = {
        func client(_ number: UInt8) -> PacketScript.End { PacketScript.End([1, number], 40_000 + Int(number)) }
        var script = PacketScript()
        script.exchange(at: 0, client(1), server, request: PacketScript.get("/b"), answer: nil)
        for number in UInt8(2)...4 {
            script.exchange(
                at: Double(2 * number), client(number), server, request: PacketScript.get("/a"),
                answer: PacketScript.answer(500))
        }
        for start in [10.0, 11.0] {
            let end = PacketScript.End([1, 5], 40_000 + Int(start))
            script.segment(start, end, server, 0x02, (100, 0))
            script.segment(start + 0.001, server, end, 0x12, (500, 101))
            script.segment(start + 0.002, end, server, 0x10, (101, 501))
            script.segment(start + 0.003, end, server, 0x14, (101, 501))
        }
        script.segment(30, client(9), server, 0x10, (1, 1))
        return script
    }()

    private static func findings(_ options: [String]) throws -> (status: Int, text: String, errors: String) {
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.file("t.pcap", PacketScript.file(traffic.ordered))
        let store = folder.path("case.db")
        let read = try Program.run(["ingest", file.path, "--store", store, "-q"])
        try #require(read.status == 0, "\(read.errors)")
        let run = try Program.run(["findings", "--store", store] + options)
        return (run.status, run.output, run.errors)
    }

    private static func checks(_ options: [String]) throws -> [String] {
        let run = try findings(options + ["--format", "json"])
        #expect(run.status == 0, "\(run.errors)")
        return try Answer.rows(run.text).compactMap { $0["check"] as? String }
    }

    @Test(
        arguments: [
            ([], ["request-timeout", "http-5xx-target", "reset-by-client"]),
            (["--by", "count"], ["http-5xx-target", "reset-by-client", "request-timeout"]),
            (["--by", "duration", "--limit", "1"], ["http-5xx-target"]),
            (["--severity", "warning"], ["request-timeout", "http-5xx-target"]), (["--severity", "critical"], []),
            (["--check", "reset-by-client"], ["reset-by-client"]),
            (["--check", "reset-by-client", "--check", "request-timeout"], ["request-timeout", "reset-by-client"]),
            (["--check", "!reset-by-client"], ["request-timeout", "http-5xx-target"]),
            (["--blame", "client"], ["reset-by-client"]),
            (["--blame", "!client", "--by", "count"], ["http-5xx-target", "request-timeout"]),
            (["--blame", "nobody"], []),
        ])
    func `findings are chosen by check, severity and blamed side, and ordered`(options: [String], told: [String]) throws
    {
        let found = try Self.checks(options).filter { $0 != "dataless-connect" }
        #expect(found == told)
    }

    @Test func `what is said of findings is said of those that are shown`() throws {
        // Between the first and the last 500.
        let from = ["--from", "2023-11-14T22:13:26Z"]
        let all = try Self.findings(from).errors
        #expect(all.contains("reach beyond the time asked for"), "\(all)")
        let resets = try Self.findings(from + ["--check", "reset-by-client"])
        #expect(resets.text.contains("reset-by-client"))
        #expect(!resets.errors.contains("reach beyond"), "\(resets.errors)")
    }

    @Test func `how many a limit leaves out is told`() throws {
        let all = try Self.checks([]).count
        let table = try Self.findings(["--limit", "1"]).text
        #expect(table.contains("\(all - 1) more"), "\(table)")
        let json = try Self.findings(["--limit", "1", "--format", "json"]).text
        #expect(json.contains("\"more\": \(all - 1)"), "\(json)")
    }

    /// What `findings --checks` lists of nothing but the registry.
    private static func listed(_ options: [String]) throws -> (names: [String], errors: String) {
        let run = try Program.run(["findings", "--checks", "--format", "json"] + options)
        #expect(run.status == 0, "\(run.errors)")
        return (try Answer.rows(run.output).compactMap { $0["check"] as? String }, run.errors)
    }

    @Test func `the list of checks takes the choice of checks and a limit, and says what it passes over`() throws {
        let all = try Self.listed([])
        #expect(all.names.count >= 39 && all.errors.isEmpty)
        #expect(try Self.listed(["--check", "hairpin"]).names == ["hairpin"])
        #expect(try Self.listed(["--check", "!hairpin"]).names == all.names.filter { $0 != "hairpin" })
        let grave = try Self.listed(["--severity", "warning"]).names
        #expect(grave.contains("syn-timeout") && !grave.contains("load-balancer-type"))
        #expect(try Self.listed(["--limit", "2"]).names == Array(all.names.prefix(2)))
        let page = try Program.run(["findings", "--checks", "--limit", "2"])
        #expect(page.output.contains("\(all.names.count - 2) more") && !page.output.contains(all.names[2]))
        for (options, names) in [
            (["--client", "192.0.2.1", "--blame", "client"], "client, blame"), (["--from", "09:00"], "time"),
            (["--by", "count", "--include-health-checks"], "health checks, order"),
        ] {
            let told = try Self.listed(options)
            #expect(told.names == all.names)
            #expect(told.errors.contains("checks cannot be filtered by \(names): passed over."), "\(told.errors)")
        }
        let both = try Program.run(["findings", "3", "--checks"])
        #expect(both.status == 64 && both.errors.contains("are two questions"), "\(both.errors)")
        #expect(try Program.run(["findings", "--checks", "--check", "none"]).status == 64)
    }

    @Test func `a single finding says which filters it passes over`() throws {
        let told = try Self.findings(["1", "--client", "192.0.2.1", "--check", "hairpin"])
        #expect(told.status == 0)
        #expect(told.errors.contains("a single finding cannot be filtered by client, check: passed over."))
    }

    @Test(arguments: [
        ["--check", "http-6xx"], ["--severity", "grave"], ["--blame", "nobody-else"], ["--by", "size"],
    ])
    func `a name that there is not is refused, and the names are told`(options: [String]) throws {
        let run = try Self.findings(options)
        #expect(run.status == 64)
        let known = ["--check": "syn-timeout", "--severity": "notice", "--blame": "load-balancer", "--by": "duration"]
        #expect(run.errors.contains(known[options[0]] ?? "?"), "\(run.errors)")
    }
}
