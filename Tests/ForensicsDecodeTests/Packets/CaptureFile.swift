import ForensicsModel

/// A pcapng file as editcap and mergecap write it, read just well enough for tests: little-endian, whole blocks.
struct CaptureFile {
    var bytes: [UInt8]

    /// Returns the frames of all interfaces, `size` to a batch.
    func batches(of size: Int) -> [FrameBatch] {
        var batches: [FrameBatch] = []
        var batch = FrameBatch()
        var linkTypes: [UInt16] = []
        var sectionStart = 0
        var position = 0
        var record: UInt32 = 0
        while position + 12 <= bytes.count {
            let type = number(position, 4)
            let length = number(position + 4, 4)
            guard length >= 12, position + length <= bytes.count else { break }
            if type == 0x0A0D_0D0A { sectionStart = linkTypes.count }
            if type == 1 { linkTypes.append(UInt16(number(position + 8, 2))) }
            if type == 6 {
                record += 1
                let interface = sectionStart + number(position + 8, 4)
                let captured = number(position + 20, 4)
                let time = number(position + 12, 4) << 32 | number(position + 16, 4)
                batch.frames.append(
                    FrameHeader(
                        position: batch.bytes.count, capturedLength: captured, originalLength: number(position + 24, 4),
                        time: Timestamp(nanoseconds: Int64(truncatingIfNeeded: time &* 1000)), record: record,
                        offset: UInt64(position), linkType: linkTypes[interface], interface: 0, captureDirection: 0))
                batch.bytes += bytes[(position + 28)..<(position + 28 + captured)]
            }
            if batch.frames.count == size {
                batches.append(batch)
                batch = FrameBatch()
            }
            position += length
        }
        if !batch.frames.isEmpty { batches.append(batch) }
        return batches
    }

    private func number(_ position: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
    }
}
