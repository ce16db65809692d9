import Foundation
import Testing

/// `findings`, `summary` and `report` choose findings alike, and tell them whole.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct ReportedFindingTests {
    private static let windows = ["--before", "09:20/15m", "--during", "09:35/15m", "--no-hash"]

    private static func rows(_ arguments: [String], _ store: String) throws -> [[String: Any]] {
        let run = try Program.run(arguments + ["--store", store, "--format", "json"])
        #expect(run.status == 0, "\(run.errors)")
        let value = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
        return value as? [[String: Any]] ?? (value as? [String: Any])?["rows"] as? [[String: Any]] ?? []
    }

    /// A section of a report.
    private static func section(_ id: String, _ store: String, _ folder: Folder, _ options: [String]) throws -> (
        text: String, errors: String
    ) {
        let file = folder.path("report.html")
        let run = try Program.run(["report", "-q", "--store", store, "--output", file] + windows + options)
        #expect(run.status == 0, "\(run.errors)")
        let page = try String(contentsOfFile: file, encoding: .utf8)
        let parts = page.components(separatedBy: "<section id=\"\(id)\"")
        return (parts.count > 1 ? parts[1].components(separatedBy: "</section>")[0] : "", run.errors)
    }

    private static func isTold(_ subject: String, _ text: String) -> Bool { text.contains(">\(subject)<") }

    @Test(arguments: [
        (["--client", "203.0.113.45"], ["198.51.100.67", "198.51.100.74"]),
        (["--ignore", "198.51.100.0/24"], ["198.51.100.67", "198.51.100.74"]),
        (["--target", "10.20.1.11:8443"], ["10.20.1.11:8080"]),
    ])
    func `a report tells the findings that findings has, and of nobody else`(options: [String], others: [String]) throws
    {
        try ChosenWindowTests.withCase { folder, store in
            let all = try Self.section("findings", store, folder, []).text
            let told = try Self.section("findings", store, folder, options).text
            for subject in others { #expect(Self.isTold(subject, all) && !Self.isTold(subject, told), "\(subject)") }
            let times = ["--from", "2026-03-17T09:20:00Z", "--to", "2026-03-17T09:50:00Z"]
            func subjects(_ options: [String]) throws -> Set<String> {
                Set(try Self.rows(["findings"] + times + options, store).compactMap { $0["subject"] as? String })
            }
            let wanted = try subjects(options)
            #expect(!wanted.isEmpty)
            for subject in wanted { #expect(Self.isTold(subject, told), "\(subject)") }
            for subject in try subjects([]).subtracting(wanted) { #expect(!Self.isTold(subject, told), "\(subject)") }
        }
    }

    @Test func `a report of one kind of evidence tells findings of that kind`() throws {
        try ChosenWindowTests.withCase { folder, store in
            let told = try Self.section("findings", store, folder, ["--kind", "nlb"]).text
            #expect(told.contains(", in nlb") && !told.contains(", in alb") && !told.contains(", in pcap"))
        }
    }

    /// Two captures of the same minutes, each with errors of its own, and the log of an ALB with some.
    private static func withVantages(_ body: (Folder, String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        for (name, server, errors) in [("web1", "10.0.1.1", 12), ("web2", "10.0.1.2", 15)] {
            var talk = CaptureTalk()
            for index in 0..<60 {
                talk.add(
                    .init(
                        client: "198.51.100.\(index % 40 + 1)", clientPort: 10_000 + index, server: server,
                        serverPort: 80, requests: [(1 + Double(index), index < errors ? 503 : 200)]))
            }
            _ = try folder.file("\(name).pcap", talk.data)
        }
        try folder.log(
            "123456789012_elasticloadbalancing_us-east-1_app.shop.50dc6c495c0c9188_20260317T0905Z_10.0.1.1_00000001.log",
            (0..<20).map { EvidenceLines.alb(Double($0), "198.51.100.1", trace: $0 + 1, status: 503) })
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.url.path, "--store", store, "-q"]).status == 0)
        try body(folder, store)
    }

    @Test(arguments: [["web1.pcap"], ["web2.pcap"], ["!web1.pcap"], ["web1.pcap", "web2.pcap"]])
    func `findings are filtered by the vantage that they were seen at`(names: [String]) throws {
        try Self.withVantages { _, store in
            let options = names.flatMap { ["--vantage", $0] }
            let wanted = names.filter { !$0.hasPrefix("!") }.map { "'\($0)'" }.joined(separator: ", ")
            let condition = wanted.isEmpty ? "coalesce(vantage, '') <> 'web1.pcap'" : "vantage IN (\(wanted))"
            let expected = try Self.rows(["query", "SELECT id FROM findings WHERE \(condition)"], store)
            let found = try Program.run(["findings", "--store", store, "--format", "json"] + options)
            let ids = try Answer.rows(found.output).map { $0["id"] as? Int }
            #expect(!ids.isEmpty && ids == expected.map { $0["id"] as? Int }, "\(found.output)")
            #expect(!found.errors.contains("passed over"), "\(found.errors)")
            #expect((LakeTools.json(found.output)["title"] as? String)?.contains("vantage ") == true)
            let summary = try Program.run(["summary", "--store", store, "--format", "json"] + options)
            let rows = LakeTools.json(summary.output)["findings"] as? [[String: Any]] ?? []
            #expect(rows.reduce(0) { $0 + ($1["episodes"] as? Int ?? 0) } == ids.count)
            #expect(!summary.errors.contains("passed over"), "\(summary.errors)")
        }
    }

    @Test func `one finding tells its vantage and whom it blames, however narrow the terminal`() throws {
        try Self.withVantages { _, store in
            let query = "SELECT id, vantage, blame FROM findings WHERE kind = 'pcap' AND \"check\" = 'http-5xx-target'"
            let all = try Self.rows(["query", query], store)
            #expect(all.count == 2)
            for row in all {
                let (id, vantage) = ("\(row["id"] ?? "")", try #require(row["vantage"] as? String))
                let json = try Program.run(["findings", id, "--format", "json", "--store", store])
                let told = (LakeTools.json(json.output)["findings"] as? [[String: Any]])?.first
                #expect(told?["vantage"] as? String == vantage && told?["blame"] as? String == "target")
                for columns in ["80", "100", "200"] {
                    let text = try Program.run(["findings", id, "--store", store], environment: ["COLUMNS": columns])
                    let lines = text.output.split(separator: "\n").map {
                        $0.split(separator: " ").joined(separator: " ")
                    }
                    #expect(lines.contains("blame: target"), "\(text.output)")
                    #expect(lines.contains("seen in: pcap, vantage \(vantage)"), "\(text.output)")
                }
            }
        }
    }

    @Test(arguments: [80, 100, 120]) func `the list of findings tells whom they blame, however narrow the terminal`(
        columns: Int
    ) throws {
        try ChosenWindowTests.withCase { _, store in
            let known = try Self.rows(["findings"], store)
            let text = try Program.run(["findings", "--store", store], environment: ["COLUMNS": "\(columns)"])
            let lines = text.output.split(separator: "\n").map(String.init)
            let words = lines[0].split(separator: " ").map(String.init)
            for name in ["id", "time", "check", "blame", "subject"] + (columns < 100 ? [] : ["count"]) {
                #expect(words.contains(name), "\(lines[0])")
            }
            for line in lines { #expect(line.count <= columns, "\(line)") }
            let place = try #require(lines[0].range(of: "blame")).lowerBound.utf16Offset(in: lines[0])
            for (row, line) in zip(known, lines.dropFirst(2)) {
                guard let blame = row["blame"] as? String else { continue }
                #expect(line.dropFirst(place).hasPrefix(blame), "\(line)")
            }
        }
    }

    @Test func `the texts of the checks are told whole`() throws {
        let checks = try Answer.rows(try Program.run(["findings", "--checks", "--format", "json"]).output)
        #expect(checks.count > 30)
        for columns in ["", "80", "120"] {
            let text = try Program.run(["findings", "--checks"], environment: ["COLUMNS": columns])
            #expect(text.status == 0 && !text.output.contains("…"))
            let words = text.output.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
            for check in checks {
                let documentation = try #require(check["documentation"] as? String)
                let head = "\(check["check"] ?? "") (\(check["severity"] ?? ""))"
                let whole = documentation.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
                #expect(words.contains("\(head) \(whole)"), "\(head)")
            }
        }
    }
}
