import ForensicsModel

/// Tells in the tags of an episode how many clients it has at least: each sets one of their upper bits, and different bits are of
/// different clients.
enum ClientBits {
    /// The bits below are the check's own.
    static let first = 8
    private static let count = UInt64(UInt64.bitWidth - first)

    /// The bit of a client.
    static func bit(of client: IPAddress) -> UInt64 {
        let mixed = (client.high ^ client.low &* 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93
        return 1 << (UInt64(first) + (mixed >> 32) % count)
    }

    /// How many clients there are at least.
    static func least(_ tags: UInt64) -> Int { (tags >> UInt64(first)).nonzeroBitCount }

    /// The same in words.
    static func words(_ tags: UInt64, one: String, many: String) -> String {
        let least = least(tags)
        return least > 1 ? "at least \(least) \(many)" : "one \(one) or few"
    }

    /// The tags of the check itself.
    static func own(_ tags: UInt64) -> UInt64 { tags & ((1 << UInt64(first)) - 1) }
}
