import Foundation
import Testing

/// Findings of logs go on from object to object: AWS writes one for each node and five minutes.
@Suite(.enabled(if: Program.path != nil, "the program is not built"))
struct JoinedFindingsTests {
    private static func line(_ second: Int, status: Int, target: String = "10.0.0.1:80") -> String {
        let time = String(format: "2025-11-03T10:%02d:%02d.000000Z", second / 60 % 60, second % 60)
        return
            "http \(time) app/web/0123456789abcdef 192.0.2.1:1234 \(target) 0.001 0.002 0.000 \(status) \(status) 10 20 "
            + "\"GET http://a.example:80/ HTTP/1.1\" \"x\" - -\n"
    }

    /// Writes an object of a node; the name ends its five minutes.
    private static func write(_ lines: [String], _ folder: Folder, node: Int, end: String) throws {
        let name =
            "123456789012_elasticloadbalancing_us-east-1_app.web.0123456789abcdef_20251103T\(end)Z_10.0.0.\(node)_ab.log"
        try FileManager.default.createDirectory(atPath: folder.path("logs"), withIntermediateDirectories: true)
        try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: folder.path("logs/\(name)")))
    }

    /// A minute of 404 through two nodes, and ten minutes of 503 through two nodes.
    private static func writeIncident(_ folder: Folder) throws {
        for node in 1...2 {
            for (half, end) in ["1005", "1010"].enumerated() {
                let errors = stride(from: half * 300, to: half * 300 + 300, by: 20).map {
                    line($0 + node, status: 503)
                }
                let missing = half == 0 ? (0..<15).map { line($0 * 2 + node, status: 404) } : []
                try write((missing + errors).sorted(), folder, node: node, end: end)
            }
        }
    }

    private static func ingest(_ inputs: [String], _ store: String, _ options: [String] = []) throws {
        let result = try Program.run(["ingest", "-q", "--store", store] + options + inputs)
        #expect(result.status == 0, "\(result.errors)")
    }

    private static func export(_ view: String, _ store: String) throws -> String {
        let result = try Program.run(["export", view, "--store", store, "--format", "csv"])
        #expect(result.status == 0, "\(result.errors)")
        return result.output
    }

    @Test func `an episode is one, through whatever nodes and objects it was seen`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try Self.writeIncident(folder)
        let store = folder.path("case.db")
        try Self.ingest([folder.path("logs")], store)
        let found = try Program.run([
            "query", "SELECT \"check\", count, subject FROM findings ORDER BY 1", "--store", store, "--format", "csv",
        ])
        #expect(
            found.output.split(whereSeparator: \.isNewline).dropFirst() == [
                "http-4xx,30,192.0.2.1", "http-5xx-target,60,10.0.0.1:80",
                "load-balancer-type,90,Application Load Balancer",
            ])
    }

    @Test func `findings do not depend on the order in which logs came, nor on jobs`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try Self.writeIncident(folder)
        let logs = try FileManager.default.contentsOfDirectory(atPath: folder.path("logs")).sorted().map {
            folder.path("logs/\($0)")
        }
        let whole = folder.path("whole.db")
        try Self.ingest(logs, whole, ["--jobs", "4"])
        let apart = folder.path("apart.db")
        for log in logs.reversed() { try Self.ingest([log], apart, ["--jobs", "1"]) }
        for view in ["findings", "evidence"] {
            #expect(try Self.export(view, apart) == Self.export(view, whole))
        }
        // Again, with nothing new.
        let before = try Self.export("findings", whole)
        try Self.ingest(logs, whole)
        #expect(try Self.export("findings", whole) == before)
    }

    @Test func `a log that grows takes its findings along`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        try Self.write((0..<15).map { Self.line($0, status: 404) }, folder, node: 1, end: "1005")
        try Self.ingest([folder.path("logs")], store)
        #expect(try !Self.export("findings", store).contains("http-4xx"))
        try Self.write((0..<25).map { Self.line($0, status: 404) }, folder, node: 1, end: "1005")
        try Self.ingest([folder.path("logs")], store)
        let findings = try Self.export("findings", store).split(whereSeparator: \.isNewline)
        #expect(findings.filter { $0.contains("http-4xx") }.count == 1)
        #expect(findings.filter { $0.contains("load-balancer-type") }.count == 1)
    }
}
