import Foundation
import Testing

/// Bytes of captured requests, where a filter asks for what only requests have: those of the requests, on every command.
@Suite(.enabled(if: Program.path != nil)) struct RequestByteTests {
    private static func withCase(_ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let run = try Program.run(["ingest", SampleIncidentTests.path("captures"), "--store", store, "--quiet"])
        #expect(run.status == 0, "\(run.errors)")
        try body(store)
    }

    /// The lines of a CSV answer, without its header.
    private static func lines(_ arguments: [String], _ store: String) throws -> [[String]] {
        let run = try Program.run(arguments + ["--store", store, "--format", "csv"])
        #expect(run.status == 0, "\(run.errors)")
        return run.output.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    private static func column(_ name: String, _ table: [[String]]) throws -> [Int] {
        let place = try #require(table.first?.firstIndex(of: name))
        return table.dropFirst().map { Int($0[place]) ?? 0 }
    }

    @Test(
        arguments: [
            ("--path /v1/*", "path LIKE '/v1/%'"), ("--status 5xx", "status BETWEEN 500 AND 599"),
            ("--client 198.51.100.67 --path /v1/*", "path LIKE '/v1/%' AND client_ip = '198.51.100.67'"),
        ])
    func `bytes are those of the requests that pass`(options: String, condition: String) throws {
        try Self.withCase { store in
            let rows = "FROM requests WHERE is_health_check = 0 AND (\(condition))"
            let sum = "sum(coalesce(bytes_from_client, 0) + coalesce(bytes_from_server, 0))"
            let total = try #require(Int(try Self.lines(["query", "SELECT \(sum) \(rows)"], store)[1][0]))
            #expect(total > 10_000)
            let filters = ["--kind", "pcap"] + options.split(separator: " ").map(String.init)
            let clients = try Self.lines(
                ["query", "SELECT client_ip, \(sum) \(rows) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5"], store)
            let top = try Self.lines(["top", "client", "--by", "bytes", "--limit", "5"] + filters, store)
            let place = try #require(top[0].firstIndex(of: "client"))
            #expect(top.dropFirst().map { $0[place] } == clients.dropFirst().map { $0[0] })
            #expect(try Self.column("bytes", top) == clients.dropFirst().map { Int($0[1]) ?? -1 })
            let timeline = try Self.lines(["timeline", "--by", "bytes"] + filters, store)
            #expect(try Self.column("bytes", timeline).reduce(0, +) == total)
            for dimension in ["path", "domain", "target"] {
                let table = try Self.lines(["top", dimension, "--by", "bytes", "--limit", "1000"] + filters, store)
                #expect(try Self.column("bytes", table).reduce(0, +) == total, "\(dimension)")
            }
            let summary = try Program.run(["summary", "--format", "json", "--store", store] + filters)
            #expect(summary.output.contains("\"bytes\":\(total)") || summary.output.contains("\"bytes\": \(total)"))
        }
    }
}
