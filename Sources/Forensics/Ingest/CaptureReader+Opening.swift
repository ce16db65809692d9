/// What a capture's first bytes tell: its form, or why it cannot be read.
extension CaptureReader {
    /// Returns the reader of a classic capture, or `nil` for pcapng.
    static func open(_ path: String, _ prefix: [UInt8]) throws(IngestError) -> PcapReader? {
        guard let format = CaptureFormat.detect(prefix.span) else {
            throw IngestError(
                .unusable, path: path, problem: "is not a capture file", remedy: "give a pcap or pcapng file")
        }
        if format == .pcapng {
            guard let isSupported = PcapNGReader.isSupported(prefix.span) else { throw cut(path, prefix.count) }
            guard isSupported else { throw version(path, 12) }
            return nil
        }
        guard prefix.count >= PcapReader.fileHeaderLength else { throw cut(path, prefix.count) }
        guard let reader = PcapReader(prefix.span) else { throw version(path, 4) }
        return reader
    }

    private static func cut(_ path: String, _ count: Int) -> IngestError {
        IngestError(
            .unusable, path: path, problem: "is a capture file without a whole header", place: "\(count) bytes",
            remedy: "copy the file again")
    }

    private static func version(_ path: String, _ place: Int) -> IngestError {
        IngestError(
            .unusable, path: path, problem: "is a capture file of an unknown version", place: "byte \(place)",
            remedy: "convert it with editcap")
    }
}
