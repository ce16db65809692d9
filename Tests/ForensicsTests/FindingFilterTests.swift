import Foundation
import Testing

/// The common filters on findings: they choose by the records that prove a finding, and say where no record tells.
@Suite(.enabled(if: Program.path != nil)) struct FindingFilterTests {
    private static let server = PacketScript.End([2, 2], 80)

    private static func client(_ number: UInt8) -> PacketScript.End {
        PacketScript.End([1, number], 40_000 + Int(number))
    }

    /// Client 1 is answered 500, 2 never, 3 well; of 4 the server resets the connection after a minute of silence.
    private static var traffic: PacketScript {
        var script = PacketScript()
        script.exchange(at: 0, client(1), server, request: PacketScript.get("/a"), answer: PacketScript.answer(500))
        script.exchange(at: 1, client(2), server, request: PacketScript.get("/b"), answer: nil)
        script.exchange(at: 2, client(3), server, request: PacketScript.get("/c"))
        script.segment(3, client(4), server, 0x02, (100, 0))
        script.segment(3.001, server, client(4), 0x12, (500, 101))
        script.segment(3.002, client(4), server, 0x10, (101, 501))
        script.segment(63, server, client(4), 0x14, (501, 101))
        return script
    }

    private static func withCase(
        _ script: PacketScript, options: [String] = [],
        _ body: (([String]) throws -> (checks: [String], said: String)) throws
            -> Void
    ) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.file("t.pcap", PacketScript.file(script.ordered))
        let store = folder.path("case.db")
        let read = try Program.run(["ingest", file.path, "--store", store, "-q"] + options)
        try #require(read.status == 0, "\(read.errors)")
        try body { filters in
            let run = try Program.run(["findings", "--store", store, "--format", "json"] + filters)
            #expect(run.status == 0, "\(run.errors)")
            return (try Answer.rows(run.output).compactMap { $0["check"] as? String }.sorted(), run.errors)
        }
    }

    @Test(
        arguments: [
            (["--client", "10.77.1.1"], ["http-5xx-target"]), (["--client", "10.77.1.2"], ["request-timeout"]),
            (["--client", "10.77.1.3"], []), (["--client", "10.77.1.4"], ["dataless-connect", "reset-by-target"]),
            (
                ["--client", "10.77.1.0/24"],
                ["dataless-connect", "http-5xx-target", "request-timeout", "reset-by-target"]
            ),
            (["--client", "!10.77.1.1", "--status", "500"], []), (["--status", "5xx"], ["http-5xx-target"]),
            (["--path", "/b"], ["request-timeout"]), (["--path", "/a", "--client", "10.77.1.2"], []),
            (
                ["--ignore", "10.77.1.1"],
                ["dataless-connect", "idle-timeout-reset", "request-timeout", "reset-by-target"]
            ),
            (
                ["--target", "10.77.2.2:80"],
                ["dataless-connect", "http-5xx-target", "idle-timeout-reset", "request-timeout", "reset-by-target"]
            ),
            (["--target", "10.77.2.3"], []), (["--domain", "shop.example"], ["http-5xx-target", "request-timeout"]),
        ])
    func `a finding is shown if one of its records passes`(filters: [String], checks: [String]) throws {
        try Self.withCase(Self.traffic) { findings in
            let found = try findings(filters).checks
            #expect(found == checks)
        }
    }

    @Test func `findings of a sample say that their counts are not scaled`() throws {
        var told = 0
        for seed in 1...6 {
            try Self.withCase(Self.traffic, options: ["--sample", "2", "--sample-seed", "\(seed)"]) { findings in
                let answer = try findings([])
                #expect(answer.said.contains("of 1 flow in 2") == !answer.checks.isEmpty, "\(answer)")
                told += answer.checks.isEmpty ? 0 : 1
            }
        }
        #expect(told > 0)
        try Self.withCase(Self.traffic) { findings in
            let said = try findings([]).said
            #expect(!said.contains("flow in"))
        }
    }

    @Test func `what no record tells is said`() throws {
        try Self.withCase(Self.traffic) { findings in
            let filtered = try findings(["--client", "10.77.1.3"]).said
            #expect(filtered.contains("of 1 finding the case has no row that tells"), "\(filtered)")
            let all = try findings([]).said
            #expect(!all.contains("no row"), "\(all)")
        }
        try Self.withCase(Self.traffic, options: ["--rows", "none"]) { findings in
            let answer = try findings(["--client", "10.77.1.1"])
            #expect(answer.checks.isEmpty)
            #expect(answer.said.contains("of 4 findings the case has no row that tells"), "\(answer.said)")
        }
    }

    @Test func `a finding that keeps only some of its records may concern who is asked for`() throws {
        var script = PacketScript()
        for number in 0..<40 {
            script.exchange(
                at: Double(number), Self.client(UInt8(number)), Self.server, answer: PacketScript.answer(500))
        }
        try Self.withCase(script) { findings in
            // The first sixteen and the last are kept, whatever else is.
            let one = try findings(["--client", "10.77.1.3"])
            #expect(one.checks == ["http-5xx-target"])
            let other = try findings(["--client", "10.77.9.9"])
            #expect(other.checks.isEmpty)
            #expect(other.said.contains("1 finding keeps only some of the records"), "\(other.said)")
        }
    }

    @Test func `a finding on a load balancer's address may concern any of its clients, and is counted`() throws {
        var script = PacketScript()
        let balancer = [UInt8(9), 1]
        for number in 0..<40 {
            // The load balancer resets each of its connections in the middle of nothing; each carries another client.
            let end = PacketScript.End(balancer, 30_000 + number)
            let time = Double(number)
            let request = PacketScript.get("/", fields: "X-Forwarded-For: 198.51.100.\(number + 1)\r\n")
            script.exchange(at: time, end, Self.server, request: request, answer: nil)
            script.segment(time + 0.05, end, Self.server, 0x14, (101 + request.utf8.count, 501))
        }
        try Self.withCase(script) { findings in
            let all = try findings([]).checks
            #expect(all.contains("reset-by-client"), "\(all)")
            let other = try findings(["--client", "203.0.113.9"])
            #expect(other.checks.isEmpty, "\(other.checks)")
            #expect(other.said.contains("1 finding keeps only some of the records"), "\(other.said)")
        }
    }
}
