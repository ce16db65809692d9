import Foundation
import Testing

/// Every named query on the sample incident, as the program runs it.
@Suite(.enabled(if: Program.path != nil)) struct NamedQueryTests {
    /// What a query cannot do without.
    static let needed = [
        "one-client": ["client=198.51.100.67"], "finding-evidence": ["finding=1"],
        "one-trace": ["trace=Root=1-00000000-000000000000000000000000"],
        "active-and-long": ["from=2026-03-17T09:35:00Z", "to=2026-03-17T09:50:00Z"],
        "new-clients": ["from=2026-03-17T09:35:00Z"],
    ]
    /// What the sample incident has nothing of.
    static let empty: Set = ["one-trace", "rejected-flows", "rejected-records", "coverage-gaps"]

    @Test func `each runs without more than it needs, and answers`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        let listed = try Program.run(["query", "--list", "--format", "json"])
        let rows = try Answer.rows(listed.output)
        let names = rows.compactMap { $0["name"] as? String }
        #expect(names.count >= 30)
        for name in names {
            let run = try Program.run(
                ["query", name] + (Self.needed[name] ?? []) + ["--store", store, "--format", "csv"])
            #expect(run.status == 0, "\(name): \(run.errors)")
            let lines = run.output.split(whereSeparator: \.isNewline).count
            if !Self.empty.contains(name) { #expect(lines > 1, "\(name) says nothing") }
        }
        let longest = try Program.run(["query", "longest-connections", "--store", store, "--kind", "nlb"])
        #expect(longest.output.contains("198.51.100.74"))
        try Self.checkTimes(store)
        let without = try Program.run(["query", "one-client", "--store", store])
        #expect(without.status == 64)
        #expect(without.errors.contains("query one-client: needs client"), "\(without.errors)")
        let wrong = try Program.run(["query", "domains", "colour=red", "--store", store])
        #expect(wrong.status == 64)
    }

    /// Times are read as everywhere else, and what is none is not taken for no bound.
    private static func checkTimes(_ store: String) throws {
        func lines(_ arguments: [String]) throws -> [Substring] {
            let run = try Program.run(["query"] + arguments + ["--store", store, "--format", "csv"])
            #expect(run.status == 0, "\(arguments): \(run.errors)")
            return run.output.split(whereSeparator: \.isNewline).dropFirst().map { $0 }
        }
        for time in ["yesterday", "25:00", "2026-03-17", ""] {
            let run = try Program.run(["query", "client-ips", "from=\(time)", "--store", store])
            #expect(run.status == 64 && run.errors.contains("is no time"), "\(time): \(run.errors)")
        }
        let window = ["from=2026-03-17T09:35:00Z", "to=2026-03-17T09:50:00Z", "kind=alb"]
        let whole = try lines(["client-ips"] + window)
        #expect(!whole.isEmpty)
        for other in [["from=09:35", "to=09:50"], ["from=10:35", "to=10:50", "--tz", "Europe/Berlin"]] {
            #expect(try lines(["client-ips", "kind=alb"] + other) == whole)
        }
        // Both minutes that hold a bound: 09:35 and 09:49.
        let minutes = try lines(
            ["traffic-by-minute", "from=2026-03-17T09:35:30Z", "to=2026-03-17T09:49:10Z", "kind=alb"])
        #expect(minutes.count == 15)
        #expect(minutes.first?.contains("2026-03-17T09:35:00") == true, "\(minutes)")
        let idle = try Program.run(["query", "ledger", "from=09:35", "--store", store])
        #expect(idle.status == 0 && idle.errors.contains("takes no from"), "\(idle.errors)")
    }

    @Test(arguments: ["2001:db8:1::1", "2001:0DB8:1:0:0::1", "2001:db8:1:0:0:0:0:1"])
    func `a client is found by any form of its address`(text: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let line =
            "http 2026-03-17T10:00:00.000000Z app/shop/0a 2001:db8:1::1:1000 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "
            + "\"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.46.0\" - -\n"
        _ = try folder.file("alb.log", Data(line.utf8))
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", "-q", folder.path("alb.log"), "--store", store]).status == 0)
        let run = try Program.run(["query", "one-client", "client=\(text)", "--store", store, "--format", "csv"])
        #expect(run.output.split(whereSeparator: \.isNewline).count == 1 + 1, "\(run.output) \(run.errors)")
    }
}
