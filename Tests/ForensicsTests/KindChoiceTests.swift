import Foundation
import Testing

/// Which kind of evidence answers where a filter asks for what one alone sees, and what is said of the others.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct KindChoiceTests {
    private static let holder = "203.0.113.5"

    /// Twenty minutes of 60 requests of an ALB, 40 connections of an NLB and 30 requests in a capture of another target.
    private static func withCase(_ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let access = (0..<60).map { EvidenceLines.alb(Double($0) * 20, "198.51.100.\($0 % 6 + 1)", trace: $0 + 1) }
        let connections = (0..<40).map { place in
            EvidenceLines.nlb(Double(place) * 30 + 1, place % 4 == 0 ? holder : "192.0.2.9", milliseconds: 900)
        }
        var talk = CaptureTalk()
        for place in 0..<30 {
            talk.add(
                .init(
                    client: "198.51.100.77", clientPort: 20_000 + place, server: "10.9.0.1", serverPort: 8080,
                    requests: [(Double(place) * 40 + 2, 200)]))
        }
        try folder.log("logs/alb.log", access)
        try folder.log("logs/nlb.log", connections)
        let capture = try folder.file("web1.pcap", talk.data)
        let store = folder.path("case.db")
        let run = try Program.run(["ingest", folder.path("logs"), capture.path, "--store", store, "-q"])
        #expect(run.status == 0, "\(run.errors)")
        try body(store)
    }

    private static func ask(_ arguments: [String], _ store: String) throws -> (
        rows: [[String: Any]], title: String, notes: String
    ) {
        let run = try Program.run(arguments + ["--store", store, "--format", "json"])
        #expect(run.status == 0, "\(arguments) \(run.errors)")
        return (try Answer.rows(run.output), LakeTools.json(run.output)["title"] as? String ?? "", run.errors)
    }

    private static func sum(_ rows: [[String: Any]], _ column: String) -> Int {
        rows.reduce(0) { $0 + ($1[column] as? Int ?? 0) }
    }

    @Test(arguments: [
        (["--load-balancer", "edge"], 40), (["--domain", "b.example"], 40), (["--client", holder], 10),
    ])
    func `what only connections are told of is answered in connections`(filter: [String], count: Int) throws {
        try Self.withCase { store in
            for command in [["top", "client"], ["timeline"]] {
                let answer = try Self.ask(command + filter, store)
                #expect(answer.title.contains("(nlb, "), "\(answer.title)")
                #expect(Self.sum(answer.rows, "connections") == count, "\(command)")
                let notes = answer.notes
                #expect(
                    notes.contains("alb holds no requests that pass the filters: nlb answers, in connections."),
                    "\(notes)")
                #expect(notes.contains("alb counts 0 requests; not added, --kind alb answers from it."), "\(notes)")
            }
            let spikes = try Program.run(["spikes", "--store", store] + filter)
            #expect(spikes.status == 0 && !spikes.output.contains("No rows match"), "\(spikes.output)")
            #expect(spikes.errors.contains("nlb answers, in connections."), "\(spikes.errors)")
        }
    }

    @Test func `what only a capture sees is answered from it, in the requests that were asked for`() throws {
        try Self.withCase { store in
            for measure in [[], ["--by", "requests"]] {
                let answer = try Self.ask(["top", "client", "--target", "10.9.0.1"] + measure, store)
                #expect(answer.title.contains("vantage web1.pcap"), "\(answer.title)")
                #expect(Self.sum(answer.rows, "requests") == 30)
                #expect(answer.notes.contains("alb holds no requests that pass the filters: pcap"), "\(answer.notes)")
            }
        }
    }

    @Test func `a measure and a kind that are asked for stay, and the kind that holds the rows is named`() throws {
        try Self.withCase { store in
            let requests = try Self.ask(["top", "client", "--domain", "b.example", "--by", "requests"], store)
            #expect(requests.title.contains("(alb, ") && requests.rows.isEmpty, "\(requests.title)")
            let advice = "nlb counts 40 connections; not added, --kind nlb --by connections answers from it."
            #expect(requests.notes.contains(advice), "\(requests.notes)")
            let named = ["top", "client", "--domain", "b.example", "--kind", "nlb", "--by", "connections"]
            #expect(Self.sum(try Self.ask(named, store).rows, "connections") == 40)
            let access = try Self.ask(["top", "client", "--domain", "b.example", "--kind", "alb"], store)
            #expect(access.title.contains("(alb, ") && access.rows.isEmpty && !access.notes.contains("nlb"))
            // Nobody holds any: nothing is passed over.
            let nobody = try Self.ask(["top", "client", "--domain", "c.example"], store)
            #expect(nobody.title.contains("(alb, ") && nobody.rows.isEmpty && !nobody.notes.contains("answers, in"))
            #expect(nobody.notes.contains("nlb counts 0 connections"), "\(nobody.notes)")
        }
    }

    @Test(arguments: [["top", "client"], ["timeline"], ["spikes"]])
    func `without a filter other kinds are told in what they count`(command: [String]) throws {
        try Self.withCase { store in
            let answer = try Self.ask(command, store)
            #expect(answer.title.contains("(alb, "), "\(answer.title)")
            let found = command == ["spikes"] ? "nothing stands out there; " : ""
            let told = "nlb counts 40 connections; \(found)not added, --kind nlb answers from it."
            #expect(answer.notes.contains(told), "\(answer.notes)")
            #expect(answer.notes.contains("web1.pcap counts 30 requests"), "\(answer.notes)")
            #expect(!answer.notes.contains("pass the filters"))
        }
    }

    @Test func `bytes are asked of evidence that tells some`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.log(
            "logs/conn.log", (0..<60).map { EvidenceLines.albConnection(Double($0) * 20, "192.0.2.7", trace: $0 + 1) })
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "-q"]).status == 0)
        let windows = [
            "--before", EvidenceLines.window(0, minutes: 10), "--during", EvidenceLines.window(600, minutes: 10),
        ]
        for command in [["top", "client"], ["timeline"], ["spikes"], ["compare"] + windows] {
            let run = try Program.run(command + ["--by", "bytes", "--store", store])
            #expect(run.status == 65 && run.output.isEmpty, "\(command) \(run.output)")
            #expect(run.errors.contains("alb-connection"), "\(command) \(run.errors)")
            #expect(run.errors.contains("bytes"), "\(command) \(run.errors)")
        }
        // What lies beside it and tells bytes answers, though it comes later by rank.
        let flows = (0..<60).map { EvidenceLines.flow(Double($0) * 20, "192.0.2.8", port: 10_000 + $0) }
        try folder.log("more/flow.log", flows, header: EvidenceLines.flowHeader)
        #expect(try Program.run(["ingest", folder.path("more"), "--store", store, "-q"]).status == 0)
        let top = try Self.ask(["top", "client", "--by", "bytes"], store)
        #expect(top.title.contains("(vpc-flow") && top.rows.first?["client"] as? String == "192.0.2.8", "\(top.title)")
        let compared = try ComparedAnswer(["--by", "bytes", "--store", store] + windows)
        #expect(compared.kind == "vpc-flow", "\(compared.sentence)")
    }
}
