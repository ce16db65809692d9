/// Bytes of one direction of a connection, the next in order, that a segment brought.
struct StreamPiece {
    /// 0 for what the client sent, 1 for what the server did.
    var side: Int
    /// Where those that were captured lie among the bytes at hand.
    var range: Range<Int>
    /// How many were sent; what exceeds the captured ones was cut by the snap length.
    var length: Int
    /// The segment that brought the last of them.
    var place: PacketPlace
    /// The segment that brought the first of them: another one where a head or record was gathered from several.
    var first: PacketPlace

    init(_ side: Int, _ range: Range<Int>, length: Int, _ place: PacketPlace) {
        self.side = side
        self.range = range
        self.length = length
        self.place = place
        first = place
    }

    /// Whether some of the bytes were not captured.
    var isCut: Bool { length > range.count }

    /// The same bytes behind others that were kept, which the segment of `place` brought: all of them begin a buffer.
    func behind(_ known: Int, from place: PacketPlace) -> StreamPiece {
        var whole = self
        whole.range = 0..<(known + range.count)
        whole.length = known + length
        whole.first = place
        return whole
    }

    /// Leaves out the first bytes, of which some may not have been captured.
    mutating func drop(_ count: Int) {
        range = range.lowerBound + min(count, range.count)..<range.upperBound
        length -= count
    }
}
