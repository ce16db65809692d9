import Foundation
import ForensicsTestSupport
import Testing

/// `spikes`, `auto` and `report` on the sample incident, which was planted from 09:35 to 09:50.
@Suite(.enabled(if: Program.path != nil), .serialized) struct ChosenWindowTests {
    static let planted = ["198.51.100.67", "198.51.100.74", "203.0.113.45", "198.18.77.9"]

    static func withCase(_ body: (Folder, String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        try body(folder, store)
    }

    static func minutes(_ nanoseconds: Any?) -> Int? {
        (nanoseconds as? String).flatMap { text in
            let formatter = ISO8601DateFormatter()
            formatter.formatOptions = [.withInternetDateTime]
            return formatter.date(from: String(text.prefix(19)) + "Z").map { Int($0.timeIntervalSince1970) / 60 }
        }
    }

    @Test(arguments: ["alb", "nlb"]) func `the strongest spike is the planted one, to the minute beside it`(
        kind: String
    ) throws {
        try Self.withCase { _, store in
            let run = try Program.run(["spikes", "--store", store, "--kind", kind, "--format", "json"])
            let rows = try Answer.rows(run.output)
            let first = try #require(rows.first)
            let start = try #require(Self.minutes(first["start_time"]))
            let end = try #require(Self.minutes(first["end_time"]))
            let planted = try #require(Self.minutes("2026-03-17T09:35:00Z"))
            #expect(abs(start - planted) <= 1, "\(first)")
            #expect(abs(end - planted - 15) <= 1, "\(first)")
            #expect(first["before_start"] is String)
        }
    }

    @Test func `windows that choose themselves name the planted clients, and say why`() throws {
        try Self.withCase { _, store in
            let run = try Program.run([
                "compare", "--before", "auto", "--during", "auto", "--store", store, "--format", "json",
            ])
            #expect(run.status == 0, "\(run.errors)")
            for client in Self.planted { #expect(run.output.contains(client)) }
            #expect(run.output.contains("windows-chosen"))
            let named = try Program.run([
                "compare", "--before", "auto", "--during", "09:35/15m", "--store", store,
            ])
            #expect(named.output.contains("2026-03-17T09:20:00Z, 2026-03-17T09:35:00Z"), "\(named.output)")
        }
    }

    @Test(arguments: [
        ("09:35/15m", "2026-03-17T09:20:00Z, 2026-03-17T09:35:00Z"),
        ("09:35/10m", "2026-03-17T09:25:00Z, 2026-03-17T09:35:00Z"),
    ])
    func `a level that began before the named window and outlasts it leaves what is just before quiet`(
        during: String, before: String
    ) throws {
        try Self.withCase { _, store in
            let run = try Program.run([
                "compare", "--before", "auto", "--during", during, "--kind", "nlb", "--store", store,
            ])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains(before), "\(run.output.prefix(300))")
        }
    }

    @Test(arguments: ["alb", "nlb"])
    func `by duration the values of a kind of evidence have the intervals of what is counted`(
        kind: String
    ) throws {
        try Self.withCase { _, store in
            func explanations(_ measure: String) throws -> String {
                let run = try Program.run([
                    "compare", "--before", "09:20/15m", "--during", "09:35/15m", "--store", store, "--kind", kind,
                    "--by",
                    measure, "--table", "explanations", "--format", "csv",
                ])
                #expect(run.status == 0, "\(run.errors)")
                return run.output
            }
            let counted = try explanations(kind == "alb" ? "requests" : "connections")
            #expect(try explanations("duration") == counted)
            #expect(counted.split(whereSeparator: \.isNewline).count > 10)
        }
    }

    @Test func `the same case gives the same report, with the planted clients and no address to load from`() throws {
        try Self.withCase { folder, store in
            let arguments = ["report", "--store", store, "--output", folder.path("report.html"), "--quiet"]
            #expect(try Program.run(arguments).status == 0)
            let first = try Data(contentsOf: folder.url.appendingPathComponent("report.html"))
            #expect(try Program.run(arguments).status == 0)
            let second = try Data(contentsOf: folder.url.appendingPathComponent("report.html"))
            #expect(first == second)
            let text = String(decoding: first, as: UTF8.self)
            for client in Self.planted { #expect(text.contains(client)) }
            #expect(text.contains("Northwind Telemetry"))
            for attribute in ["src=\"", "href=\"http", "url(", "@import"] { #expect(!text.contains(attribute)) }
        }
    }

    @Test func `the report shows requests and connections, the way of the planted ones, and no note changes it`() throws
    {
        try Self.withCase { folder, store in
            let file = folder.path("report.html")
            let arguments = [
                "report", "--before", "09:20/15m", "--during", "09:35/15m", "--store", store, "--output", file,
            ]
            #expect(try Program.run(arguments + ["-q"]).status == 0)
            let quiet = try String(contentsOfFile: file, encoding: .utf8)
            #expect(try Program.run(arguments).status == 0)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == quiet)
            for kind in ["alb", "nlb"] {
                // In the timeline, in what changed, among the distributions and over the map.
                #expect(quiet.components(separatedBy: "<h3><bdi>\(kind)</bdi></h3>").count == 5)
            }
            #expect(quiet.contains("\"nlb long connections\"") && quiet.contains("<b>connection duration</b>"))
            // Counted in the lines of the NLB logs by the four addresses, listener port and time.
            #expect(
                quiet.contains("Northwind Telemetry → checkout-nlb → checkout.shop.example:8443: 36 → 1,404</title>"))
        }
    }

    @Test func `the map of a sample counts what its comparison counts`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let captures = SampleIncidentTests.path("captures")
        #expect(try Program.run(["ingest", "-q", "--sample", "2", "--store", store, captures]).status == 0)
        // Every row stands for two: counted in the rows, not in the answer.
        let rows = try Program.run([
            "query",
            "SELECT 2 * count(*) AS requests FROM requests WHERE is_health_check = 0 "
                + "AND time >= '2026-03-17T09:35' AND time < '2026-03-17T09:50'",
            "--store", store, "--format", "csv",
        ])
        let requests = try #require(rows.output.split(whereSeparator: \.isNewline).last.flatMap { Int($0) })
        let file = folder.path("report.html")
        let windows = ["--before", "09:20/15m", "--during", "09:35/15m"]
        #expect(try Program.run(["report", "-q", "--store", store, "--output", file] + windows).status == 0)
        let html = try String(contentsOfFile: file, encoding: .utf8).replacing(",", with: "")
        #expect(requests > 1000)
        #expect(html.contains("requests before and \(requests) during in"), "\(requests)")
    }

    @Test(.enabled(if: Browser.path != nil, "no Chromium here"), arguments: [390, 1280])
    func `in a browser the report of the sample incident shows the planted clients, sorts and brushes`(width: Int)
        throws
    {
        try Self.withCase { folder, store in
            let file = folder.path("report.html")
            _ = try Program.run(["report", "--store", store, "--output", file, "--quiet"])
            let html = try String(contentsOfFile: file, encoding: .utf8)
            let (lines, complaints) = try #require(
                try ReportProbe.run(html, width: width, sorting: "requests", lookingFor: Self.planted))
            #expect(complaints.isEmpty)
            #expect(!lines.contains { $0.hasPrefix("error") || $0.hasPrefix("left") }, "\(lines)")
            #expect(lines.contains("resources 0") && lines.contains("wide false"), "\(lines)")
            for client in Self.planted { #expect(lines.contains("visible \(client)"), "\(lines)") }
            func counts(_ name: String) throws -> [Int] {
                let line = try #require(lines.first { $0.hasPrefix(name) })
                return line.split(separator: " ").compactMap { Int($0.filter { $0 != "," }) }
            }
            let down = try counts("down ")
            #expect(down.count == 15 && down == down.sorted(by: >) && Set(down).count > 5)
            #expect(try counts("up ") == down.sorted())
            #expect(lines.contains { $0.hasPrefix("brush 2026-03-17 09:30") && $0.contains(" requests") }, "\(lines)")
            #expect(lines.contains("cleared []"))
        }
    }
}
