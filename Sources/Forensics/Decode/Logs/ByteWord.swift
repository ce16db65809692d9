import ForensicsModel

/// Eight bytes of a line as one number, and questions about all eight at once.
///
/// The first byte is the lowest. Marks are the high bits of the bytes that answer yes; only the lowest mark is
/// exact, because a borrow may run upward from it (Warren, Hacker's Delight, section 6-1).
enum ByteWord {
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let high: UInt64 = 0x8080_8080_8080_8080
    private static let lineFeeds: UInt64 = 0x0A0A_0A0A_0A0A_0A0A

    /// The eight bytes at `position`, which is not negative; beyond the end stand line feeds.
    @inline(__always)
    static func load(_ bytes: Span<UInt8>, _ position: Int) -> UInt64 {
        guard position &+ 8 <= bytes.count else { return loadNearEnd(bytes, position) }
        return bytes.littleEndianWord(at: position)
    }

    @inline(never)
    private static func loadNearEnd(_ bytes: Span<UInt8>, _ position: Int) -> UInt64 {
        guard position >= 0, position < bytes.count else { return lineFeeds }
        var word = lineFeeds
        for offset in 0..<(bytes.count &- position) {
            let shift = UInt64(offset) &* 8
            word = word & ~(0xFF &<< shift) | UInt64(bytes[position &+ offset]) &<< shift
        }
        return word
    }

    /// The position of the first byte at or after `position` that `marks` marks in a word; beyond the end stand line
    /// feeds, which `marks` must mark.
    @inline(__always)
    static func find(_ bytes: Span<UInt8>, from position: Int, _ marks: (UInt64) -> UInt64) -> Int {
        var place = position
        var rest = bytes.extracting(droppingFirst: position)
        while rest.count >= 8 {
            let found = marks(load(rest, 0))
            if found != 0 { return place &+ found.trailingZeroBitCount &>> 3 }
            place &+= 8
            rest = rest.extracting(droppingFirst: 8)
        }
        return place &+ marks(loadNearEnd(rest, 0)).trailingZeroBitCount &>> 3
    }

    /// The position of the first byte of the range that `marks` marks in a word, or the end of the range.
    @inline(__always)
    static func find(_ bytes: Span<UInt8>, in range: Range<Int>, _ marks: (UInt64) -> UInt64) -> Int {
        var position = range.lowerBound
        while position < range.upperBound {
            let found = marks(load(bytes, position))
            if found != 0 { return min(position &+ found.trailingZeroBitCount &>> 3, range.upperBound) }
            position &+= 8
        }
        return range.upperBound
    }

    /// The byte at `position`, or a line feed beyond the end.
    @inline(__always)
    static func byte(_ bytes: Span<UInt8>, _ position: Int) -> UInt8 {
        position >= 0 && position < bytes.count ? bytes[position] : 0x0A
    }

    /// Marks the bytes that equal `byte`.
    @inline(__always)
    static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & high
    }

    /// Marks the bytes that equal `byte`, every mark exact.
    @inline(__always)
    static func equalExactly(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return ~((difference & ~high) &+ ~high | difference) & high
    }

    /// Marks the bytes from 0 through 0x20.
    @inline(__always)
    static func atMostSpace(_ word: UInt64) -> UInt64 { (word &- ones &* 0x21) & ~word & high }

    /// Marks the letters from `A` through `Z`, every mark exact.
    @inline(__always)
    static func upperCase(_ word: UInt64) -> UInt64 {
        let low = word & ~high
        return (low &+ ones &* 0x3F) & ~(low &+ ones &* 0x25) & ~word & high
    }

    /// The first `count` bytes of the word, the others 0: the name of a text of at most eight bytes.
    @inline(__always)
    static func prefix(_ word: UInt64, _ count: Int) -> UInt64 {
        count >= 8 ? word : word & ((1 &<< (UInt64(count) &* 8)) &- 1)
    }

    /// The number that eight decimal digits spell, or `nil` if one is no digit.
    @inline(__always)
    static func eightDigits(_ word: UInt64) -> UInt64? {
        let tens: UInt64 = 0xF0F0_F0F0_F0F0_F0F0
        let zeros: UInt64 = 0x3030_3030_3030_3030
        guard word & tens == zeros, (word &+ 0x0606_0606_0606_0606) & tens == zeros else { return nil }
        // Pairs, fours, then all eight: each step adds ten, a hundred, ten thousand times the left half to the right.
        var value = ((word & 0x0F0F_0F0F_0F0F_0F0F) &* 2561) &>> 8
        value = ((value & 0x00FF_00FF_00FF_00FF) &* 6_553_601) &>> 16
        return ((value & 0x0000_FFFF_0000_FFFF) &* 42_949_672_960_001) &>> 32
    }

    /// The number that the first `count` digits of the word spell, `count` from 1 through 8.
    @inline(__always)
    static func digits(_ word: UInt64, _ count: Int) -> UInt64? {
        let shift = 64 &- UInt64(count) &* 8
        // The digits move to the end; zeros fill the front. `>>` by 64 gives 0 where `&>>` would not.
        return eightDigits(word &<< shift | (0x3030_3030_3030_3030 as UInt64) >> (64 - shift))
    }
}
