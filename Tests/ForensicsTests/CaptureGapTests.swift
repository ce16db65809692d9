import Foundation
import Testing

/// Files that are missing between others of a rotated capture: their time is no time without traffic.
@Suite(.enabled(if: Program.path != nil)) struct CaptureGapTests {
    private static let second: Int64 = 1_000_000

    /// Writes one request a second for twenty minutes into files of a minute, but for those that are missing.
    private static func write(_ name: (Int) -> String, without missing: Set<Int>, to folder: Folder) throws -> String {
        try FileManager.default.createDirectory(atPath: folder.path("set"), withIntermediateDirectories: true)
        for minute in 0..<20 where !missing.contains(minute) {
            var talks: [SmallCapture.Segment] = []
            for index in minute * 60..<minute * 60 + 60 {
                talks += SmallCapture.talk(
                    client: UInt8(index % 50), port: UInt16(10_000 + index), at: Int64(index) * second)
            }
            _ = try folder.file("set/" + name(minute), SmallCapture.file(talks))
        }
        let store = folder.path("case.db")
        let run = try Program.run(["ingest", folder.path("set"), "--store", store, "--quiet"])
        #expect(run.status == 0, "\(run.errors)")
        return store
    }

    private static func gaps(_ store: String) throws -> [String] {
        let sql = "SELECT from_time || ' ' || to_time FROM coverage WHERE reason = 'suspected-gap' ORDER BY 1"
        let run = try Program.run(["query", sql, "--store", store, "--format", "csv"])
        #expect(run.status == 0, "\(run.errors)")
        return run.output.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
    }

    @Test(arguments: [
        "t.pcap%02d", "t_%05d_20260317090000.pcap",
    ])
    func `time whose files are missing is not counted as covered`(format: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Self.write({ String(format: format, $0) }, without: [12, 13, 14], to: folder)
        // The last packet of minute 11 comes 23 ms after its last request began.
        let gaps = try Self.gaps(store)
        #expect(gaps == ["2026-03-17T09:11:59.023000001Z 2026-03-17T09:15:00.000000000Z"])
        let run = try Program.run([
            "compare", "--before", "2026-03-17T09:00:00Z/10m", "--during", "2026-03-17T09:10:00Z/10m", "--store", store,
            "--format", "json",
        ])
        #expect(run.status == 0, "\(run.errors)")
        let answer = LakeTools.json(run.output)
        let caveats = answer["caveats"] as? [[String: String]] ?? []
        let told = caveats.first { $0["code"] == "missing-files" }?["text"] ?? ""
        #expect(told.contains("2026-03-17T09:11:59Z to 2026-03-17T09:15:00Z"), "\(caveats)")
        #expect(caveats.contains { $0["code"] == "partial-coverage" && $0["text"]?.contains("70 %") == true })
        let sentence = try #require(answer["sentence"] as? String)
        #expect(sentence.contains("did not change"), "\(sentence)")
        let spikes = try Program.run(["spikes", "--store", store])
        #expect(spikes.output.contains("Nothing stands out"), "\(spikes.output)")
    }

    @Test(arguments: [[], [0, 1], [18, 19]] as [Set<Int>])
    func `a set without a hole covers all from its first to its last packet`(missing: Set<Int>) throws {
        let folder = try Folder()
        defer { folder.remove() }
        #expect(try Self.gaps(Self.write({ "t.pcap\($0)" }, without: missing, to: folder)) == [])
    }

    @Test(arguments: [([7], 0), ([7, 8], 1)] as [(Set<Int>, Int)])
    func `a file without a packet is there`(missing: Set<Int>, gaps: Int) throws {
        let folder = try Folder()
        defer { folder.remove() }
        try FileManager.default.createDirectory(atPath: folder.path("set"), withIntermediateDirectories: true)
        _ = try folder.file("set/t.pcap7", SmallCapture.file([]))
        #expect(try Self.gaps(Self.write({ "t.pcap\($0)" }, without: missing, to: folder)).count == gaps)
    }

    @Test func `seconds behind a name, and a number that no tool gives, are none of a sequence`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Self.write(
            { $0 == 19 ? "t.pcap9223372036854775807" : "t.pcap\(1_773_738_000 + $0 * 60)" }, without: [], to: folder)
        #expect(try Self.gaps(store) == [])
    }

    @Test func `numbers that begin again are a ring`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        #expect(try Self.gaps(Self.write({ "t.pcap\(($0 + 13) % 20)" }, without: [], to: folder)) == [])
    }

    @Test func `a file that comes later fills its hole`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = try Self.write({ "t.pcap\($0)" }, without: [7], to: folder)
        #expect(try Self.gaps(store).count == 1)
        let talk = SmallCapture.talk(client: 1, port: 9000, at: 450 * Self.second)
        _ = try folder.file("set/t.pcap7", SmallCapture.file(talk))
        #expect(try Program.run(["ingest", folder.path("set"), "--store", store, "--quiet"]).status == 0)
        #expect(try Self.gaps(store) == [])
    }
}
