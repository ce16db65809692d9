import ForensicsTestSupport
import Foundation
import Testing

/// What a comparison says of logs that are missing.
@Suite(.enabled(if: Program.path != nil)) struct CoverageCaveatTests {
    /// Runs a comparison of an even load, of whose objects some are not delivered.
    private static func caveats(without isMissing: (String) -> Bool) throws -> [String: String] {
        let folder = try Folder()
        defer { folder.remove() }
        var planted = PlantedIncident(0, of: [.oneClient])
        planted.incident = TrafficModel.Incident()
        var logs = IncidentLogs(planted)
        try FileManager.default.createDirectory(atPath: folder.path("logs"), withIntermediateDirectories: true)
        try logs.write(into: folder.path("logs"))
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("logs")) where isMissing(name) {
            try FileManager.default.removeItem(atPath: folder.path("logs/\(name)"))
        }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "--quiet"]).status == 0)
        let run = try Program.run([
            "compare", "--before", "2026-03-17T09:45:00Z/15m", "--during", "2026-03-17T10:00:00Z/15m", "--format",
            "json",
            "--store", store,
        ])
        #expect(run.status == 0, "\(run.errors)")
        let answer = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        let rows = try #require(answer?["caveats"] as? [[String: String]])
        return Dictionary(rows.map { ($0["code"] ?? "", $0["text"] ?? "") }, uniquingKeysWith: { first, _ in first })
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
}
