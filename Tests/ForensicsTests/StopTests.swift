import Foundation
import Testing

/// A stop at any moment of `ingest` is a clean end, and the same command goes on from there.
@Suite(.enabled(if: Program.path != nil), .serialized) struct StopTests {
    /// Starts an ingest and ends it with a signal.
    ///
    /// - Parameters:
    ///   - isEarly: whether the delay counts from the start of the program, not from when it has made its case.
    ///   - delay: seconds; `nil` to let it run to its end.
    /// - Returns: its status, and the seconds from when it had made its case to its end.
    private static func run(
        _ arguments: [String], store: String, isEarly: Bool = false, stoppedAfter delay: Double?
    ) throws -> (status: Int, seconds: Double) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Program.path))
        process.arguments = ["ingest"] + arguments + ["--store", store]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        if !isEarly {
            Wait.until("a case") { FileManager.default.fileExists(atPath: store) || !process.isRunning }
        }
        let begun = ContinuousClock.now
        if let delay { Thread.sleep(forTimeInterval: delay) }
        let status = process.waitForEnd(signal: delay == nil ? nil : SIGTERM)
        return (status, (ContinuousClock.now - begun) / .seconds(1))
    }

    @Test(arguments: [1, 2]) func `a stop while logs are read ends the run, whatever each thread is at`(jobs: Int)
        throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        let logs = SampleIncidentTests.path("AWSLogs")
        let arguments = [logs, "--jobs", "\(jobs)"]
        var (status, shortest) = try Self.run(arguments, store: folder.path("whole.db"), stoppedAfter: nil)
        #expect(status == 0)
        // Before it listens it ends as every program does.
        for moment in 0..<4 {
            let store = folder.path("early\(moment).db")
            let early = try Self.run(arguments, store: store, isEarly: true, stoppedAfter: 0.01 * Double(moment))
            #expect([-Int(SIGTERM), 130, 0].contains(early.status), "\(early.status)")
        }
        var stopped = 0
        for moment in 0..<20 {
            let store = folder.path("\(moment).db")
            let run = try Self.run(arguments, store: store, stoppedAfter: shortest * Double(moment) / 20)
            #expect(run.status == 130 || run.status == 0, "stopped at moment \(moment): \(run.status)")
            // A machine is not always equally fast: the time that a run takes is that of the shortest so far.
            if run.status == 130 { stopped += 1 } else { shortest = min(shortest, run.seconds) }
        }
        #expect(stopped > 3)
        let store = folder.path("on.db")
        _ = try Self.run([logs], store: store, stoppedAfter: shortest / 2)
        #expect(try Program.run(["ingest", logs, "--store", store, "--quiet"]).status == 0)
        let told = try Program.run([
            "query", "SELECT count(*), min(status), max(status) FROM sources", "--store", store, "--format", "csv",
        ])
        #expect(told.output.split(whereSeparator: \.isNewline).last == "48,complete,complete", "\(told.output)")
    }
}
