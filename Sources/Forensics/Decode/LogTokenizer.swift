import CByteMarks

/// Splits one log line into its fields.
///
/// Fields stand one space apart. A field that begins with a quote ends at the first space outside quotes, so
/// `"h2","http/1.1"` is one field; in any other field a quote is a byte like all others. Runs of spaces count as one.
/// A line ends at a line feed or at the end of the bytes; carriage returns and spaces before that belong to nothing.
/// A quote after a backslash is text: AWS writes `\x22` today, but old logs have `\"`. Where that leaves a quote open,
/// the backslash was text itself, and the line is read again as if it meant nothing.
///
/// At most `capacity` fields are kept; what follows them is `tail`.
///
/// `divide` reads lines as AWS writes them, 64 bytes at a time, and leaves all others to `scan`, which decides what a field
/// is.
package struct LogTokenizer: Sendable {
    /// The most fields of one line: the longest flow log format has 54 columns.
    package static let capacity = 64

    /// How the line ended.
    package enum Outcome: Sendable {
        case fields
        /// A quote was opened and the line ended inside it.
        case unbalancedQuotes
        /// Nothing but spaces.
        case blank
    }

    /// The first byte of a field and the byte after it, without quotes.
    typealias Bounds = log_field

    /// Of `capacity`, and empty past `count`. Not stored in place: reading one field would copy them all.
    private var bounds = [Bounds](repeating: Bounds(), count: LogTokenizer.capacity)
    /// How many of the bounds may not be empty.
    private var used = 0
    /// A bit for each field that is empty, or a dash, or that the line does not have.
    private(set) var absent = UInt64.max
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

    package init() {}

    /// The bytes of a field without its quotes; empty for a field that the line does not have.
    @inline(__always)
    package subscript(_ index: Int) -> Range<Int> {
        guard index < Self.capacity else { return 0..<0 }
        let field = bounds[index]
        return field.start..<field.end
    }

    /// Whether a field is absent: empty, or the single dash that AWS writes.
    @inline(__always)
    func isAbsent(_ index: Int) -> Bool {
        absent &>> UInt64(truncatingIfNeeded: index) & 1 != 0 || index >= Self.capacity
    }

    /// The first byte of a field as it stands in the line, its quote included.
    @inline(__always)
    package func rawStart(_ index: Int, _ bytes: Span<UInt8>) -> Int {
        let start = bounds[index].start
        return start > lineStart && bytes[start &- 1] == 0x22 ? start &- 1 : start
    }

    /// Reads the line at `start` into fields.
    @inline(__always)
    package mutating func scan(_ bytes: Span<UInt8>, from start: Int) -> Outcome {
        let outcome = scan(bytes, from: start, escape: 0x5C)
        guard outcome == .unbalancedQuotes else { return outcome }
        // No byte of a line is a line feed: nothing escapes.
        return scan(bytes, from: start, escape: 0x0A)
    }

    /// Reads the line at `start` into fields: the outcome is that of `scan(_:from:)`.
    @inline(__always)
    package mutating func divide(_ bytes: Span<UInt8>, from start: Int) -> Outcome {
        var line = log_line()
        guard PlainForm.divide(bytes, from: start, into: &bounds, &line) else {
            // What was written before the form was found to be another.
            used = Self.capacity
            return scan(bytes, from: start)
        }
        count = line.count
        if count < used { clear() }
        used = count
        absent = line.absent | Self.missing(from: count)
        lineStart = start
        lineEnd = line.end
        tailStart = line.end
        next = line.next
        return .fields
    }

    /// The bits of the fields from a number on.
    @inline(__always)
    private static func missing(from count: Int) -> UInt64 {
        count < capacity ? UInt64.max &<< UInt64(truncatingIfNeeded: count) : 0
    }

    /// Empties the bounds of the line before that this one does not have.
    private mutating func clear() {
        var index = count
        while index < used {
            bounds[index] = Bounds()
            index &+= 1
        }
    }

    /// Finds the fields that are absent, once their bounds are known.
    private mutating func findAbsent(_ bytes: Span<UInt8>) {
        absent = Self.missing(from: count)
        for index in 0..<count where LogValue.isAbsent(bytes, self[index]) { absent |= 1 &<< UInt64(index) }
    }

    /// `"-" `
    private static let quotedDash: UInt64 = 0x2022_2D22

    private mutating func scan(_ bytes: Span<UInt8>, from start: Int, escape: UInt8) -> Outcome {
        var position = start
        var found = 0
        var isBalanced = true
        lineStart = start
        tailStart = -1
        var fields = bounds.mutableSpan
        while true {
            let word = ByteWord.load(bytes, position)
            let first = UInt8(truncatingIfNeeded: word)
            if first <= 0x20 {
                if first == 0x0A || (first == 0x0D && Self.isLineEnd(bytes, position &+ 1)) { break }
                if first == 0x20 {
                    position &+= 1
                    continue
                }
            }
            if found == Self.capacity {
                tailStart = position
                position = Self.lineFeed(bytes, from: position)
                break
            }
            var field = Bounds(start: position, end: position)
            if word & 0xFFFF_FFFF == Self.quotedDash {
                // A third of the columns of a healthy request: no search, and nothing to wait for.
                field.start &+= 1
                field.end &+= 2
                position &+= 3
            } else if first == 0x22 {
                field.start &+= 1
                position = Self.quotedEnd(bytes, position, escape, &isBalanced)
                field.end = position
                if position > field.start, ByteWord.byte(bytes, position &- 1) == 0x22 { field.end &-= 1 }
            } else {
                position = Self.bareEnd(bytes, position)
                field.end = position
            }
            fields[found] = field
            found &+= 1
            if ByteWord.byte(bytes, position) == 0x20 { position &+= 1 }
        }
        finish(bytes, position, found)
        findAbsent(bytes)
        if count == 0 { return .blank }
        return isBalanced ? .fields : .unbalancedQuotes
    }

    /// Skips the line at `start` without looking for fields.
    package mutating func skip(_ bytes: Span<UInt8>, from start: Int) {
        lineStart = start
        tailStart = -1
        finish(bytes, Self.lineFeed(bytes, from: start), 0)
        absent = .max
    }

    /// Takes fields that stand in other bytes: the values of a JSON object.
    mutating func adopt(_ other: [Bounds], of bytes: Span<UInt8>) {
        for index in 0..<min(bounds.count, other.count) { bounds[index] = other[index] }
        let end = bytes.count
        count = Self.capacity
        used = count
        findAbsent(bytes)
        lineStart = 0
        lineEnd = end
        tailStart = end
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
        while count > 0, bounds[count &- 1].end > end {
            bounds[count &- 1].end = end
            if bounds[count &- 1].start < end { break }
            count &-= 1
        }
        used = max(used, found)
        clear()
        used = count
    }

    @inline(__always)
    private static func isLineEnd(_ bytes: Span<UInt8>, _ position: Int) -> Bool {
        ByteWord.byte(bytes, position) == 0x0A
    }

    /// The end of a field without quotes: the next space or line end.
    @inline(__always)
    private static func bareEnd(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var position = start
        while true {
            position = ByteWord.find(bytes, from: position) { ByteWord.atMostSpace($0) }
            let byte = ByteWord.byte(bytes, position)
            if byte == 0x20 || byte == 0x0A { return position }
            if byte == 0x0D, isLineEnd(bytes, position &+ 1) { return position }
            position &+= 1
        }
    }

    /// The end of a field that begins with a quote: the first space outside quotes, or the line end.
    @inline(__always)
    private static func quotedEnd(
        _ bytes: Span<UInt8>, _ start: Int, _ escape: UInt8, _ isBalanced: inout Bool
    ) -> Int {
        var position = start &+ 1
        while true {
            // Inside quotes.
            position = ByteWord.find(bytes, from: position) {
                ByteWord.equal($0, 0x22) | ByteWord.equal($0, 0x0A)
            }
            if ByteWord.byte(bytes, position) == 0x0A {
                isBalanced = false
                return position
            }
            position &+= 1
            if isEscaped(bytes, start, position &- 1, escape) { continue }
            // Outside: a space or line end closes the field, another quote opens again.
            while true {
                let byte = ByteWord.byte(bytes, position)
                if byte == 0x20 || byte == 0x0A || (byte == 0x0D && isLineEnd(bytes, position &+ 1)) {
                    return position
                }
                position &+= 1
                if byte == 0x22 { break }
            }
        }
    }

    /// Whether an odd number of escapes stands before the quote at `position`.
    @inline(__always)
    private static func isEscaped(_ bytes: Span<UInt8>, _ start: Int, _ position: Int, _ escape: UInt8) -> Bool {
        guard ByteWord.byte(bytes, position &- 1) == escape else { return false }
        return countEscapes(bytes, start, position, escape) & 1 == 1
    }

    private static func countEscapes(_ bytes: Span<UInt8>, _ start: Int, _ position: Int, _ escape: UInt8) -> Int {
        var first = position
        while first - 1 > start, bytes[first - 1] == escape { first -= 1 }
        return position - first
    }

    private static func lineFeed(_ bytes: Span<UInt8>, from start: Int) -> Int {
        ByteWord.find(bytes, from: start) { ByteWord.equal($0, 0x0A) }
    }
}
