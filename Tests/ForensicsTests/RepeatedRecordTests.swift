import Foundation
import Testing

/// Logs that hold records of other logs: as files they differ, and what both hold counts twice.
@Suite(.enabled(if: Program.path != nil)) struct RepeatedRecordTests {
    /// The rows of five minutes from one on, each 15 s apart.
    private static func rows(_ minute: Int, node: String) -> String {
        (0..<20).map { index in
            let time = String(format: "2026-03-17T10:%02d:%02d.000000Z", minute + index / 4, index % 4 * 15)
            return "http \(time) app/shop/0a 198.51.100.7:\(1000 + index) 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "
                + "\"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.46.0\" - - - \"-\" \"-\" \"-\" 0 \(time) \"forward\" "
                + "\"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\" TID_1 \"-\" \"-\" \"-\" \(node)\n"
        }.joined()
    }

    private static func object(_ end: Int, _ node: String) -> String {
        let time = String(format: "20260317T10%02dZ", end)
        return "123456789012_elasticloadbalancing_us-east-1_app.shop.0a_\(time)_\(node)_ab.log"
    }

    private static func ingest(_ inputs: [String], _ folder: Folder) throws -> String {
        let run = try Program.run(["ingest"] + inputs.map(folder.path) + ["--store", folder.path("case.db")])
        #expect(run.status == 0, "\(run.errors)")
        return run.errors
    }

    private static func marks(_ folder: Folder) throws -> [String] {
        let sql = """
            SELECT s.path || ' ' || c.from_time || ' ' || c.to_time FROM coverage c JOIN sources s ON s.id = c.source_id
            WHERE c.reason = 'repeated-records' ORDER BY 1
            """
        let run = try Program.run(["query", sql, "--store", folder.path("case.db"), "--format", "csv"])
        return run.output.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
    }

    private static func withObjects(_ body: (Folder, [String]) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        var names: [String] = []
        for node in ["10.0.2.5", "10.0.2.6"] {
            for end in [5, 10, 15] {
                names.append(object(end, node))
                _ = try folder.file(names[names.count - 1], Data(rows(end - 5, node: node).utf8))
            }
        }
        try body(folder, names)
    }

    @Test(arguments: [false, true])
    func `a merged copy beside its originals is told, in any order of ingesting`(isLater: Bool) throws {
        try Self.withObjects { folder, names in
            let merged = Self.rows(5, node: "10.0.2.5") + Self.rows(10, node: "10.0.2.5")
            _ = try folder.file("merged.log", Data(merged.utf8))
            if isLater { #expect(!(try Self.ingest(names, folder)).contains("as well")) }
            let notes = try Self.ingest(names + ["merged.log"], folder)
            #expect(notes.contains("merged.log: holds records that "), "\(notes)")
            let marks = try Self.marks(folder)
            #expect(marks.count == 1)
            #expect(
                marks.first?.hasSuffix(
                    "merged.log 2026-03-17T10:05:00.000000000Z 2026-03-17T10:14:45.000000001Z") == true, "\(marks)")
            let run = try Program.run([
                "compare", "--before", "2026-03-17T10:00:00Z/5m", "--during", "2026-03-17T10:05:00Z/5m", "--store",
                folder.path("case.db"), "--format", "json",
            ])
            let caveats = LakeTools.json(run.output)["caveats"] as? [[String: String]] ?? []
            let text = caveats.first { $0["code"] == "repeated-records" }?["text"] ?? ""
            #expect(text.contains("merged.log"), "\(run.output.prefix(500)) \(run.errors)")
            // Again: nothing is new, and nothing is lost.
            _ = try Self.ingest(names + ["merged.log"], folder)
            #expect(try Self.marks(folder) == marks)
        }
    }

    @Test func `a cut download beside the whole is told`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let whole = Self.rows(0, node: "10.0.2.5")
        _ = try folder.file("shop.log", Data(whole.utf8))
        _ = try folder.file("shop(1).log", Data(whole.prefix(3000).utf8))
        let run = try Program.run([
            "ingest", folder.path("shop.log"), folder.path("shop(1).log"), "--max-rejects", "50", "--store",
            folder.path("case.db"),
        ])
        #expect(run.errors.contains("holds records that "), "\(run.errors)")
        #expect(try Self.marks(folder).count == 1)
    }

    @Test func `logs of other nodes, and of another time, repeat nothing`() throws {
        try Self.withObjects { folder, names in
            // The same times and clients: the node tells them apart.
            _ = try folder.file("other.log", Data(Self.rows(0, node: "10.0.2.7").utf8))
            _ = try folder.file("later.log", Data(Self.rows(20, node: "10.0.2.5").utf8))
            let notes = try Self.ingest(names + ["other.log", "later.log"], folder)
            #expect(!notes.contains("holds records"), "\(notes)")
            #expect(try Self.marks(folder) == [])
        }
    }

    @Test func `that more logs cover one time than are compared is said`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try FileManager.default.createDirectory(atPath: folder.path("logs"), withIntermediateDirectories: true)
        let lines = Self.rows(0, node: "10.0.2.5").split(separator: "\n")
        // Of n logs each with each other: n (n - 1) / 2 pairs, of which 2^20 are looked at.
        for number in 0..<1_450 {
            let rows = [lines[0], lines[19]].map { $0.replacingOccurrences(of: "TID_1", with: "TID_\(number)") + "\n" }
            _ = try folder.file("logs/part-\(number).log", Data(rows.joined().utf8))
        }
        let notes = try Self.ingest(["logs"], folder)
        #expect(notes.contains("more logs cover the same time than are compared"), "\(notes.suffix(500))")
    }
}
