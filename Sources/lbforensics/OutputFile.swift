import Forensics
import Foundation

/// Where a command's data goes: standard output or the file of `--output`.
final class OutputFile {
    private let handle: FileHandle
    private let path: String?
    /// Where the bytes go until they are whole.
    private var part: String?
    private var pending = Data()
    private var pager: Pager?

    /// - Parameters:
    ///   - path: `nil` and `-` are standard output. What is there and is no regular file, such as a pipe, is written to as it is.
    ///   - store: the case that the answer is made of: neither it nor its evidence is written over.
    ///   - isReplacing: the file appears, or is replaced, only when it is whole (`finish`).
    ///   - isPaged: shown page by page, where standard output is a terminal.
    init(path: String?, of store: String? = nil, isReplacing: Bool = false, isPaged: Bool = false) throws {
        guard let path, path != "-" else {
            self.path = nil
            handle = .standardOutput
            if isPaged, Terminal.isOutputTerminal { pager = Pager() }
            return
        }
        let isThere = FileManager.default.fileExists(atPath: path)
        let target = isThere ? URL(fileURLWithPath: path).resolvingSymlinksInPath().path : Self.named(path)
        let isFile = !isThere || Self.isRegular(target)
        let written = isFile ? target : path
        self.path = written
        part = isReplacing && isFile ? target + ".part" : nil
        try EvidenceFiles(store: store).refuse([path, part].compactMap { $0 })
        let file: FileHandle
        do {
            file = try Self.open(part ?? written, isThere: part == nil && isThere)
        } catch {
            throw ForensicsError(
                WriteFailure(error).isForbidden ? .permission : .io,
                "\(path): cannot be written; check the folder and its permissions.")
        }
        if isFile { try? file.truncate(atOffset: 0) }
        handle = file
    }

    /// What the links say that a path names, which is not there yet: that is written, not the link.
    private static func named(_ path: String) -> String {
        var path = path
        // More are a circle.
        for _ in 0..<40 {
            guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { break }
            path = URL(fileURLWithPath: next, relativeTo: URL(fileURLWithPath: path).deletingLastPathComponent()).path
        }
        return path
    }

    private static func isRegular(_ path: String) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.type] as? FileAttributeType == .typeRegular
    }

    /// Opens a file to write; one that is there stays what it is. To make it anew would put a file in a device's place.
    private static func open(_ name: String, isThere: Bool) throws -> FileHandle {
        let place = URL(fileURLWithPath: name)
        if !isThere { try Data().write(to: place) }
        return try FileHandle(forWritingTo: place)
    }

    deinit {
        if let part { try? FileManager.default.removeItem(atPath: part) }
    }

    /// Writes what is held back and puts the file in its place.
    func finish() throws {
        try flush()
        guard let part, let path else { return }
        do {
            try handle.close()
            if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
            try FileManager.default.moveItem(atPath: part, toPath: path)
        } catch {
            throw ForensicsError(.io, "\(path): cannot be written; check the folder and its permissions.")
        }
        self.part = nil
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
        if let pager {
            guard pager.write(pending) else { throw ClosedPipe() }
            pending.removeAll(keepingCapacity: true)
            return
        }
        // What could not be written is not tried again: who goes on after an error goes on with what comes next.
        defer { pending.removeAll(keepingCapacity: true) }
        do {
            try handle.write(contentsOf: pending)
        } catch {
            let failure = WriteFailure(error)
            if path == nil, failure.isClosedPipe { throw ClosedPipe() }
            throw ForensicsError(.io, failure.message(path ?? "standard output"))
        }
    }
}
