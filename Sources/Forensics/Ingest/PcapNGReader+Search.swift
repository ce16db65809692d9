/// How blocks are told from other bytes: by a type, and by a length that stands at both ends.
extension PcapNGReader: SearchableRecords {
    func fit(_ bytes: Span<UInt8>, _ position: Int, _ end: Int, near: Int64?) -> RecordFit {
        guard end &- position >= 12 else { return .unknown }
        let type = bytes.unsigned32(position, isBig: isBig)
        let isKnown = type > 0 && type <= 0x0A
        // Sections, and classic captures, begin with what may be any byte order's.
        if !isKnown {
            if let capture = PcapReader.otherCapture(bytes, position, end) { return capture }
            guard Self.isOtherBlock(type) else { return .nothing }
        }
        let total = Int(bytes.unsigned32(position &+ 4, isBig: isBig))
        guard total >= 12, total <= Self.maximumBlockLength, total & 3 == 0 else { return .nothing }
        let next = position &+ total
        var time: Int64?
        switch type {
        case Block.enhancedPacket, Block.oldPacket:
            guard end &- position >= 28 else { return .unknown }
            time = packetTime(bytes, position, total, isOld: type == Block.oldPacket, near: near)
            if time == nil { return .nothing }
        case Block.simplePacket: if firstInterface >= interfaces.count || total < 16 { return .nothing }
        default: break
        }
        if next <= end, bytes.unsigned32(next &- 4, isBig: isBig) != UInt32(total) { return .nothing }
        return .record(end: next, time: time)
    }

    func mayBeCut(_ bytes: Span<UInt8>, _ position: Int, _ end: Int, near: Int64?) -> Bool {
        guard end - position >= 12 else { return true }
        let type = bytes.unsigned32(position, isBig: isBig)
        if type == Block.section || type & 0x8000_0000 != 0 { return true }
        if case .nothing = fit(bytes, position, end, near: near) { return false }
        return true
    }

    /// Custom blocks and those of sysdig.
    static func isOtherBlock(_ type: UInt32) -> Bool {
        type == 0xBAD || type == 0x4000_0BAD || (type >= 0x200 && type < 0x300)
    }

    /// How much longer than its packet a packet block may be: its options.
    private static let optionRoom = 4096

    /// Returns the time of a packet block whose lengths, interface and time fit, or `nil`.
    private func packetTime(_ bytes: Span<UInt8>, _ position: Int, _ total: Int, isOld: Bool, near: Int64?) -> Int64? {
        let start = position &+ 8
        let local = isOld ? UInt32(bytes.unsigned16(start, isBig: isBig)) : bytes.unsigned32(start, isBig: isBig)
        let number = UInt64(local) &+ UInt64(firstInterface)
        let captured = Int(bytes.unsigned32(start &+ 12, isBig: isBig))
        let original = Int(bytes.unsigned32(start &+ 16, isBig: isBig))
        let room = total &- 32 &- (captured &+ 3) & ~3
        guard number < UInt64(interfaces.count), captured <= original, original <= PcapReader.maximumCapturedLength,
            room >= 0, room <= Self.optionRoom
        else { return nil }
        let ticks =
            UInt64(bytes.unsigned32(start &+ 4, isBig: isBig)) << 32
            | UInt64(bytes.unsigned32(start &+ 8, isBig: isBig))
        let time = interfaces[Int(number)].scale.nanoseconds(ticks)
        if let near, CaptureCursor.isFar(time, from: near) { return nil }
        return time
    }
}
