import CZlib

#if Libdeflate
    import CLibdeflate
#endif

/// CRC-32 as gzip has it. RFC 1952, section 8.
enum Checksum {
    /// Returns the CRC-32 of `bytes[range]`, going on from the CRC of what came before it (0 at the beginning).
    static func crc32(_ bytes: [UInt8], _ range: Range<Int>, after previous: UInt32 = 0) -> UInt32 {
        let range = range.clamped(to: 0..<bytes.count)
        // SAFETY: the range was clamped to the array; the pointer does not leave the closure.
        return unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, !range.isEmpty else { return previous }
            #if Libdeflate
                return unsafe libdeflate_crc32(previous, base + range.lowerBound, range.count)
            #else
                let start = unsafe (base + range.lowerBound).assumingMemoryBound(to: UInt8.self)
                return UInt32(truncatingIfNeeded: unsafe crc32_z(UInt(previous), start, range.count))
            #endif
        }
    }

    /// Returns the CRC-32 of two stretches one after the other from the CRC of each and the length of the second.
    static func combine(_ first: UInt32, _ second: UInt32, length: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32_combine(UInt(first), UInt(second), length))
    }
}
