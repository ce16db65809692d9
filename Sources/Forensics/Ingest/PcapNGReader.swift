import ForensicsModel

/// The packets of a pcapng file: sections, interfaces and packet blocks. IETF draft-ietf-opsawg-pcapng.
///
///     | block type | total length | body, padded to 4 | total length |
///
/// Blocks that hold no packets are stepped over by their length. A packet block that contradicts itself is rejected
/// and reading goes on behind it; behind a block whose two lengths disagree, or are impossible, the next one has to be
/// searched for unless what follows is a block again. Names of hosts, secrets and comments of packets are not read.
struct PcapNGReader: Sendable {
    /// Longer blocks are not brought into memory: packet blocks are rejected, others stepped over.
    static let maximumBlockLength = 1 << 19
    /// Interfaces over the whole file that can be told apart.
    static let interfaceLimit = 65_535

    var interfaces: [CaptureInterface] = []
    /// Blocks with options that reach past their block, or whose two lengths disagree.
    var irregularBlocks: UInt64 = 0
    var isBig = false
    /// The first comment of the first section.
    var comment: String?
    var hasSection = false
    /// The number of the section, from 0.
    var section: UInt32 = 0
    /// The number of the section's first interface over the whole file.
    var firstInterface = 0
    /// The header that each packet fills in: a call into another module a packet would cost more than the rest.
    var frame = FrameHeader(
        position: 0, capturedLength: 0, originalLength: 0, time: Timestamp(nanoseconds: 0), record: 0, offset: 0,
        linkType: 0, interface: 0, captureDirection: 0)

    enum Block {
        static let section: UInt32 = 0x0A0D_0D0A
        static let interface: UInt32 = 1
        static let oldPacket: UInt32 = 2
        static let simplePacket: UInt32 = 3
        static let statistics: UInt32 = 5
        static let enhancedPacket: UInt32 = 6
    }

    /// Whether a file begins with a section of a version that can be read; `nil` if it is no section header.
    static func isSupported(_ bytes: Span<UInt8>) -> Bool? {
        guard bytes.count >= 16, let isBig = byteOrder(bytes, 0) else { return nil }
        return isSupportedVersion(bytes, 0, isBig)
    }

    /// Appends the packets of the whole blocks of `bytes[range]` to `frames`.
    ///
    /// `isLast` says that nothing follows the range.
    mutating func read(
        _ bytes: Span<UInt8>, _ range: Range<Int>, isLast: Bool, _ cursor: inout CaptureCursor,
        into frames: inout [FrameHeader]
    ) -> CaptureStep {
        let end = range.upperBound
        var position = range.lowerBound
        while frames.count < cursor.frameLimit {
            guard end &- position >= 12 else { return CaptureStep(position: position, outcome: .needsMore) }
            let type = bytes.unsigned32(position, isBig: isBig)
            if type == Block.section {
                guard let order = Self.byteOrder(bytes, position) else { return Self.stop(position) }
                isBig = order
            } else if !hasSection {
                return Self.stop(position)
            }
            // No block that is in use has a type as high as the lowest magic number of a classic capture.
            if type >= 0x34CD_B2A1, let step = classicCapture(bytes, position, end, isLast: isLast) { return step }
            let total = bytes.unsigned32(position &+ 4, isBig: isBig)
            guard total >= 12 else { return Self.stop(position) }
            // Old writers left the padding out of the length.
            let length = (Int(total) &+ 3) & ~3
            if length > end &- position {
                if length <= Self.maximumBlockLength || (end &- position < Self.maximumBlockLength && !isLast) {
                    return CaptureStep(position: position, outcome: .needsMore)
                }
            }
            if length > Self.maximumBlockLength {
                return large(bytes, type, position, min(end, position &+ Self.maximumBlockLength), UInt64(length))
            }
            let next = position &+ length
            if bytes.unsigned32(next &- 4, isBig: isBig) != total {
                guard isPlausibleBlock(bytes, next, end) else { return Self.stop(position) }
                irregularBlocks &+= 1
            }
            let body = position &+ 8..<next &- 4
            let isUsable: Bool
            var reason = RejectReason.badBlock
            switch type {
            case Block.enhancedPacket, Block.oldPacket:
                let result = packet(bytes, body, position, isOld: type == Block.oldPacket, &cursor, &frames)
                isUsable = result == .accepted
                if result == .unknownInterface { reason = .unknownInterface }
                if result == .tooMany {
                    return CaptureStep(position: position, outcome: .stopped(.tooManyRecords))
                }
            case Block.simplePacket:
                let result = simplePacket(bytes, body, position, &cursor, &frames)
                isUsable = result == .accepted
                if result == .unknownInterface { reason = .unknownInterface }
            case Block.interface: isUsable = addInterface(bytes, body)
            case Block.section:
                // What follows is of a version that is not known.
                guard beginSection(bytes, position, body) else {
                    return CaptureStep(position: position, outcome: .stopped(.badBlock))
                }
                isUsable = true
            case Block.statistics:
                readStatistics(bytes, body)
                isUsable = true
            default: isUsable = true
            }
            position = next
            if !isUsable {
                return CaptureStep(
                    position: next, outcome: .rejected(reason, start: next &- length, length: length))
            }
        }
        return CaptureStep(position: position, outcome: .full)
    }

    private static func stop(_ position: Int) -> CaptureStep {
        CaptureStep(position: position, outcome: .damaged(.badBlock, length: nil))
    }

    /// Ends reading where the header of a classic capture stands, or where the bytes to tell are not here.
    private func classicCapture(_ bytes: Span<UInt8>, _ position: Int, _ end: Int, isLast: Bool) -> CaptureStep? {
        guard CaptureFormat.detect(bytes, at: position) != nil else { return nil }
        guard end - position >= PcapReader.fileHeaderLength else {
            return isLast ? nil : CaptureStep(position: position, outcome: .needsMore)
        }
        let header = bytes.extracting(position..<position + PcapReader.fileHeaderLength)
        return PcapReader(header) == nil ? nil : CaptureStep(position: position, outcome: .capture)
    }

    /// Steps over a block that is too long for memory. Of an interface or section its beginning is read all the same. A
    /// packet is never as long, and a type that is not in use tells that its length is none either.
    private mutating func large(
        _ bytes: Span<UInt8>, _ type: UInt32, _ position: Int, _ end: Int, _ length: UInt64
    ) -> CaptureStep {
        let body = position + 8..<end
        var isUsable = true
        switch type {
        case Block.enhancedPacket, Block.oldPacket, Block.simplePacket:
            return CaptureStep(position: position, outcome: .damaged(.badBlock, length: length))
        case Block.interface: isUsable = addInterface(bytes, body)
        case Block.section:
            guard beginSection(bytes, position, body) else {
                return CaptureStep(position: position, outcome: .stopped(.badBlock))
            }
        case 1...0x0A, 0x8000_0000...: break
        default:
            guard Self.isOtherBlock(type) else { return Self.stop(position) }
        }
        return CaptureStep(
            position: position, outcome: isUsable ? .skip(count: length) : .rejectedAndSkip(.badBlock, count: length))
    }

    /// Whether a block could begin at `position`; true where the bytes to tell are not here.
    private func isPlausibleBlock(_ bytes: Span<UInt8>, _ position: Int, _ end: Int) -> Bool {
        guard end - position >= 8 else { return true }
        let type = bytes.unsigned32(position, isBig: isBig)
        let total = bytes.unsigned32(position + 4, isBig: isBig)
        if type == Block.section { return true }
        return type > 0 && type <= 0x0A && total >= 12
    }
}
