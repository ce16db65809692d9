import Foundation
import ForensicsDecode
import ForensicsModel
import ForensicsTrack

/// The shared test data, where it is at hand.
enum Evidence {
    /// The folder that LBFORENSICS_TESTDATA names, or `../shared/data` beside the package; `nil` if there is none.
    static let root: String? = {
        if let path = ProcessInfo.processInfo.environment["LBFORENSICS_TESTDATA"] { return path }
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Makefile").path) {
                let data = folder.deletingLastPathComponent().appendingPathComponent("shared/data").path
                return FileManager.default.fileExists(atPath: data) ? data : nil
            }
        }
        return nil
    }()

    static var isThere: Bool { root != nil }

    /// The decoded bytes of a file; gzip and zstd are taken off by the programs of that name.
    static func read(_ path: String) -> [UInt8] {
        let full = (root ?? "") + "/" + path
        guard let data = FileManager.default.contents(atPath: full) else { return [] }
        if data.starts(with: [0x1F, 0x8B]) { return output("gzip", ["-dcq", full]) }
        if data.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return output("zstd", ["-dcq", full]) }
        return [UInt8](data)
    }

    /// The rows of a table of truth, by column name.
    static func table(_ name: String) -> [[String: String]] {
        let text = String(decoding: read("truth/" + name), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
        guard let head = lines.first else { return [] }
        let columns = head.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        return lines.dropFirst().map { line in
            let values = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Dictionary(zip(columns, values), uniquingKeysWith: { first, _ in first })
        }
    }

    /// Decodes the frames of a capture.
    static func packets(_ bytes: [UInt8], source: UInt32 = 1) -> [PacketBatch] {
        var tally = LedgerTally()
        var fragments = FragmentTable()
        return CaptureReader.read(bytes, source: source).map { frames in
            var batch = PacketBatch()
            PacketDecoder.decode(frames, into: &batch, tally: &tally)
            fragments.reassemble(&batch, tally: &tally)
            return batch
        }
    }

    static func output(_ program: String, _ arguments: [String]) -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return [] }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return [UInt8](data)
    }
}
