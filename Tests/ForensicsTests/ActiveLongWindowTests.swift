import Foundation
import Testing

/// Active and long between two windows: who is ranked by the longest connection, and which connections were open before.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct ActiveLongWindowTests {
    private static let holder = "203.0.113.9"
    private static let minute = 60.0

    // MARK: - By duration

    /// An hour of forty clients, of whom each second asks one on a connection of its own; one client asks each minute of twenty
    /// on one connection. Nobody's request takes as long as that of the others.
    private static var requests: [String] {
        let many = (0..<3600).map { second in
            longRequest(Double(second), "198.51.100.\(second % 40 + 1)", trace: second + 1)
        }
        let one = (0...20).map { EvidenceLines.alb(2000 + Double($0) * minute, holder, trace: 1_000_000) }
        return many + one
    }

    /// A request of two seconds.
    private static func longRequest(_ seconds: Double, _ client: String, trace: Int) -> String {
        EvidenceLines.alb(seconds, client, trace: trace).replacingOccurrences(
            of: "0 \(EvidenceLines.stamp(seconds)) \"forward\"",
            with: "0 \(EvidenceLines.stamp(seconds - 2)) \"forward\"")
    }

    private static let halves = [
        "--before", EvidenceLines.window(0, minutes: 30), "--during", EvidenceLines.window(1800, minutes: 30),
    ]

    @Test(arguments: ["5", "30"]) func `the holder of the longest connection of an access log is first by duration`(
        top: String
    ) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try folder.log("alb.log", Self.requests)
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", log, "--store", store, "-q"]).status == 0)
        let options = ["--by", "duration", "--top", top] + Self.halves
        // From a case, and straight from the file.
        for place in [["--store", store], [log]] {
            let answer = try ComparedAnswer(place + options)
            #expect(answer.run.status == 0, "\(answer.run.errors)")
            let row = try #require(answer.activeLong.first, "\(place)")
            #expect(answer.activeLong.count == 1 && row["client_ip"] as? String == Self.holder)
            #expect(row["rank_during"] as? Int == 1 && row["had_long_before"] as? String == "no")
            // Twenty minutes to the last request, which took 0.05 s.
            #expect(abs(try #require(row["longest_during_ms"] as? Double) - 1_200_050) < 1)
            let who = "1 client, among the \(top) with the longest connections, holds connections longer than 5 min"
            #expect(answer.sentence.contains(who), "\(answer.sentence)")
        }
        let ranked = try Program.run(
            ["top", "client", "--by", "duration", "--store", store, "--format", "json", "--from", "09:30"])
        #expect(try Answer.rows(ranked.output).first?["client"] as? String == Self.holder, "\(ranked.output)")
        let page = try Program.run(["compare", "--store", store] + options).output
        #expect(page.contains("of the \(top) clients with the longest connections"), "\(page)")
    }

    @Test func `where connections cannot be put together the longest requests are what is ranked by`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try folder.log("alb.log", Self.requests)
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", log, "--store", store, "--rows", "notable", "-q"]).status == 0)
        let page = try Program.run(["compare", "--store", store, "--by", "duration"] + Self.halves).output
        #expect(page.contains("of the 30 clients with the longest requests"), "\(page)")
        #expect(!page.contains("with the longest connections"))
    }

    // MARK: - Open before

    /// Short connections of forty clients all the time, one long one that ends in the incident, and seven that were open in the
    /// window before.
    ///
    /// - Parameters:
    ///   - long: minutes after nine at which the long one began and ended.
    ///   - others: the same of the seven.
    private static func connections(long: (Double, Double), others: (Double, Double)) -> [String] {
        let short = (0..<10_800).filter { $0 % 3 == 0 }.map { second in
            EvidenceLines.nlb(Double(second), "198.51.100.\(second % 40 + 1)", milliseconds: 300)
        }
        let busy = (0..<10_800).filter { $0 % 20 == 0 }.map { EvidenceLines.nlb(Double($0), holder, milliseconds: 300) }
        func held(_ span: (Double, Double)) -> String {
            EvidenceLines.nlb(span.1 * minute, holder, milliseconds: Int((span.1 - span.0) * 60_000))
        }
        return short + busy + [held(long)] + (0..<7).map { _ in held(others) }
    }

    /// Windows of a quarter of an hour that begin at minutes after nine.
    struct Plan: Sendable {
        var before: Int
        var during: Int
        var long: (Double, Double)
        var others: (Double, Double)
        /// Those that end during and were open before, by the times above; any that were open before.
        var kept: Int
        var open: Int
    }

    @Test(arguments: [
        // The seven go on when the incident is over.
        Plan(before: 15, during: 30, long: (37, 44), others: (15, 90), kept: 0, open: 7),
        // The seven end between the windows.
        Plan(before: 0, during: 45, long: (52, 59), others: (0, 20), kept: 0, open: 7),
        // The one that ends during was open before, and so were the seven, which go on.
        Plan(before: 15, during: 30, long: (29, 44), others: (15, 90), kept: 1, open: 8),
        // All of it ends during.
        Plan(before: 15, during: 30, long: (37, 44), others: (29, 40), kept: 7, open: 7),
    ])
    func `of the connections that end during those were open before that overlap it`(plan: Plan) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = try folder.log("nlb.log", Self.connections(long: plan.long, others: plan.others))
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", log, "--store", store, "-q"]).status == 0)
        let windows = [
            "--before", EvidenceLines.window(plan.before * 60, minutes: 15), "--during",
            EvidenceLines.window(plan.during * 60, minutes: 15),
        ]
        let answer = try ComparedAnswer(["--store", store] + windows)
        #expect(answer.run.status == 0, "\(answer.run.errors)")
        let row = try #require(answer.activeLong.first)
        #expect(answer.activeLong.count == 1 && row["client_ip"] as? String == Self.holder)
        #expect(row["long_open_in_before"] as? Int == plan.open)
        #expect(row["long_during_open_in_before"] as? Int == plan.kept)
        #expect(row["long_before"] as? Int == 0)
        let words = plan.kept == 1 ? "1 was" : "\(plan.kept) were"
        #expect(answer.sentence.contains("Of those connections") == (plan.kept > 0), "\(answer.sentence)")
        if plan.kept > 0 {
            #expect(answer.sentence.contains("Of those connections \(words) open already"), "\(answer.sentence)")
        } else {
            #expect(answer.sentence.contains("holds connections longer than 5 min that it did not hold before"))
        }
        let page = try Program.run(["compare", "--store", store] + windows).output
        #expect(page.contains(" partly") == (plan.kept > 0), "\(page)")
    }
}
