/// Integers of a span of bytes. The caller has compared the lengths; an index outside the span traps.
///
/// Each takes its bytes as a span of constant length first: one check instead of one a byte, and one load.
extension Span<UInt8> {
    @inline(__always)
    package func uint16(at position: Int) -> UInt16 {
        let two = extracting(position..<(position &+ 2))
        return UInt16(two[0]) << 8 | UInt16(two[1])
    }

    @inline(__always)
    package func uint24(at position: Int) -> UInt32 {
        let three = extracting(position..<(position &+ 3))
        return UInt32(three[0]) << 16 | UInt32(three[1]) << 8 | UInt32(three[2])
    }

    @inline(__always)
    package func uint32(at position: Int) -> UInt32 {
        let four = extracting(position..<(position &+ 4))
        return UInt32(four[0]) << 24 | UInt32(four[1]) << 16 | UInt32(four[2]) << 8 | UInt32(four[3])
    }

    @inline(__always)
    package func uint64(at position: Int) -> UInt64 { littleEndianWord(at: position).byteSwapped }

    /// Eight bytes, the first in the lowest place: for searching.
    @inline(__always)
    package func littleEndianWord(at position: Int) -> UInt64 {
        let eight = extracting(position..<(position &+ 8))
        let low =
            UInt64(eight[0]) | UInt64(eight[1]) << 8 | UInt64(eight[2]) << 16 | UInt64(eight[3]) << 24
        let high =
            UInt64(eight[4]) | UInt64(eight[5]) << 8 | UInt64(eight[6]) << 16 | UInt64(eight[7]) << 24
        return low | high << 32
    }
}
