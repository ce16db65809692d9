import Foundation
import Testing

/// `compare` on captures alone: windows that lie in different files of one set, and files in place of windows.
///
/// What was answered is from SampleData/truth.json, which an independent reader counted.
@Suite(.enabled(if: Program.path != nil)) struct CaptureComparisonTests {
    static let windows = ["--before", "2026-03-17T09:20:00Z/15m", "--during", "2026-03-17T09:35:00Z/15m"]

    /// The counts before and during of some measures.
    static func changes(_ arguments: [String]) throws -> [String: (before: Int, during: Int)] {
        let run = try Program.run(["compare"] + arguments + ["--format", "csv", "--table", "changes"])
        try #require(run.status == 0, "\(run.errors)")
        var counts: [String: (Int, Int)] = [:]
        for line in run.output.split(whereSeparator: \.isNewline).dropFirst() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells[1] == "rate", let before = Int(cells[3]), let during = Int(cells[4]) else { continue }
            counts[String(cells[0])] = (before, during)
        }
        return counts
    }

    static func truth(_ window: String, _ name: String) throws -> Int {
        let captures = try #require(SampleIncidentTests.truth["captures"] as? [String: Any])
        let requests = try #require((captures["requests"] as? [String: Any])?[window] as? [String: Any])
        return try #require((requests["total"] as? [String: Any])?[name] as? Int)
    }

    /// Requests of the case in a window, from its rows.
    static func rows(_ condition: String, _ start: String, _ end: String, _ store: String) throws -> Int {
        let sql = """
            SELECT count(*) AS n FROM requests WHERE kind = 'pcap' AND NOT is_health_check AND \(condition)
            AND time >= '2026-03-17T\(start)' AND time < '2026-03-17T\(end)'
            """
        let run = try Program.run(["query", sql, "--store", store, "--format", "csv"])
        return try #require(run.output.split(whereSeparator: \.isNewline).last.flatMap { Int($0) }, "\(run.errors)")
    }

    @Test func `windows in different files of one capture set are counted whole`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", SampleIncidentTests.path("captures"), "--store", store]).status == 0)
        let counts = try Self.changes(Self.windows + ["--store", store])
        for (window, start, end) in [("before", "09:20", "09:35"), ("during", "09:35", "09:50")] {
            let answered = try Self.rows("status IS NOT NULL", start, end, store)
            #expect(answered == (try Self.truth(window, "answered_requests")), "\(window)")
        }
        let before = try Self.rows("1", "09:20", "09:35", store)
        let during = try Self.rows("1", "09:35", "09:50", store)
        #expect(try #require(counts["requests"]) == (before, during))
        #expect(try #require(counts["status_5xx"]) == (Self.truth("before", "5xx"), Self.truth("during", "5xx")))
        // The same from rows instead of roll-ups: a filter that everything passes.
        let filtered = try Self.changes(Self.windows + ["--store", store, "--client", "0.0.0.0/0", "--client", "::/0"])
        #expect(try #require(filtered["requests"]) == (before, during))
    }

    @Test func `files of one capture set stand for the time they cover`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let captures = SampleIncidentTests.path("captures")
        let named = try Self.changes([
            "--before", "\(captures)/target-a.pcap0.gz", "--during", "\(captures)/target-a.pcap2.gz",
            "--store", store,
        ])
        // The first and last packet of either file, as `capinfos` tells them.
        let before = try Self.rows("1", "09:08:00.306260604", "09:28:09.712301734", store)
        let during = try Self.rows("1", "09:41:20.490284481", "09:53:13.643563144", store)
        #expect(try #require(named["requests"]) == (before, during))
        #expect(during > 1000)
    }

    @Test func `captures of two folders are compared as one capture point`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        for (name, file) in [("quiet", "target-a.pcap0.gz"), ("bad", "target-a.pcap2.gz")] {
            let place = folder.url.appendingPathComponent(name)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                at: URL(fileURLWithPath: SampleIncidentTests.path("captures/\(file)")),
                to: place.appendingPathComponent("web-1.pcap.gz"))
        }
        let sides = ["--before", folder.path("quiet"), "--during", folder.path("bad")]
        let counts = try Self.changes(sides)
        let requests = try #require(counts["requests"])
        // Connections that began in a file that is not there are told by what is left of them.
        #expect(requests.before > 1500 && requests.during > 1000)
        let run = try Program.run(["compare"] + sides)
        #expect(run.output.contains("quiet/web-1.pcap and bad/web-1.pcap"), "\(run.output)")
    }
}
