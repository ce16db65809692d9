import Foundation
import Testing

/// `carve` where the times of packets are not in the order of the files.
@Suite(.enabled(if: Program.path != nil)) struct CarveOrderTests {
    private static let second: Int64 = 1_000_000

    /// Carves a client and tells the connections before and after, with their counts.
    ///
    /// - Parameter notes: what the program said.
    private static func carve(
        _ input: String, _ folder: Folder, _ arguments: [String] = ["--client", "198.51.100.0/24"]
    ) throws -> (original: String, carved: String, packets: Int, notes: String) {
        let (store, file, second) = (folder.path("case.db"), folder.path("carved.pcapng"), folder.path("second.db"))
        let read = try Program.run(["ingest", input, "--store", store, "--quiet"])
        #expect(read.status == 0, "\(read.errors)")
        let run = try Program.run(["carve", "--store", store, "--output", file] + arguments)
        #expect(run.status == 0, "\(run.errors)")
        #expect(try Program.run(["ingest", file, "--store", second, "--quiet"]).status == 0)
        let packets = run.errors.components(separatedBy: "carved.pcapng: ").compactMap { part in
            part.contains(" packets") ? Int(part.prefix { $0.isNumber }) : nil
        }
        return (
            try CarveTests.connections(store, "1"), try CarveTests.connections(second, "1"), packets.first ?? 0,
            run.errors
        )
    }

    @Test func `packets stamped before the first record of their connection are taken`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        var segments: [SmallCapture.Segment] = []
        for index in 0..<10 {
            var talk = SmallCapture.talk(client: UInt8(index), port: 4000, at: Int64(index) * Self.second)
            // The SYN's queue was written after the other's.
            talk.swapAt(0, 1)
            segments += talk
        }
        let input = try folder.file("t.pcap", SmallCapture.file(segments)).path
        let result = try Self.carve(input, folder)
        #expect(result.packets == 80)
        #expect(result.carved == result.original)
    }

    @Test func `a clock that steps back is told, and what follows is taken`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        var segments: [SmallCapture.Segment] = []
        for index in 0..<10 {
            segments += SmallCapture.talk(client: UInt8(index), port: 4000, at: Int64(index) * Self.second)
        }
        // In the middle of the sixth connection the clock is set back by 15 s.
        for index in 44..<80 { segments[index].time -= 15 * Self.second }
        // The time may not be before the beginning.
        for index in segments.indices { segments[index].time += 60 * Self.second }
        let input = try folder.file("t.pcap", SmallCapture.file(segments)).path
        let result = try Self.carve(input, folder)
        #expect(result.packets == 80)
        #expect(result.carved == result.original)
        let sql = "SELECT anomalies FROM sources"
        let anomalies = try Program.run(["query", sql, "--store", folder.path("case.db"), "--format", "csv"])
        #expect(anomalies.output.contains("time-backwards\"\":1"), "\(anomalies.output)")
    }

    /// Two directions that were captured into files of their own: `-C` names make them one set.
    @Test func `files of a set that overlap are merged by time`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try FileManager.default.createDirectory(atPath: folder.path("set"), withIntermediateDirectories: true)
        var segments: [SmallCapture.Segment] = []
        for index in 0..<40 {
            segments += SmallCapture.talk(client: UInt8(index), port: 4000, at: Int64(index) * Self.second)
        }
        _ = try folder.file("set/t.pcap0", SmallCapture.file(segments.filter { !$0.isFromServer }))
        _ = try folder.file("set/t.pcap1", SmallCapture.file(segments.filter(\.isFromServer)))
        for arguments in [["--client", "198.51.100.0/24"], ["--from", "2026-03-17T09:00:00Z"]] {
            try? FileManager.default.removeItem(atPath: folder.path("second.db"))
            let result = try Self.carve(folder.path("set"), folder, arguments)
            #expect(result.packets == 320)
            #expect(result.carved == result.original)
            #expect(!result.notes.contains("vantages"))
        }
    }

    @Test func `packets of several vantages in one file are told`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try FileManager.default.createDirectory(atPath: folder.path("set"), withIntermediateDirectories: true)
        let segments = SmallCapture.talk(client: 1, port: 4000, at: 0)
        _ = try folder.file("set/front.pcap", SmallCapture.file(segments))
        _ = try folder.file(
            "set/back.pcap",
            SmallCapture.file(
                segments.map { segment in
                    var later = segment
                    later.time += 100
                    return later
                }))
        let result = try Self.carve(folder.path("set"), folder)
        #expect(result.packets == 16)
        #expect(result.notes.contains("the packets are of 2 vantages (back.pcap, front.pcap)"), "\(result.notes)")
        try FileManager.default.removeItem(atPath: folder.path("second.db"))
        let one = try Self.carve(folder.path("set"), folder, ["--vantage", "front.pcap", "--client", "198.51.100.1"])
        #expect(one.packets == 8 && !one.notes.contains("vantages"))
    }

    @Test func `a file that changed is in the way of its own connections alone`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try FileManager.default.createDirectory(atPath: folder.path("set"), withIntermediateDirectories: true)
        for file in 0..<3 {
            let talk = SmallCapture.talk(client: UInt8(file), port: 4000, at: Int64(file) * 60 * Self.second)
            _ = try folder.file("set/t.pcap\(file)", SmallCapture.file(talk))
        }
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", folder.path("set"), "--store", store, "--quiet"]).status == 0)
        _ = try folder.file(
            "set/t.pcap1", SmallCapture.file(SmallCapture.talk(client: 9, port: 1, at: 60 * Self.second)))
        func carve(_ client: Int) throws -> Program.Result {
            try Program.run(
                ["carve", "--client", "198.51.100.\(client)", "--store", store, "--output", folder.path("c.pcapng")])
        }
        for client in [0, 2] {
            let run = try carve(client)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains("8 packets of 1 connections from 1 captures"), "\(run.errors)")
        }
        #expect(try carve(1).status == 65)
    }
}
