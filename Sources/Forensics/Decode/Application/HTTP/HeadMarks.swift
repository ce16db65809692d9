import CByteMarks

/// Where colons and line feeds stand in 64 bytes of a head, one bit a byte.
struct HeadMarks {
    static let length = 64

    var colons: UInt64 = 0
    var lineFeeds: UInt64 = 0

    init() {}

    /// Marks the bytes from a place on; beyond the end nothing is marked.
    @inline(__always)
    init(_ bytes: Span<UInt8>, from place: Int) {
        self.init()
        guard place &+ Self.length <= bytes.count else {
            markNearEnd(bytes, from: place)
            return
        }
        let block = bytes.extracting(place..<(place &+ Self.length))
        // SAFETY: the block has the 64 bytes that are read.
        let marks = unsafe block.withUnsafeBufferPointer { unsafe byte_marks_of_head($0.baseAddress) }
        colons = marks.colons
        lineFeeds = marks.line_feeds
    }

    @inline(never)
    private mutating func markNearEnd(_ bytes: Span<UInt8>, from place: Int) {
        for offset in 0..<min(Self.length, bytes.count &- place) {
            let bit: UInt64 = 1 &<< UInt64(offset)
            if bytes[place &+ offset] == 0x3A { colons |= bit }
            if bytes[place &+ offset] == 0x0A { lineFeeds |= bit }
        }
    }
}
