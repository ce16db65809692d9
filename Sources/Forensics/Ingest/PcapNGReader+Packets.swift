import ForensicsModel

/// The three kinds of blocks that hold packets.
extension PcapNGReader {
    enum PacketResult { case accepted, malformed, unknownInterface, tooMany }

    /// Enhanced Packet Block: interface 32, time 64 as two halves, captured 32, original 32, data, options. The
    /// obsolete Packet Block differs in its first word: interface 16, drops 16.
    @inline(__always)
    mutating func packet(
        _ bytes: Span<UInt8>, _ body: Range<Int>, _ position: Int, isOld: Bool, _ cursor: inout CaptureCursor,
        _ frames: inout [FrameHeader]
    ) -> PacketResult {
        let start = body.lowerBound
        guard body.count >= 20 else { return .malformed }
        let local =
            isOld
            ? UInt32(bytes.unsigned16(start, isBig: isBig)) : bytes.unsigned32(start, isBig: isBig)
        let number = UInt64(local) &+ UInt64(firstInterface)
        guard number < UInt64(interfaces.count) else { return .unknownInterface }
        let ticks =
            UInt64(bytes.unsigned32(start &+ 4, isBig: isBig)) << 32
            | UInt64(bytes.unsigned32(start &+ 8, isBig: isBig))
        let captured = Int(bytes.unsigned32(start &+ 12, isBig: isBig))
        let original = Int(bytes.unsigned32(start &+ 16, isBig: isBig))
        guard captured <= body.count &- 20, captured <= PcapReader.maximumCapturedLength else { return .malformed }
        guard cursor.record <= CaptureCursor.lastRecord else { return .tooMany }
        let index = Int(number)
        var nanoseconds = interfaces[index].scale.nanoseconds(ticks)
        let optionsStart = start &+ 20 &+ (captured &+ 3) & ~3
        var direction: UInt8 = 0
        if body.upperBound &- optionsStart >= 4 {
            direction = readPacketOptions(bytes, optionsStart..<body.upperBound, index)
        }
        if isOld {
            let drops = bytes.unsigned16(start &+ 2, isBig: isBig)
            if drops != 0xFFFF { addDrops(UInt64(drops), index) }
        }
        frame.clock = .sound
        if !CaptureCursor.isTime(nanoseconds) {
            nanoseconds = cursor.lastTime.nanoseconds
            frame.clock = .missing
        } else if CaptureCursor.isOdd(nanoseconds, after: cursor.lastTime.nanoseconds) {
            frame.clock = cursor.leap(to: nanoseconds)
        }
        frame.position = start &+ 20
        frame.capturedLength = captured
        frame.originalLength = original
        frame.time.nanoseconds = nanoseconds
        frame.record = cursor.record
        frame.offset = cursor.base &+ UInt64(truncatingIfNeeded: position)
        frame.linkType = interfaces[index].linkType
        frame.interface = UInt16(truncatingIfNeeded: index)
        frame.captureDirection = direction
        frames.append(frame)
        if frame.clock != .missing { cursor.see(frame.time) }
        cursor.record &+= 1
        return .accepted
    }

    /// Simple Packet Block: original length 32, data. It is of interface 0 and has no time: the one of the packet
    /// before it is taken.
    mutating func simplePacket(
        _ bytes: Span<UInt8>, _ body: Range<Int>, _ position: Int, _ cursor: inout CaptureCursor,
        _ frames: inout [FrameHeader]
    ) -> PacketResult {
        guard body.count >= 4 else { return .malformed }
        guard firstInterface < interfaces.count else { return .unknownInterface }
        guard cursor.record <= CaptureCursor.lastRecord else { return .tooMany }
        let interface = interfaces[firstInterface]
        let original = Int(bytes.unsigned32(body.lowerBound, isBig: isBig))
        let limit = interface.snapLength == 0 ? Int.max : Int(interface.snapLength)
        let captured = min(min(original, limit), body.count - 4)
        guard captured <= PcapReader.maximumCapturedLength else { return .malformed }
        var header = FrameHeader(
            position: body.lowerBound + 4, capturedLength: captured, originalLength: original, time: cursor.lastTime,
            record: cursor.record, offset: cursor.base &+ UInt64(position), linkType: interface.linkType,
            interface: UInt16(truncatingIfNeeded: firstInterface), captureDirection: 0)
        header.clock = .missing
        frames.append(header)
        cursor.record &+= 1
        return .accepted
    }

    /// Reads epb_flags and epb_dropcount; returns the direction.
    private mutating func readPacketOptions(_ bytes: Span<UInt8>, _ range: Range<Int>, _ interface: Int) -> UInt8 {
        var direction: UInt8 = 0
        var options = PcapNGOptions(range, isBig: isBig)
        while let option = options.next(bytes) {
            if option.code == 2, option.value.count >= 4 {
                direction = UInt8(truncatingIfNeeded: bytes.unsigned32(option.value.lowerBound, isBig: isBig) & 3)
                if direction == 3 { direction = 0 }
            } else if option.code == 4, option.value.count >= 8 {
                addDrops(bytes.unsigned64(option.value.lowerBound, isBig: isBig), interface)
            }
        }
        if options.isMalformed { irregularBlocks &+= 1 }
        return direction
    }

    private mutating func addDrops(_ count: UInt64, _ interface: Int) {
        if count == 0 { return }
        let (sum, overflow) = (interfaces[interface].dropped ?? 0).addingReportingOverflow(count)
        interfaces[interface].dropped = overflow ? .max : sum
    }
}
