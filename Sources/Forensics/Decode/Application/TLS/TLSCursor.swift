import ForensicsModel

/// A place inside the variable part of a TLS message; every read checks what is left.
struct TLSCursor {
    var position: Int
    let end: Int

    @inline(__always)
    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    @inline(__always)
    var remaining: Int { end &- position }

    /// Takes a fixed number of bytes.
    @inline(__always)
    mutating func take(_ count: Int) -> Range<Int>? {
        guard count >= 0, count <= remaining else { return nil }
        let start = position
        position &+= count
        return start..<position
    }

    @inline(__always)
    mutating func uint8(_ bytes: Span<UInt8>) -> UInt8? {
        guard let place = take(1) else { return nil }
        return bytes[place.lowerBound]
    }

    @inline(__always)
    mutating func uint16(_ bytes: Span<UInt8>) -> UInt16? {
        guard let place = take(2) else { return nil }
        return bytes.uint16(at: place.lowerBound)
    }

    /// Takes a vector with a length of one byte before it.
    mutating func vector8(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard let length = uint8(bytes) else { return nil }
        return take(Int(length))
    }

    /// Takes a vector with a length of two bytes before it.
    mutating func vector16(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard let length = uint16(bytes) else { return nil }
        return take(Int(length))
    }

    /// Takes a vector with a length of three bytes before it.
    mutating func vector24(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard let place = take(3) else { return nil }
        return take(Int(bytes.uint24(at: place.lowerBound)))
    }
}
