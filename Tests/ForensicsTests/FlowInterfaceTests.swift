import Foundation
import Testing

/// What several network interfaces of one flow log say: a path seen twice, and what one of them did not record.
@Suite(.enabled(if: Program.path != nil)) struct FlowInterfaceTests {
    private static func withCase(_ rows: [String], _ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let text = ([FlowLogTests.header] + rows).joined(separator: "\n") + "\n"
        _ = try folder.file("flow.log", Data(text.utf8))
        for jobs in ["1", "3"] {
            let store = folder.path("case-\(jobs).db")
            let run = try Program.run(["ingest", folder.path("flow.log"), "--store", store, "-q", "--jobs", jobs])
            #expect(run.status == 0, "\(run.errors)")
            try body(store)
        }
    }

    private static func both(
        _ client: String, _ server: String, _ port: Int, _ minute: Int, _ interface: String
    ) -> [String] {
        [
            FlowLogTests.row(
                client, server, (port, 8080), minute * 60, minute * 60 + 30, flags: 3, interface: interface),
            FlowLogTests.row(
                server, client, (8080, port), minute * 60, minute * 60 + 30, flags: 19, interface: interface),
        ]
    }

    /// Ten connections of a load balancer that both ends logged, and eight that one end did.
    private static let seenTwice: [String] = {
        var rows: [String] = []
        for minute in 0..<10 {
            for interface in ["eni-lb", "eni-target"] {
                rows += both("10.0.1.10", "10.0.2.20", 40_000 + minute, minute, interface)
            }
            if minute < 8 { rows += both("10.0.3.77", "10.0.2.20", 50_000 + minute, minute, "eni-target") }
        }
        return rows
    }()

    private static func ranks(_ dimension: String, _ options: [String], _ store: String) throws -> [String] {
        let run = try Program.run(["top", dimension, "--format", "json", "--store", store] + options)
        #expect(run.status == 0, "\(run.errors)")
        return try Answer.rows(run.output).map { "\($0[dimension] ?? "") \($0["connections"] ?? "")" }
    }

    @Test func `a connection that two interfaces saw is told, and each interface can be looked at by itself`() throws {
        try Self.withCase(Self.seenTwice) { store in
            let all = try Program.run(["top", "client", "--store", store])
            #expect(all.errors.contains("10 of 28 connections were seen by another network interface"), "\(all.errors)")
            #expect(try Self.ranks("node", [], store) == ["eni-target 18", "eni-lb 10"])
            #expect(try Self.ranks("client", ["--vantage", "eni-lb"], store) == ["10.0.1.10 10"])
            let target = ["--vantage", "eni-target"]
            #expect(try Self.ranks("client", target, store) == ["10.0.1.10 10", "10.0.3.77 8"])
            let one = try Program.run(["top", "client", "--store", store] + target)
            #expect(!one.errors.contains("another network interface"), "\(one.errors)")
            let rows = try FlowLogTests.ask(["query", "SELECT sum(is_repeated), count(*) FROM connections"], store)
            #expect(rows.dropFirst() == ["10,28"])
            #expect(try FlowLogTests.ask(["export", "connections", "--vantage", "eni-lb"], store).count == 1 + 10)
            #expect(try FlowLogTests.ask(["export", "flow_records", "--vantage", "eni-lb"], store).count == 1 + 20)
            #expect(try Program.run(["top", "client", "--vantage", "eni-none", "--store", store]).status == 65)
            let caveats = try Self.caveats("2026-03-17T09:00:00Z/5m", "2026-03-17T09:05:00Z/5m", store)
            #expect(caveats["seen-twice"]?.contains("10 of 28 connections") == true, "\(caveats)")
            #expect(caveats["bytes-at-end"] != nil && caveats["skipdata"] == nil)
        }
    }

    private static func answer(_ before: String, _ during: String, _ store: String) throws -> [String: Any] {
        let run = try Program.run([
            "compare", "--before", before, "--during", during, "--format", "json", "--store", store,
        ])
        #expect(run.status == 0, "\(run.errors)")
        return LakeTools.json(run.output)
    }

    private static func caveats(_ before: String, _ during: String, _ store: String) throws -> [String: String] {
        let caveats = try #require(try answer(before, during, store)["caveats"] as? [[String: String]])
        return Dictionary(
            caveats.map { ($0["code"] ?? "", $0["text"] ?? "") }, uniquingKeysWith: { first, _ in first })
    }

    /// Two interfaces with six connections a minute each; of the first quarter of an hour one of them recorded nothing. From
    /// minute 20 on somebody new is on the other.
    private static let skipped: [String] = {
        var rows: [String] = []
        for minute in 0..<40 {
            for place in 0..<6 {
                let port = 20_000 + minute * 6 + place
                rows += both("198.51.100.\(place + 1)", "10.0.0.6", port, minute, "eni-b")
                if minute >= 15 { rows += both("203.0.113.\(place % 3 + 1)", "10.0.0.5", port, minute, "eni-a") }
            }
            let begin = FlowLogTests.begin + minute * 60
            if minute < 15 { rows.append("5 eni-a - - - - - - - \(begin) \(begin + 59) - SKIPDATA -") }
            if minute >= 20 { rows += both("192.0.2.200", "10.0.0.6", 60_000 + minute, minute, "eni-b") }
        }
        return rows
    }()

    @Test func `what an interface did not record is told, and who is seen by it alone is not called new`() throws {
        try Self.withCase(Self.skipped) { store in
            let (before, during) = ("2026-03-17T09:00:00Z/15m", "2026-03-17T09:20:00Z/15m")
            let caveats = try Self.caveats(before, during, store)
            let text = try #require(caveats["skipdata"])
            #expect(text.contains("eni-a from 2026-03-17T09:00:00Z to 2026-03-17T09:15:00Z"), "\(text)")
            let answer = try Self.answer(before, during, store)
            let new = try #require(answer["new"] as? [[String: Any]])
            let clients = new.filter { $0["dimension"] as? String == "client" }.compactMap { $0["value"] as? String }
            #expect(clients == ["192.0.2.200"])
            #expect(!new.contains { $0["value"] as? String == "eni-a" })
            let sentence = try #require(answer["sentence"] as? String)
            #expect(sentence.contains("not recorded before") && !sentence.contains("not seen before"), "\(sentence)")
            let top = try Program.run(["top", "client", "--store", store])
            #expect(top.errors.contains("SKIPDATA"), "\(top.errors)")
            // Nothing was lost in these.
            let later = try Self.caveats("2026-03-17T09:15:00Z/5m", "2026-03-17T09:20:00Z/5m", store)
            #expect(later["skipdata"] == nil)
        }
    }

    @Test func `a log without tcp-flags tells neither what was opened nor resets`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        for (name, text) in FlowLogTests.plainLogs(2) { _ = try folder.file(name, Data(text.utf8)) }
        for (name, text) in FlowLogTests.logs() { _ = try folder.file(name, Data(text.utf8)) }
        for (logs, isTold) in [(FlowLogTests.plainLogs(2), false), (FlowLogTests.logs(), true)] {
            let store = folder.path("\(isTold).db")
            let paths = logs.keys.sorted().map(folder.path)
            #expect(try Program.run(["ingest", "-q", "--store", store] + paths).status == 0)
            let timeline = try Program.run(["timeline", "--format", "json", "--store", store])
            for row in try Answer.rows(timeline.output) {
                #expect((row["opened"] is Int) == isTold && (row["resets"] is Int) == isTold, "\(row)")
                #expect(row["connections"] is Int)
            }
            let summary = try Program.run(["summary", "--format", "json", "--store", store])
            let totals = LakeTools.json(summary.output)["totals"] as? [[String: Any]]
            let row = try #require(totals?.first, "\(summary.output)")
            #expect((row["resets"] is Int) == isTold, "\(row)")
        }
    }

    @Test func `that bytes are counted where a connection ends is told with the bytes`() throws {
        try Self.withCase(Self.skipped) { store in
            let commands: [([String], Bool)] = [
                (["top", "client", "--by", "bytes"], true), (["timeline", "--by", "bytes"], true),
                (["top", "client"], false),
            ]
            for (command, isTold) in commands {
                let run = try Program.run(command + ["--store", store])
                #expect(run.errors.contains("where their connection ends") == isTold, "\(command) \(run.errors)")
            }
        }
    }
}
