/// Integers of a span of bytes. The caller has compared the lengths; a place outside the span traps.
///
/// One comparison and one load each, wherever they are used: that is why they are public, as `package` declarations are
/// not inlined into other modules.
extension Span<UInt8> {
    /// Eight bytes, the first in the lowest place: for searching.
    @inlinable
    @inline(__always)
    public func littleEndianWord(at position: Int) -> UInt64 {
        // SAFETY: the load traps unless all its bytes lie in the span, and any bytes are an integer.
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    /// Four bytes, the first in the lowest place.
    @inlinable
    @inline(__always)
    public func littleEndianHalf(at position: Int) -> UInt32 {
        // SAFETY: as of `littleEndianWord(at:)`.
        unsafe UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self))
    }

    /// Eight bytes in network order.
    @inlinable
    @inline(__always)
    public func uint64(at position: Int) -> UInt64 { littleEndianWord(at: position).byteSwapped }

    /// Four bytes in network order.
    @inlinable
    @inline(__always)
    public func uint32(at position: Int) -> UInt32 { littleEndianHalf(at: position).byteSwapped }

    /// Three bytes in network order.
    @inlinable
    @inline(__always)
    public func uint24(at position: Int) -> UInt32 {
        UInt32(uint16(at: position)) << 8 | UInt32(self[position &+ 2])
    }

    /// Two bytes in network order.
    @inlinable
    @inline(__always)
    public func uint16(at position: Int) -> UInt16 {
        // SAFETY: as of `littleEndianWord(at:)`.
        unsafe UInt16(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt16.self))
    }
}

extension Array<UInt8> {
    /// Appends the bytes of a span, which is no part of this array, at once.
    @inline(__always)
    package mutating func append(contentsOf bytes: Span<UInt8>) {
        // SAFETY: the bytes are copied while the closure runs.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
