import ForensicsModel

/// Replaces strings of up to 128 bits so that two which share their first bits, and no more, still do: a bijection.
///
/// Bit after bit is flipped or not, as AES says of the bits before it: Crypto-PAn. Xu, Fan, Ammar, Moon:
/// "Prefix-Preserving IP Address Anonymization", ICNP 2002, section 4.
package struct PrefixCipher: Sendable {
    /// A string of bits, the first in the highest place.
    package struct Bits: Hashable, Sendable {
        package var high: UInt64
        package var low: UInt64

        package init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }

        /// As many ones at the start, then zeros.
        static func mask(_ count: Int) -> Bits {
            Bits(high: .max << UInt64(64 - min(count, 64)), low: .max << UInt64(64 - max(0, min(count, 128) - 64)))
        }

        /// How many first bits two strings share.
        package func sharedCount(_ other: Bits) -> Int {
            high == other.high ? 64 + (low ^ other.low).leadingZeroBitCount : (high ^ other.high).leadingZeroBitCount
        }
    }

    private let cipher: AES128
    private let pad: Bits

    /// - Parameter key: 32 bytes: the key of the cipher, and what is encrypted to give the padding.
    package init(key: [UInt8]) {
        var first = AES128.Block(repeating: 0)
        var second = AES128.Block(repeating: 0)
        for index in 0..<16 {
            first[index] = key[index]
            second[index] = key[index + 16]
        }
        cipher = AES128(key: first)
        pad = Self.bits(cipher.encrypt(second))
    }

    /// Replaces the bits from `first` up to `count`; those before stay, those behind are no part of the string.
    package func replacing(_ bits: Bits, from first: Int, count: Int) -> Bits {
        var result = bits
        for position in first..<max(first, count) where flips(bits, after: position) {
            if position < 64 {
                result.high ^= 1 << UInt64(63 - position)
            } else {
                result.low ^= 1 << UInt64(127 - position)
            }
        }
        return result
    }

    /// Whether the bit behind the first `count` ones is flipped.
    private func flips(_ bits: Bits, after count: Int) -> Bool {
        let mask = Bits.mask(count)
        let input = Bits(
            high: bits.high & mask.high | pad.high & ~mask.high, low: bits.low & mask.low | pad.low & ~mask.low)
        return cipher.encrypt(Self.block(input))[0] & 0x80 != 0
    }

    /// Returns a block that follows from 16 bytes and the key, for what need not keep its prefixes.
    func scrambled(_ bits: Bits) -> Bits { Self.bits(cipher.encrypt(Self.block(bits))) }

    private static func block(_ bits: Bits) -> AES128.Block {
        var block = AES128.Block(repeating: 0)
        for index in 0..<8 {
            block[index] = UInt8(truncatingIfNeeded: bits.high >> UInt64(56 - 8 * index))
            block[index + 8] = UInt8(truncatingIfNeeded: bits.low >> UInt64(56 - 8 * index))
        }
        return block
    }

    private static func bits(_ block: AES128.Block) -> Bits {
        var bits = Bits(high: 0, low: 0)
        for index in 0..<8 {
            bits.high = bits.high << 8 | UInt64(block[index])
            bits.low = bits.low << 8 | UInt64(block[index + 8])
        }
        return bits
    }
}
