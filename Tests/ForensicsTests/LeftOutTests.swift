import Foundation
import Testing

/// What `ingest` is told to leave out stays out of every answer, and is in the ledger.
@Suite(.enabled(if: Program.path != nil, "the program is not built"))
struct LeftOutTests {
    private static let logs = SampleIncidentTests.path("AWSLogs")
    private static let captures = SampleIncidentTests.path("captures")

    /// The first column of the answer to a question in SQL, as numbers.
    private static func numbers(_ sql: String, _ store: String) throws -> [Int] {
        let result = try Program.run(["query", sql, "--store", store, "--format", "csv"])
        #expect(result.status == 0, "\(result.errors)")
        return result.output.split(whereSeparator: \.isNewline).dropFirst().map { Int($0) ?? -1 }
    }

    private static func ingested(_ input: String, _ options: [String], _ folder: Folder, _ name: String) throws
        -> String
    {
        let store = folder.path(name)
        let result = try Program.run(["ingest", "-q", "--store", store, input] + options)
        #expect(result.status == 0, "\(result.errors)")
        return store
    }

    @Test func `rows of addresses that are left out are counted as such, and nowhere else`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let client = "198.51.100.67"
        let whole = try Self.ingested(Self.logs, [], folder, "whole.db")
        let rest = try Self.ingested(Self.logs, ["--ignore", "\(client)/32"], folder, "rest.db")
        for view in ["requests", "connections"] {
            let all = try Self.numbers("SELECT count(*) FROM \(view)", whole)[0]
            let own = try Self.numbers("SELECT count(*) FROM \(view) WHERE client_ip = '\(client)'", whole)[0]
            #expect(try Self.numbers("SELECT count(*) FROM \(view)", rest) == [all - own])
            #expect(try Self.numbers("SELECT count(*) FROM \(view) WHERE client_ip = '\(client)'", rest) == [0])
        }
        let records = "SELECT sum(records) FROM sources"
        #expect(try Self.numbers(records, rest) == Self.numbers(records, whole))
        let left = try Self.numbers("SELECT sum(ignored_by_reason ->> 'left-out') FROM sources", rest)[0]
        let ignored = "SELECT sum(ignored) FROM sources"
        #expect(left > 100)
        #expect(try Self.numbers(ignored, rest)[0] == Self.numbers(ignored, whole)[0] + left)
    }

    @Test func `packets of addresses that are left out are counted as such, and nowhere else`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let whole = try Self.ingested(Self.captures, [], folder, "whole.db")
        let listed = try Program.run([
            "query", "SELECT peer_ip FROM connections GROUP BY 1 ORDER BY count(*) DESC LIMIT 1", "--store", whole,
            "--format",
            "csv",
        ])
        let address = String(listed.output.split(whereSeparator: \.isNewline).last ?? "")
        let rest = try Self.ingested(Self.captures, ["--ignore", address], folder, "rest.db")
        let packets = "SELECT sum(packets_from_client + packets_from_server) FROM connections"
        let own = try Self.numbers("\(packets) WHERE peer_ip = '\(address)' OR server_ip = '\(address)'", whole)[0]
        #expect(own > 0)
        #expect(try Self.numbers("SELECT count(*) FROM connections WHERE peer_ip = '\(address)'", rest) == [0])
        #expect(try Self.numbers("SELECT sum(ignored_by_reason ->> 'left-out') FROM sources", rest)[0] >= own)
        let records = "SELECT sum(records) FROM sources"
        #expect(try Self.numbers(records, rest) == Self.numbers(records, whole))
    }

    @Test func `requests of clients that are left out are nowhere, though a load balancer sent their packets`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let client = "192.0.2.10"
        let whole = try Self.ingested(Self.captures, [], folder, "whole.db")
        let rest = try Self.ingested(Self.captures, ["--ignore", client], folder, "rest.db")
        let behind = "SELECT count(*) FROM requests WHERE client_ip = '\(client)' AND peer_ip <> client_ip"
        #expect(try Self.numbers(behind, whole)[0] > 0)
        let own = "SELECT count(*) FROM requests WHERE client_ip = '\(client)'"
        #expect(try Self.numbers(own, rest) == [0])
        let others = "SELECT count(*) FROM requests WHERE client_ip <> '\(client)'"
        #expect(try Self.numbers(others, rest) == Self.numbers(others, whole))
        let ranked = "SELECT count(*) FROM activity WHERE dimension = 'client' AND value = '\(client)'"
        #expect(try Self.numbers(ranked, rest) == [0])
    }

    @Test func `packets outside of the time asked for are out of range, and not covered`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        // Without Z: it sorts behind the fraction that times of the case have.
        let (from, to) = ("2026-03-17T09:30:00", "2026-03-17T09:35:00")
        let whole = try Self.ingested(Self.captures, [], folder, "whole.db")
        let part = try Self.ingested(Self.captures, ["--from", from + "Z", "--to", to + "Z"], folder, "part.db")
        let requests = "SELECT count(*) FROM requests WHERE start_time >= '\(from)' AND start_time < '\(to)'"
        let inside = try Self.numbers(requests, whole)[0]
        #expect(inside > 0)
        // Connections that began before are met in their middle: a request of theirs may be lost, none is made up.
        let told = try Self.numbers("SELECT count(*) FROM requests", part)[0]
        #expect(told <= inside && told > inside * 9 / 10)
        #expect(
            try Self.numbers("SELECT count(*) FROM coverage WHERE from_time < '\(from)' OR to_time > '\(to).1'", part)
                == [0])
        #expect(try Self.numbers("SELECT sum(ignored_by_reason ->> 'out-of-range') FROM sources", part)[0] > 0)
        let records = "SELECT sum(records) FROM sources"
        #expect(try Self.numbers(records, part) == Self.numbers(records, whole))
    }

    @Test func `logs cover no more than the time asked for, so that its edges are no incident`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let options = ["--from", "2026-03-17T09:12:00Z", "--to", "2026-03-17T09:48:00Z"]
        let store = try Self.ingested(Self.logs, options, folder, "part.db")
        let outside =
            "SELECT count(*) FROM coverage WHERE from_time < '2026-03-17T09:12:00' OR to_time > '2026-03-17T09:48:00.1'"
        #expect(try Self.numbers(outside, store) == [0])
        let spikes = try Program.run(["spikes", "--store", store, "--format", "csv"])
        #expect(spikes.status == 0)
        #expect(!spikes.output.contains("09:12:00"), "\(spikes.output)")
    }

    /// Rows of a flow log, one a second from 09:00 to 09:20; those of 09:10 to 09:15 were not recorded.
    private static func flowLog() -> Data {
        var text =
            "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n"
        let start = 1_773_738_000
        for second in 0..<1200 {
            let time = start + second
            if (600..<900).contains(second) {
                if second % 60 == 0 {
                    text += "2 123456789012 eni-1 - - - - - - - \(time) \(time + 59) - SKIPDATA\n"
                }
            } else {
                text +=
                    "2 123456789012 eni-1 198.51.100.7 10.0.1.20 \(20_000 + second) 443 6 10 1000 \(time) \(time) ACCEPT OK\n"
            }
        }
        return Data(text.utf8)
    }

    @Test func `what AWS did not record is no silence`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try folder.file("flow.log", Self.flowLog())
        let store = try Self.ingested(log.path, [], folder, "case.db")
        let windows = ["--before", "2026-03-17T09:05:00Z/5m", "--during", "2026-03-17T09:10:00Z/4m"]
        let compared = try Program.run(["compare", "--store", store] + windows)
        #expect(compared.status == 65, "\(compared.output)")
        #expect(compared.errors.contains("covers both windows"), "\(compared.errors)")
        let spikes = try Program.run(["spikes", "--store", store, "--format", "csv"])
        #expect(!spikes.output.contains("09:10"), "\(spikes.output)")
    }

    @Test(arguments: [
        ["top", "client", "--kind", "nlb", "--status", "5xx"], ["timeline", "--kind", "nlb", "--path", "/v1/*"],
        [
            "compare", "--kind", "nlb", "--status", "404", "--before", "2026-03-17T09:20:00Z/15m", "--during",
            "2026-03-17T09:35:00Z/15m",
        ],
    ])
    func `a filter of what the evidence does not tell is no answer`(_ arguments: [String]) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Self.ingested(Self.logs, [], folder, "case.db")
        let asked = try Program.run(arguments + ["--store", store])
        #expect(asked.status == 65, "\(asked.output)")
        #expect(asked.errors.contains("nlb does not tell what is asked for by"), "\(asked.errors)")
        // What excludes asks for nothing that must be there; without --kind other evidence answers.
        let excluded = try Program.run(arguments.map { $0 == "5xx" ? "!5xx" : $0 } + ["--store", store])
        #expect(excluded.status == (arguments.contains("5xx") ? 0 : 65))
        let rest = arguments.filter { $0 != "--kind" && $0 != "nlb" }
        #expect(try Program.run(rest + ["--store", store]).status == 0)
    }
}
