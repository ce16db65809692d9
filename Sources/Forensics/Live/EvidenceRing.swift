import ForensicsModel
import Foundation

/// The last bytes of a capture as files, so that a finding can be shown from its packets.
///
/// pcapng with times in nanoseconds, named `NAME_000001.pcapng` and on; the section says of which source the packets are
/// (`RingLabel`), so that `carve` finds them and `ingest` does not count them again. A file is an eighth of the budget; with
/// each new one the oldest of this run goes, so that the budget is never passed.
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
    /// What the file at hand says of itself.
    private var label: RingLabel?
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
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw ForensicsError(.permission, "\(folder): no permission to write evidence there; see --ring-folder.")
        }
    }

    /// Keeps the frames of a batch.
    ///
    /// - Parameter source: what the case calls the run.
    func write(_ batch: borrowing FrameBatch, source: String) {
        for frame in batch.frames {
            let padded = (frame.capturedLength + 3) & ~3
            let length = Int64(padded + 32)
            if handle == nil || size + length > pieceSize || source != label?.source {
                begin(RingLabel(source: source, firstRecord: frame.record))
            }
            append(6)
            append(UInt32(length))
            append(0)
            let time = UInt64(bitPattern: frame.time.nanoseconds)
            append(UInt32(truncatingIfNeeded: time >> 32))
            append(UInt32(truncatingIfNeeded: time))
            append(UInt32(frame.capturedLength))
            append(UInt32(clamping: frame.originalLength))
            pending += batch.bytes[frame.position..<(frame.position + frame.capturedLength)]
            for _ in frame.capturedLength..<padded { pending.append(0) }
            append(UInt32(length))
            size += length
            if pending.count >= Self.bufferLimit { flush() }
        }
    }

    @inline(__always)
    private func append(_ value: UInt32) { PcapNGWriter.append(value, &pending) }

    /// Closes the file at hand and begins the next.
    private func begin(_ label: RingLabel) {
        flush()
        try? handle?.close()
        number += 1
        let digits = String(number)
        let padded = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        let url = folder.appendingPathComponent("\(name)_\(padded).pcapng")
        let mode: [FileAttributeKey: Any] = [.posixPermissions: NSNumber(value: 0o600)]
        _ = FileManager.default.createFile(atPath: url.path, contents: nil, attributes: mode)
        handle = FileHandle(forWritingAtPath: url.path)
        kept.append(url)
        while kept.count > Int(Self.pieces) { try? FileManager.default.removeItem(at: kept.removeFirst()) }
        self.label = label
        PcapNGWriter().begin(application: "lbforensics", comment: label.comment, into: &pending)
        PcapNGWriter.describe(name, linkType: linkType, snapLength: snapLength, into: &pending)
        size = Int64(pending.count)
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
