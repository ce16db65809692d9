/// The SHA-256 digest, for fingerprints and QUIC's initial keys. FIPS 180-4, section 6.2.
///
/// Keeps no secrets: it is not made to run in constant time.
package struct SHA256: Sendable {
    /// Its 32 bytes, the first first.
    package typealias Digest = [32 of UInt8]

    private var state: [8 of UInt32] = [
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
    ]
    private var block: [64 of UInt8] = .init(repeating: 0)
    private var filled = 0
    private var total: UInt64 = 0

    package init() {}

    /// Takes the next byte of the message.
    @inline(__always)
    package mutating func update(_ byte: UInt8) {
        block[filled] = byte
        filled &+= 1
        total &+= 1
        if filled == 64 {
            compress()
            filled = 0
        }
    }

    /// Takes the next bytes of the message: those of a range.
    package mutating func update(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        for index in range { update(bytes[index]) }
    }

    /// Pads the message and returns its digest; the value is used up.
    package mutating func finish() -> Digest {
        let bits = total &* 8
        update(0x80)
        while filled != 56 { update(0) }
        for shift in stride(from: UInt64(56), through: 0, by: -8) { update(UInt8(truncatingIfNeeded: bits >> shift)) }
        var digest = Digest(repeating: 0)
        for word in 0..<8 {
            for byte in 0..<4 {
                digest[word * 4 + byte] = UInt8(truncatingIfNeeded: state[word] >> UInt32(24 - 8 * byte))
            }
        }
        return digest
    }

    private mutating func compress() {
        var schedule: [64 of UInt32] = .init(repeating: 0)
        for index in 0..<16 {
            let at = index &* 4
            schedule[index] =
                UInt32(block[at]) << 24 | UInt32(block[at &+ 1]) << 16 | UInt32(block[at &+ 2]) << 8
                | UInt32(block[at &+ 3])
        }
        for index in 16..<64 {
            let early = schedule[index &- 15]
            let late = schedule[index &- 2]
            let sigma0 = Self.rotate(early, 7) ^ Self.rotate(early, 18) ^ (early >> 3)
            let sigma1 = Self.rotate(late, 17) ^ Self.rotate(late, 19) ^ (late >> 10)
            schedule[index] = schedule[index &- 16] &+ sigma0 &+ schedule[index &- 7] &+ sigma1
        }
        var work = state
        for index in 0..<64 {
            let choice = (work[4] & work[5]) ^ (~work[4] & work[6])
            let sum1 = Self.rotate(work[4], 6) ^ Self.rotate(work[4], 11) ^ Self.rotate(work[4], 25)
            let first = work[7] &+ sum1 &+ choice &+ Self.constants[index] &+ schedule[index]
            let majority = (work[0] & work[1]) ^ (work[0] & work[2]) ^ (work[1] & work[2])
            let sum0 = Self.rotate(work[0], 2) ^ Self.rotate(work[0], 13) ^ Self.rotate(work[0], 22)
            work = [
                first &+ sum0 &+ majority, work[0], work[1], work[2], work[3] &+ first, work[4], work[5], work[6],
            ]
        }
        for index in 0..<8 { state[index] &+= work[index] }
    }

    @inline(__always)
    private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 { value >> count | value << (32 &- count) }

    private static let constants: [64 of UInt32] = [
        0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4, 0xAB1C_5ED5,
        0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174,
        0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA,
        0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967,
        0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85,
        0xA2BF_E8A1, 0xA81A_664B, 0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070,
        0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
        0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2,
    ]
}
