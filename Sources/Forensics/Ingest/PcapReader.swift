import ForensicsModel

/// The records of a classic capture file. IETF draft-ietf-opsawg-pcap.
///
///      0                   1                   2                   3
///     |                      seconds, unsigned                        |
///     |             microseconds or nanoseconds                       |
///     |                      captured length                          |
///     |                      original length                          |
///
/// Reads both byte orders, microseconds and nanoseconds, and the modified form of A. Kuznetzov, whose record header
/// has eight more bytes. Records are not aligned and nothing marks their beginning: after a header that contradicts
/// itself the next one has to be searched for.
struct PcapReader: Sendable {
    static let fileHeaderLength = 24
    /// A longer captured length is damage: MAXIMUM_SNAPLEN of libpcap. A file's own snap length does not count,
    /// because records that exceed it occur in sound files.
    static let maximumCapturedLength = 262_144

    let interface: CaptureInterface
    /// The number of `interface` over the whole file.
    private let interfaceNumber: UInt16
    let isBig: Bool
    let nanosecondsPerFraction: Int64
    let recordHeaderLength: Int
    private let lengthOrder: LengthOrder

    /// Which of the two lengths of a record header comes first; old writers disagreed.
    private enum LengthOrder { case capturedFirst, originalFirst, smallerIsCaptured }

    /// Reads a file header, or returns `nil` if it has no magic number of a known form or an unknown version.
    ///
    /// - Parameter number: the number of its interface over the whole file.
    init?(_ header: Span<UInt8>, interface number: Int = 0) {
        guard header.count >= Self.fileHeaderLength else { return nil }
        guard let format = CaptureFormat.detect(header), format != .pcapng else { return nil }
        isBig = header[0] == 0xA1
        interfaceNumber = UInt16(truncatingIfNeeded: number)
        nanosecondsPerFraction = format == .pcapNanoseconds ? 1 : 1000
        recordHeaderLength = format == .pcapModified ? 24 : 16
        let major = header.unsigned16(4, isBig: isBig)
        let minor = header.unsigned16(6, isBig: isBig)
        switch (major, minor) {
        case (2, ..<3), (543, 0): lengthOrder = .originalFirst
        case (2, 3): lengthOrder = .smallerIsCaptured
        case (2, _): lengthOrder = .capturedFirst
        default: return nil
        }
        // The upper half of the link type word holds the FCS length and reserved bits.
        let linkType = UInt16(truncatingIfNeeded: header.unsigned32(20, isBig: isBig))
        interface = CaptureInterface(linkType: linkType, snapLength: header.unsigned32(16, isBig: isBig))
    }

    /// Appends the whole records of `bytes[range]` to `frames`.
    func read(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ cursor: inout CaptureCursor, into frames: inout [FrameHeader]
    ) -> CaptureStep {
        let end = range.upperBound
        let headerLength = recordHeaderLength
        var position = range.lowerBound
        var state = cursor
        // One header is filled in again and again: a call into another module a packet would cost more than the rest.
        var frame = FrameHeader(
            position: 0, capturedLength: 0, originalLength: 0, time: state.lastTime, record: state.record, offset: 0,
            linkType: interface.linkType, interface: interfaceNumber, captureDirection: 0)
        defer { cursor = state }
        while frames.count < state.frameLimit {
            guard end &- position >= headerLength else { return CaptureStep(position: position, outcome: .needsMore) }
            let seconds = Int64(bytes.unsigned32(position, isBig: isBig))
            let fraction = Int64(bytes.unsigned32(position &+ 4, isBig: isBig))
            // 2³² seconds and 2³² microseconds are far from the end of Int64.
            let time = seconds &* 1_000_000_000 &+ fraction &* nanosecondsPerFraction
            let (captured, original) = lengths(bytes, position)
            var clock = FrameClock.sound
            if CaptureCursor.isOdd(time, after: state.lastTime.nanoseconds) {
                switch look(bytes, position, captured, original, time, &state) {
                case .record(let worth): clock = worth
                case .capture: return CaptureStep(position: position, outcome: .capture)
                case .damage:
                    return CaptureStep(position: position, outcome: .damaged(.badRecordHeader, length: nil))
                }
            }
            if captured > Self.maximumCapturedLength {
                return CaptureStep(position: position, outcome: .damaged(.badRecordHeader, length: nil))
            }
            if state.record > CaptureCursor.lastRecord {
                return CaptureStep(position: position, outcome: .stopped(.tooManyRecords))
            }
            guard end &- position &- headerLength >= captured else {
                return CaptureStep(position: position, outcome: .needsMore)
            }
            if headerLength == 24 { frame.captureDirection = Self.direction(packetType: bytes[position &+ 22]) }
            frame.position = position &+ headerLength
            frame.capturedLength = captured
            frame.originalLength = original
            frame.time.nanoseconds = time
            frame.clock = clock
            frame.record = state.record
            frame.offset = state.base &+ UInt64(truncatingIfNeeded: position)
            frames.append(frame)
            state.see(frame.time)
            state.record &+= 1
            position &+= headerLength &+ captured
        }
        return CaptureStep(position: position, outcome: .full)
    }

    /// The captured and the original length of the record header at `position`.
    @inline(__always)
    func lengths(_ bytes: Span<UInt8>, _ position: Int) -> (captured: Int, original: Int) {
        let first = Int(bytes.unsigned32(position &+ 8, isBig: isBig))
        let second = Int(bytes.unsigned32(position &+ 12, isBig: isBig))
        if lengthOrder != .capturedFirst, lengthOrder == .originalFirst || first > second { return (second, first) }
        return (first, second)
    }

    private enum Look { case record(FrameClock), capture, damage }

    /// Looks closely at a header whose time is odd after that of the record before it, or is the first.
    @inline(never)
    private func look(
        _ bytes: Span<UInt8>, _ position: Int, _ captured: Int, _ original: Int, _ time: Int64,
        _ cursor: inout CaptureCursor
    ) -> Look {
        // A magic number is the time of a packet only among packets of that time.
        if CaptureCursor.isFar(time, from: cursor.lastTime.nanoseconds),
            let format = CaptureFormat.detect(bytes, at: position)
        {
            if format != .pcapng || PcapNGReader.isSection(bytes, position) { return .capture }
        }
        // Nothing at all, as in a page that never reached the disk.
        if cursor.hasTime, time == 0, original == 0, captured == 0 { return .damage }
        return .record(cursor.leap(to: time))
    }

    /// PACKET_OUTGOING of packet(7) is 4; 0 through 3 are ways to receive.
    private static func direction(packetType: UInt8) -> UInt8 { packetType == 4 ? 2 : packetType < 4 ? 1 : 0 }
}
