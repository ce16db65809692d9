import Foundation
import Testing

/// One request told from the load balancer's log, a capture behind it and flow logs, whose clocks are apart.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct ExplainTests {
    private typealias Rows = [[String: Any]]

    private static let client = "198.51.100.7"
    private static let node = "10.0.1.1"

    private static func root(_ number: Int) -> String {
        // The second of 09:00 UTC on 2026-03-17, as a load balancer begins it.
        "Root=1-69b91810-" + String(format: "%024x", number)
    }

    /// Requests of a log that waits ten milliseconds for each, and their capture by a clock that is 2.5 s ahead, so many
    /// milliseconds after the load balancer sent them; answered there after one millisecond.
    private static func evidence(
        in folder: Folder, delays: [Double], ahead: Double = 2.5, target: String = "0.010", statuses: [Int: Int] = [:]
    ) throws {
        var talk = CaptureTalk()
        var lines: [String] = []
        for (index, delay) in delays.enumerated() {
            let time = Double(10 * index)
            lines.append(
                EvidenceLines.alb(
                    time, client, trace: index + 1, status: statuses[index] ?? 200, root: root(index), target: target))
            talk.add(
                CaptureTalk.Conversation(
                    client: node, clientPort: 30_000 + index, server: "10.0.0.1", serverPort: 443,
                    requests: [(time: ahead + time + 0.001 + delay / 1000, status: 200)], forwardedFor: [client],
                    traces: [root(index)]))
        }
        try folder.log("app.log", lines)
        _ = try folder.file("target.pcap", talk.data)
    }

    private static func withCase(
        _ fill: (Folder) throws -> Void, _ body: (String) throws -> Void
    ) throws {
        let folder = try Folder()
        defer { folder.remove() }
        try fill(folder)
        let store = folder.path("case.db")
        let run = try Program.run(["ingest", folder.path(""), "--store", store, "-q"])
        #expect(run.status == 0, "\(run.errors)")
        try body(store)
    }

    private static func explain(_ subject: String, _ store: String) throws -> [String: Any] {
        let run = try Program.run(["explain", subject, "--store", store, "--format", "json"])
        #expect(run.status == 0, "\(run.errors)")
        return LakeTools.json(run.output)
    }

    /// Milliseconds of a clock, with margin, how many events both saw and how many agree.
    private static func clock(_ answer: [String: Any]) throws -> [Double] {
        let rows = try #require((answer["clocks"] ?? answer["rows"]) as? Rows)
        let row = try #require(rows.first { ($0["clock"] as? String)?.contains("target") == true }, "\(rows)")
        return ["ahead_ms", "margin_ms", "events", "agreeing"].compactMap { (row[$0] as? NSNumber)?.doubleValue }
    }

    /// The log's phases are whole milliseconds, so that what it sent lies within 1 ms of what they say and the answer within
    /// 2 ms. By hand: a delay d bounds the clock by d + 1 above, and by d + 1 - 10 - 2 below 2,500 ms.
    @Test(arguments: [
        (delays: [2.0], lower: 2491.0, upper: 2503.0), (delays: [2.0, 0.5, 8.5], lower: 2497.5, upper: 2501.5),
    ])
    func `how far a capture's clock is ahead follows from the requests that both saw`(
        _ one: (delays: [Double], lower: Double, upper: Double)
    ) throws {
        try Self.withCase({ try Self.evidence(in: $0, delays: one.delays) }) { store in
            let expected =
                [(one.lower + one.upper) / 2, (one.upper - one.lower) / 2]
                + [Double](repeating: Double(one.delays.count), count: 2)
            let explained = try Self.clock(try Self.explain(Self.root(0), store))
            let run = try Program.run(["sources", "--clocks", "--store", store, "--format", "json"])
            for found in [explained, try Self.clock(LakeTools.json(run.output))] {
                #expect(found.count == 4)
                for (value, wanted) in zip(found, expected) {
                    #expect(abs(value - wanted) < 0.01, "\(found) \(expected)")
                }
            }
        }
    }

    @Test func `a request is told by log and capture in the order of one clock`() throws {
        let fill: (Folder) throws -> Void = { folder in
            try Self.evidence(in: folder, delays: [2, 0.5, 8.5])
            try folder.log(
                "flows.log",
                [
                    EvidenceLines.flow(10, Self.client, port: 40_000),
                    "2 1 eni-8 \(Self.node) 10.0.0.1 30001 443 6 5 500 1773738011 1773738031 ACCEPT OK",
                    "2 1 eni-8 \(Self.node) 10.0.0.1 30002 443 6 5 500 1773738021 1773738031 ACCEPT OK",
                ], header: EvidenceLines.flowHeader)
        }
        try Self.withCase(fill) { store in
            for subject in [Self.root(1), "self=1-0-0;\(Self.root(1).uppercased())"] {
                let answer = try Self.explain(subject, store)
                let facts = try #require(answer["facts"] as? Rows)
                let told = facts.map { "\($0["fact"] ?? "") \($0["kind"] ?? "")" }
                // The connection to the target began 3 ms before its request. Flow logs tell whole seconds: that of the client
                // began with the request, and of one instant the load balancer's row comes first.
                #expect(
                    told == [
                        "connection pcap", "request alb", "connection vpc-flow", "request pcap", "connection vpc-flow",
                    ], "\(facts)")
                let times = facts.compactMap { $0["at_ms"] as? Double }
                // 10.001 s sent, 0.5 ms later there, by the log's clock within the margin of the offset, 2 ms.
                #expect(abs(times[3] - 1.5) <= 2.01 && times[1] == 0, "\(times)")
                let connection = facts.first {
                    $0["kind"] as? String == "pcap" && $0["fact"] as? String == "connection"
                }
                #expect(connection?["client"] as? String == "\(Self.node):30001")
            }
        }
    }

    @Test func `an id leads to the same request as its trace`() throws {
        try Self.withCase({ try Self.evidence(in: $0, delays: [2, 0.5, 8.5]) }) { store in
            let wanted = try Self.explain(Self.root(2), store)["facts"] as? Rows
            #expect(wanted?.count == 3)
            for row in wanted ?? [] where row["fact"] as? String == "request" {
                let id = try #require(row["id"] as? Int)
                let found = try Self.explain(String(id), store)["facts"] as? Rows
                #expect(found?.compactMap { $0["id"] as? Int } == wanted?.compactMap { $0["id"] as? Int })
            }
        }
    }

    @Test func `time that passes between load balancer and target is told`() throws {
        let fill: (Folder) throws -> Void = {
            try Self.evidence(in: $0, delays: [700], target: "0.900", statuses: [0: 502])
        }
        try Self.withCase(fill) { store in
            let answer = try Self.explain(Self.root(0), store)
            let phases = try #require(answer["phases"] as? Rows)
            let between = phases.first { $0["phase"] as? String == "between" }
            // 900 ms that the load balancer waited, less the 1 ms that the target took.
            #expect(between?["duration_ms"] as? Double == 899, "\(phases)")
            let texts = (answer["conclusions"] as? Rows ?? []).compactMap { $0["text"] as? String }
            #expect(
                texts.contains { $0.contains("told the client 502, where the target had answered 200") }, "\(texts)")
            #expect(
                texts.contains { $0.contains("waited 900 ms") && $0.contains("899 ms passed between them") }, "\(texts)"
            )
        }
    }

    @Test(arguments: [("0.001 -1 -1", 49.0, "had not answered"), ("-1 -1 -1", 50, "never sent")])
    func `what a load balancer waited in vain is told`(phases: String, waited: Double, words: String) throws {
        // An answer 50 ms after the request was made; the log has -1 for what did not come.
        let line = EvidenceLines.alb(0, Self.client, trace: 1, status: 504, root: Self.root(0))
            .replacing("0.001 0.010 0.000 504 504", with: "\(phases) 504 -")
        try Self.withCase {
            try $0.log("app.log", [line])
        } _: { store in
            let rows = try #require(try Self.explain(Self.root(0), store)["phases"] as? Rows)
            let last = try #require(rows.last)
            #expect(last["phase"] as? String == "unanswered" && last["duration_ms"] as? Double == waited, "\(rows)")
            #expect((last["meaning"] as? String)?.contains(words) == true, "\(rows)")
        }
    }

    @Test func `clocks of two captures are bounded by the handshake that both saw`() throws {
        let fill: (Folder) throws -> Void = { folder in
            for (name, ahead) in [("edge", 0.0), ("target", -40.0)] {
                var talk = CaptureTalk()
                for index in 0..<4 {
                    talk.add(
                        CaptureTalk.Conversation(
                            client: Self.client, clientPort: 5000 + index, server: "10.0.0.1", serverPort: 80,
                            requests: [(time: 100 + ahead + Double(index), status: 200)]))
                }
                _ = try folder.file("\(name).pcap", talk.data)
            }
        }
        try Self.withCase(fill) { store in
            let run = try Program.run(["sources", "--clocks", "--store", store, "--format", "json"])
            // SYN to ACK takes 2 ms.
            let found = try Self.clock(LakeTools.json(run.output))
            #expect(found.count == 4)
            for (value, wanted) in zip(found, [-40_000.0, 2, 4, 4]) { #expect(abs(value - wanted) < 0.01, "\(found)") }
        }
    }

    @Test func `a client's port leads to what every kind tells of it`() throws {
        let fill: (Folder) throws -> Void = { folder in
            try Self.evidence(in: folder, delays: [2])
            try folder.log(
                "flows.log",
                [EvidenceLines.flow(0, Self.client, port: 40_000), EvidenceLines.flow(0, Self.client, port: 41)],
                header: EvidenceLines.flowHeader)
        }
        try Self.withCase(fill) { store in
            let facts = try #require(try Self.explain("\(Self.client):40000", store)["facts"] as? Rows)
            #expect(Set(facts.compactMap { $0["kind"] as? String }) == ["alb", "vpc-flow"] && facts.count == 2)
            let all = try #require(try Self.explain(Self.client, store)["facts"] as? Rows)
            #expect(all.count == 4, "\(all)")
            // What a limit leaves out is said in every format.
            for format in ["table", "markdown", "json", "csv"] {
                let run = try Program.run(
                    ["explain", Self.client, "--store", store, "--limit", "1", "--format", format])
                #expect((run.output + run.errors).contains("3 more"), "\(format): \(run.output) \(run.errors)")
            }
        }
    }

    @Test func `a trace id that a client made up, of another time, is found`() throws {
        let roots = [
            "Root=1-f0000000-" + String(repeating: "a", count: 24),
            "Root=1-00000001-" + String(repeating: "b", count: 24),
        ]
        let fill: (Folder) throws -> Void = { folder in
            try folder.log(
                "app.log",
                roots.enumerated().map { EvidenceLines.alb(Double($0.offset), Self.client, trace: 1, root: $0.element) }
            )
        }
        try Self.withCase(fill) { store in
            for root in roots {
                let facts = try Self.explain(root, store)["facts"] as? Rows
                #expect(facts?.count == 1)
            }
        }
    }

    @Test func `what is no subject, and what the evidence lacks, is refused`() throws {
        try Self.withCase({ try Self.evidence(in: $0, delays: [2]) }) { store in
            for (subject, status) in [("nonsense", 64), ("12", 64), (Self.root(99), 65), ("203.0.113.99", 65)] {
                let run = try Program.run(["explain", subject, "--store", store])
                #expect(run.status == status && run.errors.contains(subject), "\(subject): \(run.errors)")
            }
        }
    }

    @Test func `of a client with more records than are told the others are counted, and what counts all is named`()
        throws
    {
        try Self.withCase(
            { folder in
                try folder.log(
                    "app.log",
                    (0..<10_050).map { EvidenceLines.alb(Double($0) / 10, Self.client, trace: $0, root: Self.root($0)) }
                )
            }
        ) { store in
            let run = try Program.run(["explain", Self.client, "--store", store, "--format", "json"])
            #expect(run.status == 0, "\(run.errors)")
            #expect((LakeTools.json(run.output)["facts"] as? Rows)?.count == 10_000)
            #expect(run.errors.contains("50 more records are left out"), "\(run.errors)")
            #expect(run.errors.contains("there are more than 10,000 records"), "\(run.errors)")
            #expect(run.errors.contains("`top path --client`"), "\(run.errors)")
        }
    }
}
