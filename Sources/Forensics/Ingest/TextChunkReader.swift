package import ForensicsModel

/// The lines of one text file, in chunks of whole lines.
///
/// The caller owns the buffer and may hand it on; each call fills it anew. A small gzip file comes as one chunk where
/// libdeflate is built in; all else in chunks of `chunkLength`. Newline is LF: a CR before it belongs to the line.
package struct TextChunkReader: ~Copyable, Sendable {
    /// What one call gives.
    package enum Event: Sendable, Equatable {
        /// Whole lines in `buffer[range]`, the first byte of which lies at `offset` in the decoded stream. Only the
        /// last line of a source may lack its newline.
        case lines(Range<Int>, offset: UInt64)
        /// One line that is no record, to be counted as one: longer than `lineLimit`, or cut with its source.
        case rejected(RejectReason, offset: UInt64, length: UInt64, sample: [UInt8])
        case end
    }

    /// The most bytes of a line, without its newline.
    package static let lineLimit = 1 << 20
    /// The bytes of a chunk.
    package static let chunkLength = 4 << 20

    /// Where the bytes come from: progress, issues and content key.
    package var source: ByteSource
    private let chunkLength: Int
    private let lineLimit: Int
    /// What was read behind the last whole line.
    private var carry: [UInt8] = []
    /// The place of the carry in the decoded stream.
    private var offset: UInt64 = 0
    private var isAtEnd = false
    private var hasBegun = false

    /// Begins to read lines.
    ///
    /// - Parameter chunkLength: at least one byte more than `lineLimit`; less is raised to that.
    package init(
        source: consuming ByteSource, chunkLength: Int = TextChunkReader.chunkLength,
        lineLimit: Int = TextChunkReader.lineLimit
    ) {
        self.source = source
        self.lineLimit = max(1, lineLimit)
        self.chunkLength = max(chunkLength, self.lineLimit + 1)
    }

    /// Returns the next lines, in `buffer`, or the next unusable line.
    package mutating func next(into buffer: inout [UInt8]) -> Event {
        if !hasBegun {
            hasBegun = true
            if let event = whole(&buffer) { return event }
        }
        let filled = fill(&buffer)
        if filled == 0 { return .end }
        let sound = soundLength(buffer.span, filled)
        let linesEnd = isAtEnd && sound == filled ? filled : Self.lastNewline(buffer.span, sound)
        let cut = isAtEnd && source.isCutShort ? Self.lastNewline(buffer.span, linesEnd) : linesEnd
        if cut > 0 { return deliver(buffer, cut, filled) }
        if linesEnd > 0 { return rejectCutLine(buffer, filled) }
        return skipLongLine(&buffer, filled)
    }

    /// Delivers a whole decompressed file at once, if it can be had and holds no line that is too long.
    private mutating func whole(_ buffer: inout [UInt8]) -> Event? {
        guard let count = source.readWhole(into: &buffer) else { return nil }
        if count == 0 { return nil }
        if soundLength(buffer.span, count) < count {
            source.takeBack(&buffer, count: count)
            return nil
        }
        offset = UInt64(count)
        isAtEnd = true
        return .lines(0..<count, offset: 0)
    }

    private mutating func fill(_ buffer: inout [UInt8]) -> Int {
        if buffer.count < chunkLength {
            buffer.append(contentsOf: repeatElement(0, count: chunkLength - buffer.count))
        }
        var filled = carry.count
        if filled > 0 { buffer.replaceSubrange(0..<filled, with: carry) }
        while filled < chunkLength, !isAtEnd {
            let read = source.read(into: &buffer, at: filled, upTo: chunkLength - filled)
            if read == 0 { isAtEnd = true }
            filled += read
        }
        return filled
    }

    private mutating func deliver(_ buffer: [UInt8], _ count: Int, _ filled: Int) -> Event {
        carry.removeAll(keepingCapacity: true)
        carry.append(contentsOf: buffer[count..<filled])
        defer { offset += UInt64(count) }
        return .lines(0..<count, offset: offset)
    }

    /// The last line of a source that was cut may be half of one, and half a number is a wrong number.
    private mutating func rejectCutLine(_ buffer: [UInt8], _ filled: Int) -> Event {
        carry = []
        defer { offset += UInt64(filled) }
        return .rejected(
            .truncatedRecord, offset: offset, length: UInt64(filled),
            sample: Array(buffer[0..<min(filled, Reject.sampleLimit)]))
    }

    /// Leaves out the line that begins the buffer and is too long, through its newline.
    private mutating func skipLongLine(_ buffer: inout [UInt8], _ filled: Int) -> Event {
        let sample = Array(buffer[0..<min(filled, Reject.sampleLimit)])
        let start = offset
        var filled = filled
        var length: UInt64 = 0
        while true {
            if let newline = Self.firstNewline(buffer.span, filled) {
                length += UInt64(newline)
                carry.removeAll(keepingCapacity: true)
                carry.append(contentsOf: buffer[newline + 1..<filled])
                offset += UInt64(newline + 1)
                break
            }
            length += UInt64(filled)
            offset += UInt64(filled)
            carry.removeAll(keepingCapacity: true)
            filled = fill(&buffer)
            if filled == 0 { break }
        }
        return .rejected(.lineTooLong, offset: start, length: length, sample: sample)
    }

    /// Returns how many of the first `count` bytes come before the first line that is too long; `count` if none is.
    ///
    /// Looks for the last newline within reach of a line's start, so that only few bytes are visited.
    private func soundLength(_ bytes: Span<UInt8>, _ count: Int) -> Int {
        var lineStart = 0
        while count - lineStart > lineLimit {
            var newline = lineStart + lineLimit
            while newline >= lineStart, bytes[newline] != 0x0A { newline -= 1 }
            if newline < lineStart { return lineStart }
            lineStart = newline + 1
        }
        return count
    }

    /// Returns the length of the first `count` bytes through the last newline, 0 if there is none.
    private static func lastNewline(_ bytes: Span<UInt8>, _ count: Int) -> Int {
        var end = count
        while end > 0, bytes[end - 1] != 0x0A { end -= 1 }
        return end
    }

    private static func firstNewline(_ bytes: Span<UInt8>, _ count: Int) -> Int? {
        for index in 0..<count where bytes[index] == 0x0A { return index }
        return nil
    }
}
