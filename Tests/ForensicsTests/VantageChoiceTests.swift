import Foundation
import Testing

/// Several captures of the same time: one answers, chosen by what is asked, and the others are told.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct VantageChoiceTests {
    private static let abuser = "203.0.113.66"

    /// A request every so many seconds, each on a connection of its own.
    private static func capture(_ server: String, _ times: [Double], and errors: [Double] = []) -> CaptureTalk {
        var talk = CaptureTalk()
        for (index, time) in (times + errors).enumerated() {
            let isError = index >= times.count
            talk.add(
                .init(
                    client: isError ? abuser : "198.51.100.\(index % 40 + 1)", clientPort: 10_000 + index,
                    server: server, serverPort: 80, requests: [(time, isError ? 503 : 200)]))
        }
        return talk
    }

    /// Three targets: the smallest alone has the incident.
    private static func withTargets(_ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let even = { (count: Int) in (0..<count).map { 1 + Double($0) * 1200 / Double(count) } }
        let burst = (0..<160).map { 900.2 + Double($0) * 0.5 }
        for (name, talk) in [
            ("web1", capture("10.0.1.1", even(300))), ("web2", capture("10.0.1.2", even(280))),
            ("web3", capture("10.0.1.3", even(120), and: burst)),
        ] {
            _ = try folder.file("\(name).pcap", talk.data)
        }
        let store = folder.path("case.db")
        let inputs = ["web1", "web2", "web3"].map { folder.path("\($0).pcap") }
        #expect(try Program.run(["ingest"] + inputs + ["--store", store, "-q"]).status == 0)
        try body(store)
    }

    private static func top(_ arguments: [String], _ store: String) throws -> (
        rows: [[String: Any]], title: String, notes: String
    ) {
        let run = try Program.run(["top"] + arguments + ["--store", store, "--format", "json"])
        #expect(run.status == 0, "\(run.errors)")
        return (try Answer.rows(run.output), LakeTools.json(run.output)["title"] as? String ?? "", run.errors)
    }

    @Test(arguments: [
        (["status", "--client", abuser], "status", "503", 160), (["client", "--status", "5xx"], "client", abuser, 160),
        (["client", "--target", "10.0.1.3"], "client", abuser, 160),
    ])
    func `the capture that holds what is asked for answers`(
        arguments: [String], column: String, value: String, count: Int
    ) throws {
        try Self.withTargets { store in
            let answer = try Self.top(arguments, store)
            let first = try #require(answer.rows.first)
            #expect("\(first[column] ?? "")" == value && first["requests"] as? Int == count, "\(first)")
            #expect(answer.title.contains("vantage web3.pcap"))
        }
    }

    @Test func `what the others count is said beside the answer, and never in its name`() throws {
        try Self.withTargets { store in
            let whole = try Self.top(["client"], store)
            #expect(whole.title.contains("vantage web1.pcap"))
            for name in ["web2.pcap", "web3.pcap"] {
                #expect(
                    whole.notes.contains(
                        "vantage \(name) counts 280 requests; not added, --vantage \(name) answers from it."),
                    "\(whole.notes)")
            }
            let two = try Self.top(["client", "--vantage", "web1.pcap", "--vantage", "web2.pcap"], store)
            #expect(!two.title.contains("web2.pcap") && two.notes.contains("web2.pcap counts 280"), "\(two.title)")
            #expect(!two.notes.contains("web3.pcap"))
            for command in ["timeline", "spikes"] {
                let run = try Program.run([command, "--store", store])
                #expect(run.errors.contains("vantage web3.pcap counts 280 requests"), "\(run.errors)")
                guard command == "spikes" else { continue }
                #expect(run.output.contains("Nothing stands out"))
                let notes = run.errors
                #expect(notes.contains("web3.pcap counts 280 requests; 1 stretch of time stands out"), "\(notes)")
                #expect(notes.contains("web2.pcap counts 280 requests; nothing stands out"), "\(notes)")
            }
        }
    }

    @Test func `a capture that ends as the incident begins does not answer for one that has it`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        // Twenty minutes and a bit, of more requests than the other has.
        let short = Self.capture("10.0.1.5", (0..<2040).map { 0.1 + Double($0) * 0.6 })
        let whole = Self.capture(
            "10.0.1.6", (0..<1200).map { 0.1 + Double($0) * 2 }, and: (0..<600).map { 1300.05 + Double($0) })
        let store = folder.path("case.db")
        let inputs = [
            try folder.file("web1.pcap", short.data).path, try folder.file("web2.pcap", whole.data).path,
        ]
        #expect(try Program.run(["ingest"] + inputs + ["--store", store, "-q"]).status == 0)
        let windows = [
            "--before", EvidenceLines.window(0, minutes: 20), "--during", EvidenceLines.window(1200, minutes: 20),
        ]
        let answer = try ComparedAnswer(["--store", store] + windows)
        #expect(answer.vantage == "web2.pcap")
        // 600 requests before; as many more of one client during.
        #expect(abs(try #require(answer.ratio) - 2) < 0.02)
        #expect(answer.sentence.contains(Self.abuser), "\(answer.sentence)")
        #expect(answer.caveats["other-view"]?.contains("vantage web1.pcap counts") == true)
    }
}
