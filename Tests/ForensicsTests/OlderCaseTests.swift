import Foundation
import Testing

/// Cases that earlier programs wrote: `Tests/Cases`, each of 40 lines of an ALB log, 40 of an NLB log and 120 packets.
@Suite(.enabled(if: Program.path != nil)) struct OlderCaseTests {
    private static let views = [
        "sources", "rejects", "coverage", "connections", "requests", "health_checks", "flow_records", "findings",
        "evidence", "activity", "distributions",
    ]

    private static func unpack(_ name: String, into folder: Folder) throws -> String {
        let packed = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Cases/\(name).db.gz")
        let copy = try folder.file("case.db.gz", Data(contentsOf: packed))
        let unpacked = try Program.tool("gzip", ["-d", copy.path])
        try #require(unpacked.status == 0, "\(unpacked.errors)")
        return folder.path("case.db")
    }

    private static func exports(_ store: String) throws -> [String] {
        try views.map { view in
            let run = try Program.run(["export", view, "--store", store, "--format", "csv"])
            #expect(run.status == 0, "\(view): \(run.errors)")
            return run.output
        }
    }

    @Test(arguments: ["version-1", "version-2"])
    func `a case of an earlier program is read as it would be once it is written to`(name: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Self.unpack(name, into: folder)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: store))
        let counted = try Program.run(
            [
                "query",
                "SELECT (SELECT count(*) FROM requests WHERE NOT is_second_leg) || ' ' || (SELECT count(*) FROM connections)",
                "--store", store, "--format", "csv",
            ])
        #expect(counted.output.split(whereSeparator: \.isNewline).last == "58 82", "\(counted.errors)")
        let names = try Answer.rows(try Program.run(["query", "--list", "--format", "json"]).output)
            .compactMap { $0["name"] as? String }
        #expect(names.count >= 30)
        for name in names {
            let run = try Program.run(
                ["query", name] + (NamedQueryTests.needed[name] ?? []) + ["--store", store, "--format", "csv"])
            #expect(run.status == 0, "\(name): \(run.errors)")
        }
        let read = try Self.exports(store)
        #expect(try Data(contentsOf: URL(fileURLWithPath: store)) == bytes, "reading changed the file")

        // Whatever opens it for writing makes the views anew.
        #expect(try Program.run(["index", "--drop", "--store", store]).status == 0)
        #expect(try Self.exports(store) == read)
    }

    @Test(.enabled(if: (try? Program.tool("python3", ["-c", "import sqlite3"]).status) == 0, "needs python3"))
    func `indexes of an earlier program serve where they have every column, and hide none`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Self.unpack("version-2", into: folder)
        let before = try Self.exports(store)
        // As an earlier program's `index` left it: the copy lacks the latest column.
        let made = try Program.tool(
            "python3",
            [
                "-c",
                """
                import sqlite3, sys
                case = sqlite3.connect(sys.argv[1])
                case.executescript('''CREATE TABLE indexed_requests AS SELECT * FROM requests;
                    DROP VIEW requests; CREATE VIEW requests AS SELECT * FROM indexed_requests''')
                """, store,
            ])
        try #require(made.status == 0, "\(made.errors)")
        #expect(try Self.exports(store) == before)
    }
}
