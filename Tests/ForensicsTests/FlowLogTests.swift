import Foundation
import Testing

/// VPC flow logs through the program: rows are kept as they are, and stitched into connections over all logs of a case.
@Suite(.enabled(if: Program.path != nil)) struct FlowLogTests {
    static let header =
        "version interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags"
    /// 2026-03-17T09:00:00Z.
    static let begin = 1_773_738_000

    static func row(
        _ from: String, _ to: String, _ ports: (Int, Int), _ start: Int, _ end: Int, flags: Int,
        action: String = "ACCEPT",
        interface: String = "eni-1"
    ) -> String {
        "5 \(interface) \(from) \(to) \(ports.0) \(ports.1) 6 10 1000 \(begin + start) \(begin + end) \(action) OK \(flags)"
    }

    /// Three logs of five minutes: one client holds a connection through all of them, others come and go.
    static func logs() -> [String: String] {
        var minutes: [[String]] = []
        for minute in 0..<15 {
            let at = minute * 60
            var rows = [
                row("198.51.100.67", "10.20.1.10", (51_000, 443), at, at + 58, flags: minute == 0 ? 2 : 0),
                row("10.20.1.10", "198.51.100.67", (443, 51_000), at, at + 59, flags: minute == 0 ? 18 : 0),
                row("203.0.113.9", "10.20.1.10", (40_000 + minute, 443), at + 5, at + 25, flags: 3),
                row("10.20.1.10", "203.0.113.9", (443, 40_000 + minute), at + 5, at + 25, flags: 19),
            ]
            if minute % 4 == 0 {
                rows.append(row("192.0.2.66", "10.20.1.10", (6000, 22), at, at + 30, flags: 2, action: "REJECT"))
            }
            minutes.append(rows)
        }
        var logs: [String: String] = [:]
        for part in 0..<3 {
            let name =
                "123456789012_vpcflowlogs_us-east-1_fl-0a1b2c3d_20260317T09\(part == 0 ? "00" : part == 1 ? "05" : "10")Z_ab.log"
            logs[name] = ([header] + minutes[part * 5..<part * 5 + 5].joined()).joined(separator: "\n") + "\n"
        }
        return logs
    }

    static func ask(_ arguments: [String], _ store: String) throws -> [String] {
        let run = try Program.run(arguments + ["--store", store, "--format", "csv"])
        try #require(run.status == 0, "\(run.errors)")
        return run.output.split(whereSeparator: \.isNewline).map(String.init)
    }

    @Test func `rows of several logs are one connection, whatever the order of ingesting`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let names = Self.logs().keys.sorted()
        for (name, text) in Self.logs() { _ = try folder.file(name, Data(text.utf8)) }
        let paths = names.map(folder.path)
        let whole = folder.path("whole.db")
        #expect(try Program.run(["ingest"] + paths + ["--store", whole]).status == 0)
        let parts = folder.path("parts.db")
        for path in [paths[2], paths[0], paths[1]] {
            #expect(try Program.run(["ingest", path, "--store", parts, "--jobs", "1"]).status == 0)
        }
        for view in ["connections", "flow_records", "activity", "distributions", "findings", "evidence"] {
            #expect(try Self.ask(["export", view], parts) == Self.ask(["export", view], whole), "\(view)")
        }
        let long = try Self.ask(
            [
                "query",
                "SELECT client_ip, server_port, duration_ms, packets_from_client, start_seen FROM connections WHERE duration_ms > 300000",
            ], whole)
        #expect(long.dropFirst() == ["198.51.100.67,443,899000,150,1"])
        let states = try Self.ask(
            ["query", "SELECT state, count(*), sum(is_rejected) FROM connections GROUP BY 1 ORDER BY 2"], whole)
        #expect(states.dropFirst() == ["REJ,4,4", ",16,0"])
    }

    /// Rows without flags and direction: who serves is learned from all logs, by several threads.
    static func plainLogs(_ count: Int) -> [String: String] {
        var logs: [String: String] = [:]
        for part in 0..<count {
            var rows = ["version srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"]
            for index in 0..<400 {
                let at = begin + part * 60 + index % 60
                let client = "198.51.100.\(index * 7 % 90) 10.20.1.10 \(1024 + (index * 61 + part * 17) % 60_000) 8443"
                let server = "10.20.1.10 198.51.100.\(index * 7 % 90) 8443 \(1024 + (index * 61 + part * 17) % 60_000)"
                let ends = index % 2 == 0 ? client : server
                let verdict = index % 13 == 0 ? "REJECT" : "ACCEPT"
                rows.append("2 \(ends) 6 \(index) \(index * 90) \(at) \(at + index % 40) \(verdict) OK")
            }
            logs["flows-\(part).log"] = rows.joined(separator: "\n") + "\n"
        }
        return logs
    }

    @Test func `the case is the same for any number of threads, and for logs that come in two runs`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let logs = Self.plainLogs(12)
        for (name, text) in logs { _ = try folder.file(name, Data(text.utf8)) }
        let paths = logs.keys.sorted().map(folder.path)
        var told: [[[String]]] = []
        for (jobs, runs) in [(1, 1), (2, 1), (4, 1), (2, 2)] {
            let store = folder.path("case-\(jobs)-\(runs).db")
            let size = paths.count / runs
            for run in (0..<runs).reversed() {
                let part = Array(paths[run * size..<(run + 1) * size])
                #expect(try Program.run(["ingest"] + part + ["--store", store, "--jobs", "\(jobs)"]).status == 0)
            }
            told.append(
                try ["connections", "flow_records", "activity", "distributions", "findings", "evidence"].map {
                    try Self.ask(["export", $0], store)
                })
        }
        #expect(told[0][0].count > 4000)
        #expect(told.allSatisfy { $0 == told[0] })
    }

    @Test func `top and compare answer from them`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let logs = folder.url.appendingPathComponent("logs")
        try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
        for (name, text) in Self.logs() { try Data(text.utf8).write(to: logs.appendingPathComponent(name)) }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", logs.path, "--store", store]).status == 0)
        let top = try Self.ask(["top", "client", "--by", "duration", "--limit", "1"], store)
        #expect(top.last?.contains("198.51.100.67") == true)
        let compared = try Self.ask(
            [
                "compare", "--before", "2026-03-17T09:00:00Z/5m", "--during", "2026-03-17T09:10:00Z/5m", "--table",
                "changes",
            ], store)
        // A connection belongs to the window of its last row: five short ones in each, and one long in the second; two
        // attempts that were refused in the first and one in the second.
        #expect(compared.contains { $0.hasPrefix("connections,rate,,7,7,") }, "\(compared)")
        let active = try Self.ask(
            ["compare", "--before", "2026-03-17T09:00:00Z/5m", "--during", "2026-03-17T09:10:00Z/5m"], store)
        #expect(active.contains { $0.contains("198.51.100.67") })
    }
}
