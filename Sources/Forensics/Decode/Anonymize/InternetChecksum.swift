import ForensicsModel

/// The ones' complement sum of Internet checksums. RFC 1071.
struct InternetChecksum {
    private var sum: UInt64 = 0

    init() {}

    /// Adds the bytes of a range as words of 16 bits; an odd one at the end is the high half of its word.
    mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var index = range.lowerBound
        while index &+ 1 < range.upperBound {
            sum &+= UInt64(bytes.uint16(at: index))
            index &+= 2
        }
        if index < range.upperBound { sum &+= UInt64(bytes[index]) << 8 }
    }

    /// Adds a number of up to 32 bits.
    mutating func add(_ value: Int) {
        let bits = UInt64(truncatingIfNeeded: max(0, value))
        sum &+= bits >> 16 & 0xFFFF &+ bits & 0xFFFF
    }

    /// The sum in 16 bits: all ones over bytes that hold their own right checksum.
    var folded: UInt16 {
        var rest = sum
        while rest > 0xFFFF { rest = (rest & 0xFFFF) &+ (rest >> 16) }
        return UInt16(truncatingIfNeeded: rest)
    }
}
