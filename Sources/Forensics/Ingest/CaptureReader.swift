package import ForensicsModel

/// The packets of one capture file, in batches.
///
/// Reads about 1 MiB at a time straight into the batch's buffer and notes where the packets lie in it. Numbers run
/// from 1 over the file; a record that cannot be used is a reject and takes a number too. The tally is given the
/// rejects, the anomalies of records and the times; who decodes the frames counts them as accepted.
package struct CaptureReader: ~Copyable, Sendable {
    /// The bytes a batch holds at most.
    package static let batchLength = 1 << 20
    /// The frames a batch holds at most.
    package static let frameLimit = 8192

    package let format: CaptureFormat
    /// Where the bytes come from: progress, issues and content key.
    package var source: ByteSource
    private let ordinal: UInt32
    /// `nil` for pcapng.
    private let classic: PcapReader?
    private var blocks = PcapNGReader()
    private var cursor: CaptureCursor
    /// The beginning of a record that the last batch had no more of.
    private var carry: [UInt8] = []
    /// Bytes to leave out before the next record.
    private var skipCount: UInt64 = 0
    /// Whether the block that is left out is in the tally already.
    private var isSkipAccounted = false
    /// How much to read for a batch: less than its length where packets are so small that the frames fill up first.
    private var goal = CaptureReader.batchLength
    private var irregularSettled: UInt64 = 0
    private var isAtEnd = false
    private var isStopped = false

    /// Opens a capture by its first bytes.
    ///
    /// - Parameter ordinal: the ordinal of the source, for the batches and rejects.
    /// - Throws: `unusable` if the source is no capture, or one of an unknown version.
    package init(source: consuming ByteSource, ordinal: UInt32 = 0, frameLimit: Int = CaptureReader.frameLimit)
        throws(IngestError)
    {
        (format, classic) = try Self.open(source.path, source.prefix)
        self.source = source
        self.ordinal = ordinal
        cursor = CaptureCursor(frameLimit: max(1, frameLimit))
        if format != .pcapng { skipCount = UInt64(PcapReader.fileHeaderLength) }
    }

    /// The interfaces met so far; one for a classic capture.
    package var interfaces: [CaptureInterface] { classic.map { [$0.interface] } ?? blocks.interfaces }

    /// Replaces the batch's content by the next frames; its buffer is used again.
    ///
    /// - Returns: false when there is nothing more: neither frames nor rejects.
    package mutating func next(into batch: inout FrameBatch, tally: inout LedgerTally) -> Bool {
        batch.frames.removeAll(keepingCapacity: true)
        batch.rejects.removeAll(keepingCapacity: true)
        batch.source = ordinal
        if isStopped {
            // The content key is that of the whole source, also where its records could not be read to the end.
            if !source.isAtEnd { source.drain() }
            return false
        }
        if batch.bytes.count < Self.batchLength {
            batch.bytes = [UInt8](repeating: 0, count: Self.batchLength)
            batch.frames.reserveCapacity(Self.frameLimit)
        }
        var hasRejects = false
        while true {
            let filled = fill(&batch.bytes)
            var position = 0
            var isOpen = true
            if isAtEnd, skipCount > 0 {
                if !isSkipAccounted {
                    reject(.truncatedRecord, filled..<filled, &batch, &tally)
                    hasRejects = true
                }
                skipCount = 0
            }
            while isOpen, !isStopped {
                let step = readRecords(&batch, position..<filled)
                position = step.position
                isOpen = account(step, filled, &position, &batch, &tally, &hasRejects)
            }
            if isAtEnd, !isStopped, position < filled, batch.frames.count < cursor.frameLimit {
                reject(.truncatedRecord, position..<filled, &batch, &tally)
                hasRejects = true
                position = filled
            }
            carry.removeAll(keepingCapacity: true)
            carry.append(contentsOf: batch.bytes[position..<filled])
            cursor.base &+= UInt64(position)
            adapt(position, batch.frames.count)
            if isAtEnd, carry.isEmpty { isStopped = true }
            if !batch.frames.isEmpty || hasRejects { break }
            if isStopped { break }
            // Nothing but skipped blocks, or a record larger than what was read.
            goal = Self.batchLength
        }
        settle(&tally)
        return !batch.frames.isEmpty || hasRejects
    }

    // MARK: - Opening

    private static func open(_ path: String, _ prefix: [UInt8]) throws(IngestError) -> (CaptureFormat, PcapReader?) {
        guard let format = CaptureFormat.detect(prefix.span) else {
            throw IngestError(
                .unusable, path: path, problem: "is not a capture file", remedy: "give a pcap or pcapng file")
        }
        if format == .pcapng {
            guard let isSupported = PcapNGReader.isSupported(prefix.span) else { throw cut(path, prefix.count) }
            guard isSupported else { throw version(path, 12) }
            return (format, nil)
        }
        guard prefix.count >= PcapReader.fileHeaderLength else { throw cut(path, prefix.count) }
        guard let reader = PcapReader(prefix.span) else { throw version(path, 4) }
        return (format, reader)
    }

    private static func cut(_ path: String, _ count: Int) -> IngestError {
        IngestError(
            .unusable, path: path, problem: "is a capture file without a whole header", place: "\(count) bytes",
            remedy: "copy the file again")
    }

    private static func version(_ path: String, _ place: Int) -> IngestError {
        IngestError(
            .unusable, path: path, problem: "is a capture file of an unknown version", place: "byte \(place)",
            remedy: "convert it with editcap")
    }

    // MARK: - Reading

    /// Moves what was left over to the beginning of the buffer and reads on behind it; returns how much it holds.
    private mutating func fill(_ buffer: inout [UInt8]) -> Int {
        var filled = carry.count
        if filled > 0 { buffer.replaceSubrange(0..<filled, with: carry) }
        while skipCount > 0, !isAtEnd {
            let read = source.read(into: &buffer, at: filled, upTo: Int(min(skipCount, UInt64(buffer.count - filled))))
            if read == 0 { isAtEnd = true }
            skipCount -= UInt64(read)
            cursor.base &+= UInt64(read)
        }
        while filled < goal, !isAtEnd {
            let read = source.read(into: &buffer, at: filled, upTo: goal - filled)
            if read == 0 { isAtEnd = true }
            filled += read
        }
        return filled
    }

    private mutating func readRecords(_ batch: inout FrameBatch, _ range: Range<Int>) -> CaptureStep {
        let bytes = batch.bytes
        if let classic { return classic.read(bytes.span, range, &cursor, into: &batch.frames) }
        return blocks.read(bytes.span, range, isLast: isAtEnd, &cursor, into: &batch.frames)
    }

    /// Acts on why reading ended; returns whether the rest of the buffer is to be read on.
    private mutating func account(
        _ step: CaptureStep, _ filled: Int, _ position: inout Int, _ batch: inout FrameBatch,
        _ tally: inout LedgerTally, _ hasRejects: inout Bool
    ) -> Bool {
        switch step.outcome {
        case .needsMore, .full: return false
        case .rejected(let reason, let start, let length):
            reject(reason, start..<start + length, &batch, &tally)
            hasRejects = true
        case .stopped(let reason, let start, let length):
            reject(reason, start..<start + length, &batch, &tally)
            hasRejects = true
            isStopped = true
        case .skip(let count):
            skip(count, filled, &position)
            isSkipAccounted = false
        case .rejectedAndSkip(let reason, let count):
            let end = Int(min(UInt64(filled), UInt64(position) + count))
            reject(reason, position..<end, &batch, &tally)
            hasRejects = true
            skip(count, filled, &position)
            isSkipAccounted = true
        }
        return true
    }

    private mutating func skip(_ count: UInt64, _ filled: Int, _ position: inout Int) {
        let here = min(count, UInt64(filled - position))
        position += Int(here)
        skipCount = count - here
    }

    private mutating func reject(
        _ reason: RejectReason, _ range: Range<Int>, _ batch: inout FrameBatch, _ tally: inout LedgerTally
    ) {
        tally.reject(reason)
        if batch.rejects.count < FactBatch.rejectLimit {
            batch.rejects.append(
                Reject(
                    id: FactID(source: ordinal, record: cursor.record),
                    offset: cursor.base &+ UInt64(range.lowerBound), reason: reason,
                    sample: Array(batch.bytes[range.prefix(Reject.sampleLimit)])))
        }
        if cursor.record <= CaptureCursor.lastRecord { cursor.record += 1 }
    }

    /// Reads so much at a time that few bytes are left over when the batch has its number of frames.
    private mutating func adapt(_ used: Int, _ frames: Int) {
        if frames >= cursor.frameLimit {
            goal = min(Self.batchLength, max(used, 1 << 16))
        } else if frames < cursor.frameLimit - cursor.frameLimit / 4 {
            goal = Self.batchLength
        }
    }

    private mutating func settle(_ tally: inout LedgerTally) {
        if cursor.firstTime <= cursor.latestTime {
            tally.see(cursor.firstTime)
            tally.see(cursor.latestTime)
        }
        if cursor.longerThanOriginal > 0 {
            tally.note(.capturedLongerThanOriginal, count: cursor.longerThanOriginal)
        }
        if cursor.withoutTime > 0 { tally.note(.packetWithoutTime, count: cursor.withoutTime) }
        let irregular = blocks.irregularBlocks - irregularSettled
        if irregular > 0 { tally.note(.badOptionalField, count: irregular) }
        irregularSettled = blocks.irregularBlocks
        cursor.firstTime = Timestamp(nanoseconds: .max)
        cursor.latestTime = Timestamp(nanoseconds: .min)
        cursor.longerThanOriginal = 0
        cursor.withoutTime = 0
    }
}
