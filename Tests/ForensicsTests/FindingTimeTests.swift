import Foundation
import Testing

/// Which findings, and which rows that have no time of their own, belong to the time asked for.
@Suite(.enabled(if: Program.path != nil)) struct FindingTimeTests {
    private static let window = ["--from", "2026-03-17T09:35:00Z", "--to", "2026-03-17T09:45:00Z"]

    private static func withCase(_ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        try body(store)
    }

    private static func lines(_ arguments: [String], _ store: String) throws -> Set<String> {
        let run = try Program.run(arguments + ["--store", store, "--format", "csv"])
        #expect(run.status == 0, "\(run.errors)")
        return Set(run.output.split(whereSeparator: \.isNewline).dropFirst().map(String.init))
    }

    private static func ids(_ arguments: [String], _ store: String) throws -> Set<String> {
        Set(try lines(arguments, store).map { String($0.prefix { $0 != "," }) })
    }

    @Test func `an episode is found in every window in which it goes on`() throws {
        try Self.withCase { store in
            let going = """
                SELECT id FROM findings WHERE time < '2026-03-17T09:45' AND end_time >= '2026-03-17T09:35:00.000000000Z'
                """
            let expected = try Self.lines(["query", going], store)
            #expect(expected.count > 50)
            #expect(try Self.ids(["findings"] + Self.window, store) == expected)
            #expect(try Self.ids(["export", "findings"] + Self.window, store) == expected)
            #expect(try Self.ids(["query", "findings", "limit=100000"] + Self.window, store) == expected)
            let checks = try Self.lines(
                ["query", "SELECT DISTINCT \"check\" FROM (\(going.replacing("SELECT id", with: "SELECT *")))"], store)
            let summary = try Program.run(["summary", "--store", store, "--format", "json"] + Self.window)
            for check in checks { #expect(summary.output.contains("\"\(check)\"")) }
            #expect(summary.errors.contains("reach beyond the time asked for"), "\(summary.errors)")
        }
    }

    @Test(arguments: [
        ("--client", "198.51.100.67", true), ("--kind", "alb", false),
    ])
    func `that a filter chooses findings by their records is said`(option: String, value: String, isSaid: Bool) throws {
        try Self.withCase { store in
            let run = try Program.run(["findings", option, value, "--store", store])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains("shown if one of its records passes the filters") == isSaid, "\(run.errors)")
        }
    }

    @Test(arguments: ["csv", "ndjson"]) func `the rows of one finding are its evidence, all of one sort`(format: String)
        throws
    {
        try Self.withCase { store in
            let run = try Program.run(["findings", "1", "--format", format, "--store", store])
            #expect(run.status == 0, "\(run.errors)")
            let lines = run.output.split(whereSeparator: \.isNewline)
            let count = try Self.lines(["query", "SELECT count(*) FROM evidence WHERE finding_id = 1"], store).first
            #expect("\(lines.count - (format == "csv" ? 1 : 0))" == count)
            let shapes = Set(lines.map { $0.filter { $0 == (format == "csv" ? "," : ":") }.count })
            #expect(format == "ndjson" || shapes.count == 1, "\(run.output)")
        }
    }

    @Test func `what has no time of its own is exported with the findings and sources of the time asked for`() throws {
        try Self.withCase { store in
            let findings = try Self.ids(["export", "findings"] + Self.window, store).map { "'\($0)'" }
                .joined(separator: ",")
            let evidence = "SELECT count(*) FROM evidence WHERE CAST(finding_id AS TEXT) IN (\(findings))"
            #expect(
                try Self.lines(["query", evidence], store)
                    == ["\(try Self.lines(["export", "evidence"] + Self.window, store).count)"])
            let sources = try Self.ids(["sources"] + Self.window, store)
            #expect(!sources.isEmpty && sources.count < 52)
            #expect(try Self.ids(["export", "sources"] + Self.window, store) == sources)
            #expect(try Self.ids(["export", "coverage"] + Self.window, store) == sources)
            #expect(try Self.ids(["export", "rejects"] + Self.window, store).isSubset(of: sources))
        }
    }
}
