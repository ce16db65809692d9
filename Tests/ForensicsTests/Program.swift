import Foundation
import Testing

/// Runs the program itself, as a user would.
enum Program {
    /// Seconds that one run may take: a machine that is busy with others takes minutes for the largest.
    private static let bound: Double = 1800

    /// What a run gave.
    struct Result {
        /// Exit status, or the number of the signal that ended it as a negative number.
        var status: Int
        var output: String
        var errors: String
    }

    /// The binary, which stands beside the tests; `nil` if only the tests were built.
    static let path: String? = {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        let path = folder.appendingPathComponent("lbforensics").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    /// Runs it to its end, or until it is killed.
    ///
    /// - Parameters:
    ///   - input: what standard input gives.
    ///   - delay: seconds after which the process gets SIGKILL.
    ///   - environment: what is added to this process's own.
    static func run(
        _ arguments: [String], input: Data? = nil, killedAfter delay: Double? = nil, environment: [String: String] = [:]
    ) throws -> Result {
        try run(path ?? "", arguments, input: input, killedAfter: delay, environment: environment)
    }

    /// Runs another program, found on the search path.
    static func tool(_ name: String, _ arguments: [String]) throws -> Result {
        try run("/usr/bin/env", [name] + arguments, input: nil, killedAfter: nil)
    }

    private static func run(
        _ executable: String, _ arguments: [String], input: Data?, killedAfter delay: Double?,
        environment: [String: String] = [:]
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        if !environment.isEmpty {
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        }
        // Files, as a pipe that nobody empties would stop the program.
        let folder = try Folder()
        defer { folder.remove() }
        let output = try folder.writable("output")
        let errors = try folder.writable("errors")
        process.standardOutput = output.handle
        process.standardError = errors.handle
        if let input {
            process.standardInput = try FileHandle(forReadingFrom: folder.file("input", input))
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        try process.run()
        if let delay {
            Thread.sleep(forTimeInterval: delay)
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        let status = process.waitForEnd(within: bound)
        return Result(
            status: status,
            output: String(decoding: try Data(contentsOf: output.url), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors.url), as: UTF8.self))
    }
}

/// What the program answers in JSON.
enum Answer {
    /// The rows of an answer of one table.
    static func rows(_ text: String) throws -> [[String: Any]] {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["schema_version"] as? Int == 1)
        return try #require(object["rows"] as? [[String: Any]])
    }
}

/// A folder of a test's own.
struct Folder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("lbforensics-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Writes a file, and the folders on the way to it.
    func file(_ name: String, _ data: Data) throws -> URL {
        let file = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
        return file
    }

    /// Creates an empty file to write to.
    func writable(_ name: String) throws -> (url: URL, handle: FileHandle) {
        let file = try file(name, Data())
        return (file, try FileHandle(forWritingTo: file))
    }
}
