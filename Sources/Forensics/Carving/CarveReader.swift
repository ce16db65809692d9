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
    /// Where the originals are looked for first; `nil` where they lie as they did.
    let captureFolder: String?

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

    /// Hands out the packets of sources with their frames, in the order in which they were tracked: that of their times over
    /// files that overlap. Live captures come first, each by itself.
    ///
    /// - Throws: `ForensicsError` if a file is missing or has changed since it was read, or if nothing was kept of a live
    ///   capture.
    func read(_ sources: [SourceRecord], _ body: (SourceRecord, Frames, [UInt8], PacketBatch) throws -> Void) throws {
        for source in sources where source.kind == .live {
            for file in try rings.files(of: source.path) {
                try read(file.path, source, numbersFrom: file.firstRecord) { try body(source, $0, $1, $2) }
            }
        }
        let captures = sources.filter { $0.kind != .live }
        let originals = try captures.map { (source: $0, file: try original($0, isAlone: captures.count == 1)) }
            .sorted { CaptureFile.precedes($0.file, $1.file) }
        let reader = CaptureSetReader(
            files: originals.map(\.file), limits: .streaming, pool: SparePool(limit: 0) { [] })
        var packets = PacketBatch()
        while let (batch, index) = reader.next() {
            reader.withTally(index) { _ = PacketDecoder.decode(batch, into: &packets, tally: &$0) }
            try body(originals[index].source, Frames(batch.frames), packets.bytes, packets)
        }
        for (original, outcome) in zip(originals, reader.outcomes) {
            if let failure = outcome.failure { throw unreadable(original.source, failure) }
            try original.source.checkContent(outcome.contentKey?.text)
        }
    }

    /// The file of a source, if it is there.
    ///
    /// - Parameter isAlone: whether it need not be put into an order with others.
    private func original(_ source: SourceRecord, isAlone: Bool) throws -> CaptureFile {
        if RemotePath.isRemote(source.path) {
            throw ForensicsError(
                .data,
                "\(source.path): lies on S3, and packets are taken from files alone; copy it (`aws s3 cp`), ingest the copy "
                    + "into another --store, and carve from there.")
        }
        guard let path = places(of: source.path).first(where: { !InputPresence.isMissing($0) }) else {
            throw ForensicsError(
                .noInput,
                "\(source.path): is not there any more; packets stay in the original captures, so put it back, or name the "
                    + "folder where it lies now: --capture-folder.")
        }
        if isAlone { return CaptureFile(ordinal: source.id, path: path) }
        do throws(IngestError) {
            let summary = try CaptureProbe.summary(ByteSource(path: path, limits: .streaming))
            return CaptureFile(ordinal: source.id, path: path, firstTime: summary.firstTime)
        } catch {
            throw unreadable(source, error)
        }
    }

    /// Where an original may lie, the likeliest place first. Wherever that is, its content is checked.
    private func places(of path: String) -> [String] {
        let names = path.split(separator: "/")
        // Folders that were moved along tell files of equal names apart.
        let moved = captureFolder.map { folder in
            names.indices.map { "\(folder)/" + names[$0...].joined(separator: "/") }
        }
        // Who looks into a capture unpacks it.
        return ((moved ?? []) + [path]).flatMap { [$0, $0.hasSuffix(".gz") ? String($0.dropLast(3)) : $0 + ".gz"] }
    }

    private func unreadable(_ source: SourceRecord, _ error: IngestError) -> ForensicsError {
        ForensicsError(.data, "\(source.path): cannot be read again (\(error)); put the original back.")
    }

    /// Reads a file of a live capture; its first packet has the number given.
    private func read(
        _ path: String, _ source: SourceRecord, numbersFrom first: UInt32,
        _ body: (Frames, [UInt8], PacketBatch) throws -> Void
    ) throws {
        var reader: CaptureReader
        do throws(IngestError) {
            reader = try CaptureReader(source: ByteSource(path: path), ordinal: source.id)
        } catch {
            throw unreadable(source, error)
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
    }

    /// Finds the datagrams of wanted flows that came in fragments: joins them as it was done for the case.
    ///
    /// - Parameter sources: the files of the capture set that the flows are of; a datagram may lie in two of them.
    func findFragments(in sources: [SourceRecord], _ flows: inout CarvedFlows) throws {
        var table = FragmentTable(keepsMembers: true)
        var tally = LedgerTally()
        try read(sources) { _, _, _, packets in
            guard !packets.fragments.isEmpty else { return }
            var packets = packets
            table.reassemble(&packets, tally: &tally)
            for whole in table.joinedLast {
                flows.note(packets.packets[whole.packet], of: whole.members, in: packets)
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
            try read([source]) { _, _, _, decoded in
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
