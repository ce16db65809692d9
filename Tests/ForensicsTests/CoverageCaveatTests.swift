import Foundation
import Testing

/// What a comparison says of logs that are missing.
@Suite(.enabled(if: Program.path != nil)) struct CoverageCaveatTests {
    /// Runs a comparison of an even load, of whose objects some are not delivered.
    private static func caveats(without isMissing: (String) -> Bool) throws -> [String: String] {
        var caveats: [[String: String]] = []
        try IncidentLogs.withEvenLoad(without: isMissing) { store in
            let run = try Program.run([
                "compare", "--before", "2026-03-17T09:45:00Z/15m", "--during", "2026-03-17T10:00:00Z/15m", "--format",
                "json", "--store", store,
            ])
            #expect(run.status == 0, "\(run.errors)")
            caveats = try #require(LakeTools.json(run.output)["caveats"] as? [[String: String]])
        }
        return Dictionary(
            caveats.map { ($0["code"] ?? "", $0["text"] ?? "") }, uniquingKeysWith: { first, _ in first })
    }

    @Test func `nothing is said where every node covers both windows`() throws {
        let caveats = try Self.caveats { _ in false }
        #expect(caveats["uneven-coverage"] == nil && caveats["partial-coverage"] == nil)
    }

    @Test func `a node without an object in one window is named`() throws {
        // The object that ends at 09:55, of one of three nodes.
        let caveats = try Self.caveats { $0.contains("T0955Z_10.0.1.2") }
        let text = try #require(caveats["uneven-coverage"])
        #expect(text.contains("node 10.0.1.2 (10 min before, 15 min during)"), "\(text)")
        #expect(!text.contains("10.0.1.1") && !text.contains("10.0.1.3"))
        #expect(caveats["partial-coverage"] == nil)
    }

    @Test func `time without any object is no time of the window`() throws {
        let caveats = try Self.caveats { $0.contains("T0955Z_") }
        #expect(caveats["partial-coverage"]?.contains("67 %") == true, "\(caveats)")
        #expect(caveats["unequal-windows"]?.contains("10 min and 15 min") == true)
        #expect(caveats["uneven-coverage"] == nil)
    }

    @Test func `a window in which nothing was logged is told as a hole, not as evidence that covers it`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        // One request a minute, but for the quarter from 10:30.
        var text = ""
        for minute in 0..<60 where !(30..<45).contains(minute) {
            text +=
                "http 2026-03-17T10:\(minute < 10 ? "0" : "")\(minute):00.000000Z app/shop/0a 198.51.100.7:1000 10.0.0.1:80 "
                + "0.000 0.001 0.000 200 200 34 366 \"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.46.0\" - -\n"
        }
        let parts = text.split(separator: "\n").map { $0 + "\n" }
        try FileManager.default.createDirectory(atPath: folder.path("logs"), withIntermediateDirectories: true)
        for (end, range) in [("1030", 0..<30), ("1100", 30..<45)] {
            let name = "logs/123456789012_elasticloadbalancing_us-east-1_app.shop.0a_20260317T\(end)Z_10.0.2.5_abc.log"
            _ = try folder.file(name, Data(parts[range].joined().utf8))
        }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", "-q", "--store", store, folder.path("logs")]).status == 0)
        let windows = ["--before", "2026-03-17T10:15:00Z/10m", "--during", "2026-03-17T10:32:00Z/10m"]
        let run = try Program.run(["compare", "--store", store] + windows)
        #expect(run.status == 65)
        #expect(run.errors.contains("there was no traffic, or log objects are missing"), "\(run.errors)")
        let other = try Program.run(
            [
                "compare", "--store", store, "--by", "connections", "--before", "2026-03-17T10:05:00Z/5m", "--during",
                "2026-03-17T10:15:00Z/5m",
            ])
        #expect(other.status == 65)
        #expect(other.errors.contains("use --by requests"), "\(other.errors)")
    }

    @Test func `windows outside of --from and --to are refused`() throws {
        try ChosenWindowTests.withCase { _, store in
            let windows = ["--before", "2026-03-17T09:20:00Z/15m", "--during", "2026-03-17T09:35:00Z/15m"]
            let run = try Program.run(["compare", "--store", store, "--from", "2026-03-17T09:25:00Z"] + windows)
            #expect(run.status == 64)
            #expect(run.errors.contains("--before: is not all between --from and --to"), "\(run.errors)")
            let inside = try Program.run(["compare", "--store", store, "--from", "2026-03-17T09:00:00Z"] + windows)
            #expect(inside.status == 0, "\(inside.errors)")
        }
    }

    @Test func `a filter that connection logs cannot answer leaves active and long to the access log`() throws {
        try ChosenWindowTests.withCase { _, store in
            let windows = ["--before", "2026-03-17T09:20:00Z/15m", "--during", "2026-03-17T09:35:00Z/15m"]
            let run = try Program.run(["compare", "--store", store, "--format", "json", "--status", "2xx"] + windows)
            #expect(run.status == 0, "\(run.errors)")
            let answer = LakeTools.json(run.output)
            let codes = (answer["caveats"] as? [[String: String]] ?? []).compactMap { $0["code"] }
            #expect(codes.contains("connections-not-asked") && !codes.contains("active-long-from-connections"))
            #expect(!(answer["sentence"] as? String ?? "").contains("No connections were seen"))
        }
    }
}
