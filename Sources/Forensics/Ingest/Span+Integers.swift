/// Integers of capture files, in the byte order of the file. The caller guards the length once per header.
///
/// Each takes its bytes as a span of constant length first: one check instead of one a byte, and one load.
extension Span where Element == UInt8 {
    @inline(__always)
    func unsigned16(_ position: Int, isBig: Bool) -> UInt16 {
        let two = extracting(position..<(position &+ 2))
        let value = UInt16(two[0]) | UInt16(two[1]) << 8
        return isBig ? value.byteSwapped : value
    }

    @inline(__always)
    func unsigned32(_ position: Int, isBig: Bool) -> UInt32 {
        let four = extracting(position..<(position &+ 4))
        let low = UInt32(four[0]) | UInt32(four[1]) << 8
        let value = low | UInt32(four[2]) << 16 | UInt32(four[3]) << 24
        return isBig ? value.byteSwapped : value
    }

    @inline(__always)
    func unsigned64(_ position: Int, isBig: Bool) -> UInt64 {
        let first = UInt64(unsigned32(position, isBig: isBig))
        let second = UInt64(unsigned32(position &+ 4, isBig: isBig))
        return isBig ? first << 32 | second : second << 32 | first
    }
}
