/// Decodes the Huffman code of HPACK strings. RFC 7541, section 5.2 and appendix B.
///
/// The code is canonical: codes of one length are consecutive and ordered by symbol, so three small tables tell all.
enum HPACKHuffman {
    /// Appends the decoded text; returns false if it is malformed or longer than `limit` bytes.
    static func decode(_ bytes: Span<UInt8>, _ range: Range<Int>, limit: Int, into text: inout [UInt8]) -> Bool {
        var window: UInt64 = 0
        var bits = 0
        var index = range.lowerBound
        while true {
            while bits <= 56, index < range.upperBound {
                window |= UInt64(bytes[index]) << UInt64(56 &- bits)
                bits &+= 8
                index &+= 1
            }
            let top = UInt32(truncatingIfNeeded: window >> 32)
            var length = 5
            while length < 30, top >= limits[length] { length &+= 1 }
            if length > bits { return isPadding(window, bits) }
            let symbol = symbols[Int(top >> UInt32(32 &- length)) &+ bases[length]]
            guard symbol < 256, text.count < limit else { return false }
            text.append(UInt8(truncatingIfNeeded: symbol))
            window <<= UInt64(length)
            bits &-= length
        }
    }

    /// Whether what is left is the start of the end-of-string code: fewer than eight bits, all ones.
    private static func isPadding(_ window: UInt64, _ bits: Int) -> Bool {
        bits < 8 && window == ~(UInt64.max >> UInt64(bits))
    }

    /// By length in bits: the smallest code of more bits, aligned to the left of 32.
    private static let limits: [31 of UInt32] = [
        0x0000_0000, 0x0000_0000, 0x0000_0000, 0x0000_0000, 0x0000_0000, 0x5000_0000, 0xB800_0000, 0xF800_0000,
        0xFE00_0000, 0xFE00_0000, 0xFF40_0000, 0xFFA0_0000, 0xFFC0_0000, 0xFFF0_0000, 0xFFF8_0000, 0xFFFE_0000,
        0xFFFE_0000, 0xFFFE_0000, 0xFFFE_0000, 0xFFFE_6000, 0xFFFE_E000, 0xFFFF_4800, 0xFFFF_B000, 0xFFFF_EA00,
        0xFFFF_F600, 0xFFFF_F800, 0xFFFF_FBC0, 0xFFFF_FE20, 0xFFFF_FFF0, 0xFFFF_FFF0, 0xFFFF_FFFF,
    ]

    /// By length in bits: what to add to a code to get its place in `symbols`.
    private static let bases: [31 of Int] = [
        0, 0, 0, 0, 0, 0, -10, -56,
        -180, 0, -942, -1963, -4008, -8100, -16290, -32672,
        0, 0, 0, -524177, -1048452, -2097010, -4194139, -8388423,
        -16777020, -33554226, -67108642, -134217489, -268435202, 0, -1073741567,
    ]

    /// The bytes, and 256 for the end of the string, ordered by length of code and value.
    private static let symbols: [257 of UInt16] = [
        48, 49, 50, 97, 99, 101, 105, 111, 115, 116, 32, 37, 45, 46, 47, 51, 52, 53, 54, 55,
        56, 57, 61, 65, 95, 98, 100, 102, 103, 104, 108, 109, 110, 112, 114, 117, 58, 66, 67, 68,
        69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 89,
        106, 107, 113, 118, 119, 120, 121, 122, 38, 42, 44, 59, 88, 90, 33, 34, 40, 41, 63, 39,
        43, 124, 35, 62, 0, 36, 64, 91, 93, 126, 94, 125, 60, 96, 123, 92, 195, 208, 128, 130,
        131, 162, 184, 194, 224, 226, 153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230, 129,
        132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190,
        196, 198, 228, 232, 233, 1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157,
        158, 165, 166, 168, 174, 175, 180, 182, 183, 188, 191, 197, 231, 239, 9, 142, 144, 145, 148, 159,
        171, 206, 215, 225, 236, 237, 199, 207, 234, 235, 192, 193, 200, 201, 202, 205, 210, 213, 218, 219,
        238, 240, 242, 243, 255, 203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250,
        251, 252, 253, 254, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20,
        21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127, 220, 249, 10, 13, 22, 256,
    ]
}
