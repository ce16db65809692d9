/// Walks the header lines of an HTTP/1 head.
///
/// Accepts line ends of CR LF or a bare LF and joins folded lines (obs-fold) into one value that keeps the fold's
/// bytes. RFC 9112, sections 2.2 and 5. Colons and line feeds are marked 64 bytes at a time.
struct HTTPFieldScanner {
    enum Step {
        /// `name` and `value` hold the next field.
        case field
        /// The blank line was met; `position` is just after it.
        case endOfHead
        /// The bytes end before the blank line.
        case incomplete
    }

    var position: Int
    let end: Int
    var name = 0..<0
    var value = 0..<0
    var flags = HTTPHeadFlags(rawValue: 0)
    /// The first of the 64 bytes that are marked; searches never go back before it.
    private var base: Int
    private var marks = HeadMarks()

    @inline(__always)
    init(position: Int, end: Int) {
        self.position = position
        self.end = end
        base = position &- HeadMarks.length
    }

    /// Steps to the next field; a line without a colon is stepped over and flagged.
    @inline(__always)
    mutating func next(_ bytes: Span<UInt8>) -> Step {
        while position < end {
            let start = position
            let first = bytes[start]
            if first == 0x0A {
                flags.insert(.bareLF)
                position = start &+ 1
                return .endOfHead
            }
            if first == 0x0D {
                guard start &+ 1 < end else { return .incomplete }
                if bytes[start &+ 1] == 0x0A {
                    position = start &+ 2
                    return .endOfHead
                }
            }
            let colon = colonOrLineEnd(bytes, from: start)
            var lineEnd = lineEnd(bytes, from: colon)
            guard lineEnd < end else { return .incomplete }
            while lineEnd &+ 1 < end, bytes[lineEnd &+ 1] == 0x20 || bytes[lineEnd &+ 1] == 0x09 {
                flags.insert(.obsFold)
                lineEnd = self.lineEnd(bytes, from: lineEnd &+ 1)
                guard lineEnd < end else { return .incomplete }
            }
            position = lineEnd &+ 1
            if bytes[colon] != 0x3A {
                flags.insert(.oddHeaderLine)
                continue
            }
            trim(bytes, start, colon, lineEnd)
            return .field
        }
        return .incomplete
    }

    @inline(__always)
    private mutating func trim(_ bytes: Span<UInt8>, _ start: Int, _ colon: Int, _ lineEnd: Int) {
        var nameEnd = colon
        while nameEnd > start, bytes[nameEnd &- 1] == 0x20 || bytes[nameEnd &- 1] == 0x09 { nameEnd &-= 1 }
        if nameEnd != colon || nameEnd == start { flags.insert(.oddHeaderLine) }
        name = start..<nameEnd
        var from = colon &+ 1
        var to = lineEnd
        if to > from, bytes[to &- 1] == 0x0D { to &-= 1 } else { flags.insert(.bareLF) }
        while from < to, bytes[from] == 0x20 || bytes[from] == 0x09 { from &+= 1 }
        while to > from, bytes[to &- 1] == 0x20 || bytes[to &- 1] == 0x09 { to &-= 1 }
        value = from..<to
    }

    /// Returns the place of the next LF, or `end`.
    @inline(__always)
    mutating func lineEnd(_ bytes: Span<UInt8>, from: Int) -> Int {
        var place = from
        while place < end {
            if place &- base >= HeadMarks.length { mark(bytes, from: place) }
            let found = marks.lineFeeds &>> UInt64(truncatingIfNeeded: place &- base)
            if found != 0 { return min(place &+ found.trailingZeroBitCount, end) }
            place = base &+ HeadMarks.length
        }
        return end
    }

    /// Returns the place of the next colon or LF, whichever comes first, or `end`.
    @inline(__always)
    private mutating func colonOrLineEnd(_ bytes: Span<UInt8>, from: Int) -> Int {
        var place = from
        while place < end {
            if place &- base >= HeadMarks.length { mark(bytes, from: place) }
            let found = (marks.colons | marks.lineFeeds) &>> UInt64(truncatingIfNeeded: place &- base)
            if found != 0 { return min(place &+ found.trailingZeroBitCount, end) }
            place = base &+ HeadMarks.length
        }
        return end
    }

    @inline(__always)
    private mutating func mark(_ bytes: Span<UInt8>, from place: Int) {
        base = place
        marks = HeadMarks(bytes, from: place)
    }

    /// Returns the place of the next LF, or `end`.
    @inline(__always)
    static func lineEnd(_ bytes: Span<UInt8>, from: Int, end: Int) -> Int {
        ByteSearch.first(0x0A, bytes, from: from, end: end)
    }
}
