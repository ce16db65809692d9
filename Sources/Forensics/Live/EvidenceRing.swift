import ForensicsAnalyze
package import ForensicsModel
import ForensicsStore
import Foundation

/// The last bytes of a capture as files, so that a finding can be shown from its packets.
///
/// pcapng with times in nanoseconds, named `INTERFACE-START_000001.pcapng` and on; the section says of which source the
/// packets are (`RingLabel`), so that `carve` finds them and `ingest` does not count them again. A file is an eighth of
/// the budget; for each new one the oldest go, those of earlier runs on the interface first, so that the budget is never
/// passed, however often a service is started anew; those of a capture that runs meanwhile are its own. What cannot be
/// written, or is removed by somebody, is counted and told: a full disk never stops the capture, and leaves no file with half
/// a packet.
package final class EvidenceRing {
    private static let pieces: Int64 = 8
    private static let bufferLimit = 1 << 18
    /// Bytes before any address of IP, whatever the link layer is; programs call a packet of none invalid.
    private static let stump = 12
    /// How long a folder that cannot be written is left alone.
    private static let pause = Timestamp.nanosecondsPerSecond

    private let folder: URL
    /// What tells the run's files from those of others.
    private var name = ""
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
    /// Packets that were written to the file at hand.
    private var packetsInFile: UInt64 = 0
    private var failedAt: Timestamp?
    /// Packets that could not be written, or were removed by somebody.
    package private(set) var lost: UInt64 = 0

    /// Finds what there is; nothing is written before a run begins.
    ///
    /// - Parameters:
    ///   - size: bytes that the files may have together, those of earlier runs on the interface included.
    ///   - note: takes a line for the user.
    package init(
        folder: String, interface: String, size: Int64, linkType: UInt16, snapLength: Int,
        note: @escaping (String) -> Void
    ) throws(ForensicsError) {
        self.folder = URL(fileURLWithPath: folder)
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

    /// Begins a run by making its first file, so that no other capture can be the same run.
    ///
    /// - Parameters:
    ///   - run: what tells its files from those of other runs: `INTERFACE-SECOND`.
    ///   - source: what the case calls its first source.
    /// - Returns: whether no other run has that name.
    package func begin(run: String, source: String, at time: Timestamp) -> Bool {
        if kept.hold(run: run) { return false }
        name = run
        number = 0
        return begin(RingLabel(source: source, firstRecord: 1), for: 0, at: time) || !kept.hold(run: run)
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
        switch kept.make(run: name, number) {
        case .made(let made): handle = made
        case .taken:
            pending.removeAll(keepingCapacity: true)
            return false
        case .failed:
            fail(at: time)
            return false
        }
        // A disk without room says so now, before packets are taken.
        guard let handle, (try? handle.write(contentsOf: Data(pending))) != nil else {
            self.handle = nil
            kept.removeLast()
            fail(at: time)
            return false
        }
        pending.removeAll(keepingCapacity: true)
        headSize = size
        written = size
        packetsInFile = 0
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
            packetsInFile += pendingPackets
            pendingPackets = 0
            failedAt = nil
        } catch {
            // Half a packet at its end would spoil the file.
            try? handle.truncate(atOffset: UInt64(written))
            size = written
            leaveFile()
            fail(at: time)
        }
    }

    /// Leaves the file at hand as it is; it stays claimed. One without packets is of no use.
    private func leaveFile() {
        handle = nil
        if written > headSize { kept.setLast(size: written, packets: packetsInFile) } else { kept.removeLast() }
    }

    /// Looks whether all files are where they were made: somebody may have removed them, or taken them away.
    package func look(at time: Timestamp) {
        // What waits goes where the packets before it are.
        flush(at: time)
        if handle != nil { kept.setLast(size: 0, packets: packetsInFile) }
        let gone = kept.forgetGone()
        if gone.isLastGone { handle = nil }
        if gone.removed > 0 {
            lost += gone.removed
            note(
                "\(folder.path): files of the ring were removed, and \(Wording.count(gone.removed, "packet")) with them."
            )
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
        if handle != nil { leaveFile() }
    }

    /// Writes the rest.
    package func close() { endFile(at: failedAt ?? Timestamp(nanoseconds: 0)) }
}
