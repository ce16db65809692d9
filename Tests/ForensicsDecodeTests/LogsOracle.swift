import Foundation
import ForensicsDecode
import ForensicsModel

/// The independent reader of logs in `Tests/Oracles/logs.py`.
enum LogsOracle {
    /// The folder that holds the Makefile or, while there is none, `Tests`.
    static let root: URL? = {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let marks = ["Makefile", "Tests/Oracles"]
            if marks.contains(where: { FileManager.default.fileExists(atPath: folder.appending(path: $0).path) }) {
                return folder
            }
        }
        return nil
    }()

    static let script: URL? = root.map { $0.appending(path: "Tests/Oracles/logs.py") }

    static let python: String? = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Whether the oracle can be asked.
    static var isPresent: Bool {
        python != nil && script.map { FileManager.default.fileExists(atPath: $0.path) } ?? false
    }

    /// The folder of public test logs, if it is there.
    static let data: URL? = {
        let named = ProcessInfo.processInfo.environment["LBFORENSICS_TESTDATA"].map { URL(fileURLWithPath: $0) }
        let beside = root?.deletingLastPathComponent().appending(path: "shared/data")
        return [named, beside].compactMap { $0?.appending(path: "logs") }.first {
            FileManager.default.fileExists(atPath: $0.path)
        }
    }()

    static var hasData: Bool { isPresent && data != nil }

    /// The logs of the public test data with the kind that their folder names.
    static let files: [(path: String, kind: EvidenceKind)] = {
        guard let data else { return [] }
        let folders: [(String, EvidenceKind)] = [
            ("alb", .alb), ("nlb-tls", .nlb), ("clb", .clb), ("alb-conn", .albConnection), ("vpcflow", .vpcFlow),
        ]
        return folders.flatMap { folder, kind in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: data.appending(path: folder).path)) ?? []
            return names.sorted().map { ("\(folder)/\($0)", kind) }
        }
    }()

    /// The decoded bytes of a file of the test data.
    static func bytes(_ path: String) throws -> [UInt8] {
        guard let data else { return [] }
        return try run(["cat", data.appending(path: path).path], input: [])
    }

    /// What the oracle says about each line.
    static func lines(_ log: [UInt8], _ kind: EvidenceKind, _ options: [String] = []) throws -> [[String: String]] {
        let output = try run([kind.name] + options, input: log)
        let decoder = JSONDecoder()
        return try output.split(separator: 0x0A).map { try decoder.decode([String: String].self, from: Data($0)) }
    }

    private static func run(_ arguments: [String], input: [UInt8]) throws -> [UInt8] {
        guard let python, let script else { return [] }
        let folder = FileManager.default.temporaryDirectory.appending(path: "logs-oracle-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (source, target) = (folder.appending(path: "in"), folder.appending(path: "out"))
        try Data(input).write(to: source)
        try Data().write(to: target)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [script.path] + arguments
        process.standardInput = try FileHandle(forReadingFrom: source)
        process.standardOutput = try FileHandle(forWritingTo: target)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw OracleFailure(arguments: arguments) }
        return [UInt8](try Data(contentsOf: target))
    }

    struct OracleFailure: Error { var arguments: [String] }
}
