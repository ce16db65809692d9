import Foundation
import Testing

/// Captures that keep their last packets in one folder.
@Suite(
    .enabled(if: Program.path != nil),
    .disabled(if: ReplayNetwork.obstacle != nil, "\(ReplayNetwork.obstacle ?? "")"), .serialized)
struct SharedRingTests {
    private static let budget = 1 << 20

    /// Files of rings by the run that their names tell, with their sizes.
    private static func runs(_ folder: Folder) throws -> [String: [String: Int]] {
        var runs: [String: [String: Int]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("logs")) where name.hasSuffix("ng")
        {
            let run = String(name.prefix { $0 != "_" })
            runs[run, default: [:]][name] = try Data(contentsOf: URL(fileURLWithPath: folder.path("logs/\(name)")))
                .count
        }
        return runs
    }

    private static func capture(_ port: Int, _ network: ReplayNetwork, _ folder: Folder) throws -> Process {
        try network.start(
            try #require(Program.path),
            [
                "capture", "-i", "v1", "-s", "1", "--filter", "tcp port \(port)", "-l", folder.path("logs"), "--ring",
                "1M",
            ], output: folder.url.appendingPathComponent("log\(port)"))
    }

    /// Packets of 1054 bytes to some ports, 0.7 of the budget for each.
    private static func traffic(_ ports: [Int]) -> Data {
        let text = String(repeating: "x", count: 1000)
        return ReplaySegment.capture(
            ports.flatMap { port in
                (0..<700).map { number in
                    ReplaySegment(
                        Double(number) * 0.0005, from: (1, 40_000), to: (2, port), ReplaySegment.acknowledgment,
                        (1 + number * 1000, 1), text)
                }
            })
    }

    @Test func `two captures on one interface keep each its own packets, as many as each is allowed`() throws {
        let network = try ReplayNetwork("rings")
        let folder = try Folder()
        defer { folder.remove() }
        func replay(_ ports: [Int]) throws {
            let file = try folder.file("traffic.pcap", Self.traffic(ports))
            try network.run("tcpreplay", ["-q", "-i", "v0", file.path])
            try network.settle()
        }
        let first = try Self.capture(8080, network, folder)
        try CaptureReplayTests.wait(for: "capturing on v1", in: folder.url.appendingPathComponent("log8080"))
        try replay([8080])
        // The next run is another second's.
        Thread.sleep(forTimeInterval: 1.1)
        let second = try Self.capture(9090, network, folder)
        try CaptureReplayTests.wait(for: "capturing on v1", in: folder.url.appendingPathComponent("log9090"))
        for ports in [[9090], [8080, 9090], [9090], [9090]] { try replay(ports) }
        for capture in [first, second] { #expect(capture.waitForEnd(signal: SIGTERM) == 0) }
        for port in [8080, 9090] {
            let said = try String(contentsOfFile: folder.path("log\(port)"), encoding: .utf8)
            #expect(!said.contains("Ring  ") && !said.contains("evidence"), "\(said)")
        }
        let runs = try Self.runs(folder)
        #expect(runs.count == 2, "\(runs)")
        for (run, files) in runs {
            let size = files.values.reduce(0, +)
            #expect(size <= Self.budget && size > Self.budget * 6 / 8, "\(run) \(size)")
            let numbers = files.keys.compactMap { Int($0.dropFirst(run.count + 1).prefix(6)) }.sorted()
            #expect(numbers == Array(numbers[0]..<(numbers[0] + numbers.count)), "\(run) \(numbers)")
        }
    }

    @Test func `what a capture that has ended left makes room for the next`() throws {
        let network = try ReplayNetwork("after")
        let folder = try Folder()
        defer { folder.remove() }
        for _ in 0..<3 {
            let capture = try Self.capture(8080, network, folder)
            let log = folder.url.appendingPathComponent("log8080")
            try CaptureReplayTests.wait(for: "capturing on v1", in: log)
            let file = try folder.file("traffic.pcap", Self.traffic([8080]))
            try network.run("tcpreplay", ["-q", "-i", "v0", file.path])
            #expect(try CaptureReplayTests.end(capture, on: network) == 0)
        }
        let size = try Self.runs(folder).values.reduce(0) { $0 + $1.values.reduce(0, +) }
        #expect(size <= Self.budget && size > Self.budget * 6 / 8, "\(size)")
    }

    @Test func `captures that begin at the same moment are different runs`() throws {
        let network = try ReplayNetwork("moment")
        let folder = try Folder()
        defer { folder.remove() }
        let captures = try [8080, 9090, 7070].map { try Self.capture($0, network, folder) }
        for port in [8080, 9090, 7070] {
            try CaptureReplayTests.wait(for: "capturing on v1", in: folder.url.appendingPathComponent("log\(port)"))
        }
        let file = try folder.file("traffic.pcap", Self.traffic([8080, 9090]))
        try network.run("tcpreplay", ["-q", "-i", "v0", file.path])
        try network.settle()
        for capture in captures { #expect(capture.waitForEnd(signal: SIGTERM) == 0) }
        let runs = try Self.runs(folder)
        // One saw nothing, and leaves no file.
        #expect(runs.count == 2, "\(runs)")
        for (run, files) in runs { #expect(files.values.reduce(0, +) > 700 * 1054, "\(run) \(files)") }
    }
}
