/// Integers of capture files, in the byte order of the file. The caller guards the length once per header.
extension Span where Element == UInt8 {
    @inline(__always)
    func unsigned16(_ position: Int, isBig: Bool) -> UInt16 {
        let value = UInt16(self[position]) | UInt16(self[position &+ 1]) << 8
        return isBig ? value.byteSwapped : value
    }

    @inline(__always)
    func unsigned32(_ position: Int, isBig: Bool) -> UInt32 {
        let low = UInt32(self[position]) | UInt32(self[position &+ 1]) << 8
        let high = UInt32(self[position &+ 2]) << 16 | UInt32(self[position &+ 3]) << 24
        let value = low | high
        return isBig ? value.byteSwapped : value
    }

    @inline(__always)
    func unsigned64(_ position: Int, isBig: Bool) -> UInt64 {
        let first = UInt64(unsigned32(position, isBig: isBig))
        let second = UInt64(unsigned32(position &+ 4, isBig: isBig))
        return isBig ? first << 32 | second : second << 32 | first
    }
}
