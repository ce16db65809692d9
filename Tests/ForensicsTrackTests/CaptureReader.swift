import ForensicsModel

/// Reads classic pcap and plain pcapng for tests: no damage is handled, nothing is bounded.
struct CaptureReader {
    private let bytes: [UInt8]
    private var isBig = false
    private(set) var batches: [FrameBatch] = []
    private var batch = FrameBatch()
    private var record: UInt32 = 0
    private let batchSize: Int

    /// Reads all frames of a capture; an unknown format gives none.
    static func read(_ bytes: [UInt8], source: UInt32 = 1, batchSize: Int = 4096) -> [FrameBatch] {
        var reader = CaptureReader(bytes, batchSize)
        reader.batch.source = source
        guard bytes.count >= 24 else { return [] }
        switch (bytes[0], bytes[3]) {
        case (0xD4, 0xA1): reader.readClassic(nano: false, isBig: false)
        case (0x4D, 0xA1): reader.readClassic(nano: true, isBig: false)
        case (0xA1, 0xD4): reader.readClassic(nano: false, isBig: true)
        case (0xA1, 0x4D): reader.readClassic(nano: true, isBig: true)
        // The modified form: eight bytes more before each packet.
        case (0x34, 0xA1): reader.readClassic(nano: false, isBig: false, headerLength: 24)
        case (0x0A, 0x0A): reader.readNext()
        default: return []
        }
        reader.flush()
        return reader.batches
    }

    private init(_ bytes: [UInt8], _ batchSize: Int) {
        self.bytes = bytes
        self.batchSize = batchSize
    }

    private func word(_ position: Int) -> Int {
        var value = 0
        for offset in 0..<4 { value |= Int(bytes[position + offset]) << (isBig ? 24 - 8 * offset : 8 * offset) }
        return value
    }

    private func half(_ position: Int) -> Int {
        isBig
            ? Int(bytes[position]) << 8 | Int(bytes[position + 1])
            : Int(bytes[position + 1]) << 8 | Int(bytes[position])
    }

    private mutating func readClassic(nano: Bool, isBig: Bool, headerLength: Int = 16) {
        self.isBig = isBig
        let link = UInt16(word(20) & 0xFFFF)
        var position = 24
        while position + headerLength <= bytes.count {
            let captured = word(position + 8)
            guard position + headerLength + captured <= bytes.count, captured < 1 << 20 else { return }
            let time = Int64(word(position)) * 1_000_000_000 + Int64(word(position + 4)) * (nano ? 1 : 1000)
            add(position + headerLength, captured, word(position + 12), time, link, 0, at: position)
            position += headerLength + captured
        }
    }

    private mutating func readNext() {
        var interfaces: [(link: UInt16, unitsPerSecond: Int64)] = []
        var total = 0
        var position = 0
        while position + 12 <= bytes.count {
            if bytes[position] == 0x0A, bytes[position + 1] == 0x0D, bytes[position + 2] == 0x0D {
                isBig = bytes[position + 8] == 0x1A
                interfaces = []
            }
            let length = word(position + 4)
            guard length >= 12, position + length <= bytes.count else { return }
            switch word(position) {
            case 1:
                interfaces.append((UInt16(half(position + 8)), resolution(position + 16, position + length - 4)))
                total += 1
            case 6:
                let number = word(position + 8)
                guard number < interfaces.count else { return }
                let units = Int64(word(position + 12)) << 32 | Int64(word(position + 16))
                let rate = interfaces[number].unitsPerSecond
                let time = units / rate * 1_000_000_000 + units % rate * 1_000_000_000 / rate
                add(
                    position + 28, word(position + 20), word(position + 24), time, interfaces[number].link,
                    UInt16(number), at: position)
            case 3 where !interfaces.isEmpty:
                add(
                    position + 12, min(word(position + 8), length - 16), word(position + 8), 0, interfaces[0].link, 0,
                    at: position)
            default: break
            }
            position += length
        }
    }

    private func resolution(_ start: Int, _ end: Int) -> Int64 {
        var position = start
        while position + 4 <= end {
            let code = half(position)
            let length = half(position + 2)
            if code == 0 { break }
            if code == 9, length == 1 {
                let value = bytes[position + 4]
                var rate: Int64 = 1
                for _ in 0..<(value & 0x7F) { rate *= value & 0x80 == 0 ? 10 : 2 }
                return rate
            }
            position += 4 + (length + 3) & ~3
        }
        return 1_000_000
    }

    private mutating func add(
        _ start: Int, _ captured: Int, _ original: Int, _ time: Int64, _ link: UInt16, _ interface: UInt16,
        at offset: Int
    ) {
        guard captured >= 0, start + captured <= bytes.count else { return }
        record += 1
        batch.frames.append(
            FrameHeader(
                position: batch.bytes.count, capturedLength: captured, originalLength: original,
                time: Timestamp(nanoseconds: time), record: record, offset: UInt64(offset), linkType: link,
                interface: interface, captureDirection: 0))
        batch.bytes.append(contentsOf: bytes[start..<(start + captured)])
        if batch.frames.count == batchSize { flush() }
    }

    private mutating func flush() {
        guard !batch.frames.isEmpty else { return }
        let source = batch.source
        batches.append(batch)
        batch = FrameBatch()
        batch.source = source
    }
}
