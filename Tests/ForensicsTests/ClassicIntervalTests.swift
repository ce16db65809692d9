import Forensics
import ForensicsModel
import ForensicsStore
import Foundation
import Testing

/// What the log objects of a Classic Load Balancer cover: the last five minutes before their names' times, or the last hour.
@Suite struct ClassicIntervalTests {
    /// Writes an object of a node for each time, with records at some minutes and seconds of the day.
    private static func folder(_ objects: [(end: String, node: String, records: [String])]) throws -> URL {
        let folder = try Folder().url.appendingPathComponent("logs")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for object in objects {
            let name = "123456789012_elasticloadbalancing_us-east-1_my-lb_20251103T\(object.end)Z_\(object.node)_ab.log"
            let lines = object.records.map { time in
                "2025-11-03T\(time).000000Z my-lb 192.0.2.1:1234 10.0.0.1:80 0.0001 0.002 0.0001 200 200 10 20 "
                    + "\"GET http://a.example:80/ HTTP/1.1\" \"x\" - -\n"
            }
            try Data(lines.joined().utf8).write(to: folder.appendingPathComponent(name))
        }
        return folder
    }

    private static func ingest(_ folders: [URL], into store: String, _ from: String? = nil) throws {
        var request = IngestRequest(store: store, inputs: folders.map(\.path))
        request.from = from
        if from != nil { request.to = "2025-11-03T23:00:00Z" }
        _ = try request.run(note: { _ in }, progress: { _ in })
    }

    /// From when to when each object covers, and the gaps, `HH:MM:SS-HH:MM:SS`.
    private static func coverage(_ store: String) throws -> (covered: [String], gaps: [String]) {
        let rows = try CaseStore(path: store, access: .readOnly).coverage()
        let text = { (row: Coverage) in
            [row.from, row.to].map { $0.map { String(RFC3339.secondsString($0).dropFirst(11).prefix(8)) } ?? "" }
                .joined(separator: "-")
        }
        return (
            rows.filter { $0.reason == nil }.map(text), rows.filter { $0.reason == "suspected-gap" }.map(text)
        )
    }

    private static func covered(
        _ objects: [(end: String, node: String, records: [String])]
    ) throws -> (covered: [String], gaps: [String]) {
        let folder = try folder(objects)
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        try ingest([folder], into: folder.path + ".db")
        return try coverage(folder.path + ".db")
    }

    @Test func `objects five minutes apart hold five minutes each`() throws {
        let result = try Self.covered([
            ("1005", "10.0.0.9", ["10:00:10", "10:04:50"]), ("1010", "10.0.0.9", ["10:05:10"]),
            ("1015", "10.0.0.9", ["10:10:00"]),
        ])
        #expect(result.covered == ["10:00:00-10:05:00", "10:05:00-10:10:00", "10:10:00-10:15:00"])
        #expect(result.gaps == [])
    }

    @Test func `an interval of five minutes without an object is a suspected gap`() throws {
        let result = try Self.covered([
            ("1005", "10.0.0.9", ["10:00:10"]), ("1015", "10.0.0.9", ["10:10:20"]), ("1020", "10.0.0.9", ["10:15:20"]),
        ])
        #expect(result.gaps == ["10:05:00-10:10:00"])
    }

    @Test func `objects an hour apart hold an hour each, whatever minutes of it had traffic`() throws {
        let result = try Self.covered([
            ("1000", "10.0.0.9", ["09:10:00"]), ("1100", "10.0.0.9", ["10:58:00"]), ("1300", "10.0.0.9", ["12:30:00"]),
        ])
        #expect(result.covered == ["09:00:00-10:00:00", "10:00:00-11:00:00", "12:00:00-13:00:00"])
        #expect(result.gaps == ["11:00:00-12:00:00"])
    }

    @Test func `an object alone tells by its records`() throws {
        #expect(try Self.covered([("1005", "10.0.0.9", ["10:01:00", "10:04:00"])]).covered == ["10:00:00-10:05:00"])
        #expect(try Self.covered([("1005", "10.0.0.9", ["09:30:00", "10:04:00"])]).covered == ["09:05:00-10:05:00"])
        // A request that took two minutes came in before the interval in which it was logged.
        #expect(try Self.covered([("1005", "10.0.0.9", ["09:58:30", "10:04:00"])]).covered == ["09:58:30-10:05:00"])
    }

    @Test func `nodes have the interval of their load balancer`() throws {
        let result = try Self.covered([
            ("1005", "10.0.0.8", ["10:00:10"]), ("1010", "10.0.0.8", ["10:05:10"]),
            // Alone it would be one of an hour, quiet until 09:40.
            ("1010", "10.0.0.9", ["09:40:00"]),
        ])
        #expect(result.covered == ["10:00:00-10:05:00", "10:05:00-10:10:00", "09:40:00-10:10:00"])
    }

    @Test func `the order of ingesting changes nothing`() throws {
        let first = try Self.folder([("1000", "10.0.0.9", ["09:57:00"])])
        let second = try Self.folder([("1100", "10.0.0.9", ["10:10:00"])])
        let third = try Self.folder([("1105", "10.0.0.9", ["11:01:00"])])
        let all = [first, second, third]
        defer { for folder in all { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) } }
        let store = first.path + ".db"
        try Self.ingest([first], into: store)
        #expect(try Self.coverage(store).covered == ["09:55:00-10:00:00"])
        try Self.ingest([second], into: store)
        #expect(try Set(Self.coverage(store).covered) == ["09:00:00-10:00:00", "10:00:00-11:00:00"])
        try Self.ingest([third], into: store)
        let once = second.path + ".db"
        try Self.ingest(all.reversed(), into: once)
        let expected: Set = ["09:55:00-10:00:00", "10:10:00-11:00:00", "11:00:00-11:05:00"]
        for store in [store, once] { #expect(try Set(Self.coverage(store).covered) == expected) }
    }

    @Test func `nothing is covered outside of the time that was asked for`() throws {
        let folder = try Self.folder([
            ("1000", "10.0.0.9", ["09:57:00"]), ("1100", "10.0.0.9", ["10:10:00", "10:20:00"]),
        ])
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        try Self.ingest([folder], into: folder.path + ".db", "2025-11-03T10:15:00Z")
        #expect(try Self.coverage(folder.path + ".db").covered == ["10:15:00-11:00:00"])
    }
}
