import ForensicsModel

/// Authenticated decryption with AES-128 in Galois/Counter Mode, tags of 16 bytes. NIST SP 800-38D, section 7.2.
struct AESGCM {
    typealias Nonce = [12 of UInt8]

    private let cipher: AES128
    /// The hash subkey, as two words.
    private let subkey: (high: UInt64, low: UInt64)

    init(key: AES128.Block) {
        cipher = AES128(key: key)
        subkey = Self.words(cipher.encrypt(.init(repeating: 0)))
    }

    /// Appends the plain text of `bytes[sealed]`, whose last 16 bytes are the tag; false if the tag is wrong.
    ///
    /// - Parameter header: the additional data that is authenticated with it.
    func open(
        _ bytes: Span<UInt8>, sealed: Range<Int>, header: [UInt8], nonce: Nonce, into plain: inout [UInt8]
    ) -> Bool {
        guard sealed.count >= 16 else { return false }
        let text = sealed.lowerBound..<(sealed.upperBound - 16)
        var hash: (high: UInt64, low: UInt64) = (0, 0)
        absorb(header.span, 0..<header.count, &hash)
        absorb(bytes, text, &hash)
        hash = multiply((hash.high ^ UInt64(header.count) &* 8, hash.low ^ UInt64(text.count) &* 8))
        let mask = Self.words(cipher.encrypt(Self.counter(nonce, 1)))
        guard hash.high ^ mask.high == bytes.uint64(at: text.upperBound),
            hash.low ^ mask.low == bytes.uint64(at: text.upperBound + 8)
        else { return false }
        var number: UInt32 = 2
        for start in stride(from: text.lowerBound, to: text.upperBound, by: 16) {
            let key = cipher.encrypt(Self.counter(nonce, number))
            for index in start..<min(start + 16, text.upperBound) { plain.append(bytes[index] ^ key[index - start]) }
            number &+= 1
        }
        return true
    }

    private func absorb(_ bytes: Span<UInt8>, _ range: Range<Int>, _ hash: inout (high: UInt64, low: UInt64)) {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
            var block = AES128.Block(repeating: 0)
            for index in start..<min(start + 16, range.upperBound) { block[index - start] = bytes[index] }
            let words = Self.words(block)
            hash = multiply((hash.high ^ words.high, hash.low ^ words.low))
        }
    }

    /// Multiplies with the subkey in GF(2¹²⁸), one bit at a time.
    private func multiply(_ value: (high: UInt64, low: UInt64)) -> (high: UInt64, low: UInt64) {
        var product: (high: UInt64, low: UInt64) = (0, 0)
        var factor = subkey
        for bit in 0..<128 {
            let word = bit < 64 ? value.high : value.low
            if word >> UInt64(63 - bit & 63) & 1 != 0 {
                product.high ^= factor.high
                product.low ^= factor.low
            }
            let carry = factor.low & 1
            factor.low = factor.low >> 1 | factor.high << 63
            factor.high >>= 1
            if carry != 0 { factor.high ^= 0xE100_0000_0000_0000 }
        }
        return product
    }

    private static func counter(_ nonce: Nonce, _ number: UInt32) -> AES128.Block {
        var block = AES128.Block(repeating: 0)
        for index in 0..<12 { block[index] = nonce[index] }
        for index in 0..<4 { block[12 + index] = UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * index)) }
        return block
    }

    private static func words(_ block: AES128.Block) -> (high: UInt64, low: UInt64) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<8 {
            high = high << 8 | UInt64(block[index])
            low = low << 8 | UInt64(block[index + 8])
        }
        return (high, low)
    }
}
