import Foundation
import Testing

/// What `spikes` says where evidence is missing, and of one measure alone.
@Suite(.enabled(if: Program.path != nil)) struct SpikeAnswerTests {
    private static func rows(_ arguments: [String], _ store: String) throws -> [[String: Any]] {
        let run = try Program.run(["spikes", "--store", store, "--format", "json"] + arguments)
        #expect(run.status == 0, "\(run.errors)")
        return try Answer.rows(run.output)
    }

    @Test func `a quarter of an hour without any object is listed, one interval or one node is not`() throws {
        let stamps = ["T0930Z_", "T0935Z_", "T0940Z_", "T1000Z_", "T1010Z_10.0.1.2", "T1015Z_10.0.1.2"]
        try IncidentLogs.withEvenLoad(without: { name in stamps.contains { name.contains($0) } }) { store in
            let gaps = try Self.rows([], store).filter { $0["reason"] as? String == "no evidence" }
            #expect(gaps.count == 1)
            #expect(gaps.first?["start_time"] as? String == "2026-03-17T09:25:00.000000000Z")
            #expect(gaps.first?["end_time"] as? String == "2026-03-17T09:40:00.000000000Z")
            let text = try Program.run(["spikes", "--store", store]).output
            #expect(text.contains("No evidence from "), "\(text)")
            #expect(text.contains("no traffic, or objects missing"), "\(text)")
            #expect(!text.contains("Nothing stands out"), "\(text)")
            // Before the later objects are missing of one node alone, which looks like a fall.
            let calm = ["--from", "2026-03-17T09:05:00Z", "--to", "2026-03-17T09:55:00Z"]
            // Of minutes that nobody watched there is nothing to compare, but they may be what is looked for.
            let chosen = try Program.run(["compare", "--before", "auto", "--during", "auto", "--store", store] + calm)
            #expect(chosen.status == 65)
            #expect(
                chosen.errors.contains("No evidence from 2026-03-17T09:25:00Z to 2026-03-17T09:40:00Z"),
                "\(chosen.errors)")
        }
    }

    @Test(arguments: [(["T1030Z_"], true), (["T1030Z_", "T1025Z_", "T1020Z_", "T1015Z_", "T1010Z_"], false)])
    func `what falls because the last objects of two nodes are not delivered is no spike, two that are gone are`(
        missing: [String], isLate: Bool
    ) throws {
        let late = missing.flatMap { [$0 + "10.0.1.2", $0 + "10.0.1.3"] }
        try IncidentLogs.withEvenLoad(without: { name in late.contains { name.contains($0) } }) { store in
            let run = try Program.run(["spikes", "--store", store, "--format", "json"])
            let falls = try Answer.rows(run.output).filter { $0["direction"] as? String == "down" }
            #expect(falls.isEmpty == isLate, "\(falls)")
            #expect(!run.errors.contains("Between others"), "\(run.errors)")
            #expect(
                run.errors.contains(
                    "What falls from 2026-03-17T10:25:00Z on is not told: log objects of app/shop/50dc6c495c0c9188 node "
                        + "10.0.1.2, app/shop/50dc6c495c0c9188 node 10.0.1.3 are missing there") == isLate,
                "\(run.errors)")
        }
    }

    @Test func `a fall of a node whose objects are missing between others is told to be perhaps that`() throws {
        try IncidentLogs.withEvenLoad(without: { name in
            ["T0950Z_10.0.1.2", "T0955Z_10.0.1.2", "T1000Z_10.0.1.2"].contains { name.contains($0) }
        }) { store in
            let run = try Program.run(["spikes", "--store", store, "--format", "json"])
            #expect(try Answer.rows(run.output).contains { $0["direction"] as? String == "down" }, "\(run.output)")
            #expect(
                run.errors.contains(
                    "Between others there are no log objects of app/shop/50dc6c495c0c9188 node 10.0.1.2 from "
                        + "2026-03-17T09:45:00Z to 2026-03-17T10:00:00Z: no traffic, or objects missing"),
                "\(run.errors)")
        }
    }

    @Test func `what stands out in another kind of log is told, and auto takes it where nothing else does`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.log(
            "logs/alb.log", (0..<2400).map { EvidenceLines.alb(Double($0), "192.0.2.\($0 % 40)", trace: $0 + 1) })
        let failing = 240..<360
        let connections = (0..<480).map { turn in
            let line = EvidenceLines.albConnection(Double(turn) * 5, "192.0.2.\(turn % 40)", trace: turn + 1)
            return failing.contains(turn) ? line.replacingOccurrences(of: " 0.004 ", with: " - ") : line
        }
        try folder.log("logs/connections.log", connections)
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "--quiet"]).status == 0)
        let run = try Program.run(["spikes", "--store", store, "--format", "json"])
        #expect(try Answer.rows(run.output).isEmpty, "\(run.output)")
        #expect(
            run.errors.contains(
                "1 stretch of time stands out there, most from 2026-03-17T09:20:00Z to 2026-03-17T09:30:00Z (errors up)"
            ),
            "\(run.errors)")
        let answer = try ComparedAnswer(["--store", store, "--before", "auto", "--during", "auto"])
        #expect(answer.sentence.contains("failed handshakes"), "\(answer.sentence)")
        #expect(answer.run.output.contains("It stands out in alb-connection; in alb nothing does."))
    }

    @Test func `too little evidence, no rows and no spike are three answers`() throws {
        try IncidentLogs.withEvenLoad(without: { _ in false }) { store in
            func text(_ arguments: [String]) throws -> String {
                try Program.run(["spikes", "--store", store] + arguments).output
            }
            let short = try text(["--from", "2026-03-17T09:20:00Z", "--to", "2026-03-17T09:20:11Z"])
            #expect(short.contains("11 s of evidence: too short"), "\(short)")
            let empty = try text(["--client", "192.0.2.77"])
            #expect(empty.contains("No rows match"), "\(empty)")
            let calm = try text([])
            #expect(calm.contains("1.5×"), "\(calm)")
        }
    }

    @Test(arguments: ["errors", "bytes", "requests"]) func `the spikes of a measure are of that measure alone`(
        measure: String
    ) throws {
        try ChosenWindowTests.withCase { _, store in
            for row in try Self.rows(["--kind", "alb", "--by", measure], store) {
                #expect((row["reason"] as? String)?.hasPrefix(measure) == true, "\(row)")
                for other in (row["also"] as? String ?? "").split(separator: ", ") {
                    #expect(other.hasPrefix(measure), "\(row)")
                }
            }
        }
    }

    // MARK: - Bytes alone

    /// Two hours of twenty requests a minute; from 01:20 to 01:40 the answers of one path are a hundred times larger.
    private static func largeAnswers() -> Data {
        var lines = ""
        for minute in 0..<120 {
            for place in 0..<(18 + minute * 7 % 5) {
                let isExport = place % 5 == 0
                let sent = isExport ? ((80..<100).contains(minute) ? 200_000 : 2_000) + place * 7 : 1_000 + place * 13
                let clock = "2026-03-17T0\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60)"
                let second = place * 2 < 10 ? "0\(place * 2)" : "\(place * 2)"
                lines +=
                    "http \(clock):\(second).000000Z app/web/50dc6c495c0c9188 192.0.2.\(place * 3 % 17 + 1):40000 "
                    + "10.0.9.1:8080 0.001 0.020 0.000 200 200 300 \(sent) "
                    + "\"GET http://www.example.com:80/\(isExport ? "export" : "page") HTTP/1.1\" \"curl/8.1\" - - "
                    + "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/a/73e2d6bc24d8a067 "
                    + "\"Root=1-58337262-36d228ad5d99923122bbe354\" \"-\" \"-\" 0 \(clock):\(second).000000Z "
                    + "\"forward\" \"-\" \"-\" \"10.0.9.1:8080\" \"200\" \"-\" \"-\"\n"
            }
        }
        return Data(lines.utf8)
    }

    @Test func `where bytes moved alone auto compares bytes, spikes suggests it, and a comparison of requests says so`()
        throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        _ = try folder.file("alb.log", Self.largeAnswers())
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("alb.log"), "--store", store, "--quiet"]).status == 0)
        let list = try Program.run(["spikes", "--store", store]).output
        #expect(list.contains("--during 2026-03-17T01:20:00Z/2026-03-17T01:40:00Z"), "\(list)")
        #expect(list.contains(" --by bytes\n"), "\(list)")
        func sentence(_ before: String, _ during: String) throws -> String {
            let run = try Program.run([
                "compare", "--before", before, "--during", during, "--store", store, "--format", "json",
            ])
            #expect(run.status == 0, "\(run.errors)")
            let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
            return try #require(object?["sentence"] as? String)
        }
        let bytes = try sentence("auto", "auto")
        #expect(bytes.hasPrefix("Between 01:20 and 01:40 UTC on 2026-03-17 bytes rose"), "\(bytes)")
        #expect(bytes.contains("Path /export explains"), "\(bytes)")
        // What explains it has the unit of what is counted, in the report too.
        let page = folder.path("report.html")
        #expect(try Program.run(["report", "--store", store, "--output", page, "--quiet"]).status == 0)
        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(html.contains(/[0-9] kB → [0-9.]+ MB, [0-9]+×/))
        let requests = try sentence("01:00/20m", "01:20/20m")
        #expect(requests.contains("requests did not change"), "\(requests)")
        #expect(requests.contains("But bytes rose") && !requests.contains("Nothing stands out"), "\(requests)")
    }

    // MARK: - Times

    /// Two hours of forty events a minute with a line for each.
    private static func lines(_ line: (_ clock: String, _ place: Int, _ isSlow: Bool) -> String) -> Data {
        var lines = ""
        for minute in 0..<120 {
            for place in 0..<(38 + minute * 7 % 5) {
                let second = place < 10 ? "0\(place)" : "\(place)"
                let clock = "2026-03-17T0\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60):\(second)"
                lines += line(clock, place, (80..<100).contains(minute)) + "\n"
            }
        }
        return Data(lines.utf8)
    }

    /// One request in eight always takes 300 ms, so that the 95th percentile does not move; the others take 20, then 50 ms.
    private static func slowMiddle() -> Data {
        lines { clock, place, isSlow in
            let time = place % 8 == 0 ? "0.300" : isSlow ? "0.05\(place % 10)" : "0.02\(place % 10)"
            return
                "http \(clock).\(time.dropFirst(2))000Z app/web/50dc6c495c0c9188 192.0.2.\(place % 17 + 1):40000 "
                + "10.0.9.1:8080 0.000 \(time) 0.000 200 200 300 1000 "
                + "\"GET http://www.example.com:80/page HTTP/1.1\" \"curl/8.1\" - - "
                + "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/a/73e2d6bc24d8a067 "
                + "\"Root=1-58337262-36d228ad5d99923122bbe354\" \"-\" \"-\" 0 \(clock).000000Z "
                + "\"forward\" \"-\" \"-\" \"10.0.9.1:8080\" \"200\" \"-\" \"-\""
        }
    }

    /// TLS handshakes of 40, then 400 ms.
    private static func slowHandshakes() -> Data {
        lines { clock, place, isSlow in
            "tls 2.0 \(clock) net/tls/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.\(place % 17 + 1):40000 10.0.5.1:443 "
                + "\(900 + place) \((isSlow ? 400 : 40) + place % 7) 300 1000 - arn:aws:acm:us-east-1:123456789012:"
                + "certificate/2a - TLS_AES_128_GCM_SHA256 tlsv13 x25519 www.example.com http/1.1 - \"http/1.1\" \(clock)"
        }
    }

    @Test(arguments: [(true, "median of the total time"), (false, "TLS handshake")])
    func `that most requests or handshakes take longer is a spike, though the slowest take what they always took`(
        isALB: Bool, reason: String
    ) throws {
        let folder = try Folder()
        defer { folder.remove() }
        _ = try folder.file("lb.log", isALB ? Self.slowMiddle() : Self.slowHandshakes())
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("lb.log"), "--store", store, "--quiet"]).status == 0)
        let rows = try Self.rows([], store)
        let first = try #require(rows.first)
        #expect((first["reason"] as? String)?.hasSuffix(reason) == true, "\(rows)")
        #expect(first["direction"] as? String == "up")
        #expect(first["start_time"] as? String == "2026-03-17T01:20:00.000000000Z")
        #expect(first["end_time"] as? String == "2026-03-17T01:40:00.000000000Z")
        #expect(rows.count == 1, "\(rows)")
    }

    // MARK: - Beside a lull, and of errors alone

    private static func request(_ minute: Int, _ place: Int, _ client: String, status: Int = 200) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return
            "http 2026-03-17T0\(1 + minute / 60):\(two(minute % 60)):\(two(2 + place % 57)).000000Z app/web/50dc6c495c0c9188 "
            + "\(client):40000 10.0.9.1:8080 0.000 0.010 0.000 \(status) \(status) 300 1000 "
            + "\"GET http://www.example.com:80/page HTTP/1.1\" \"curl/8.1\" - -\n"
    }

    /// Sixty requests a minute, thirty from 01:10 to 01:20, and sixty more of one client from 01:20 to 01:30; until 01:40.
    private static let surgeAfterLull: String = {
        var text = ""
        for minute in 0..<40 {
            for place in 0..<((10..<20).contains(minute) ? 30 : 60) {
                text += request(minute, place, "198.51.100.\((place * 7 + minute * 3) % 40 + 1)")
            }
            if (20..<30).contains(minute) { for place in 0..<60 { text += request(minute, place, "203.0.113.9") } }
        }
        return text
    }()

    @Test func `a surge after a lull is held against the quiet time before both, and auto takes it`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        _ = try folder.file("alb.log", Data(Self.surgeAfterLull.utf8))
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("alb.log"), "--store", store, "--quiet"]).status == 0)
        let first = try #require(try Self.rows([], store).first)
        #expect(first["reason"] as? String == "client 203.0.113.9", "\(first)")
        #expect(first["start_time"] as? String == "2026-03-17T01:20:00.000000000Z")
        // The evidence begins within the minute 01:00.
        #expect(first["before_start"] as? String == "2026-03-17T01:01:00.000000000Z", "\(first)")
        #expect(first["before_end"] as? String == "2026-03-17T01:10:00.000000000Z", "\(first)")
        for during in ["auto", "2026-03-17T01:20:00Z/10m"] {
            let run = try Program.run(["compare", "--before", "auto", "--during", during, "--store", store])
            #expect(run.output.contains("[2026-03-17T01:01:00Z, 2026-03-17T01:10:00Z)"), "\(run.output)\(run.errors)")
            #expect(run.output.contains("[2026-03-17T01:20:00Z, 2026-03-17T01:30:00Z)"), "\(run.output)")
        }
    }

    /// Sixty of a hundred requests a minute fail; of twenty of another client one does, from 01:20 to 01:40 nineteen.
    private static let failingClient: String = {
        var text = ""
        for minute in 0..<120 {
            for place in 0..<100 {
                let fails = place < 57 + minute * 7 % 5
                text += request(minute, place, "198.51.100.\(place % 23 + 1)", status: fails ? 500 : 200)
            }
            for place in 0..<20 {
                let fails = place < ((20..<40).contains(minute) ? 18 + minute % 3 : minute % 3)
                text += request(minute, place, "192.0.2.99", status: fails ? 500 : 200)
            }
        }
        return text
    }()

    @Test func `who fails more than usual is found though he asks as much as ever, whatever is asked for`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        _ = try folder.file("alb.log", Data(Self.failingClient.utf8))
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("alb.log"), "--store", store, "--quiet"]).status == 0)
        for options in [[], ["--by", "errors"]] {
            let first = try #require(try Self.rows(options, store).first)
            #expect(first["reason"] as? String == "errors of client 192.0.2.99", "\(first)")
            #expect(first["start_time"] as? String == "2026-03-17T01:20:00.000000000Z")
            #expect(first["end_time"] as? String == "2026-03-17T01:40:00.000000000Z")
        }
    }
}
