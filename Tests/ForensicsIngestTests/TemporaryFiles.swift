import Foundation

/// A folder that lives as long as the test that made it.
final class TemporaryFiles {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "lbforensics-ingest-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, and the folders on the way to it, and returns its path.
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = path + "/" + name
        let folder = (file as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// The real captures and logs, if this machine has them.
enum TestData {
    /// The folder named by LBFORENSICS_TESTDATA, or the one beside the package.
    static let folder: String? = {
        if let named = ProcessInfo.processInfo.environment["LBFORENSICS_TESTDATA"] { return existing(named) }
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<8 {
            folder.deleteLastPathComponent()
            let beside = folder.deletingLastPathComponent().appendingPathComponent("shared/data").path
            if let found = existing(beside) { return found }
        }
        return nil
    }()

    static var isPresent: Bool { folder != nil }

    static func bytes(_ path: String) -> [UInt8]? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return [UInt8](data)
    }

    private static func existing(_ path: String) -> String? {
        FileManager.default.fileExists(atPath: path + "/truth/pcap_truth.tsv") ? path : nil
    }
}
