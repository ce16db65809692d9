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
    private(set) var comment: String?
    private var hasSection = false
    private var section: UInt32 = 0
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

    /// Whether a section header with its byte-order magic stands at `position`.
    static func isSection(_ bytes: Span<UInt8>, _ position: Int) -> Bool {
        CaptureFormat.detect(bytes, at: position) == .pcapng && byteOrder(bytes, position) != nil
    }

    /// Takes the interface of a classic capture that the file begins with or goes on with; it counts as a section.
    /// Returns whether there is room for it.
    mutating func beginCapture(_ interface: CaptureInterface) -> Bool {
        guard interfaces.count < Self.interfaceLimit else { return false }
        if hasSection { section &+= 1 }
        hasSection = true
        var interface = interface
        interface.section = section
        interfaces.append(interface)
        return true
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

    // MARK: - Sections and interfaces

    /// Returns whether a section header's numbers are big-endian, or `nil` without its byte-order magic.
    private static func byteOrder(_ bytes: Span<UInt8>, _ position: Int) -> Bool? {
        guard bytes.count - position >= 12 else { return nil }
        switch bytes.unsigned32(position + 8, isBig: true) {
        case 0x1A2B_3C4D: return true
        case 0x4D3C_2B1A: return false
        default: return nil
        }
    }

    /// Major 1 with minor 0; minor 2 was written by mistake and means the same.
    private static func isSupportedVersion(_ bytes: Span<UInt8>, _ position: Int, _ isBig: Bool) -> Bool {
        let minor = bytes.unsigned16(position + 14, isBig: isBig)
        return bytes.unsigned16(position + 12, isBig: isBig) == 1 && (minor == 0 || minor == 2)
    }

    private mutating func beginSection(_ bytes: Span<UInt8>, _ position: Int, _ body: Range<Int>) -> Bool {
        guard body.count >= 16, Self.isSupportedVersion(bytes, position, isBig) else { return false }
        if hasSection { section &+= 1 }
        hasSection = true
        firstInterface = interfaces.count
        guard section == 0, comment == nil else { return true }
        var options = PcapNGOptions(body.lowerBound + 16..<body.upperBound, isBig: isBig)
        while let option = options.next(bytes) {
            if option.code == 1, comment == nil { comment = Self.text(bytes, option.value) }
        }
        return true
    }

    /// Interface Description Block: link type 16, reserved 16, snap length 32, options.
    private mutating func addInterface(_ bytes: Span<UInt8>, _ body: Range<Int>) -> Bool {
        guard body.count >= 8, interfaces.count < Self.interfaceLimit else { return false }
        let start = body.lowerBound
        var interface = CaptureInterface(
            linkType: bytes.unsigned16(start, isBig: isBig), snapLength: bytes.unsigned32(start + 4, isBig: isBig),
            section: section)
        var resolution: UInt8 = 6
        var offsetSeconds: Int64 = 0
        var options = PcapNGOptions(start + 8..<body.upperBound, isBig: isBig)
        while let option = options.next(bytes) {
            let value = option.value
            switch option.code {
            case 2: interface.name = Self.text(bytes, value)
            case 9 where value.count >= 1: resolution = bytes[value.lowerBound]
            case 14 where value.count >= 8:
                offsetSeconds = Int64(bitPattern: bytes.unsigned64(value.lowerBound, isBig: isBig))
            default: break
            }
        }
        if options.isMalformed { irregularBlocks &+= 1 }
        interface.scale = TimeScale(resolution: resolution, offsetSeconds: offsetSeconds)
        interfaces.append(interface)
        return true
    }

    /// Interface Statistics Block: interface 32, time 64, options. The last one of an interface counts.
    private mutating func readStatistics(_ bytes: Span<UInt8>, _ body: Range<Int>) {
        guard body.count >= 12 else { return }
        let number = UInt64(bytes.unsigned32(body.lowerBound, isBig: isBig)) + UInt64(firstInterface)
        guard number < UInt64(interfaces.count) else { return }
        let index = Int(number)
        var options = PcapNGOptions(body.lowerBound + 12..<body.upperBound, isBig: isBig)
        while let option = options.next(bytes) {
            guard option.value.count >= 8 else { continue }
            let value = bytes.unsigned64(option.value.lowerBound, isBig: isBig)
            switch option.code {
            case 4: interfaces[index].received = value
            case 5: interfaces[index].dropped = value
            case 7: interfaces[index].droppedBySystem = value
            default: break
            }
        }
        if options.isMalformed { irregularBlocks &+= 1 }
    }

    private static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String? {
        var copy: [UInt8] = []
        for index in range.prefix(CaptureInterface.nameLimit) {
            if bytes[index] == 0 { break }
            copy.append(bytes[index])
        }
        return copy.isEmpty ? nil : String(decoding: copy, as: UTF8.self)
    }
}
