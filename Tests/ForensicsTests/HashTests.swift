import Foundation
import Testing

/// `sources --hash` where an input is no longer what was read.
@Suite(.enabled(if: Program.path != nil)) struct HashTests {
    private static func line(_ second: Int) -> String {
        "2026-03-17T09:00:1\(second).000000Z web 192.0.2.1:40000 10.0.9.1:8080 0.001 0.020 0.000 200 200 300 1000 "
            + "\"GET http://www.example.com:80/a HTTP/1.1\" \"curl/8.1\" - -\n"
    }

    @Test func `a file that is gone, or is not as long as it was, is told and has no hash`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let names = ["gone.log", "kept.log", "longer.log"]
        for (index, name) in names.enumerated() { _ = try folder.file("logs/\(name)", Data(Self.line(index).utf8)) }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "--quiet"]).status == 0)
        try FileManager.default.removeItem(atPath: folder.path("logs/gone.log"))
        _ = try folder.file("logs/longer.log", Data((Self.line(2) + Self.line(3)).utf8))
        let run = try Program.run(["sources", "--hash", "--store", store, "--format", "json"])
        #expect(run.status == 66)
        #expect(run.errors.contains("gone.log: is not there any more"), "\(run.errors)")
        #expect(run.errors.contains("longer.log: has "), "\(run.errors)")
        let rows = try Answer.rows(run.output)
        let hashed = rows.filter { $0["sha256"] is String }.compactMap { $0["path"] as? String }
        #expect(rows.count == 3)
        #expect(hashed.count == 1 && hashed.first?.hasSuffix("kept.log") == true, "\(rows)")
        // The file as it was gives what `sha256sum` gives.
        let sum = try Program.tool("sha256sum", [folder.path("logs/kept.log")]).output.prefix(64)
        #expect(rows.contains { $0["sha256"] as? String == String(sum) })
        _ = try folder.file("logs/gone.log", Data(Self.line(0).utf8))
        _ = try folder.file("logs/longer.log", Data(Self.line(2).utf8))
        #expect(try Program.run(["sources", "--hash", "--store", store]).status == 0)
    }

    @Test func `another file of the same length has no hash, and neither has what the report tells of it`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        for index in 0..<2 { _ = try folder.file("logs/\(index).log", Data(Self.line(index).utf8)) }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "--quiet"]).status == 0)
        let other = Data(Self.line(1).replacing("curl/8.1", with: "curl/8.2").utf8)
        #expect(other.count == Self.line(1).utf8.count)
        _ = try folder.file("logs/1.log", other)
        let says = "1.log: is not the file that was read into the case; put the original back"
        let report = try Program.run([
            "report", "--before", "2026-03-17T09:00:05Z/5s", "--during", "2026-03-17T09:00:10Z/5s", "--store", store,
            "--output", folder.path("report.html"),
        ])
        #expect(report.errors.contains(says), "\(report.errors)")
        let run = try Program.run(["sources", "--hash", "--store", store, "--format", "json"])
        #expect(run.status == 65)
        #expect(run.errors.contains(says), "\(run.errors)")
        let rows = try Answer.rows(run.output)
        #expect(rows.map { $0["sha256"] is String } == [true, false], "\(rows)")
        _ = try folder.file("logs/1.log", Data(Self.line(1).utf8))
        #expect(try Program.run(["sources", "--hash", "--store", store]).status == 0)
    }

    @Test func `a case that cannot be written for hashes is told with its status, and the report is made`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        for index in 0..<60 {
            _ = try folder.file("logs/\(index).log", Data((Self.line(index % 9) + Self.line(9)).utf8))
        }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("logs"), "--store", store, "--quiet"]).status == 0)
        // As a full disk does: the write-ahead log cannot grow past 40 KiB.
        func run(_ arguments: String) throws -> Program.Result {
            let program = "'\(Program.path ?? "")'"
            return try Program.tool("bash", ["-c", "trap '' XFSZ; ulimit -f 40; exec \(program) \(arguments)"])
        }
        let hashed = try run("sources --hash --store '\(store)'")
        #expect(hashed.status == 74, "\(hashed.errors)")
        #expect(hashed.errors.hasPrefix("lbforensics: ") && hashed.errors.contains("case.db"), "\(hashed.errors)")
        let windows = "--before 2026-03-17T09:00:10Z/4s --during 2026-03-17T09:00:14Z/5s"
        let report = try run("report \(windows) --store '\(store)' --output - | wc -c")
        #expect(report.errors.contains("hashes that it does not hold are left out"), "\(report.errors)")
        #expect((Int(report.output.filter(\.isNumber)) ?? 0) > 1000, "\(report.output)")
    }
}
