/// Frames as a set of files that a capture program rotates by size: pcap, little endian, nanoseconds, Ethernet.
///
/// As `tcpdump -C 3 -s 512 --nano` names and cuts them: the next file begins once the last has passed the limit, and all
/// but the last are compressed after rotation.
enum RotatedCapture {
    /// Bytes after which a file is closed.
    static let limit = 2_500_000

    /// Returns the uncompressed content of each file of the set.
    static func files(of frames: [CapturedFrame]) -> [[UInt8]] {
        var files: [[UInt8]] = []
        var current = header()
        for frame in frames {
            if current.count > limit {
                files.append(current)
                current = header()
            }
            current += littleEndian(UInt32(frame.time.epochSeconds))
            current += littleEndian(UInt32(frame.time.subsecond))
            current += littleEndian(UInt32(frame.bytes.count)) + littleEndian(UInt32(frame.wireLength)) + frame.bytes
        }
        files.append(current)
        return files
    }

    private static func header() -> [UInt8] {
        let magic: UInt32 = 0xa1b2_3c4d
        return littleEndian(magic) + [2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            + littleEndian(UInt32(FrameLog.snapLength)) + littleEndian(UInt32(1))
    }

    private static func littleEndian(_ value: UInt32) -> [UInt8] { bigEndian(value).reversed() }
}
