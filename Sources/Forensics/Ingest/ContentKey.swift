/// What identifies the content of a source whatever its name and compression: decoded length and a digest.
///
/// The digest folds the CRC-32 of each 64 KiB of decoded bytes (the last one may be shorter) into two lanes of 64
/// bits: `lane = mix(lane ^ (crc + 2³² · (block number + 1)))`, where `mix` is a bijection (the finalizers of
/// SplitMix64 and MurmurHash3). The same content gives the same key plain or compressed, in chunks of any size.
/// It tells evidence files apart; it does not withstand somebody who builds a collision.
package struct ContentKey: Hashable, Sendable {
    /// Decoded bytes.
    package var length: UInt64
    /// The first half of the digest.
    package var high: UInt64
    /// The second half of the digest.
    package var low: UInt64

    package init(length: UInt64, high: UInt64, low: UInt64) {
        self.length = length
        self.high = high
        self.low = low
    }

    /// A length whose key tells files apart that only begin alike: further than the headers of captures and logs reach,
    /// into their first records. What shares so much is the same file at another time.
    package static let beginningLength: UInt64 = 1 << 12

    /// The key as text, `LENGTH-DIGEST`, with the digest as 32 hexadecimal digits.
    package var text: String { "\(length)-\(Self.hexadecimal(high))\(Self.hexadecimal(low))" }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
