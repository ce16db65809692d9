import ForensicsModel
import Foundation

/// The last bytes of a capture as files, so that a finding can be shown from its packets.
///
/// Captures in nanoseconds (LINKTYPE of the interface), named `NAME_000001.pcap` and on. A file is an eighth of the budget;
/// with each new one the oldest of this run goes, so that the budget is never passed. draft-ietf-opsawg-pcap.
final class EvidenceRing {
    private static let pieces: Int64 = 8
    private static let bufferLimit = 1 << 18

    private let folder: URL
    private let name: String
    private let pieceSize: Int64
    private let linkType: UInt16
    private let snapLength: Int
    private var handle: FileHandle?
    private var number = 0
    private var size: Int64 = 0
    private var kept: [URL] = []
    private var pending: [UInt8] = []
    /// Packets that could not be written.
    private(set) var lost: UInt64 = 0

    /// - Parameters:
    ///   - name: what files of this run are called.
    ///   - size: bytes that all files may have together.
    init(folder: String, name: String, size: Int64, linkType: UInt16, snapLength: Int) throws(ForensicsError) {
        self.folder = URL(fileURLWithPath: folder)
        self.name = name
        pieceSize = max(1 << 16, size / Self.pieces)
        self.linkType = linkType
        self.snapLength = snapLength
        do {
            try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        } catch {
            throw ForensicsError(
                .io, "\(folder): the folder for evidence cannot be made; name another with --ring-folder.")
        }
        begin()
        guard handle != nil else {
            throw ForensicsError(.permission, "\(folder): no permission to write evidence there; see --ring-folder.")
        }
    }

    /// Keeps the frames of a batch.
    func write(_ batch: borrowing FrameBatch) {
        for frame in batch.frames {
            let length = Int64(frame.capturedLength + 16)
            if size + length > pieceSize { begin() }
            let nanoseconds = frame.time.nanoseconds
            append(UInt32(truncatingIfNeeded: nanoseconds / Timestamp.nanosecondsPerSecond))
            append(UInt32(truncatingIfNeeded: nanoseconds % Timestamp.nanosecondsPerSecond))
            append(UInt32(clamping: frame.capturedLength))
            append(UInt32(clamping: frame.originalLength))
            pending += batch.bytes[frame.position..<(frame.position + frame.capturedLength)]
            size += length
            if pending.count >= Self.bufferLimit { flush() }
        }
    }

    private func append(_ value: UInt32) {
        pending.append(UInt8(truncatingIfNeeded: value))
        pending.append(UInt8(truncatingIfNeeded: value >> 8))
        pending.append(UInt8(truncatingIfNeeded: value >> 16))
        pending.append(UInt8(truncatingIfNeeded: value >> 24))
    }

    /// Closes the file at hand and begins the next.
    private func begin() {
        flush()
        try? handle?.close()
        number += 1
        let digits = String(number)
        let padded = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        let url = folder.appendingPathComponent("\(name)_\(padded).pcap")
        let mode: [FileAttributeKey: Any] = [.posixPermissions: NSNumber(value: 0o600)]
        _ = FileManager.default.createFile(atPath: url.path, contents: nil, attributes: mode)
        handle = FileHandle(forWritingAtPath: url.path)
        kept.append(url)
        while kept.count > Int(Self.pieces) { try? FileManager.default.removeItem(at: kept.removeFirst()) }
        append(0xA1B2_3C4D)
        append(0x0004_0002)
        append(0)
        append(0)
        append(UInt32(clamping: snapLength))
        append(UInt32(linkType))
        size = 24
    }

    /// Hands over what waits; what cannot be written is lost, and counted.
    func flush() {
        guard !pending.isEmpty else { return }
        do { try handle?.write(contentsOf: Data(pending)) } catch { lost += 1 }
        pending.removeAll(keepingCapacity: true)
    }

    /// Writes the rest.
    func close() {
        flush()
        try? handle?.close()
        handle = nil
    }
}
