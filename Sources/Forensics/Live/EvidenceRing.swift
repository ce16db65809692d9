package import ForensicsModel
import Foundation

/// The last bytes of a capture as files, so that a finding can be shown from its packets.
///
/// pcapng with times in nanoseconds, named `INTERFACE-START_000001.pcapng` and on; the section says of which source the
/// packets are (`RingLabel`), so that `carve` finds them and `ingest` does not count them again. A file is an eighth of
/// the budget; for each new one the oldest go, those of earlier runs on the interface first, so that the budget is never
/// passed, however often a service is started anew. What cannot be written is counted and told once: a full disk
/// never stops the capture, and leaves no file with half a packet.
package final class EvidenceRing {
    private static let pieces: Int64 = 8
    private static let bufferLimit = 1 << 18
    /// Bytes before any address of IP, whatever the link layer is; programs call a packet of none invalid.
    private static let stump = 12
    /// How long a folder that cannot be written is left alone.
    private static let pause = Timestamp.nanosecondsPerSecond

    private let folder: URL
    private let name: String
    private let budget: Int64
    private let pieceSize: Int64
    private let linkType: UInt16
    private let snapLength: Int
    private let note: (String) -> Void
    private var handle: FileHandle?
    private var number = 0
    /// What the file at hand says of itself.
    private var label: RingLabel?
    /// The file at hand: the bytes before its packets, all of them, and those that are written.
    private var headSize: Int64 = 0
    private var size: Int64 = 0
    private var written: Int64 = 0
    private var kept: RingFiles
    private var pending: [UInt8] = []
    private var pendingPackets: UInt64 = 0
    private var failedAt: Timestamp?
    /// Packets that could not be written.
    package private(set) var lost: UInt64 = 0

    /// - Parameters:
    ///   - run: what tells its files from those of other runs: `INTERFACE-SECOND`.
    ///   - size: bytes that all files of the interface may have together.
    ///   - note: takes a line for the user.
    package init(
        folder: String, interface: String, run: String, size: Int64, linkType: UInt16, snapLength: Int,
        note: @escaping (String) -> Void
    ) throws(ForensicsError) {
        self.folder = URL(fileURLWithPath: folder)
        name = run
        budget = size
        pieceSize = max(1 << 16, size / Self.pieces)
        self.linkType = linkType
        self.snapLength = snapLength
        self.note = note
        do {
            try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        } catch {
            throw ForensicsError(
                .io, "\(folder): the folder for evidence cannot be made; name another with --ring-folder.")
        }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw ForensicsError(.permission, "\(folder): no permission to write evidence there; see --ring-folder.")
        }
        kept = RingFiles(in: self.folder, interface: interface)
    }

    /// Keeps frames.
    ///
    /// - Parameters:
    ///   - bytes: what the frames' positions refer to.
    ///   - source: what the case calls the run.
    ///   - leftOut: records of which no address is kept; a stump stands for each, as packets are counted.
    package func write(_ frames: [FrameHeader], _ bytes: [UInt8], source: String, leavingOut leftOut: Set<UInt32>) {
        for frame in frames {
            let isLeftOut = !leftOut.isEmpty && leftOut.contains(frame.record)
            let captured = isLeftOut ? min(Self.stump, frame.capturedLength) : frame.capturedLength
            let padded = (captured + 3) & ~3
            let length = Int64(padded + 32)
            if handle == nil || size + length > pieceSize || source != label?.source {
                guard begin(RingLabel(source: source, firstRecord: frame.record), for: length, at: frame.time) else {
                    lost += 1
                    continue
                }
            }
            append(6)
            append(UInt32(length))
            append(0)
            let time = UInt64(bitPattern: frame.time.nanoseconds)
            append(UInt32(truncatingIfNeeded: time >> 32))
            append(UInt32(truncatingIfNeeded: time))
            append(UInt32(captured))
            append(UInt32(clamping: frame.originalLength))
            pending += bytes[frame.position..<(frame.position + captured)]
            for _ in captured..<padded { pending.append(0) }
            append(UInt32(length))
            size += length
            pendingPackets += 1
            if pending.count >= Self.bufferLimit { flush(at: frame.time) }
        }
    }

    @inline(__always)
    private func append(_ value: UInt32) { PcapNGWriter.append(value, &pending) }

    /// Closes the file at hand and begins the next; `false` where none can be written now.
    ///
    /// - Parameter length: bytes of the packet it begins with.
    private func begin(_ label: RingLabel, for length: Int64, at time: Timestamp) -> Bool {
        if let failedAt, time >= failedAt, time.since(failedAt) < Self.pause { return false }
        endFile(at: time)
        number += 1
        PcapNGWriter().begin(application: "lbforensics", comment: label.comment, into: &pending)
        PcapNGWriter.describe(name, linkType: linkType, snapLength: snapLength, into: &pending)
        size = Int64(pending.count)
        kept.makeRoom(for: max(pieceSize, size + length), within: budget)
        let url = folder.appendingPathComponent(RingFiles.name(of: name, number))
        let mode: [FileAttributeKey: Any] = [.posixPermissions: NSNumber(value: 0o600)]
        _ = FileManager.default.createFile(atPath: url.path, contents: nil, attributes: mode)
        handle = FileHandle(forWritingAtPath: url.path)
        guard let handle else {
            fail(at: time)
            return false
        }
        // A disk without room says so now, before packets are taken.
        guard (try? handle.write(contentsOf: Data(pending))) != nil else {
            try? handle.close()
            self.handle = nil
            try? FileManager.default.removeItem(at: url)
            fail(at: time)
            return false
        }
        pending.removeAll(keepingCapacity: true)
        headSize = size
        written = size
        kept.append(url)
        self.label = label
        return true
    }

    /// Hands over what waits; what cannot be written is lost, and counted.
    private func flush(at time: Timestamp) {
        guard !pending.isEmpty, let handle else { return }
        do {
            try handle.write(contentsOf: Data(pending))
            written = size
            pending.removeAll(keepingCapacity: true)
            pendingPackets = 0
            failedAt = nil
        } catch {
            // Half a packet at its end would spoil the file.
            try? handle.truncate(atOffset: UInt64(written))
            size = written
            try? handle.close()
            self.handle = nil
            if written > headSize { kept.setLastSize(written) } else { kept.removeLast() }
            fail(at: time)
        }
    }

    private func fail(at time: Timestamp) {
        if lost == 0, failedAt == nil {
            note("\(folder.path): evidence cannot be written; its packets are lost, the capture goes on.")
        }
        failedAt = time
        lost += pendingPackets
        pendingPackets = 0
        pending.removeAll(keepingCapacity: true)
    }

    private func endFile(at time: Timestamp) {
        flush(at: time)
        guard handle != nil else { return }
        try? handle?.close()
        handle = nil
        kept.setLastSize(size)
    }

    /// Writes the rest.
    package func close() { endFile(at: failedAt ?? Timestamp(nanoseconds: 0)) }
}
