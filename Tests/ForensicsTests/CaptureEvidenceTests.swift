import Foundation
import Testing

/// What a capture does not show is not told as what happened: holes, one direction alone, beginnings before it.
@Suite(.enabled(if: Program.path != nil)) struct CaptureEvidenceTests {
    private static let server = PacketScript.End([1, 5], 80)

    private static func client(_ number: Int, port: Int? = nil) -> PacketScript.End {
        .init([9, UInt8(number + 1)], port ?? 40_000 + number)
    }

    /// The only number that a query gives.
    private static func count(_ sql: String, _ store: String) throws -> Int {
        let run = try Program.run(["query", sql, "--store", store, "--format", "csv"])
        return try #require(run.output.split(whereSeparator: \.isNewline).last.flatMap { Int($0) }, "\(run.errors)")
    }

    private static func ingest(_ path: String, _ store: String, _ options: [String] = []) throws {
        let run = try Program.run(["ingest", path, "--store", store, "-q"] + options)
        try #require(run.status == 0 || run.status == 65, "\(run.errors)")
    }

    enum Loss: CaseIterable {
        case none, secondFileCut, secondFileMissing
    }

    /// Eighty requests, one every half second, answered after two; one, long before, that nobody answers.
    @Test(arguments: Loss.allCases)
    func `requests whose answer a hole may hold are undetermined, others time out as ever`(_ loss: Loss) throws {
        var script = PacketScript()
        for number in 0..<80 { script.exchange(at: Double(number) / 2, Self.client(number), Self.server, after: 2) }
        script.exchange(at: 0.2, .init([9, 200], 50_000), Self.server, answer: nil)
        let packets = script.ordered
        let folder = try Folder()
        defer { folder.remove() }
        let captures = folder.url.appendingPathComponent("captures")
        try FileManager.default.createDirectory(at: captures, withIntermediateDirectories: true)
        for part in 0..<4 where loss != .secondFileMissing || part != 1 {
            var file = PacketScript.file(packets[part * packets.count / 4..<(part + 1) * packets.count / 4])
            if loss == .secondFileCut, part == 1 { file = file.prefix(file.count * 2 / 3) }
            try file.write(to: captures.appendingPathComponent("t.pcap\(part)"))
        }
        let store = folder.path("case.db")
        try Self.ingest(captures.path, store)
        let waiting = "FROM requests WHERE status IS NULL"
        #expect(try Self.count("SELECT count(*) \(waiting) AND is_timed_out", store) == 1)
        #expect(try Self.count("SELECT count(*) \(waiting) AND is_timed_out AND client_port = 50000", store) == 1)
        let undetermined = try Self.count("SELECT count(*) \(waiting) AND is_undetermined", store)
        #expect(loss == .none ? undetermined == 0 : undetermined > 0)
        let findings = "SELECT coalesce(sum(count), 0) FROM findings WHERE \"check\" = 'request-timeout'"
        #expect(try Self.count(findings, store) == 1)
    }

    @Test func `statuses of a capture of the server's direction alone are counted`() throws {
        var script = PacketScript()
        for number in 0..<60 {
            script.exchange(
                at: Double(number), Self.client(number), Self.server,
                answer: PacketScript.answer(number % 4 == 0 ? 503 : 200))
        }
        let folder = try Folder()
        defer { folder.remove() }
        // The source address stands behind 14 bytes of Ethernet and 12 of IP.
        let answers = script.ordered.filter { Array($0.bytes[26..<30]) == Self.server.address }
        let file = try folder.file("server.pcap", PacketScript.file(answers))
        let store = folder.path("case.db")
        try Self.ingest(file.path, store)
        #expect(try Self.count("SELECT count(*) FROM requests WHERE status = 503", store) == 15)
        #expect(try Self.count("SELECT count(*) FROM requests WHERE status = 200", store) == 45)
        let unknown = "method IS NULL AND path IS NULL AND total_ms IS NULL AND bytes_from_client IS NULL"
        #expect(try Self.count("SELECT count(*) FROM requests WHERE \(unknown)", store) == 60)
        #expect(try Self.count("SELECT count(DISTINCT client_ip) FROM requests", store) == 60)
    }

    /// Sixty connections that open, and four long ones that are open when the capture begins, from ports below the server's.
    @Test func `who is the client of what began before is told by what began after, whatever the threads`() throws {
        let server = PacketScript.End([1, 5], 50_051)
        var script = PacketScript()
        for number in 0..<60 {
            script.exchange(
                at: Double(number * 5), Self.client(number), server, request: "\u{1}bin", answer: "\u{2}bin")
        }
        for number in 0..<4 {
            let client = PacketScript.End([7, UInt8(number)], 33_000 + number)
            for round in 0..<20 {
                let time = 1 + Double(number) + Double(round) * 18
                script.segment(time, server, client, 0x18, (9000 + round, 7000 + round), "x")
                script.segment(time + 0.1, client, server, 0x18, (7000 + round, 9001 + round), "y")
            }
        }
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.file("t.pcap", PacketScript.file(script.ordered))
        var answers: Set<String> = []
        for jobs in ["1", "4"] {
            let store = folder.path("case\(jobs).db")
            try Self.ingest(file.path, store, ["--jobs", jobs])
            let sql =
                "SELECT client_ip, client_port, server_ip, server_port, is_client_guessed FROM connections ORDER BY id"
            answers.insert(try Program.run(["query", sql, "--store", store, "--format", "csv"]).output)
            #expect(try Self.count("SELECT count(*) FROM connections WHERE server_port = 50051", store) == 64)
            #expect(try Self.count("SELECT count(*) FROM connections WHERE client_ip LIKE '10.77.7.%'", store) == 4)
            let blamed = "FROM findings WHERE \"check\" = 'long-connection' AND subject LIKE '%10.77.1.5%'"
            #expect(try Self.count("SELECT count(*) \(blamed)", store) == 0)
            let ranked = try Program.run(["top", "client", "--store", store])
            #expect(ranked.errors.contains("4 connections began before the capture"), "\(ranked.errors)")
        }
        #expect(answers.count == 1)
    }

    // MARK: - Seen twice

    /// The values of a ranking and what each counts.
    private static func top(_ arguments: [String], _ store: String) throws -> (rows: [String: Int], errors: String) {
        let run = try Program.run(["top"] + arguments + ["--store", store, "--format", "csv", "--limit", "100"])
        let lines = run.output.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        let head = try #require(lines.first, "\(run.errors)")
        let column = try #require(head.firstIndex(of: arguments.last == "connections" ? "connections" : "requests"))
        let value = try #require(
            head.firstIndex { $0 == "value" || $0 == Substring(arguments[0]) || $0 == "client_ip" })
        var rows: [String: Int] = [:]
        for line in lines.dropFirst() { rows[String(line[value])] = Int(line[column]) }
        return (rows, run.errors)
    }

    enum Passage: CaseIterable {
        /// A proxy on the host hands each request on over the loopback interface.
        case proxy
        /// The destination is translated, as kube-proxy does.
        case translation
        /// The client as well; and the bridge shows the answers with the client's own address again.
        case masquerade
    }

    @Test(arguments: Passage.allCases)
    func `what passes a host twice counts once, where it came in`(_ passage: Passage) throws {
        let balancer: [UInt8] = [9, 250]
        var script = PacketScript()
        for number in 0..<40 {
            let answer = PacketScript.answer(number % 4 == 0 ? 500 : 200)
            let time = Double(number)
            switch passage {
            case .proxy:
                let trace = "X-Amzn-Trace-Id: Root=1-67d7f0a0-" + String(format: "%024x", number) + "\r\n"
                let chain = "X-Forwarded-For: 198.51.100.\(number % 10 + 1)"
                script.exchange(
                    at: time, .init(balancer, 31_000 + number), Self.server,
                    request: PacketScript.get("/p", fields: "\(chain)\r\n\(trace)"), answer: answer)
                script.exchange(
                    at: time + 0.02, .init([127, 0, 0, 1], 52_000 + number), .init([127, 0, 0, 1], 8080),
                    request: PacketScript.get("/p", fields: "\(chain), 10.77.9.250\r\n\(trace)"), answer: answer,
                    after: 0.05)
            case .translation:
                for (server, delay) in [(PacketScript.End([1, 5], 31_080), 0), (.init([2, 7], 8080), 0.00003)] {
                    script.exchange(
                        at: time + delay, Self.client(number % 10, port: 40_000 + number), server, answer: answer,
                        first: 1000 + number * 7777)
                }
            case .masquerade:
                let first = 1000 + number * 7777
                let client = Self.client(number % 10, port: 40_000 + number)
                let pod = PacketScript.End([2, 7], 8080)
                script.exchange(at: time, client, .init([1, 5], 31_080), answer: answer, first: first)
                script.exchange(
                    at: time + 0.00003, .init([2, 1], 61_000 - number), pod, answer: answer, first: first)
                let asked = first + 1 + PacketScript.get("/").utf8.count
                script.segment(time + 0.00104, pod, client, 0x12, (500, first + 1))
                script.segment(time + 0.00404, pod, client, 0x10, (501, asked))
                script.segment(time + 0.10304, pod, client, 0x18, (501, asked), answer)
                script.segment(time + 0.10504, pod, client, 0x11, (501 + answer.utf8.count, asked + 1))
            }
        }
        let folder = try Folder()
        defer { folder.remove() }
        let file = try folder.file("any.pcap", PacketScript.file(script.ordered))
        let store = folder.path("case.db")
        try Self.ingest(file.path, store)
        let second = passage == .masquerade ? 80 : 40
        #expect(try Self.count("SELECT count(*) FROM requests", store) == 40 + second)
        #expect(
            try Self.count("SELECT count(*) FROM requests WHERE is_second_leg AND target_port = 8080", store) == second)
        #expect(
            try Self.count("SELECT count(*) FROM connections WHERE is_second_leg AND server_port = 8080", store)
                == second)
        let statuses = try Self.top(["status"], store)
        #expect(statuses.rows == ["200": 30, "500": 10])
        #expect(statuses.errors.contains("second leg") && !statuses.errors.contains("by the answer alone"))
        let clients = try Self.top(["client"], store).rows
        #expect(clients.count == 10 && clients.values.allSatisfy { $0 == 4 })
        #expect(!clients.keys.contains { $0.hasPrefix("10.77.9.250") || $0.hasPrefix("127.") })
        // By rows instead of roll-ups; and who asks for what stands behind gets it.
        #expect(try Self.top(["status", "--client", "0.0.0.0/0"], store).rows == ["200": 30, "500": 10])
        let target = passage == .proxy ? "127.0.0.1:8080" : "10.77.2.7:8080"
        #expect(try Self.top(["status", "--target", target], store).rows == ["200": 30, "500": 10])
        let failed = "SELECT id FROM findings WHERE \"check\" = 'http-5xx-target' AND subject = '\(target)'"
        let found = try Program.run(["query", failed, "--store", store, "--format", "csv"])
        let id = try #require(found.output.split(whereSeparator: \.isNewline).dropFirst().first.map(String.init))
        let carved = try Program.run(
            ["carve", "--finding", id, "--store", store, "--output", folder.path("carved.pcapng")])
        #expect(carved.status == 0 && carved.errors.contains("packets of 10 connections"), "\(carved.errors)")
        let named = try Program.run(["query", "status-codes", "--store", store, "--format", "csv"])
        let counted = named.output.split(whereSeparator: \.isNewline).dropFirst().map { $0.split(separator: ",") }
        #expect(counted.count == 2 && counted.contains { $0.contains("500") && $0.contains("10") }, "\(named.output)")
        let windows = ["--before", "2023-11-14T22:13:20Z/20s", "--during", "2023-11-14T22:13:40Z/20s"]
        let compared = try Program.run(["compare", "--store", store, "--format", "json"] + windows)
        #expect(compared.output.contains("\"second-leg\""), "\(compared.errors)")
        for question in ["summary", "timeline", "spikes"] {
            #expect(try Program.run([question, "--store", store]).errors.contains("second leg"), "\(question)")
        }
    }
}
