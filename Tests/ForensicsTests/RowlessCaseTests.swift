import Foundation
import Testing

/// A case that keeps roll-ups alone counts whole minutes, says so, and counts none of them twice.
@Suite(.enabled(if: Program.path != nil)) struct RowlessCaseTests {
    private static func withCase(_ rows: String, _ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let run = try Program.run([
            "ingest", SampleIncidentTests.path("AWSLogs"), "--rows", rows, "--store", store, "--quiet",
        ])
        #expect(run.status == 0, "\(run.errors)")
        try body(store)
    }

    private static func windows(_ store: String, _ options: [String]) throws -> (
        text: String, windows: [String: String]
    ) {
        let run = try Program.run(["compare", "--kind", "nlb", "--format", "json", "--store", store] + options)
        #expect(run.status == 0, "\(run.errors)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        let told = try #require(object["windows"] as? [String: [String: Any]])
        var windows: [String: String] = [:]
        for (name, window) in told {
            for bound in ["start", "end"] { windows["\(name) \(bound)"] = window[bound] as? String }
        }
        return (run.output, windows)
    }

    @Test(arguments: ["none", "notable"]) func `windows that meet inside of a minute share no minute`(rows: String)
        throws
    {
        try Self.withCase(rows) { store in
            let early = ["--before", "2026-03-17T09:20:10Z/15m", "--during", "2026-03-17T09:35:10Z/15m"]
            let late = ["--before", "2026-03-17T09:35:10Z/15m", "--during", "2026-03-17T09:20:10Z/15m"]
            for (options, names) in [(early, ["before", "during"]), (late, ["during", "before"])] {
                let told = try Self.windows(store, options)
                #expect(told.windows["\(names[0]) start"]?.prefix(19) == "2026-03-17T09:20:00")
                #expect(told.windows["\(names[0]) end"]?.prefix(19) == "2026-03-17T09:35:00")
                #expect(told.windows["\(names[1]) start"]?.prefix(19) == "2026-03-17T09:35:00")
                #expect(told.windows["\(names[1]) end"]?.prefix(19) == "2026-03-17T09:51:00")
                #expect(told.text.contains("whole-minutes"))
            }
            let run = try Program.run([
                "compare", "--kind", "nlb", "--before", "2026-03-17T09:35:10Z/20s", "--during",
                "2026-03-17T09:35:30Z/20s", "--store", store,
            ])
            #expect(run.status == 65)
            #expect(run.errors.contains("both windows lie in one minute"), "\(run.errors)")
        }
    }

    @Test(arguments: ["top client", "timeline", "summary"])
    func `a window that is counted in whole minutes is told as that`(command: String) throws {
        try Self.withCase("none") { store in
            let arguments = command.split(separator: " ").map(String.init) + ["--kind", "nlb", "--store", store]
            let run = try Program.run(
                arguments + ["--from", "2026-03-17T09:20:10Z", "--to", "2026-03-17T09:30:10Z"])
            #expect(run.status == 0, "\(run.errors)")
            #expect(
                run.errors.contains("counted in whole minutes, 2026-03-17T09:20:00Z to 2026-03-17T09:31:00Z."),
                "\(run.errors)")
            if command != "summary" {
                let title = run.output.split(whereSeparator: \.isNewline).first ?? ""
                #expect(title.contains("2026-03-17T09:20:00Z to 2026-03-17T09:31:00Z"), "\(title)")
            }
            let whole = try Program.run(arguments + ["--from", "2026-03-17T09:20:00Z", "--to", "2026-03-17T09:30:00Z"])
            #expect(!whole.errors.contains("whole minutes"), "\(whole.errors)")
        }
    }

    private static let quarters = ["--before", "2026-03-17T09:20:00Z/15m", "--during", "2026-03-17T09:35:00Z/15m"]

    @Test(arguments: ["none", "notable"]) func `what rows are needed for is told to be unknown`(rows: String) throws {
        try Self.withCase(rows) { store in
            let access = try ComparedAnswer(["--store", store, "--kind", "alb"] + Self.quarters)
            let text = try #require(access.caveats["rows-left-out"])
            #expect(text.contains("connections cannot be put together from requests"), "\(text)")
            #expect(!access.sentence.contains("No client"), "\(access.sentence)")
            #expect(!access.activeLong.contains { $0["had_long_before"] as? String == "no" })
            if access.activeLong.isEmpty {
                #expect(access.sentence.contains("cannot be told from alb"), "\(access.sentence)")
            }
            let connections = try ComparedAnswer(["--store", store, "--kind", "nlb"] + Self.quarters)
            #expect(!connections.activeLong.isEmpty && connections.caveats["rows-left-out"] != nil)
            // Connections of more than five minutes are notable: with those nothing is unknown.
            let unknown = rows == "none"
            for row in connections.activeLong {
                #expect((row["long_open_in_before"] is NSNull) == unknown)
                let had = row["had_long_before"] as? String
                #expect(had == "yes" || had == (unknown ? "unknown" : "no"))
            }
        }
    }

    @Test(arguments: ["none", "notable"])
    func `minutes with long connections are at least so many, in the answer of several kinds too`(rows: String) throws {
        // Counted in the lines of the sample's NLB logs by the record time: longer than five minutes, during.
        let truth = ["198.51.100.67": 24, "198.51.100.74": 19, "203.0.113.45": 16, "198.18.77.9": 12]
        try Self.withCase(rows) { store in
            let answer = try ComparedAnswer(["--store", store] + Self.quarters)
            let caveats = (answer.members["caveats"] as? [[String: String]] ?? []).filter {
                $0["code"] == "rows-left-out"
            }.compactMap { $0["text"] }
            let counted = caveats.contains {
                $0.contains("rows of nlb: ") && $0.contains("long connections are counted by the minutes")
            }
            #expect(counted == (rows == "none"), "\(caveats)")
            let clients = answer.activeLong.filter { $0["kind"] as? String == "nlb" }
            for row in clients { #expect(row["long_at_least"] as? Bool == (rows == "none")) }
            for (client, count) in truth {
                let row = try #require(clients.first { $0["client_ip"] as? String == client })
                let told = try #require(row["long_during"] as? Int)
                #expect(rows == "none" ? told <= count : told == count, "\(client) \(told)")
            }
            let page = try Program.run(["compare", "--store", store] + Self.quarters).output
            let line = try #require(page.split(whereSeparator: \.isNewline).first { $0.contains(" 198.51.100.74 ") })
            #expect(line.contains("≥ ") == (rows == "none"), "\(line)")
        }
    }

    @Test(arguments: ["none", "notable"])
    func `no percentile is taken of the durations that are left`(rows: String) throws {
        try Self.withCase(rows) { store in
            let arguments = ["--kind", "nlb", "--store", store]
            let top = try Program.run(["top", "client", "--by", "duration", "--format", "csv"] + arguments)
            #expect(top.status == 0 && !top.output.contains("p95_ms"), "\(top.output.prefix(200))")
            #expect(top.errors.contains("the case does not keep all rows: only the longest is told"), "\(top.errors)")
            let connections = try Program.run(["top", "connection"] + arguments)
            #expect(connections.errors.contains("the case does not keep all rows"), "\(connections.errors)")
        }
    }

    @Test func `health checks that succeeded and are not kept are told to be missing`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let run = try Program.run([
            "ingest", SampleIncidentTests.path("captures"), "--rows", "notable", "--store", store, "--quiet",
        ])
        #expect(run.status == 0, "\(run.errors)")
        let summary = try Program.run(["summary", "--store", store])
        #expect(summary.errors.contains("health checks that succeeded are not among them"), "\(summary.errors)")
    }
}
