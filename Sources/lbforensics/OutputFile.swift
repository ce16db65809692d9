import Forensics
import Foundation

/// Where a command's data goes: standard output or the file of `--output`.
final class OutputFile {
    private let handle: FileHandle
    private let path: String?
    private var pending = Data()

    init(path: String?) throws {
        self.path = path
        guard let path else {
            handle = .standardOutput
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else { throw ForensicsError(.io, "\(path): cannot be written; check the folder and its permissions.") }
        handle = file
    }

    func write(_ text: String) throws {
        pending.append(contentsOf: text.utf8)
        if pending.count >= 1 << 16 { try flush() }
    }

    func write(_ bytes: [UInt8]) throws {
        pending.append(contentsOf: bytes)
        if pending.count >= 1 << 16 { try flush() }
    }

    /// Writes what is held back. A reader that has gone is `ClosedPipe`; a full disk is an error.
    func flush() throws {
        guard !pending.isEmpty else { return }
        do {
            try handle.write(contentsOf: pending)
        } catch {
            if path == nil { throw ClosedPipe() }
            throw ForensicsError(
                .io, "\(path ?? "-"): cannot be written (\(error.localizedDescription)); free some space.")
        }
        pending.removeAll(keepingCapacity: true)
    }
}
