/// Sections and interfaces of a pcapng file.
extension PcapNGReader {
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

    /// Returns whether a section header's numbers are big-endian, or `nil` without its byte-order magic.
    static func byteOrder(_ bytes: Span<UInt8>, _ position: Int) -> Bool? {
        guard bytes.count - position >= 12 else { return nil }
        switch bytes.unsigned32(position + 8, isBig: true) {
        case 0x1A2B_3C4D: return true
        case 0x4D3C_2B1A: return false
        default: return nil
        }
    }

    /// Major 1 with minor 0; minor 2 was written by mistake and means the same.
    static func isSupportedVersion(_ bytes: Span<UInt8>, _ position: Int, _ isBig: Bool) -> Bool {
        let minor = bytes.unsigned16(position + 14, isBig: isBig)
        return bytes.unsigned16(position + 12, isBig: isBig) == 1 && (minor == 0 || minor == 2)
    }

    mutating func beginSection(_ bytes: Span<UInt8>, _ position: Int, _ body: Range<Int>) -> Bool {
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
    mutating func addInterface(_ bytes: Span<UInt8>, _ body: Range<Int>) -> Bool {
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
    mutating func readStatistics(_ bytes: Span<UInt8>, _ body: Range<Int>) {
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
