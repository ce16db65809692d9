import ForensicsModel

/// Writes frames as one pcapng section with nanosecond times.
///
/// IETF draft-ietf-opsawg-pcapng: Section Header Block, an Interface Description Block for each interface of each
/// original capture as it first appears, Enhanced Packet Blocks with `opt_comment` and `epb_flags`. Little-endian.
struct PcapNGWriter {
    /// What tells interfaces apart.
    private struct Interface: Hashable {
        var source: UInt32
        var number: UInt16
        var linkType: UInt16
    }

    private static let longestComment = 4_000
    private var numbers: [Interface: UInt32] = [:]

    /// Appends the section header.
    func begin(application: String, comment: String, into out: inout [UInt8]) {
        var options: [UInt8] = []
        Self.option(1, comment, &options)
        Self.option(4, application, &options)
        Self.end(&options)
        var body: [UInt8] = []
        Self.append(0x1A2B_3C4D, &body)
        body += [1, 0, 0, 0]
        body += [UInt8](repeating: 0xFF, count: 8)
        Self.block(0x0A0D_0D0A, body + options, &out)
    }

    /// Appends a frame, and first its interface if that is new.
    ///
    /// - Parameters:
    ///   - bytes: what was captured of the frame.
    ///   - origin: where the frame comes from, told with the interface.
    ///   - comment: why the frame is here; empty for none.
    mutating func append(
        _ frame: FrameHeader, _ bytes: Span<UInt8>, source: UInt32, origin: String, comment: String,
        into out: inout [UInt8]
    ) {
        let interface = Interface(source: source, number: frame.interface, linkType: frame.linkType)
        let number: UInt32
        if let known = numbers[interface] {
            number = known
        } else {
            number = UInt32(numbers.count)
            numbers[interface] = number
            describe(frame, origin, &out)
        }
        var body: [UInt8] = []
        body.reserveCapacity(bytes.count + 64)
        let time = UInt64(bitPattern: frame.time.nanoseconds)
        Self.append(number, &body)
        Self.append(UInt32(truncatingIfNeeded: time >> 32), &body)
        Self.append(UInt32(truncatingIfNeeded: time), &body)
        Self.append(UInt32(truncatingIfNeeded: bytes.count), &body)
        Self.append(UInt32(truncatingIfNeeded: frame.originalLength), &body)
        body.append(contentsOf: bytes)
        Self.pad(&body)
        if !comment.isEmpty { Self.option(1, comment, &body) }
        if frame.captureDirection != 0 {
            Self.append16(2, &body)
            Self.append16(4, &body)
            Self.append(UInt32(frame.captureDirection), &body)
        }
        if !comment.isEmpty || frame.captureDirection != 0 { Self.end(&body) }
        Self.block(6, body, &out)
    }

    private func describe(_ frame: FrameHeader, _ origin: String, _ out: inout [UInt8]) {
        Self.describe("interface \(frame.interface) of \(origin)", linkType: frame.linkType, snapLength: 0, into: &out)
    }

    /// Appends an interface with times in nanoseconds.
    ///
    /// - Parameter snapLength: how much of a packet is kept; 0 for all of it.
    static func describe(_ text: String, linkType: UInt16, snapLength: Int, into out: inout [UInt8]) {
        var body: [UInt8] = []
        Self.append16(linkType, &body)
        Self.append16(0, &body)
        Self.append(UInt32(clamping: snapLength), &body)
        Self.option(3, text, &body)
        // if_tsresol: nanoseconds.
        Self.append16(9, &body)
        Self.append16(1, &body)
        body += [9, 0, 0, 0]
        Self.end(&body)
        Self.block(1, body, &out)
    }

    private static func block(_ type: UInt32, _ body: [UInt8], _ out: inout [UInt8]) {
        let length = UInt32(truncatingIfNeeded: body.count + 12)
        append(type, &out)
        append(length, &out)
        out += body
        append(length, &out)
    }

    private static func option(_ code: UInt16, _ text: String, _ out: inout [UInt8]) {
        // Cut at a whole character.
        var text = text
        while text.utf8.count > longestComment { text.removeLast() }
        append16(code, &out)
        append16(UInt16(text.utf8.count), &out)
        out += Array(text.utf8)
        pad(&out)
    }

    private static func end(_ out: inout [UInt8]) { append(0, &out) }

    private static func pad(_ out: inout [UInt8]) { while out.count % 4 != 0 { out.append(0) } }

    @inline(__always)
    static func append(_ value: UInt32, _ out: inout [UInt8]) {
        for shift in [0, 8, 16, 24] as [UInt32] { out.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    private static func append16(_ value: UInt16, _ out: inout [UInt8]) {
        out.append(UInt8(truncatingIfNeeded: value))
        out.append(UInt8(truncatingIfNeeded: value >> 8))
    }
}
