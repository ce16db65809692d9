import ForensicsIngest
import ForensicsModel

/// One capture file of a set, as the plan found it.
struct CaptureFile: Sendable {
    var ordinal: UInt32
    var path: String
    var origin = InputOrigin.file
    /// The first packet's time; files are ordered by it.
    var firstTime: Timestamp?
    /// The case has its records up to this one, in a part of the set that cannot be tracked again.
    var knownRecords: UInt32 = 0

    /// The order in which the files of a set are read: that of their first packets; files without any come last.
    static func precedes(_ left: CaptureFile, _ right: CaptureFile) -> Bool {
        let unknown = Timestamp(nanoseconds: .max)
        let times = (left.firstTime ?? unknown, right.firstTime ?? unknown)
        return times.0 != times.1 ? times.0 < times.1 : left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
    }
}

/// What reading a file to its end told about it.
struct SourceOutcome: Sendable {
    var ordinal: UInt32
    var tally = LedgerTally()
    var contentKey: ContentKey?
    /// The key of the first `ContentKey.beginningLength` bytes, if there are so many.
    var beginning: ContentKey?
    var decodedLength: UInt64 = 0
    var issues: [StreamIssue] = []
    /// What of a capture could not be read.
    var condition = CaptureCondition()
    /// What a capture's file says of packets that never came into it.
    var drops = CaptureDrops()
    var seekPoints: [SeekPoint] = []
    /// The file could not be opened again.
    var failure: IngestError?
    var first: Timestamp? { tally.firstTime }
    var last: Timestamp? { tally.lastTime }
}

/// The packets of a capture set in order of time over its files.
///
/// Inside a file the order is the file's. Files follow one another by their first packet; where two overlap, the
/// packet with the earlier time comes first, and of two with the same time that of the file that began first.
final class CaptureSetReader {
    /// A file that is open, with the frames that were read and not given out.
    private final class OpenFile {
        let index: Int
        var reader: CaptureReader
        var batch = FrameBatch()
        var next = 0
        var isAtEnd = false
        /// The time of the last frame that was read.
        var last: Timestamp?

        init(index: Int, reader: consuming CaptureReader) {
            self.index = index
            self.reader = reader
        }
    }

    private let files: [CaptureFile]
    private let limits: ByteSource.Limits
    private var open: [OpenFile] = []
    private var nextFile = 0
    private(set) var outcomes: [SourceOutcome]
    /// Stretches of time of which packets are missing, of what was read so far and not taken yet.
    private var holes: [TimeWindow] = []
    /// The last packet of the files that are closed.
    private var closed: Timestamp?
    /// Whether the file that was closed last breaks off.
    private var isCut = false
    /// The numbers of the files without packets.
    private let emptyNumbers: Set<Int>
    /// Bytes of the files, as stored, that were used.
    private(set) var rawBytes: Int64 = 0

    private let pool: SparePool<[UInt8]>
    /// The memory of frames that were decoded.
    private var spareFrames: [FrameHeader] = []

    /// - Parameter pool: where the buffers of used batches come back to.
    init(files: [CaptureFile], limits: ByteSource.Limits, pool: SparePool<[UInt8]>) {
        self.files = files
        self.limits = limits
        self.pool = pool
        outcomes = files.map { SourceOutcome(ordinal: $0.ordinal) }
        emptyNumbers = Set(files.filter { $0.firstTime == nil }.map { RotationNumber.number(of: $0.path) })
    }

    /// Gives the next run of frames, all of one file, or `nil` at the end of the set.
    ///
    /// - Returns: the frames, and the index of their file, whose tally they belong to.
    func next() -> (frames: FrameBatch, file: Int)? {
        while true {
            openDue()
            guard let first = earliest() else {
                if nextFile < files.count {
                    openFile()
                    continue
                }
                return nil
            }
            let limit = boundary(for: first)
            let start = first.next
            let frames = first.batch.frames
            var end = frames.count
            if let limit {
                end = start
                while end < frames.count, end == start || precedes(frames[end].time, first, limit) { end += 1 }
            }
            let index = first.index
            if start == 0, end == frames.count {
                let batch = first.batch
                first.batch = FrameBatch()
                advance(first)
                return (batch, index)
            }
            var run = first.batch
            run.frames = Array(frames[start..<end])
            if start > 0 { run.rejects = [] }
            first.next = end
            if end == frames.count { advance(first) }
            return (run, index)
        }
    }

    /// Takes the stretches of time of which packets are known to be missing: a file breaks off, is damaged, or is not there as
    /// its number tells. Each is told before the first frames after it.
    func takeHoles() -> [TimeWindow] {
        if holes.isEmpty { return [] }
        defer { holes = [] }
        return holes
    }

    /// Takes the frames of a batch back, for their memory alone.
    func giveBack(_ frames: consuming [FrameHeader]) { spareFrames = frames }

    /// What the caller counts for a file's frames goes here.
    func withTally(_ file: Int, _ body: (inout LedgerTally) -> Void) { body(&outcomes[file].tally) }

    private func precedes(_ time: Timestamp, _ file: OpenFile, _ limit: (time: Timestamp, index: Int)) -> Bool {
        time < limit.time || (time == limit.time && file.index < limit.index)
    }

    /// The open file whose next frame comes first.
    private func earliest() -> OpenFile? {
        var best: OpenFile?
        for file in open {
            guard let candidate = best else {
                best = file
                continue
            }
            let times = (time(file), time(candidate))
            if times.0 < times.1 || (times.0 == times.1 && file.index < candidate.index) { best = file }
        }
        return best
    }

    /// A batch of rejects alone has no time: it goes out at once.
    private func time(_ file: OpenFile) -> Timestamp {
        file.next < file.batch.frames.count ? file.batch.frames[file.next].time : Timestamp(nanoseconds: .min)
    }

    /// Where another file's frames come in, open or not yet.
    private func boundary(for file: OpenFile) -> (time: Timestamp, index: Int)? {
        var limit: (time: Timestamp, index: Int)?
        for other in open where other !== file {
            let at = (time: time(other), index: other.index)
            if limit.map({ at.time < $0.time || (at.time == $0.time && at.index < $0.index) }) ?? true { limit = at }
        }
        if nextFile < files.count {
            let at = (time: files[nextFile].firstTime ?? Timestamp(nanoseconds: .min), index: nextFile)
            if limit.map({ at.time < $0.time }) ?? true { limit = at }
        }
        return limit
    }

    /// Opens every file whose first packet is not after the next frame.
    private func openDue() {
        while nextFile < files.count, let first = earliest() {
            let due = files[nextFile].firstTime ?? Timestamp(nanoseconds: .min)
            if due > time(first) { return }
            openFile()
        }
    }

    private func openFile() {
        let index = nextFile
        nextFile += 1
        noteSeam(before: index)
        do throws(IngestError) {
            let source = try ByteSource(
                path: files[index].path, origin: files[index].origin, limits: limits,
                checkpoints: [ContentKey.beginningLength])
            let file = OpenFile(index: index, reader: try CaptureReader(source: source, ordinal: files[index].ordinal))
            advance(file)
            if !file.isAtEnd { open.append(file) }
        } catch {
            outcomes[index].failure = error
            isCut = true
        }
    }

    /// Notes the time between two files if packets are missing in it. A set whose files overlap has another that tells.
    private func noteSeam(before index: Int) {
        guard open.isEmpty, let last = closed, let first = files[index].firstTime, index > 0 else { return }
        if last < first,
            isCut || RotationNumber.skips(from: files[index - 1].path, to: files[index].path, present: emptyNumbers)
        {
            holes.append(TimeWindow(start: last, end: first))
        }
        isCut = false
    }

    /// Notes the time in which a file is damaged: from the frame before to the frame after.
    private func noteDamage(_ file: OpenFile, since count: UInt64, after last: Timestamp?) {
        let condition = file.reader.condition
        guard condition.gapCount > count else { return }
        let frames = file.batch.frames
        if condition.gapCount > UInt64(CaptureCondition.gapLimit), let end = frames.last?.time {
            // Where they are is not kept any more.
            if let start = last ?? frames.first?.time, start < end {
                holes.append(TimeWindow(start: start, end: end))
            }
            return
        }
        for gap in condition.gaps.dropFirst(Int(count)) {
            let next = frames.firstIndex { $0.offset >= gap.offset &+ gap.length }
            let previous = (next ?? frames.count) > 0 ? frames[(next ?? frames.count) - 1].time : last
            guard let next, let previous, previous < frames[next].time else { continue }
            holes.append(TimeWindow(start: previous, end: frames[next].time))
        }
    }

    /// Reads the file's next batch; closes it at its end.
    private func advance(_ file: OpenFile) {
        let before = file.reader.source.rawOffset
        file.next = 0
        if file.batch.bytes.isEmpty { file.batch.bytes = pool.take() }
        if file.batch.frames.capacity == 0 { swap(&file.batch.frames, &spareFrames) }
        let damages = file.reader.condition.gapCount
        let hasMore = file.reader.next(into: &file.batch, tally: &outcomes[file.index].tally)
        noteDamage(file, since: damages, after: file.last)
        file.last = file.batch.frames.last?.time ?? file.last
        rawBytes += Int64(clamping: file.reader.source.rawOffset &- before)
        passOverKnown(file)
        if hasMore { return }
        file.isAtEnd = true
        open.removeAll { $0 === file }
        outcomes[file.index].contentKey = file.reader.source.contentKey
        outcomes[file.index].beginning = file.reader.source.beginning
        outcomes[file.index].decodedLength = file.reader.source.decodedOffset
        outcomes[file.index].issues = file.reader.source.issues
        closed = max(closed ?? Timestamp(nanoseconds: .min), file.last ?? Timestamp(nanoseconds: .min))
        isCut =
            file.reader.condition.cutRecord != nil || file.reader.source.issues.contains(where: \.cutsStream)
            || file.reader.condition.lastGap.map { $0.offset &+ $0.length >= file.reader.source.decodedOffset }
                ?? false
        outcomes[file.index].condition = file.reader.condition
        outcomes[file.index].drops = CaptureDrops(file.reader.interfaces)
        outcomes[file.index].seekPoints = file.reader.source.seekTable.points
        outcomes[file.index].failure = files[file.index].origin.failure
    }

    /// Counts the packets that the case has already, and hands them to nobody.
    private func passOverKnown(_ file: OpenFile) {
        let known = files[file.index].knownRecords
        guard known > 0, let first = file.batch.frames.first, first.record <= known else { return }
        let end = file.batch.frames.firstIndex { $0.record > known } ?? file.batch.frames.count
        for _ in 0..<end { outcomes[file.index].tally.ignore(.duplicate) }
        file.batch.frames.removeFirst(end)
    }
}
