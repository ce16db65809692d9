import ForensicsModel
import Foundation

/// The programs of Wireshark and the captures to compare with, where both are present.
enum Wireshark {
    /// The folder of real captures: `LBFORENSICS_TESTDATA`, or `../shared/data` beside the package.
    static let data: URL? = {
        let manager = FileManager.default
        if let path = ProcessInfo.processInfo.environment["LBFORENSICS_TESTDATA"] {
            return manager.fileExists(atPath: path + "/pcaps") ? URL(fileURLWithPath: path) : nil
        }
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while folder.path != "/", !manager.fileExists(atPath: folder.appendingPathComponent("Makefile").path) {
            folder.deleteLastPathComponent()
        }
        let found = folder.deletingLastPathComponent().appendingPathComponent("shared/data")
        return manager.fileExists(atPath: found.appendingPathComponent("pcaps").path) ? found : nil
    }()

    static let isPresent = data != nil && run("tshark", ["--version"]) != nil && run("mergecap", ["--version"]) != nil

    /// Runs a program and returns what it printed, or `nil` if it is missing or failed.
    static func run(_ program: String, _ arguments: [String]) -> Data? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return nil }
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? output : nil
    }

    /// All captures that Wireshark can read, put into one pcapng file in the order of their paths; a file that ends in
    /// the middle gives the records before its end.
    static func mergedCaptures() -> (path: String, files: [(name: String, packets: Int)])? {
        guard let data, let walk = FileManager.default.enumerator(atPath: data.appendingPathComponent("pcaps").path)
        else { return nil }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("captures-\(UUID().uuidString)")
        guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)) != nil
        else { return nil }
        var parts: [String] = []
        var files: [(name: String, packets: Int)] = []
        for name in walk.compactMap({ $0 as? String }).sorted() {
            let part = folder.appendingPathComponent("\(parts.count).pcapng").path
            let source = data.appendingPathComponent("pcaps").appendingPathComponent(name).path
            _ = run("editcap", ["-F", "pcapng", source, part])
            guard let bytes = FileManager.default.contents(atPath: part) else { continue }
            let packets = CaptureFile(bytes: [UInt8](bytes)).batches(of: .max).reduce(0) { $0 + $1.frames.count }
            if packets > 0 {
                parts.append(part)
                files.append((name, packets))
            }
        }
        let merged = folder.appendingPathComponent("all.pcapng").path
        guard run("mergecap", ["-a", "-F", "pcapng", "-w", merged] + parts) != nil else { return nil }
        return (merged, files)
    }

    /// Runs tshark without reassembly and returns one row of fields a frame.
    static func fields(_ path: String, _ names: [String], _ options: [String]) -> [[Substring]] {
        let arguments = ["-n", "-r", path] + options + ["-T", "fields"] + names.flatMap { ["-e", $0] }
        guard let output = run("tshark", arguments) else { return [] }
        return String(decoding: output, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false)
        }
    }
}
