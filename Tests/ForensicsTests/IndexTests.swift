import Foundation
import Testing

/// `index` on the sample incident.
@Suite(.enabled(if: Program.path != nil)) struct IndexTests {
    private static let views = ["requests", "connections", "flow_records", "health_checks"]

    private static func exports(_ store: String) throws -> [String] {
        try views.map { try Program.run(["export", $0, "--store", store, "--format", "csv"]).output }
    }

    private static func plan(_ sql: String, _ store: String) throws -> String {
        try Program.run(["query", "EXPLAIN QUERY PLAN \(sql)", "--store", store, "--format", "csv"]).output
    }

    @Test func `indexes change plans and no answer, and go when the case changes`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        let before = try Self.exports(store)
        #expect(before[0].count > 1000)
        let question = "SELECT count(*) FROM requests WHERE client_ip = '198.51.100.67'"
        let answer = try Program.run(["query", question, "--store", store, "--format", "csv"])
        #expect(!(try Self.plan(question, store)).contains("USING COVERING INDEX indexed_requests"))

        let made = try Program.run(["index", "--store", store])
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.errors.contains("requests has indexes now"))
        #expect(try Self.exports(store) == before)
        #expect((try Self.plan(question, store)).contains("INDEX indexed_requests_client_time_ns (client_ip=?)"))
        #expect(try Program.run(["query", question, "--store", store, "--format", "csv"]).output == answer.output)
        // A second time replaces them.
        #expect(try Program.run(["index", "--store", store]).status == 0)
        #expect(try Self.exports(store) == before)

        #expect(try Program.run(["index", "--drop", "--store", store]).status == 0)
        #expect(!(try Self.plan(question, store)).contains("indexed_requests"))
        #expect(try Self.exports(store) == before)
        #expect(try Program.run(["index", "--store", store]).status == 0)
        let again = try Program.run(["ingest"] + ResumeTests.inputs + ["--store", store])
        #expect(again.errors.contains("its indexes are removed"), "\(again.errors)")
        #expect(!(try Self.plan(question, store)).contains("indexed_requests"))
        #expect(try Self.exports(store) == before)
    }

    @Test func `hashes, a report and a list of owners leave the indexes where they are`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        #expect(try Program.run(["index", "--store", store]).status == 0)
        let question = "SELECT owner, count(*) FROM requests WHERE client_ip = '198.51.100.67' GROUP BY owner"
        let other = try folder.file("owners.csv", Data("198.51.100.64/28,Another Ltd\n".utf8)).path
        let report = ["report", "--quiet", "--output", folder.path("report.html")]
        for command in [
            ["sources", "--hash"], report, ["summary", "--owners", other], ["summary", "--owners", other],
        ] {
            #expect(try Program.run(command + ["--store", store]).status == 0)
            #expect((try Self.plan(question, store)).contains("INDEX indexed_requests_client"), "\(command)")
        }
        let hashes = try Program.run(["query", "SELECT count(sha256) = count(*) FROM sources", "--store", store])
        #expect(hashes.output.contains("1"))
        // What the copies hold of owners is the new list's.
        let owners = try Program.run(["query", question, "--store", store, "--format", "csv"]).output
        #expect(owners.contains("Another Ltd"), "\(owners)")
    }

    @Test func `a case that is not there is told`() throws {
        let run = try Program.run(["index", "--store", "/nowhere/case.db"])
        #expect(run.status == 66 || run.status == 74, "\(run.status) \(run.errors)")
        #expect(run.errors.contains("/nowhere/case.db"))
    }
}
