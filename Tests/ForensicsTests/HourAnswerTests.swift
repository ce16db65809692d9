import Foundation
import Testing

/// Questions about long windows read counts of hours; what they answer is what the minutes tell.
@Suite(.enabled(if: Program.path != nil)) struct HourAnswerTests {
    private static let questions: [[String]] = [
        ["top", "client"], ["top", "client", "--by", "bytes", "--limit", "1000"], ["top", "path"],
        ["top", "client-network"], ["top", "owner", "--by", "errors"], ["top", "client", "--include-health-checks"],
        ["top", "client", "--kind", "nlb"], ["top", "target-port", "--kind", "pcap"], ["summary"],
        ["top", "client", "--from", "2026-03-17T09:00:00Z", "--to", "2026-03-17T10:00:00Z"],
        ["top", "client", "--from", "2026-03-17T09:20:30Z", "--to", "2026-03-17T09:50:00Z"],
        ["top", "client", "--from", "2026-03-17T08:00:00Z", "--to", "2026-03-17T12:00:00Z"],
        ["summary", "--from", "2026-03-17T09:00:00Z", "--to", "2026-03-17T11:00:00Z"],
    ]

    @Test(.enabled(if: (try? Program.tool("python3", ["-c", "import sqlite3"]).status) == 0, "needs python3"))
    func `hours and minutes give one answer`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let evidence = ["AWSLogs", "captures"].map(SampleIncidentTests.path)
        let read = try Program.run(["ingest", "--quiet", "--store", store] + evidence)
        #expect(read.status == 0, "\(read.errors)")
        func answers() throws -> [String] {
            try Self.questions.map { question in
                let run = try Program.run(question + ["--store", store, "--format", "json"])
                #expect(run.status == 0, "\(question): \(run.errors)")
                return run.output + run.errors
            }
        }
        func change(_ sql: String) throws -> String {
            let script =
                "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); print(c.execute(sys.argv[2]).fetchall()); c.commit()"
            let run = try Program.tool("python3", ["-c", script, store, sql])
            #expect(run.status == 0, "\(run.errors)")
            return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let hours = try change("SELECT count(DISTINCT id >> 37) FROM hour_rollup WHERE data <> '-'")
        #expect(hours == "[(3,)]", "ALB and NLB logs, and the capture set")
        let byHours = try answers()
        // Hours of nothing: minutes are what is read.
        _ = try change("DELETE FROM hour_source")
        let byMinutes = try answers()
        for (question, pair) in zip(Self.questions, zip(byHours, byMinutes)) {
            #expect(pair.0 == pair.1, "\(question)")
        }
        // Numbers that cannot be: the hours are what is read.
        _ = try change("DELETE FROM hour_rollup")
        let again = try Program.run(["ingest", "--quiet", "--store", store] + evidence)
        #expect(again.status == 0, "\(again.errors)")
        _ = try change("UPDATE hour_rollup SET data = '[[3323068437,7000000,0,0,0,0]]' WHERE (id >> 30 & 127) = 1")
        let wrong = try Program.run(["top", "client", "--kind", "alb", "--store", store, "--format", "csv"])
        #expect(wrong.output.contains("198.18.0.21"), "\(wrong.output)")
        #expect(wrong.output.contains("000000"), "\(wrong.output)")
    }
}
