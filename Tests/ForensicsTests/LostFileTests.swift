import Foundation
import Testing

/// What `capture` writes to and somebody removes, or moves away, while it runs.
@Suite(
    .enabled(if: Program.path != nil),
    .disabled(if: ReplayNetwork.obstacle != nil, "\(ReplayNetwork.obstacle ?? "")"), .serialized)
struct LostFileTests {
    private static func errors(_ port: Int) -> [ReplaySegment] {
        ReplaySegment.conversation(port, at: 0, answeredAfter: 0.01, status: "500 Broken")
    }

    /// What a capture says that runs meanwhile, and its status.
    private static func told(_ run: LiveCountTests.Run) throws -> (status: Int, said: String) {
        let status = try CaptureReplayTests.end(run.capture, on: run.network)
        return (status, try String(contentsOf: run.log, encoding: .utf8))
    }

    @Test func `log and ring go on in a folder that was removed, and what went with it is counted`() throws {
        let run = try LiveCountTests.Run("nologs", ["--ring", "1M"])
        try run.replay(Self.errors(1))
        Wait.until("a line of the first error") { (try? run.lines.count) == 1 }
        try FileManager.default.removeItem(atPath: run.folder.path("logs"))
        for part in ["log: was removed, and 1 line ", "files of the ring were removed, and 7 packets"] {
            try CaptureReplayTests.wait(for: part, in: run.log)
        }
        try run.replay(Self.errors(2))
        let (status, said) = try Self.told(run)
        #expect(status == 0, "\(said)")
        #expect(try run.lines.count == 1, "\(said)")
        #expect(
            said.contains("Log            1 line lost: the log file could not be written, or was removed"), "\(said)")
        // All packets of the first connection.
        #expect(
            said.contains("Ring           7 packets lost: the ring could not be written, or was removed"), "\(said)")
        let kept = try FileManager.default.contentsOfDirectory(atPath: run.folder.path("logs")).filter {
            $0.hasSuffix(".pcapng")
        }
        #expect(kept.count == 1, "\(kept)")
        #expect(try run.answer("SELECT count(*) FROM requests") == ["2"])
    }

    @Test(arguments: [true, false])
    func `a case that is gone is told at once, and the capture ends with the error`(isMoved: Bool) throws {
        let run = try LiveCountTests.Run("nocase\(isMoved)", [])
        let store = run.folder.path("c.db")
        try run.replay(Self.errors(1))
        try Wait.until("the first request in the case") { try run.answer("SELECT count(*) FROM requests") == ["1"] }
        if isMoved {
            try FileManager.default.moveItem(atPath: store, toPath: run.folder.path("moved.db"))
        } else {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: store + suffix) }
        }
        try CaptureReplayTests.wait(for: "c.db: was removed or moved away while it was written", in: run.log)
        try run.replay(Self.errors(2))
        Wait.until("two lines") { (try? run.lines.count) == 2 }
        let (status, said) = try Self.told(run)
        #expect(status == 74, "\(said)")
        #expect(said.contains("Case           not written any more"), "\(said)")
        #expect(!said.contains("not SQLite") && !FileManager.default.fileExists(atPath: store), "\(said)")
        // What is moved is whole as far as it goes, and nothing of it is left behind for a new case to trip over.
        if isMoved { #expect(try run.answer("SELECT count(*) FROM requests", store: "moved.db") == ["1"]) }
        for suffix in ["-wal", "-shm", "-lock"] {
            #expect(!FileManager.default.fileExists(atPath: store + suffix), "\(suffix)")
        }
    }

    @Test func `evidence that is read into a case that is removed meanwhile is not told as read`() throws {
        var ends: [(status: Int, said: String)] = []
        // On a machine that stands still the program may be done before anybody removes anything.
        while ends.count < 8, ends.last?.status != 74 {
            let folder = try Folder()
            defer { folder.remove() }
            let store = folder.path("case.db")
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try #require(Program.path))
            process.arguments = ["ingest", SampleIncidentTests.path("AWSLogs"), "--store", store]
            let output = try folder.writable("output")
            process.standardOutput = output.handle
            process.standardError = output.handle
            process.standardInput = FileHandle.nullDevice
            try process.run()
            Wait.until("the case is open") { FileManager.default.fileExists(atPath: store + "-shm") }
            try FileManager.default.removeItem(atPath: store)
            ends.append((process.waitForEnd(), try String(contentsOf: output.url, encoding: .utf8)))
        }
        #expect(
            ends.last?.status == 74 && ends.last?.said.contains("case.db: was removed or moved away") == true, "\(ends)"
        )
    }
}
