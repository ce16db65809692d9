import ForensicsModel

/// Finds bytes eight at a time, without vectors of the machine: a word is compared as eight bytes at once.
enum ByteSearch {
    private static var ones: UInt64 { 0x0101_0101_0101_0101 }
    private static var highs: UInt64 { 0x8080_8080_8080_8080 }

    /// Returns the place of the first `byte` at or after `from`, or `end` if there is none before it.
    @inline(__always)
    static func first(_ byte: UInt8, _ bytes: Span<UInt8>, from: Int, end: Int) -> Int {
        var index = from
        let pattern = ones &* UInt64(byte)
        while index &+ 8 <= end {
            let found = zeros(bytes.littleEndianWord(at: index) ^ pattern)
            if found != 0 { return index &+ found.trailingZeroBitCount >> 3 }
            index &+= 8
        }
        while index < end, bytes[index] != byte { index &+= 1 }
        return index
    }

    /// Returns the place of the first of two bytes at or after `from`, or `end` if there is none before it.
    @inline(__always)
    static func first(_ one: UInt8, or other: UInt8, _ bytes: Span<UInt8>, from: Int, end: Int) -> Int {
        var index = from
        let first = ones &* UInt64(one)
        let second = ones &* UInt64(other)
        while index &+ 8 <= end {
            let word = bytes.littleEndianWord(at: index)
            let found = zeros(word ^ first) | zeros(word ^ second)
            if found != 0 { return index &+ found.trailingZeroBitCount >> 3 }
            index &+= 8
        }
        while index < end, bytes[index] != one, bytes[index] != other { index &+= 1 }
        return index
    }

    /// Sets the high bit of the lowest byte that is 0; bits above it may be wrong.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }
}
