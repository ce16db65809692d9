import ForensicsModel

/// The blocks of addresses that stand for something on every network: what keeps its place when addresses are replaced.
///
/// IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890); RFC 1918; RFC 6598; RFC 4193; RFC 4291; RFC 5771.
/// An address outside that shares its first bits with a block keeps those bits and the next one: otherwise it could not
/// share as many with the addresses of the block afterwards.
enum SpecialAddresses {
    private struct Block {
        var bits: PrefixCipher.Bits
        var length: Int
        /// Whether its addresses stay what they are; else they are replaced by others of the block.
        var isKept: Bool

        init(_ high: UInt64, _ low: UInt64 = 0, length: Int, isKept: Bool) {
            bits = PrefixCipher.Bits(high: high, low: low)
            self.length = length
            self.isKept = isKept
        }

        init(v4 first: UInt64, length: Int, isKept: Bool) { self.init(first << 32, length: length, isKept: isKept) }
    }

    private static let v4: [Block] = [
        Block(v4: 0, length: 32, isKept: true),
        Block(v4: 0x7F00_0000, length: 8, isKept: true),
        Block(v4: 0xA9FE_0000, length: 16, isKept: true),
        Block(v4: 0xE000_0000, length: 24, isKept: true),
        Block(v4: 0xFFFF_FFFF, length: 32, isKept: true),
        Block(v4: 0x0A00_0000, length: 8, isKept: false),
        Block(v4: 0xAC10_0000, length: 12, isKept: false),
        Block(v4: 0xC0A8_0000, length: 16, isKept: false),
        Block(v4: 0x6440_0000, length: 10, isKept: false),
        Block(v4: 0xE000_0000, length: 4, isKept: false),
    ]

    private static let v6: [Block] = [
        Block(0, 0, length: 128, isKept: true),
        Block(0, 1, length: 128, isKept: true),
        // Mapped IPv4 addresses, which are replaced as such.
        Block(0, 0x0000_FFFF_0000_0000, length: 96, isKept: false),
        // Link-local addresses hold hardware addresses behind their prefix.
        Block(0xFE80 << 48, length: 64, isKept: false),
        Block(0xFC00 << 48, length: 8, isKept: false),
        Block(0xFD00 << 48, length: 8, isKept: false),
        // Solicited-node multicast holds the last 24 bits of an address.
        Block(0xFF02 << 48, 0x0000_0001_FF00_0000, length: 104, isKept: false),
    ]

    /// How many first bits an IPv4 address keeps.
    static func keptBits(v4 bits: PrefixCipher.Bits) -> Int { keptBits(bits, v4, width: 32) }

    /// How many first bits an IPv6 address keeps. Multicast keeps flags and scope, and groups below 2^24 are assigned ones.
    static func keptBits(v6 bits: PrefixCipher.Bits) -> Int {
        let count = keptBits(bits, v6, width: 128)
        guard bits.high >> 56 == 0xFF else { return max(count, keptBits(bits, multicast, width: 128)) }
        let assigned = Block((bits.high >> 48) << 48, length: 104, isKept: true)
        return max(count, 16, keptBits(bits, [assigned], width: 128))
    }

    private static let multicast = [Block(0xFF << 56, length: 8, isKept: false)]

    private static func keptBits(_ bits: PrefixCipher.Bits, _ blocks: [Block], width: Int) -> Int {
        var count = 0
        for block in blocks {
            let shared = bits.sharedCount(block.bits)
            if shared < block.length {
                count = max(count, shared + 1)
            } else {
                count = max(count, block.isKept ? width : block.length)
            }
        }
        return count
    }
}
