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
}
