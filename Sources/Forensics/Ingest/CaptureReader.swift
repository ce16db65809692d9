package import ForensicsModel

/// The packets of one capture file, in batches.
///
/// Fills a batch of 1 MiB, reading straight into its buffer, and notes where the packets lie in it. Numbers run
/// from 1 over the file; a record that cannot be used is a reject and takes a number too, and so is a stretch of
/// damage, behind which the next record is searched for. Captures that were joined to one file are read one after the
/// other. The tally is given the rejects, the anomalies of blocks and the times; who decodes the frames counts them as
/// accepted.
package struct CaptureReader: ~Copyable, Sendable {
    /// The bytes a batch holds at most.
    package static let batchLength = 1 << 20
    /// The bytes read at a time: what fits the second-level cache beside the frames.
    private static let pieceLength = 1 << 18
    /// The frames a batch holds at most.
    package static let frameLimit = 8192
    /// No further piece is read once a batch has as many: what is made of them is to fit the cache too.
    private static let frameGoal = 1024

    /// Where the bytes come from: progress, issues and content key.
    package var source: ByteSource
    /// What of the capture could not be read; whole once `next` returned false.
    package internal(set) var condition = CaptureCondition()
    private let ordinal: UInt32
    /// `nil` for pcapng.
    var classic: PcapReader?
    /// Has the interfaces of classic captures too.
    var blocks = PcapNGReader()
    var cursor: CaptureCursor
    /// The damage that is being searched on behind.
    var damage: Damage?
    /// The beginning of a record that the last batch had no more of.
    private var carry: [UInt8] = []
    /// Bytes to leave out before the next record.
    private var skipCount: UInt64 = 0
    /// Where the block that is left out begins.
    private var skipStart: UInt64 = 0
    /// Whether the block that is left out is in the tally already.
    private var isSkipAccounted = false
    private var irregularSettled: UInt64 = 0
    var isAtEnd = false
    var isStopped = false

    /// Opens a capture by its first bytes.
    ///
    /// - Parameter ordinal: the ordinal of the source, for the batches and rejects.
    /// - Throws: `unusable` if the source is no capture, or one of an unknown version.
    package init(source: consuming ByteSource, ordinal: UInt32 = 0, frameLimit: Int = CaptureReader.frameLimit)
        throws(IngestError)
    {
        classic = try Self.open(source.path, source.prefix)
        self.source = source
        self.ordinal = ordinal
        cursor = CaptureCursor(frameLimit: max(1, frameLimit))
        if let classic {
            skipCount = UInt64(PcapReader.fileHeaderLength)
            _ = blocks.beginCapture(classic.interface)
        }
    }

    /// The interfaces met so far; one for each classic capture.
    package var interfaces: [CaptureInterface] { blocks.interfaces }

    /// What the capture says of itself: the comment of its first section (pcapng), once its first packet was read.
    package var comment: String? { blocks.comment }

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
            endDamage(at: source.decodedOffset)
            return false
        }
        if batch.bytes.count < Self.batchLength {
            batch.bytes = [UInt8](repeating: 0, count: Self.batchLength)
            batch.frames.reserveCapacity(Self.frameLimit)
        }
        var round = Round()
        repeat { readPieces(&batch, &tally, &round) } while !isStopped && batch.frames.isEmpty && !round.hasRejects
        settle(&tally)
        return !batch.frames.isEmpty || round.hasRejects
    }

    /// How far the buffer of a batch is read.
    struct Round {
        var position = 0
        var filled = 0
        var hasRejects = false
    }

    // MARK: - Reading

    /// Fills the buffer piece by piece and finds the records of each piece while it is in the processor's cache.
    private mutating func readPieces(_ batch: inout FrameBatch, _ tally: inout LedgerTally, _ round: inout Round) {
        round.filled = carry.count
        round.position = 0
        if !carry.isEmpty { batch.bytes.replaceSubrange(0..<carry.count, with: carry) }
        let goal = min(Self.frameGoal, cursor.frameLimit)
        repeat {
            round.filled += fill(&batch.bytes, round.filled)
            if isAtEnd, skipCount > 0 { rejectCutBlock(&batch, &tally, &round) }
            readRecords(&batch, &tally, &round)
        } while !isStopped && !isAtEnd && round.filled < Self.batchLength && batch.frames.count < goal
        if isAtEnd { finish(&batch, &tally, &round) }
        carry.removeAll(keepingCapacity: true)
        carry.append(contentsOf: batch.bytes[round.position..<round.filled])
        cursor.base &+= UInt64(round.position)
        if isAtEnd, carry.isEmpty { isStopped = true }
    }

    /// Reads the next piece behind what the buffer holds; returns its length. Leaves out what is to be skipped.
    private mutating func fill(_ buffer: inout [UInt8], _ filled: Int) -> Int {
        let room = min(Self.pieceLength, Self.batchLength - filled)
        while skipCount > 0, !isAtEnd, room > 0 {
            let read = source.read(into: &buffer, at: filled, upTo: Int(min(skipCount, UInt64(room))))
            if read == 0 { isAtEnd = true }
            skipCount -= UInt64(read)
            cursor.base &+= UInt64(read)
        }
        var count = 0
        while count < room, !isAtEnd {
            let read = source.read(into: &buffer, at: filled + count, upTo: room - count)
            if read == 0 { isAtEnd = true }
            count += read
        }
        return count
    }

    mutating func readRecords(_ batch: inout FrameBatch, _ tally: inout LedgerTally, _ round: inout Round) {
        var isOpen = true
        while isOpen, !isStopped {
            if damage != nil {
                isOpen = searchOn(batch, &round)
                continue
            }
            let range = round.position..<round.filled
            let bytes = batch.bytes
            let step =
                if let classic {
                    classic.read(bytes.span, range, &cursor, into: &batch.frames)
                } else {
                    blocks.read(bytes.span, range, isLast: isAtEnd, &cursor, into: &batch.frames)
                }
            round.position = step.position
            isOpen = account(step, &batch, &tally, &round)
        }
    }

    /// The file ends inside a block that was being stepped over.
    private mutating func rejectCutBlock(_ batch: inout FrameBatch, _ tally: inout LedgerTally, _ round: inout Round) {
        if !isSkipAccounted { reject(.truncatedRecord, round.filled..<round.filled, &batch, &tally, &round) }
        condition.note(from: skipStart, to: cursor.base &+ UInt64(round.filled))
        skipCount = 0
    }

    /// Acts on why reading ended; returns whether the rest of the buffer is to be read on.
    private mutating func account(
        _ step: CaptureStep, _ batch: inout FrameBatch, _ tally: inout LedgerTally, _ round: inout Round
    ) -> Bool {
        switch step.outcome {
        case .needsMore, .full: return false
        case .rejected(let reason, let start, let length):
            reject(reason, start..<start + length, &batch, &tally, &round)
        case .damaged(let reason, let length):
            reject(reason, round.position..<round.filled, &batch, &tally, &round)
            let start = cursor.base &+ UInt64(round.position)
            damage = Damage(start: start, soundEnd: length.map { start &+ $0 })
            round.position += 1
        case .stopped(let reason):
            reject(reason, round.position..<round.filled, &batch, &tally, &round)
            damage = Damage(start: cursor.base &+ UInt64(round.position))
            isStopped = true
        case .capture: return openNext(&batch, &tally, &round)
        case .skip(let count):
            skip(count, &round)
            isSkipAccounted = false
        case .rejectedAndSkip(let reason, let count):
            let end = Int(min(UInt64(round.filled), UInt64(round.position) + count))
            reject(reason, round.position..<end, &batch, &tally, &round)
            skip(count, &round)
            isSkipAccounted = true
        }
        return true
    }

    private mutating func skip(_ count: UInt64, _ round: inout Round) {
        skipStart = cursor.base &+ UInt64(round.position)
        let here = min(count, UInt64(round.filled - round.position))
        round.position += Int(here)
        skipCount = count - here
    }

    mutating func reject(
        _ reason: RejectReason, _ range: Range<Int>, _ batch: inout FrameBatch, _ tally: inout LedgerTally,
        _ round: inout Round
    ) {
        round.hasRejects = true
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

    private mutating func settle(_ tally: inout LedgerTally) {
        if cursor.firstTime <= cursor.latestTime {
            tally.see(cursor.firstTime)
            tally.see(cursor.latestTime)
        }
        let irregular = blocks.irregularBlocks - irregularSettled
        if irregular > 0 { tally.note(.badOptionalField, count: irregular) }
        irregularSettled = blocks.irregularBlocks
        cursor.firstTime = Timestamp(nanoseconds: .max)
        cursor.latestTime = Timestamp(nanoseconds: .min)
    }
}
