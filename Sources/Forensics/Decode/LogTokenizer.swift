/// Splits one log line into its fields, eight bytes at a time.
///
/// Fields stand one space apart. A field that begins with a quote ends at the first space outside quotes, so
/// `"h2","http/1.1"` is one field; in any other field a quote is a byte like all others. Runs of spaces count as one.
/// A line ends at a line feed or at the end of the bytes; carriage returns and spaces before that belong to nothing.
/// A quote after a backslash is text: AWS writes `\x22` today, but old logs have `\"`. Where that leaves a quote open,
/// the backslash was text itself, and the line is read again as if it meant nothing.
///
/// At most `capacity` fields are kept; what follows them is `tail`.
package struct LogTokenizer: Sendable {
    /// The most fields of one line: the longest flow log format has 53 columns.
    package static let capacity = 64

    /// How the line ended.
    package enum Outcome: Sendable {
        case fields
        /// A quote was opened and the line ended inside it.
        case unbalancedQuotes
        /// Nothing but spaces.
        case blank
    }

    /// For each field its first byte and the byte after it, without quotes.
    private var bounds = [Int](repeating: 0, count: 2 * capacity)
    /// The number of fields kept.
    package private(set) var count = 0
    /// The first byte of the line.
    package private(set) var lineStart = 0
    /// The byte after the last one of the line, line feed, carriage return and trailing spaces excluded.
    package private(set) var lineEnd = 0
    /// The first byte of the next line.
    package private(set) var next = 0
    /// The first byte past the kept fields, or `lineEnd`.
    package private(set) var tailStart = 0
    /// Whether the line may hold a backslash; never `false` when it does.
    package private(set) var mayHaveEscapes = false
    /// Whether the line may hold a byte above 0x7F; never `false` when it does.
    package private(set) var mayHaveHighBytes = false

    package init() {}

    /// The bytes of a field without its quotes; empty for a field that the line does not have.
    @inline(__always)
    package subscript(_ index: Int) -> Range<Int> {
        guard index < count else { return 0..<0 }
        return bounds[2 &* index]..<bounds[2 &* index &+ 1]
    }

    /// The first byte of a field as it stands in the line, its quote included.
    @inline(__always)
    package func rawStart(_ index: Int, _ bytes: Span<UInt8>) -> Int {
        let start = bounds[2 &* index]
        return start > lineStart && bytes[start &- 1] == 0x22 ? start &- 1 : start
    }

    /// Reads the line at `start` into fields, up to `limit` of them.
    @inline(__always)
    package mutating func scan(_ bytes: Span<UInt8>, from start: Int, limit: Int = capacity) -> Outcome {
        let outcome = scan(bytes, from: start, limit: limit, Marks(escape: 0x5C))
        guard outcome == .unbalancedQuotes, mayHaveEscapes else { return outcome }
        // No byte of a line is a line feed: nothing escapes.
        return scan(bytes, from: start, limit: limit, Marks(escape: 0x0A))
    }

    private mutating func scan(_ bytes: Span<UInt8>, from start: Int, limit: Int, _ marks: Marks) -> Outcome {
        var position = start
        var marks = marks
        var found = 0
        var isBalanced = true
        lineStart = start
        tailStart = -1
        var fields = bounds.mutableSpan
        let last = min(limit, Self.capacity)
        while true {
            let first = ByteWord.byte(bytes, position)
            if first == 0x20 {
                position &+= 1
                continue
            }
            if first == 0x0A || (first == 0x0D && Self.isLineEnd(bytes, position &+ 1)) { break }
            if found == last {
                tailStart = position
                position = Self.lineFeed(bytes, from: position, &marks)
                break
            }
            var begin = position
            var end: Int
            if first == 0x22 {
                begin &+= 1
                position = Self.quotedEnd(bytes, position, &marks, &isBalanced)
                end = position
                if end > begin, ByteWord.byte(bytes, end &- 1) == 0x22 { end &-= 1 }
            } else {
                position = Self.bareEnd(bytes, position, &marks)
                end = position
            }
            fields[2 &* found] = begin
            fields[2 &* found &+ 1] = end
            found &+= 1
        }
        finish(bytes, position, found)
        mayHaveHighBytes = marks.mayHaveHighBytes
        mayHaveEscapes = marks.mayHaveEscapes
        if count == 0 { return .blank }
        return isBalanced ? .fields : .unbalancedQuotes
    }

    /// What the bytes looked at so far may hold; a byte past the line's end may have been looked at as well.
    private struct Marks {
        /// The byte that takes a quote's meaning.
        let escape: UInt8
        private var seen: UInt64 = 0
        private var escapes: UInt64 = 0

        init(escape: UInt8) { self.escape = escape }

        @inline(__always)
        mutating func see(_ word: UInt64) {
            seen |= word
            escapes |= ByteWord.equal(word, 0x5C)
        }

        var mayHaveHighBytes: Bool { seen & ByteWord.high != 0 }
        var mayHaveEscapes: Bool { escapes != 0 }
    }

    /// Skips the line at `start` without looking for fields.
    package mutating func skip(_ bytes: Span<UInt8>, from start: Int) {
        var marks = Marks(escape: 0x5C)
        lineStart = start
        tailStart = -1
        finish(bytes, Self.lineFeed(bytes, from: start, &marks), 0)
    }

    /// Takes fields that stand in other bytes: the values of a JSON object.
    mutating func adopt(_ other: [Int], end: Int) {
        for index in 0..<bounds.count { bounds[index] = other[index] }
        count = Self.capacity
        lineStart = 0
        lineEnd = end
        tailStart = end
        mayHaveEscapes = true
    }

    private mutating func finish(_ bytes: Span<UInt8>, _ stop: Int, _ found: Int) {
        count = found
        next = stop < bytes.count && bytes[stop] == 0x0D ? stop &+ 2 : stop &+ 1
        if next > bytes.count { next = bytes.count }
        var end = min(stop, bytes.count)
        while end > lineStart, bytes[end &- 1] == 0x20 || bytes[end &- 1] == 0x0D { end &-= 1 }
        lineEnd = end
        if tailStart < 0 || tailStart > end { tailStart = end }
        // Trailing carriage returns may have been taken for a field, or for the end of one.
        while count > 0, bounds[2 &* count &- 1] > end {
            bounds[2 &* count &- 1] = end
            if bounds[2 &* count &- 2] < end { break }
            count &-= 1
        }
    }

    @inline(__always)
    private static func isLineEnd(_ bytes: Span<UInt8>, _ position: Int) -> Bool {
        ByteWord.byte(bytes, position) == 0x0A
    }

    /// The end of a field without quotes: the next space or line end.
    @inline(__always)
    private static func bareEnd(_ bytes: Span<UInt8>, _ start: Int, _ marks: inout Marks) -> Int {
        var position = start
        while true {
            let word = ByteWord.load(bytes, position)
            marks.see(word)
            let low = ByteWord.atMostSpace(word)
            if low == 0 {
                position &+= 8
                continue
            }
            position &+= low.trailingZeroBitCount &>> 3
            let byte = ByteWord.byte(bytes, position)
            if byte == 0x20 || byte == 0x0A { return position }
            if byte == 0x0D, isLineEnd(bytes, position &+ 1) { return position }
            position &+= 1
        }
    }

    /// The end of a field that begins with a quote: the first space outside quotes, or the line end.
    @inline(__always)
    private static func quotedEnd(
        _ bytes: Span<UInt8>, _ start: Int, _ marks: inout Marks, _ isBalanced: inout Bool
    ) -> Int {
        var position = start &+ 1
        while true {
            // Inside quotes.
            while true {
                let word = ByteWord.load(bytes, position)
                marks.see(word)
                let hit = ByteWord.equal(word, 0x22) | ByteWord.equal(word, 0x0A)
                if hit == 0 {
                    position &+= 8
                    continue
                }
                position &+= hit.trailingZeroBitCount &>> 3
                break
            }
            if ByteWord.byte(bytes, position) == 0x0A {
                isBalanced = false
                return position
            }
            position &+= 1
            if isEscaped(bytes, start, position &- 1, marks.escape) { continue }
            // Outside: a space or line end closes the field, another quote opens again.
            while true {
                let byte = ByteWord.byte(bytes, position)
                if byte == 0x20 || byte == 0x0A || (byte == 0x0D && isLineEnd(bytes, position &+ 1)) {
                    return position
                }
                position &+= 1
                marks.see(UInt64(byte))
                if byte == 0x22 { break }
            }
        }
    }

    /// Whether an odd number of escapes stands before the quote at `position`.
    @inline(__always)
    private static func isEscaped(_ bytes: Span<UInt8>, _ start: Int, _ position: Int, _ escape: UInt8) -> Bool {
        guard ByteWord.byte(bytes, position &- 1) == escape else { return false }
        var first = position &- 1
        while first &- 1 > start, ByteWord.byte(bytes, first &- 1) == escape { first &-= 1 }
        return first > start && (position &- first) & 1 == 1
    }

    private static func lineFeed(
        _ bytes: Span<UInt8>, from start: Int, _ marks: inout Marks
    ) -> Int {
        var position = start
        while true {
            let word = ByteWord.load(bytes, position)
            marks.see(word)
            let hit = ByteWord.equal(word, 0x0A)
            if hit != 0 { return position &+ hit.trailingZeroBitCount &>> 3 }
            position &+= 8
        }
    }
}
