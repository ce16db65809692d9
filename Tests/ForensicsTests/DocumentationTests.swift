import Foundation
import Testing

/// What is written about the contracts says all of them.
@Suite(.enabled(if: Program.path != nil)) struct DocumentationTests {
    private static func page(_ name: String) throws -> String {
        try String(contentsOfFile: SampleIncidentTests.path("../Queries/\(name)"), encoding: .utf8)
    }

    @Test func `every column of every view is documented under its view`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        let page = try Self.page("VIEWS.md")
        let sections = page.components(separatedBy: "\n## ").dropFirst()
        let views = [
            "sources", "rejects", "coverage", "connections", "requests", "health_checks", "flow_records", "findings",
            "evidence", "activity", "distributions",
        ]
        for view in views {
            let run = try Program.run([
                "query", "SELECT name FROM pragma_table_info('\(view)')", "--store", store, "--format", "csv",
            ])
            let columns = run.output.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
            #expect(columns.count > 4, "\(view): \(run.errors)")
            let text = sections.filter { $0.split(separator: "\n")[0].contains(view) }.joined()
            for column in columns { #expect(text.contains("`\(column)`"), "\(view).\(column)") }
        }
    }

    @Test func `every member of a comparison is documented`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        let run = try Program.run([
            "compare", "--before", "2026-03-17T09:20:00Z/15m", "--during", "2026-03-17T09:35:00Z/15m", "--format",
            "json", "--store", store,
        ])
        let document = try #require(JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        let page = try Self.page("JSON.md")
        #expect(document.count > 10)
        for member in document.keys {
            #expect(["`", "[]`", "."].contains { page.contains("`\(member)\($0)") }, "\(member)")
        }
        for group in ["question", "total"] {
            for member in (document[group] as? [String: Any] ?? [:]).keys {
                #expect(page.contains("`\(member)`"), "\(group).\(member)")
            }
        }
        let leading = try #require((document["leading"] as? [[String: Any]])?.first)
        for member in leading.keys { #expect(page.contains("`\(member)`"), "explanation.\(member)") }
    }

    @Test func `every member of a summary is documented`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        let run = try Program.run(["summary", "--format", "json", "--store", store])
        let document = try #require(JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        let page = try Self.page("JSON.md")
        #expect(document.count > 10)
        for (member, value) in document {
            // Some have the name of a kind behind their own.
            let kind = ["nlb", "alb", "pcap"].first { member.hasSuffix("_\($0)") } ?? ""
            let name = kind.isEmpty ? member : "\(member.dropLast(kind.count))KIND"
            #expect(["`", "[]`"].contains { page.contains("`\(name)\($0)") }, "\(name)")
            let row = (value as? [[String: Any]])?.first ?? [:]
            if ["traffic", "tcp_errors", "load_balancers", "totals"].contains(member) {
                for column in row.keys { #expect(page.contains("`\(column)`"), "\(member).\(column)") }
            }
        }
    }

    @Test func `answers of one table carry the version that is documented`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        #expect(try ResumeTests.ingest(store).status == 0)
        for command in [["top", "client"], ["timeline"], ["spikes"], ["findings"], ["sources"]] {
            let run = try Program.run(command + ["--format", "json", "--store", store])
            #expect(try !Answer.rows(run.output).isEmpty, "\(command)")
        }
        let one = try Program.run(["findings", "1", "--format", "json", "--store", store])
        let object = try #require(JSONSerialization.jsonObject(with: Data(one.output.utf8)) as? [String: Any])
        #expect(object.keys.sorted() == ["evidence", "findings", "schema_version"], "\(one.output)")
    }
}
