import ForensicsDecode
import ForensicsModel

/// Builds frames header by header, from the inside to the outside.
struct PacketBuilder {
    var bytes: [UInt8]

    init(_ payload: [UInt8] = []) { bytes = payload }

    private static func short(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
    private static func word(_ value: Int) -> [UInt8] { short(value >> 16 & 0xFFFF) + short(value & 0xFFFF) }

    func tcp(
        _ source: Int, _ destination: Int, sequence: Int = 1, ack: Int = 2, flags: Int = 0x18, window: Int = 512,
        options: [UInt8] = []
    ) -> PacketBuilder {
        let header = Self.short(source) + Self.short(destination) + Self.word(sequence) + Self.word(ack)
        let length = 20 + options.count
        let rest = [UInt8((length / 4) << 4), UInt8(flags)] + Self.short(window) + [0, 0, 0, 0] + options
        return PacketBuilder(header + rest + bytes)
    }

    func udp(_ source: Int, _ destination: Int, length: Int? = nil) -> PacketBuilder {
        let total = length ?? bytes.count + 8
        return PacketBuilder(Self.short(source) + Self.short(destination) + Self.short(total) + [0, 0] + bytes)
    }

    func ipv4(
        _ source: [UInt8], _ destination: [UInt8], _ number: UInt8, total: Int? = nil, options: [UInt8] = [],
        fragment: Int = 0, id: Int = 7, ttl: UInt8 = 64
    ) -> PacketBuilder {
        let length = 20 + options.count
        let header = [UInt8(0x40 + length / 4), 0] + Self.short(total ?? length + bytes.count) + Self.short(id)
        return PacketBuilder(
            header + Self.short(fragment) + [ttl, number, 0, 0] + source + destination + options + bytes)
    }

    func ipv6(_ next: UInt8, length: Int? = nil) -> PacketBuilder {
        let source: [UInt8] = [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
        let destination: [UInt8] = [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [2]
        return PacketBuilder(
            [0x60, 0, 0, 0] + Self.short(length ?? bytes.count) + [next, 64] + source + destination + bytes)
    }

    func ethernet(_ type: Int = 0x0800, tags: [Int] = []) -> PacketBuilder {
        var header: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
        for tag in tags { header += Self.short(0x8100) + Self.short(tag) }
        return PacketBuilder(header + Self.short(type) + bytes)
    }

    func prefixed(_ header: [UInt8]) -> PacketBuilder { PacketBuilder(header + bytes) }

    /// Decodes the frame alone; `original` is its length on the wire, `captured` cuts it.
    func decoded(_ linkType: UInt16 = LinkType.ethernet, original: Int? = nil, captured: Int? = nil) -> PacketBatch {
        Self.decode([bytes], linkType, original: original, captured: captured)
    }

    static func decode(
        _ frames: [[UInt8]], _ linkType: UInt16 = LinkType.ethernet, original: Int? = nil, captured: Int? = nil,
        every interval: Int64 = 1_000_000
    ) -> PacketBatch {
        var batch = FrameBatch()
        for (index, frame) in frames.enumerated() {
            let length = min(captured ?? frame.count, frame.count)
            batch.frames.append(
                FrameHeader(
                    position: batch.bytes.count, capturedLength: length, originalLength: original ?? frame.count,
                    time: Timestamp(nanoseconds: Int64(index) * interval), record: UInt32(index + 1),
                    offset: UInt64(batch.bytes.count), linkType: linkType, interface: 0, captureDirection: 0))
            batch.bytes += frame[..<length]
        }
        var packets = PacketBatch()
        var tally = LedgerTally()
        PacketDecoder.decode(batch, into: &packets, tally: &tally)
        return packets
    }
}
