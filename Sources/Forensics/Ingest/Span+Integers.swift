import ForensicsModel

/// Integers of capture files, in the byte order of the file. The caller guards the length once per header.
extension Span where Element == UInt8 {
    @inline(__always)
    func unsigned16(_ position: Int, isBig: Bool) -> UInt16 {
        let value = uint16(at: position)
        return isBig ? value : value.byteSwapped
    }

    @inline(__always)
    func unsigned32(_ position: Int, isBig: Bool) -> UInt32 {
        let value = littleEndianHalf(at: position)
        return isBig ? value.byteSwapped : value
    }

    @inline(__always)
    func unsigned64(_ position: Int, isBig: Bool) -> UInt64 {
        let value = littleEndianWord(at: position)
        return isBig ? value.byteSwapped : value
    }
}
