import Forensics
import ForensicsModel
import ForensicsStore
import Foundation
import Testing

/// Logs that are not opened, and logs that are not there.
@Suite struct LogPruningTests {
    /// A folder with an object of one node for each interval that ends at a time, and one line in each.
    private static func folder(_ ends: [String]) throws -> URL {
        let folder = try Folder().url.appendingPathComponent("logs")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for end in ends {
            let hour = end.prefix(2)
            let minute = (Int(end.suffix(2)) ?? 0) - 2
            let name =
                "123456789012_elasticloadbalancing_us-east-1_app.web.0123456789abcdef_20251103T\(end)Z_10.0.0.10_ab.log"
            let line =
                "http 2025-11-03T\(hour):\(minute < 10 ? "0" : "")\(minute):00.000000Z app/web/0123456789abcdef "
                + "192.0.2.1:1234 10.0.0.1:80 0.001 0.002 0.000 200 200 10 20 \"GET http://a.example:80/ HTTP/1.1\" \"x\" - -\n"
            try Data(line.utf8).write(to: folder.appendingPathComponent(name))
        }
        return folder
    }

    private static func ingest(_ folder: URL, _ change: (inout IngestRequest) -> Void = { _ in }) throws -> [String] {
        var request = IngestRequest(store: folder.path + ".db", inputs: [folder.path])
        change(&request)
        let notes = Notes()
        _ = try request.run(note: { notes.lines.append($0) }, progress: { _ in })
        return notes.lines
    }

    private final class Notes { var lines: [String] = [] }

    @Test func `logs whose names lie outside of the time asked for are listed and not read`() throws {
        let folder = try Self.folder(["1005", "1010", "1015", "1020", "1025", "1030"])
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let change = { (request: inout IngestRequest) in
            request.from = "2025-11-03T10:15:00Z"
            request.to = "2025-11-03T10:20:00Z"
        }
        // An unreadable name would be a problem if it were opened.
        let first = folder.appendingPathComponent(
            "123456789012_elasticloadbalancing_us-east-1_app.web.0123456789abcdef_20251103T0905Z_10.0.0.10_ab.log")
        try Data([0x1F, 0x8B, 8, 0, 1]).write(to: first)
        let notes = try Self.ingest(folder, change)
        #expect(notes.count == 1)
        #expect(notes.first?.hasPrefix("4 files left unread") == true)
        let sources = try CaseStore(path: folder.path + ".db", access: .readOnly).sources()
        // An interval of slack: the neighbours of the window are read, and their lines counted as out of range.
        #expect(
            sources.map(\.status) == [.skipped, .skipped, .skipped, .complete, .complete, .complete, .skipped])
        #expect(sources.map(\.records) == [0, 0, 0, 1, 1, 1, 0])
        #expect(sources.reduce(0) { $0 + $1.accepted } == 1)
        // Again: nothing is new.
        #expect(try Self.ingest(folder, change).isEmpty)
    }

    @Test func `an interval without a log between others is a suspected gap of its node`() throws {
        let folder = try Self.folder(["1005", "1010", "1025"])
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        _ = try Self.ingest(folder)
        let store = try CaseStore(path: folder.path + ".db", access: .readOnly)
        let gaps = try store.coverage().filter { $0.reason != nil }
        #expect(gaps.count == 1)
        #expect(gaps.first?.reason == "suspected-gap")
        #expect(gaps.first?.loadBalancer == "app/web/0123456789abcdef")
        #expect(gaps.first?.node == "10.0.0.10")
        #expect(gaps.first?.from == RFC3339.parse("2025-11-03T10:10:00Z"))
        #expect(gaps.first?.to == RFC3339.parse("2025-11-03T10:20:00Z"))
    }

    @Test func `a gap that is filled later is no gap`() throws {
        let folder = try Self.folder(["1005", "1015"])
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        _ = try Self.ingest(folder)
        let other = try Self.folder(["1010"])
        defer { try? FileManager.default.removeItem(at: other.deletingLastPathComponent()) }
        _ = try Self.ingest(folder) { $0.inputs.append(other.path) }
        let store = try CaseStore(path: folder.path + ".db", access: .readOnly)
        #expect(try store.coverage().allSatisfy { $0.reason == nil })
    }
}
