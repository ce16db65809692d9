import Foundation
import Testing

/// A stop at any moment of `ingest` is a clean end, and the same command goes on from there.
@Suite(.enabled(if: Program.path != nil), .serialized) struct StopTests {
    /// Starts the program, ends it with a signal, and returns its status; `nil` if it does not end.
    private static func run(_ arguments: [String], stoppedAfter delay: Double) throws -> Int32? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Program.path))
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        Thread.sleep(forTimeInterval: delay)
        kill(process.processIdentifier, SIGTERM)
        for _ in 0..<600 where process.isRunning { Thread.sleep(forTimeInterval: 0.05) }
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            return nil
        }
        return process.terminationStatus
    }

    @Test(arguments: [1, 2]) func `a stop while logs are read ends the run, whatever each thread is at`(jobs: Int)
        throws
    {
        let folder = try Folder()
        defer { folder.remove() }
        let logs = SampleIncidentTests.path("AWSLogs")
        var stopped = 0
        for moment in 0..<24 {
            let store = folder.path("\(moment).db")
            let status = try Self.run(
                ["ingest", logs, "--store", store, "--jobs", "\(jobs)"], stoppedAfter: 0.03 + 0.012 * Double(moment))
            #expect(status != nil, "never ended: stopped at moment \(moment)")
            // Before it listens it ends as every program does.
            if status == 130 { stopped += 1 }
        }
        #expect(stopped > 3)
        let store = folder.path("on.db")
        _ = try Self.run(["ingest", logs, "--store", store], stoppedAfter: 0.15)
        #expect(try Program.run(["ingest", logs, "--store", store, "--quiet"]).status == 0)
        let told = try Program.run([
            "query", "SELECT count(*), min(status), max(status) FROM sources", "--store", store, "--format", "csv",
        ])
        #expect(told.output.split(whereSeparator: \.isNewline).last == "48,complete,complete", "\(told.output)")
    }
}
