import Foundation
import Testing

/// Whose connections are long, where several kinds of evidence lie beside each other, or one cannot show it.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct LongConnectionEvidenceTests {
    private static let windows = [
        "--before", EvidenceLines.window(0, minutes: 15), "--during", EvidenceLines.window(900, minutes: 15),
    ]
    private static let holder = "203.0.113.9"

    /// Half an hour of forty clients, a request a second; from the middle one more client asks as often on one connection.
    private static var requests: [String] {
        (0..<1800).flatMap { second -> [String] in
            let one = EvidenceLines.alb(Double(second), "198.51.100.\(second % 40 + 1)", trace: second + 1)
            return second < 900 ? [one] : [one, EvidenceLines.alb(Double(second) + 0.5, holder, trace: 1_000_000)]
        }
    }

    /// Traffic that has nothing to do with it: ten short connections a minute.
    private static func others(_ kind: String) -> [String] {
        (0..<300).map { number in
            let (time, client) = (Double(number * 6), "192.0.2.\(number % 30 + 1)")
            return switch kind {
            case "nlb": EvidenceLines.nlb(time, client, milliseconds: 400)
            case "alb-connection": EvidenceLines.albConnection(time, client, trace: number + 5_000)
            default: EvidenceLines.flow(time, client, port: 10_000 + number)
            }
        }
    }

    private static func store(_ kind: String, _ folder: Folder) throws -> String {
        try folder.log("logs/alb.log", requests)
        try folder.log("logs/\(kind).log", others(kind), header: kind == "vpc-flow" ? EvidenceLines.flowHeader : nil)
        let store = folder.path("case.db")
        let run = try Program.run(["ingest", folder.path("logs"), "--store", store, "-q"])
        #expect(run.status == 0, "\(run.errors)")
        return store
    }

    @Test(arguments: ["nlb", "alb-connection", "vpc-flow"])
    func `a log of other connections beside an access log hides nobody that the access log shows`(kind: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Self.store(kind, folder)
        for more in [[], ["--client", Self.holder], ["--load-balancer", "app/shop/50dc6c495c0c9188"]] {
            let answer = try ComparedAnswer(["--store", store] + Self.windows + more)
            #expect(answer.run.status == 0, "\(answer.run.errors)")
            #expect(answer.sentence.contains(Self.holder), "\(more) \(answer.sentence)")
            let row = try #require(answer.activeLong.first, "\(more)")
            #expect(answer.activeLong.count == 1 && row["client_ip"] as? String == Self.holder)
            #expect(row["kind"] as? String == "alb" && row["counted_in"] as? String == "requests")
            // From the first request, at 0.5 s, to the last answer.
            #expect(abs(try #require(row["longest_during_ms"] as? Double) - 899_050) < 1)
            #expect(row["had_long_before"] as? String == "no")
        }
    }

    @Test func `clients of both kinds are told, each with its kind`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.log("logs/alb.log", Self.requests)
        let long = (0..<40).map { EvidenceLines.nlb(Double(1000 + $0 * 20), "192.0.2.99", milliseconds: 400_000) }
        try folder.log("logs/nlb.log", Self.others("nlb") + long)
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "-q"]).status == 0)
        let answer = try ComparedAnswer(["--store", store] + Self.windows)
        #expect(answer.activeLong.compactMap { $0["client_ip"] as? String } == [Self.holder, "192.0.2.99"])
        #expect(answer.activeLong.compactMap { $0["kind"] as? String } == ["alb", "nlb"])
        for client in [Self.holder, "192.0.2.99"] { #expect(answer.sentence.contains(client), "\(answer.sentence)") }
        let text = try Program.run(["compare", "--store", store] + Self.windows).output
        #expect(text.contains("Active and long in alb: of the 30 clients with most requests"), "\(text)")
        #expect(text.contains("Active and long in nlb: of the 30 clients with most connections"), "\(text)")
    }

    @Test func `an access log that begins just before the incident cannot tell what was held before`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.log("logs/alb.log", Array(Self.requests.dropFirst(840)))
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "-q"]).status == 0)
        let answer = try ComparedAnswer(["--store", store] + Self.windows)
        let row = try #require(answer.activeLong.first)
        #expect(row["client_ip"] as? String == Self.holder && row["had_long_before"] as? String == "unknown")
        #expect(row["long_before"] is NSNull && row["long_open_in_before"] is NSNull)
        #expect(answer.sentence.contains("does not tell whether that is new"), "\(answer.sentence)")
        // A kind that covers both windows is preferred to one that covers a fifteenth of one.
        let classic = (0..<1800).map { EvidenceLines.clb(Double($0), "192.0.2.\($0 % 30 + 1)") }
        let more = try folder.log("more/clb.log", classic)
        #expect(try Program.run(["ingest", more, "--store", store, "-q"]).status == 0)
        let whole = try ComparedAnswer(["--store", store] + Self.windows)
        #expect(whole.kind == "clb")
        #expect(whole.caveats["other-view"]?.hasPrefix("alb counts 60 requests before and 1,800 during") == true)
    }

    // MARK: - Behind a load balancer

    /// A load balancer's client side, where four clients hold connections of nine minutes, and its side of a target, to which
    /// it sends all on four connections of its own.
    ///
    /// - Parameter direct: clients that come to the target by themselves, and ask twice in ten minutes.
    private static func captures(_ folder: Folder, direct: [String] = []) throws {
        var front = CaptureTalk()
        var asked: [(time: Double, client: String)] = []
        for number in 1...4 {
            let times = (0..<40).map { 910 + Double(number) + Double($0) * 14 }
            front.add(
                .init(
                    client: "203.0.113.\(number)", clientPort: 20_000, server: "192.0.2.10", serverPort: 80,
                    requests: times.map { ($0, 200) }))
            asked += times.map { ($0, "203.0.113.\(number)") }
        }
        for number in 0..<880 {
            let (time, client) = (1.5 + Double(number) * 2, "198.51.100.\(number % 25 + 1)")
            front.add(
                .init(
                    client: client, clientPort: 30_000 + number, server: "192.0.2.10", serverPort: 80,
                    requests: [(time, 200)]))
            asked.append((time, client))
        }
        _ = try folder.file("front.pcap", front.data)
        var back = CaptureTalk()
        asked.sort { ($0.time, $0.client) < ($1.time, $1.client) }
        for pool in 0..<4 {
            let own = asked.enumerated().filter { $0.offset % 4 == pool }.map(\.element)
            back.add(
                .init(
                    client: "10.0.9.10", clientPort: 31_000 + pool, server: "10.0.1.5", serverPort: 8080,
                    requests: own.map { ($0.time, 200) }, forwardedFor: own.map(\.client)))
        }
        for client in direct {
            back.add(
                .init(
                    client: client, clientPort: 20_000, server: "10.0.1.5", serverPort: 1883,
                    requests: [(915, 200), (1500, 200)]))
        }
        _ = try folder.file("back.pcap", back.data)
    }

    @Test func `clients that come to a target by themselves are told beside a load balancer's pooled connections`()
        throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        let direct = ["192.0.2.201", "192.0.2.202"]
        try Self.captures(folder, direct: direct)
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("back.pcap"), "--store", store, "-q"]).status == 0)
        // Others ask far more often: by requests these two are nowhere.
        let answer = try ComparedAnswer(["--store", store, "--top", "10"] + Self.windows)
        #expect(answer.activeLong.compactMap { $0["client_ip"] as? String } == direct, "\(answer.sentence)")
        for row in answer.activeLong {
            #expect(row["counted_in"] as? String == "connections" && row["activity_during"] as? Int == 1)
            #expect(row["long_during"] as? Int == 1 && row["share_of_change"] is NSNull)
        }
        #expect(
            answer.sentence.contains(
                "2 clients, both among the 10 with the most connections, hold connections longer than 5 min that they did not hold "
                    + "before: 192.0.2.201 and 192.0.2.202."), "\(answer.sentence)")
        #expect(answer.sentence.contains("Who else holds connections longer than 5 min cannot be told"))
        let text = try Program.run(["compare", "--store", store, "--top", "10"] + Self.windows).output
        #expect(text.contains("of the 10 clients with most connections"), "\(text)")
    }

    @Test func `pooled connections of a load balancer do not deny those that its clients hold`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try Self.captures(folder)
        let store = folder.path("case.db")
        let inputs = [folder.path("front.pcap"), folder.path("back.pcap")]
        #expect(try Program.run(["ingest"] + inputs + ["--store", store, "-q"]).status == 0)
        let both = try ComparedAnswer(["--store", store] + Self.windows)
        #expect(both.run.status == 0, "\(both.run.errors)")
        let held = (1...4).map { "203.0.113.\($0)" }
        #expect(both.activeLong.compactMap { $0["client_ip"] as? String }.sorted() == held, "\(both.sentence)")
        #expect(both.activeLong.allSatisfy { $0["vantage"] as? String == "front.pcap" })
        for client in held { #expect(both.sentence.contains(client), "\(both.sentence)") }
        let back = try ComparedAnswer(["--store", store, "--vantage", "back.pcap"] + Self.windows)
        #expect(back.activeLong.isEmpty && back.caveats["pooled-connections"] != nil)
        #expect(back.sentence.contains("Who holds connections longer than 5 min cannot be told"), "\(back.sentence)")
        #expect(!back.sentence.contains("No client"), "\(back.sentence)")
        // Whose durations are asked for decides the capture too.
        let top = try Program.run([
            "top", "client", "--by", "duration", "--limit", "4", "--format", "json", "--store", store,
        ])
        #expect(try Answer.rows(top.output).compactMap { $0["client"] as? String } == held)
        #expect(top.output.contains("vantage front.pcap"))
        #expect(top.errors.contains("back.pcap counts 0 connections of clients"), "\(top.errors)")
    }
}
