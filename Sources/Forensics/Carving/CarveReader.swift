import ForensicsDecode
import ForensicsIngest
import ForensicsModel
import ForensicsStore
import ForensicsTrack
import Foundation

/// Reads the original captures of a case again, and makes sure that they are still what the case was made from.
struct CarveReader {
    let captures: [SourceRecord]
    /// The packets that live captures kept.
    let rings: RingFolder

    /// The frames of a batch by the number of their packet.
    struct Frames {
        private let frames: [FrameHeader]

        init(_ frames: [FrameHeader]) { self.frames = frames }

        subscript(record: UInt32) -> FrameHeader? {
            // Records are consecutive but for those that could not be read.
            var low = 0
            var high = frames.count
            while low < high {
                let middle = (low + high) / 2
                if frames[middle].record < record { low = middle + 1 } else { high = middle }
            }
            return low < frames.count && frames[low].record == record ? frames[low] : nil
        }
    }

    /// Hands out a source's packets with their frames.
    ///
    /// - Throws: `ForensicsError` if the file is missing or has changed since it was read, or if nothing was kept of a live
    ///   capture.
    func read(_ source: SourceRecord, _ body: (Frames, [UInt8], PacketBatch) throws -> Void) throws {
        if source.kind == .live {
            for file in try rings.files(of: source.path) {
                _ = try read(file.path, source, numbersFrom: file.firstRecord, body)
            }
            return
        }
        if RemotePath.isRemote(source.path) {
            throw ForensicsError(
                .data,
                "\(source.path): lies on S3, and packets are taken from files alone; copy it (`aws s3 cp`), ingest the copy "
                    + "into another --store, and carve from there.")
        }
        guard InputPresence.isMissing(source.path) == false else {
            throw ForensicsError(
                .noInput,
                "\(source.path): is not there any more; packets stay in the original captures, so put it back.")
        }
        let key = try read(source.path, source, numbersFrom: 1, body)
        guard source.contentKey == nil || source.contentKey == key else {
            throw ForensicsError(
                .data, "\(source.path): is not the file that was read into the case; put the original back.")
        }
    }

    /// Reads one file; its first packet has the number given. Returns the key of its content.
    private func read(
        _ path: String, _ source: SourceRecord, numbersFrom first: UInt32,
        _ body: (Frames, [UInt8], PacketBatch) throws -> Void
    ) throws -> String {
        var reader: CaptureReader
        do throws(IngestError) {
            reader = try CaptureReader(source: ByteSource(path: path), ordinal: source.id)
        } catch {
            throw ForensicsError(.data, "\(path): cannot be read again (\(error)); put the original back.")
        }
        var tally = LedgerTally()
        var batch = FrameBatch()
        var packets = PacketBatch()
        while reader.next(into: &batch, tally: &tally) {
            if first > 1 {
                for index in batch.frames.indices { batch.frames[index].record &+= first - 1 }
            }
            let frames = Frames(batch.frames)
            _ = PacketDecoder.decode(batch, into: &packets, tally: &tally)
            try body(frames, packets.bytes, packets)
            batch = FrameBatch()
        }
        return reader.source.contentKey.text
    }

    /// Finds the datagrams of wanted flows that came in fragments: joins them as it was done for the case.
    ///
    /// - Parameter unit: the key of the capture set that the flows are of; a datagram may lie in two of its files.
    func findFragments(of unit: String, _ flows: inout CarvedFlows) throws {
        var table = FragmentTable(keepsMembers: true)
        var tally = LedgerTally()
        for source in captures where source.unitKey == unit {
            try read(source) { _, _, packets in
                guard !packets.fragments.isEmpty else { return }
                var packets = packets
                table.reassemble(&packets, tally: &tally)
                for whole in table.joinedLast {
                    flows.note(packets.packets[whole.packet], of: whole.members, in: packets)
                }
            }
        }
    }

    /// Finds packets by their numbers; one that made a datagram whole stands for the datagram, as in the case.
    func packets(_ records: [UInt32: Set<UInt32>]) throws -> [FactID: (key: CarvedFlows.Key, time: Timestamp)] {
        var found: [FactID: (key: CarvedFlows.Key, time: Timestamp)] = [:]
        for source in captures {
            guard let wanted = records[source.id] else { continue }
            var table = FragmentTable()
            var tally = LedgerTally()
            try read(source) { _, _, decoded in
                var packets = decoded
                if !packets.fragments.isEmpty { table.reassemble(&packets, tally: &tally) }
                for packet in packets.packets where wanted.contains(packet.record) {
                    found[FactID(source: source.id, record: packet.record)] = (CarvedFlows.Key(packet), packet.time)
                }
            }
        }
        return found
    }
}
