import Foundation
import Testing

/// Who holds connections longest: from evidence that tells it, what was cut marked, what is absent left out.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct TopDurationTests {
    private static let holder = "203.0.113.9"

    /// An access log in which one client asks for a quarter of an hour on one connection, and the log of the connections.
    private static func withLogs(_ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        var requests: [String] = []
        var connections: [String] = []
        for second in 0..<900 {
            let client = "198.51.100.\(second % 40 + 1)"
            requests.append(EvidenceLines.alb(Double(second), client, trace: second + 1))
            requests.append(EvidenceLines.alb(Double(second) + 0.5, holder, trace: 1_000_000))
            connections.append(EvidenceLines.albConnection(Double(second), client, trace: second + 1))
        }
        connections.append(EvidenceLines.albConnection(0.4, holder, trace: 1_000_000))
        try folder.log("logs/alb.log", requests)
        try folder.log("logs/connections.log", connections)
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "-q"]).status == 0)
        try body(store)
    }

    private static func rows(_ arguments: [String], _ store: String) throws -> [[String: Any]] {
        let run = try Program.run(["top"] + arguments + ["--store", store, "--format", "json"])
        #expect(run.status == 0, "\(run.errors)")
        return try Answer.rows(run.output)
    }

    @Test(arguments: [
        ["client", "--by", "duration"], ["client", "--by", "duration", "--kind", "alb"], ["connection"],
    ])
    func `the holder of the longest connection of an access log is first`(arguments: [String]) throws {
        try Self.withLogs { store in
            let rows = try Self.rows(arguments, store)
            let first = try #require(rows.first)
            #expect((first["client"] ?? first["client_ip"]) as? String == Self.holder)
            // From the first request, at 0.5 s, to the last answer; a lower bound, as no record tells its ends.
            let longest = try #require((first["longest_ms"] ?? first["duration_ms"]) as? Double)
            #expect(abs(longest - 899_050) < 1 && first["censored"] as? Bool == true, "\(first)")
            let text = try Program.run(["top"] + arguments + ["--store", store]).output
            #expect(text.contains("≥ 14 min 59 s"), "\(text)")
        }
    }

    @Test func `what a kind of evidence does not tell is absent, or refused`() throws {
        try Self.withLogs { store in
            let pieced = try #require(try Self.rows(["connection", "--limit", "1"], store).first)
            for name in ["server", "bytes", "packets"] { #expect(pieced[name] is NSNull, "\(name)") }
            let accepted = try #require(try Self.rows(["connection", "--by", "errors", "--limit", "1"], store).first)
            #expect(accepted["server"] as? String == ":443")
            for name in ["bytes", "duration_ms", "censored"] { #expect(accepted[name] is NSNull, "\(name)") }
            for arguments in [["client", "--by", "duration"], ["connection"]] {
                let run = try Program.run(["top"] + arguments + ["--kind", "alb-connection", "--store", store])
                #expect(run.status == 65)
                let line = "alb-connection logs do not tell how long connections last"
                #expect(run.errors.contains(line), "\(run.errors)")
            }
        }
    }

    @Test func `a duration that the edge of the evidence cut is printed with its sign`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        var talk = CaptureTalk()
        talk.add(
            .init(
                client: "203.0.113.1", clientPort: 40_000, server: "10.0.1.5", serverPort: 80,
                requests: [(1, 200), (301, 200)], isWhole: false))
        talk.add(
            .init(
                client: "203.0.113.2", clientPort: 40_000, server: "10.0.1.5", serverPort: 80,
                requests: [(2, 200), (122, 200)]))
        let store = folder.path("case.db")
        let capture = try folder.file("target.pcap", talk.data).path
        #expect(try Program.run(["ingest", capture, "--store", store, "-q"]).status == 0)
        for arguments in [["client", "--by", "duration"], ["connection"]] {
            let rows = try Self.rows(arguments, store)
            #expect(rows.compactMap { $0["censored"] as? Bool } == [true, false])
            let text = try Program.run(["top"] + arguments + ["--store", store]).output
            #expect(text.contains("≥ 5 min") && text.contains("2 min") && !text.contains("≥ 2 min"), "\(text)")
        }
        // What was cut is in no percentile.
        let percentiles = try Self.rows(["client", "--by", "duration"], store).map { $0["p95_ms"] as? Double }
        #expect(percentiles[0] == nil)
        #expect(abs(try #require(percentiles[1]) - 120_033) < 1_200)
    }
}
