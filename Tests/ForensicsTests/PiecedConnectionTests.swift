import Foundation
import Testing

/// Long connections of an access log, which tells requests only: those that name one connection, and those that name none.
@Suite(.enabled(if: Program.path != nil, "the program is not built"))
struct PiecedConnectionTests {
    private static let start = Date(timeIntervalSince1970: 1_773_738_000)
    private static let windows = ["--before", "2026-03-17T09:00:00Z/15m", "--during", "2026-03-17T09:15:00Z/15m"]

    private static func stamp(_ seconds: Double) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "yyyy-MM-dd'T'HH:mm:ss.SSS"
        return formatter.string(from: start.addingTimeInterval(seconds)) + "000Z"
    }

    /// A request that ended so many seconds after nine o'clock, and the connection that it names, if it does.
    private static func line(_ client: String, end: Double, took: Double, type: String = "https", trace: String?)
        -> String
    {
        "\(type) \(stamp(end)) app/shop/50dc6c495c0c9188 \(client):40000 10.0.0.1:443 0.000 0.010 0.000 "
            + "\(type == "wss" ? 101 : 200) \(type == "wss" ? 101 : 200) 100 200 "
            + "\"GET https://shop.example:443/a HTTP/1.1\" \"curl/8\" TLS_AES_128_GCM_SHA256 TLSv1.3 - "
            + "\"Root=1-58337262-36d228ad5d99923122bbe354\" \"shop.example\" \"-\" 0 \(stamp(end - took)) \"forward\" \"-\" \"-\" "
            + "\"10.0.0.1:443\" \"200\" \"-\" \"-\"" + (trace.map { " \($0)" } ?? "")
    }

    private static func number(_ client: String) -> Int { client.utf8.last.map { Int($0) - 48 } ?? 0 }

    private static func trace(_ number: Int) -> String {
        "TID_" + String(format: "%032x", number + 10)
    }

    /// Half an hour of forty clients, three of which are busier and hold connections as `held` writes them.
    private static func compare(
        named: Bool, held: (String) -> [String], _ more: [String]
    ) throws -> [String] {
        let folder = try Folder()
        defer { folder.remove() }
        var lines: [String] = []
        for second in 0..<1800 {
            let busy = "203.0.113.\(second % 3 + 1)"
            let client = second % 2 == 0 ? busy : "198.51.100.\(second % 37 + 1)"
            lines.append(line(client, end: Double(second), took: 0.01, trace: named ? trace(second) : nil))
        }
        for number in 1...3 { lines += held("203.0.113.\(number)") }
        let path = folder.path("log")
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", path, "--store", store, "-q"]).status == 0)
        let result = try Program.run(["compare", "--store", store, "--format", "csv"] + windows + more)
        #expect(result.status == 0, "\(result.errors)")
        return result.output.split(whereSeparator: \.isNewline).map(String.init)
    }

    /// The clients of the table, the most active first, and their longest connection.
    private static func clients(_ rows: [String], _ column: String = "longest_during_ms") throws -> [String: String] {
        let names = try #require(rows.first).split(separator: ",").map(String.init)
        let client = try #require(names.firstIndex(of: "client_ip"))
        let longest = try #require(names.firstIndex(of: column))
        return Dictionary(
            uniqueKeysWithValues: rows.dropFirst().map { row in
                let cells = row.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                return (cells[client], cells[longest])
            })
    }

    @Test(arguments: [true, false])
    func `a WebSocket of minutes is a long connection, named or not`(named: Bool) throws {
        let rows = try Self.compare(
            named: named,
            held: {
                [
                    Self.line(
                        $0, end: 1600, took: 400, type: "wss", trace: named ? Self.trace(90_000 + Self.number($0)) : nil
                    )
                ]
            },
            [])
        #expect(
            try Self.clients(rows).mapValues { Double($0) } == [
                "203.0.113.1": 400_000, "203.0.113.2": 400_000, "203.0.113.3": 400_000,
            ])
    }

    @Test func `requests of one connection minutes apart make it long, others do not`() throws {
        let apart = try Self.compare(
            named: true,
            held: { client in
                [1000.0, 1200, 1420].map {
                    Self.line(client, end: $0, took: 0.5, trace: Self.trace(50_000 + Self.number(client)))
                }
            }, [])
        #expect(
            try Self.clients(apart).mapValues { Double($0) }
                == ["203.0.113.1": 420_500, "203.0.113.2": 420_500, "203.0.113.3": 420_500])
        let near = try Self.compare(
            named: true,
            held: { client in
                [1000.0, 1200, 1299].map {
                    Self.line(client, end: $0, took: 0.5, trace: Self.trace(50_000 + Self.number(client)))
                }
            }, [])
        #expect(near.count == 1)
    }

    @Test func `the longest before is a connection too, long or not, and never a request`() throws {
        let rows = try Self.compare(
            named: true,
            held: { client in
                [100.0, 200].map {
                    Self.line(client, end: $0, took: 0.5, trace: Self.trace(60_000 + Self.number(client)))
                }
                    + [1000.0, 1200, 1420].map {
                        Self.line(client, end: $0, took: 0.5, trace: Self.trace(50_000 + Self.number(client)))
                    }
            }, [])
        #expect(
            try Self.clients(rows, "longest_before_ms").mapValues { Double($0) }
                == ["203.0.113.1": 100_500, "203.0.113.2": 100_500, "203.0.113.3": 100_500])
        #expect(try Self.clients(rows, "long_before").values.allSatisfy { $0 == "0" })
    }

    @Test(arguments: ["1", "30"])
    func `what is known of some clients is no rate of all`(top: String) throws {
        let rows = try Self.compare(
            named: true, held: { [Self.line($0, end: 1600, took: 400, type: "wss", trace: Self.trace(90_000))] },
            ["--table", "changes", "--top", top])
        #expect(rows.contains { $0.hasPrefix("requests,") } && !rows.contains { $0.contains("long_connections") })
    }
}
