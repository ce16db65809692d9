import Foundation
import Testing

/// Every named query on the sample incident, as the program runs it.
@Suite(.enabled(if: Program.path != nil)) struct NamedQueryTests {
    /// What a query cannot do without.
    static let needed = [
        "one-client": ["client=198.51.100.67"], "finding-evidence": ["finding=1"],
        "one-trace": ["trace=Root=1-00000000-000000000000000000000000"],
        "active-and-long": ["from=2026-03-17T09:35:00Z", "to=2026-03-17T09:50:00Z"],
        "new-clients": ["from=2026-03-17T09:35:00Z"],
    ]
    /// What the sample incident has nothing of.
    static let empty: Set = ["one-trace", "rejected-flows", "rejected-records", "coverage-gaps"]

    @Test func `each runs without more than it needs, and answers`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        let listed = try Program.run(["query", "--list", "--format", "json"])
        let rows = try Answer.rows(listed.output)
        let names = rows.compactMap { $0["name"] as? String }
        #expect(names.count >= 30)
        for name in names {
            let run = try Program.run(
                ["query", name] + (Self.needed[name] ?? []) + ["--store", store, "--format", "csv"])
            #expect(run.status == 0, "\(name): \(run.errors)")
            let lines = run.output.split(whereSeparator: \.isNewline).count
            if !Self.empty.contains(name) { #expect(lines > 1, "\(name) says nothing") }
        }
        let longest = try Program.run(["query", "longest-connections", "--store", store, "--kind", "nlb"])
        #expect(longest.output.contains("198.51.100.74"))
        let without = try Program.run(["query", "one-client", "--store", store])
        #expect(without.status == 64)
        #expect(without.errors.contains("query one-client: needs client"), "\(without.errors)")
        let wrong = try Program.run(["query", "domains", "colour=red", "--store", store])
        #expect(wrong.status == 64)
    }
}
