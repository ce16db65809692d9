/// The running checksums of a decoded stream: the content key, and the CRC-32 of the gzip member being read.
///
/// Each byte is summed once: where a stretch counts for both, its CRC is combined with what came before.
struct DecodedDigest: Sendable {
    static let blockLength = 1 << 16

    private(set) var length: UInt64 = 0
    private(set) var memberLength: UInt64 = 0
    private(set) var memberCRC: UInt32 = 0
    /// The keys of the stream's beginnings of the lengths asked for, in ascending order of length.
    private(set) var keysAtCheckpoints: [ContentKey] = []
    private let sumsMembers: Bool
    private var checkpoints: [UInt64]
    private var blockCRC: UInt32 = 0
    private var blockFill = 0
    private var block: UInt64 = 0
    private var high: UInt64 = 0x6A09_E667_F3BC_C908
    private var low: UInt64 = 0xBB67_AE85_84CA_A73B

    /// Creates the digest of an empty stream.
    ///
    /// - Parameters:
    ///   - sumsMembers: whether the member's CRC is wanted, as for gzip.
    ///   - checkpoints: the lengths at which a key is kept, to know a file that has grown.
    init(sumsMembers: Bool, checkpoints: [UInt64]) {
        self.sumsMembers = sumsMembers
        self.checkpoints = checkpoints.filter { $0 > 0 }.sorted(by: >)
    }

    /// The key of all that was appended so far.
    var key: ContentKey {
        var copy = self
        if copy.blockFill > 0 { copy.endBlock() }
        return ContentKey(length: length, high: copy.high, low: copy.low)
    }

    mutating func beginMember() {
        memberLength = 0
        memberCRC = 0
    }

    mutating func append(_ bytes: [UInt8], _ range: Range<Int>) {
        var position = range.lowerBound
        while position < range.upperBound {
            var count = min(Self.blockLength - blockFill, range.upperBound - position)
            if let next = checkpoints.last { count = Int(min(UInt64(count), next - length)) }
            sum(bytes, position..<position + count)
            position += count
            if let next = checkpoints.last, next == length {
                keysAtCheckpoints.append(key)
                while checkpoints.last == next { checkpoints.removeLast() }
            }
            if blockFill == Self.blockLength { endBlock() }
        }
    }

    private mutating func sum(_ bytes: [UInt8], _ range: Range<Int>) {
        // Combining costs about as much as summing a few thousand bytes.
        if !sumsMembers || range.count < 8192 {
            blockCRC = Checksum.crc32(bytes, range, after: blockCRC)
            if sumsMembers { memberCRC = Checksum.crc32(bytes, range, after: memberCRC) }
        } else {
            let crc = Checksum.crc32(bytes, range)
            blockCRC = blockFill == 0 ? crc : Checksum.combine(blockCRC, crc, length: range.count)
            memberCRC = memberLength == 0 ? crc : Checksum.combine(memberCRC, crc, length: range.count)
        }
        blockFill += range.count
        length += UInt64(range.count)
        memberLength += UInt64(range.count)
    }

    private mutating func endBlock() {
        block &+= 1
        let value = UInt64(blockCRC) | block << 32
        high = Self.splitMix(high ^ value)
        low = Self.murmurMix(low ^ value)
        blockCRC = 0
        blockFill = 0
    }

    private static func splitMix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    private static func murmurMix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0xD1B5_4A32_D192_ED03
        mixed = (mixed ^ mixed >> 33) &* 0xFF51_AFD7_ED55_8CCD
        mixed = (mixed ^ mixed >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return mixed ^ mixed >> 33
    }
}
