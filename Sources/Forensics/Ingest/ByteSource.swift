/// One evidence file as the stream of its decoded bytes.
///
/// Compression is told by content. A gzip file may have several members; what follows the last one is left out and
/// noted; a stream that is cut or damaged gives everything before the damage, and then an issue. After a source is
/// open nothing throws: what goes wrong later ends the stream and is in `issues`.
///
/// Small gzip files are decompressed as a whole where libdeflate is built in; memory stays bounded by `Limits`.
package struct ByteSource: ~Copyable, Sendable {
    /// What a file may cost in memory when it is decompressed as a whole; larger ones are streamed.
    package struct Limits: Sendable {
        /// Bytes as stored.
        package var storedWhole: Int
        /// Decoded bytes.
        package var decodedWhole: Int

        package init(storedWhole: Int = 64 << 20, decodedWhole: Int = 256 << 20) {
            self.storedWhole = storedWhole
            self.decodedWhole = decodedWhole
        }

        /// Always streamed: about 300 KB a source.
        package static let streaming = Limits(storedWhole: 0, decodedWhole: 0)
    }

    /// How many decoded bytes `prefix` holds at most.
    package static let prefixLength = 80 << 10
    /// How many issues are kept; all are counted.
    package static let issueLimit = 16

    /// The path as it was given; `-` for standard input.
    package let path: String
    /// The first decoded bytes, for telling what the source is. Taking them uses nothing up.
    package let prefix: [UInt8]
    /// How the file looked when it was opened; `nil` for bytes in memory.
    package let stamp: FileStamp?
    /// What was irregular so far, the first `issueLimit` of it.
    package private(set) var issues: [StreamIssue] = []
    /// How many irregularities there were, kept or not.
    package private(set) var issueCount = 0
    /// Where decoding can begin again.
    package internal(set) var seekTable = SeekTable()
    let limits: Limits
    private let decodedStart: UInt64
    var raw: RawInput
    private var inflater: Inflater?
    var digest: DecodedDigest
    var phase: Phase
    /// Decoded bytes that wait to be delivered.
    private var pending: [UInt8] = []
    private var pendingStart = 0
    private var pendingEnd = 0

    enum Phase { case plain, memberStart, body, trailer, end }

    /// Opens a file, or standard input for `-`.
    ///
    /// - Parameters:
    ///   - checkpoints: lengths at which the content key is kept as well (`keysAtCheckpoints`).
    ///   - start: a place of `seekTable` to begin at; keys and offsets then count from there on.
    package init(
        path: String, limits: Limits = Limits(), checkpoints: [UInt64] = [], start: SeekPoint? = nil
    ) throws(IngestError) {
        let file = try InputFile.open(path: path)
        let stamp = file.stamp
        self.init(
            path: path, stamp: stamp, raw: RawInput(file: file, at: start?.rawOffset ?? 0), limits: limits,
            checkpoints: checkpoints, decodedStart: start?.decodedOffset ?? 0)
    }

    /// Takes the bytes of a file that are in memory already.
    package init(bytes: [UInt8], path: String, limits: Limits = Limits(), checkpoints: [UInt64] = []) {
        self.init(
            path: path, stamp: nil, raw: RawInput(bytes: bytes), limits: limits, checkpoints: checkpoints,
            decodedStart: 0)
    }

    /// Takes bytes that come from elsewhere; waits for the first of them.
    package init(
        stream: any ByteStream, path: String, limits: Limits = Limits(), checkpoints: [UInt64] = []
    ) {
        self.init(
            path: path, stamp: nil, raw: RawInput(stream: stream), limits: limits, checkpoints: checkpoints,
            decodedStart: 0)
    }

    private init(
        path: String, stamp: FileStamp?, raw: consuming RawInput, limits: Limits, checkpoints: [UInt64],
        decodedStart: UInt64
    ) {
        var raw = raw
        _ = raw.ensure(2 * Self.prefixLength)
        let stored = Array(raw.window[raw.start..<raw.start + min(raw.available, 2 * Self.prefixLength)])
        let isGzip = GzipHeader.isMagic(stored.span)
        self.path = path
        self.stamp = stamp
        self.limits = limits
        self.decodedStart = decodedStart
        digest = DecodedDigest(sumsMembers: isGzip, checkpoints: checkpoints)
        phase = isGzip ? .memberStart : .plain
        inflater = isGzip ? Inflater() : nil
        prefix = isGzip ? GzipPrefix.decode(stored, limit: Self.prefixLength) : Array(stored.prefix(Self.prefixLength))
        self.raw = raw
    }

    /// How many bytes of the file were used: for progress.
    package var rawOffset: UInt64 { raw.offset }
    /// The length of the file when it was opened; `nil` for pipes.
    package var rawLength: UInt64? { raw.knownLength }
    /// How many bytes were decoded; the delivered ones are at most as many.
    package var decodedOffset: UInt64 { decodedStart + digest.length }
    /// The identity of the decoded content; of all of it once the end was reached.
    package var contentKey: ContentKey { digest.key }
    /// The keys at the checkpoints that were reached, shortest first.
    package var keysAtCheckpoints: [ContentKey] { digest.keysAtCheckpoints }
    /// The key of the beginning, where that was among the checkpoints and the source is so long.
    package var beginning: ContentKey? { keysAtCheckpoints.first { $0.length == ContentKey.beginningLength } }
    /// Whether the source ends before its maker meant it to, so that its last record may be half of one.
    package var isCutShort: Bool { issues.contains { $0.cutsStream } }
    /// Whether every byte was decoded and delivered.
    package var isAtEnd: Bool { phase == .end && pendingStart == pendingEnd }

    /// Reads decoded bytes to `buffer[position..<position + count]`, which the buffer must hold.
    ///
    /// - Returns: how many; less than `count` only where the source delivers in pieces, 0 only at the end.
    package mutating func read(into buffer: inout [UInt8], at position: Int, upTo count: Int) -> Int {
        let room = min(count, buffer.count - position)
        guard room > 0, position >= 0 else { return 0 }
        #if Libdeflate
            if digest.length == 0, phase == .memberStart, raw.offset == 0 { decodePendingWhole() }
        #endif
        if pendingStart < pendingEnd { return deliver(into: &buffer, at: position, upTo: room) }
        return phase == .plain
            ? readPlain(into: &buffer, at: position, upTo: room)
            : readGzip(into: &buffer, at: position, upTo: room)
    }

    /// Decompresses all of a small gzip file to the beginning of `buffer`, which grows as needed.
    ///
    /// - Returns: the decoded length, or `nil` where the file must be read in pieces with `read` instead: it is
    ///   plain, too large for the limits, damaged, reading has begun, or libdeflate is not built in.
    package mutating func readWhole(into buffer: inout [UInt8]) -> Int? {
        #if Libdeflate
            guard digest.length == 0, phase == .memberStart, raw.offset == 0, pendingEnd == 0 else { return nil }
            let decoded = decodeWhole(into: &buffer)
            if phase == .end { return decoded }
            keepPending(&buffer, decoded)
        #endif
        return nil
    }

    /// Takes back what `readWhole` gave, to be read in pieces after all. The buffer is left empty.
    package mutating func takeBack(_ buffer: inout [UInt8], count: Int) { keepPending(&buffer, count) }

    /// Reads to the end and delivers nothing: for the content key alone.
    package mutating func drain() {
        var scratch = [UInt8](repeating: 0, count: 1 << 18)
        while read(into: &scratch, at: 0, upTo: scratch.count) > 0 {}
    }

    // MARK: - Plain files

    private mutating func readPlain(into buffer: inout [UInt8], at position: Int, upTo room: Int) -> Int {
        var count = min(room, raw.available)
        if count > 0 {
            Self.copy(raw.window, raw.start, into: &buffer, at: position, count: count)
            raw.advance(count)
        } else {
            count = raw.readDirectly(into: &buffer, at: position, upTo: room)
        }
        digest.append(buffer, position..<position + count)
        if count == 0 { finish() }
        return count
    }

    private mutating func finish() {
        phase = .end
        if raw.errorNumber != 0 {
            note(.readFailed(raw.errorNumber))
        } else if let stamp, stamp.kind == .regular, let now = raw.currentStamp(), now != stamp {
            note(now.size < stamp.size ? .shrankWhileReading : .changedWhileReading)
        }
    }

    /// - Parameter rawOffset: where in the file; `nil` for where reading is.
    private mutating func note(_ kind: StreamIssue.Kind, at rawOffset: UInt64? = nil) {
        issueCount += 1
        let issue = StreamIssue(kind: kind, rawOffset: rawOffset ?? raw.offset, decodedOffset: decodedOffset)
        // An issue that cuts the stream is the last one and always kept.
        if issues.count < Self.issueLimit {
            issues.append(issue)
        } else if issue.cutsStream {
            issues[Self.issueLimit - 1] = issue
        }
    }

    private mutating func deliver(into buffer: inout [UInt8], at position: Int, upTo room: Int) -> Int {
        let count = min(room, pendingEnd - pendingStart)
        Self.copy(pending, pendingStart, into: &buffer, at: position, count: count)
        pendingStart += count
        if pendingStart == pendingEnd {
            pending = []
            pendingStart = 0
            pendingEnd = 0
        }
        return count
    }

    mutating func keepPending(_ buffer: inout [UInt8], _ count: Int) {
        swap(&pending, &buffer)
        buffer = []
        pendingStart = 0
        pendingEnd = min(count, pending.count)
    }

    private static func copy(
        _ source: [UInt8], _ start: Int, into target: inout [UInt8], at position: Int, count: Int
    ) {
        target.replaceSubrange(position..<position + count, with: source[start..<start + count])
    }

    // MARK: - Gzip

    private mutating func readGzip(into buffer: inout [UInt8], at position: Int, upTo room: Int) -> Int {
        while true {
            switch phase {
            case .plain, .end: return 0
            case .memberStart: beginMember()
            case .trailer: endMember()
            case .body:
                let produced = inflateStep(into: &buffer, position..<position + room)
                if produced > 0 { return produced }
            }
        }
    }

    mutating func beginMember() {
        let point = SeekPoint(rawOffset: raw.offset, decodedOffset: decodedOffset)
        switch GzipHeader.read(&raw) {
        case .complete:
            seekTable.add(point)
            inflater?.reset()
            digest.beginMember()
            phase = .body
        case .truncated: cut()
        case .notGzip:
            noteTail()
            finish()
        }
    }

    /// Tells padding from garbage after the last member.
    private mutating func noteTail() {
        guard raw.ensure(1) else { return }
        let from = raw.offset
        var isZero = true
        while isZero, raw.ensure(1) {
            for index in raw.start..<raw.end where raw.window[index] != 0 { isZero = false }
            if isZero { raw.advance(raw.available) }
        }
        note(isZero ? .trailingZeros : .trailingGarbage, at: from)
    }

    private mutating func cut() {
        // A read error is the cause of the cut and is told instead of it.
        if raw.errorNumber == 0 { note(.truncatedGzip) }
        finish()
    }

    private mutating func inflateStep(into buffer: inout [UInt8], _ target: Range<Int>) -> Int {
        // zlib may still hold output when the input has ended, so an empty input is not yet the end.
        let hasInput = raw.ensure(1)
        let step = inflater?.step(raw.window, raw.start..<raw.end, into: &buffer, target)
        guard let step else { return 0 }
        raw.advance(step.consumed)
        digest.append(buffer, target.lowerBound..<target.lowerBound + step.produced)
        switch step.outcome {
        case .finished: phase = .trailer
        case .corrupt:
            note(.corruptGzip)
            finish()
        case .more: if !hasInput, step.produced == 0 { cut() }
        }
        return step.produced
    }

    mutating func endMember() {
        guard raw.ensure(8) else { return cut() }
        let trailer = Self.trailer(raw.window, raw.start)
        raw.advance(8)
        check(trailer)
        phase = .memberStart
    }

    private mutating func check(_ trailer: (crc: UInt32, length: UInt32)) {
        if trailer.crc != digest.memberCRC {
            note(.checksumMismatch)
        } else if trailer.length != UInt32(truncatingIfNeeded: digest.memberLength) {
            note(.lengthMismatch)
        }
    }

    static func trailer(_ bytes: [UInt8], _ position: Int) -> (crc: UInt32, length: UInt32) {
        let span = bytes.span
        return (span.unsigned32(position, isBig: false), span.unsigned32(position + 4, isBig: false))
    }
}
