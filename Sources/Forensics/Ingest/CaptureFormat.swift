/// The forms of capture files that are read.
package enum CaptureFormat: Sendable, Equatable, CaseIterable {
    /// Classic, microseconds.
    case pcap
    /// Classic, nanoseconds.
    case pcapNanoseconds
    /// Classic with the longer record header of A. Kuznetzov's patch.
    case pcapModified
    case pcapng

    /// Returns the form that a file's first four bytes tell, or `nil`.
    package static func detect(_ bytes: Span<UInt8>, at position: Int = 0) -> CaptureFormat? {
        guard position >= 0, bytes.count - position >= 4 else { return nil }
        switch (bytes[position], bytes[position + 1], bytes[position + 2], bytes[position + 3]) {
        case (0xA1, 0xB2, 0xC3, 0xD4), (0xD4, 0xC3, 0xB2, 0xA1): return .pcap
        case (0xA1, 0xB2, 0x3C, 0x4D), (0x4D, 0x3C, 0xB2, 0xA1): return .pcapNanoseconds
        case (0xA1, 0xB2, 0xCD, 0x34), (0x34, 0xCD, 0xB2, 0xA1): return .pcapModified
        case (0x0A, 0x0D, 0x0D, 0x0A): return .pcapng
        default: return nil
        }
    }
}
