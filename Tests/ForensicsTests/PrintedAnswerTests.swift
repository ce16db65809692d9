import Foundation
import Testing

/// What people read can be given back to the program as it stands.
@Suite(.enabled(if: Program.path != nil)) struct PrintedAnswerTests {
    private static func withCase(_ body: (String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let run = try Program.run(["ingest", BadInputTests.good, "--store", store, "--quiet"])
        #expect(run.status == 0, "\(run.errors)")
        try body(store)
    }

    private static func title(_ command: [String], _ store: String) throws -> String {
        let run = try Program.run(command + ["--store", store])
        #expect(run.status == 0, "\(run.errors)")
        return String(run.output.split(whereSeparator: \.isNewline).first ?? "")
    }

    @Test func `a title names the window to its last digit`() throws {
        try Self.withCase { store in
            let times = ["--from", "2026-03-17T09:01:00.5Z", "--to", "2026-03-17T09:04:00.000001Z"]
            let words = "2026-03-17T09:01:00.5Z to 2026-03-17T09:04:00.000001Z"
            for command in [["top", "client"], ["timeline"], ["findings"]] {
                let title = try Self.title(command + times, store)
                #expect(title.contains(words), "\(title)")
            }
        }
    }

    @Test func `a window of all evidence, asked for as it is printed, counts the same`() throws {
        try Self.withCase { store in
            let title = try Self.title(["top", "client"], store)
            let words = title.split(whereSeparator: { " ,;()".contains($0) }).map(String.init)
            let place = try #require(words.firstIndex(of: "to"))
            let times = ["--from", words[place - 1], "--to", words[place + 1]]
            let all = try Program.run(["top", "client", "--format", "csv", "--store", store])
            let asked = try Program.run(["top", "client", "--format", "csv", "--store", store] + times)
            #expect(asked.output == all.output, "\(title)")
            let last = try Program.run([
                "query", "SELECT max(time) FROM requests", "--format", "csv", "--store", store,
            ])
            let time = try #require(last.output.split(whereSeparator: \.isNewline).last)
            #expect(String(words[place + 1].dropLast()) > time.prefix(19), "\(title)")
        }
    }

    @Test func `ids, ports, statuses and nanoseconds of a table are written as options take them`() throws {
        try Self.withCase { store in
            let sql = "SELECT id, client_port, time_ns, status, bytes_from_client * 1000 AS bytes FROM requests LIMIT 1"
            let machine = try Program.run(["query", sql, "--format", "csv", "--store", store])
            let values = try #require(machine.output.split(whereSeparator: \.isNewline).last).split(separator: ",")
            let people = try Program.run(["query", sql, "--store", store])
            let words = people.output.split(whereSeparator: { $0.isWhitespace })
            for value in values.prefix(4) { #expect(words.contains(value), "\(people.output)") }
            #expect(values[4].count > 3 && !words.contains(values[4]), "\(people.output)")
            let exported = try Program.run(["export", "requests", "--limit", "1", "--store", store])
            #expect(exported.output.contains(values[0]), "\(exported.output)")
        }
    }
}
