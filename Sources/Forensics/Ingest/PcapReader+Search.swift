/// How records of a classic capture are told from other bytes: nothing marks them, so all of the header has to fit.
extension PcapReader: SearchableRecords {
    func fit(_ bytes: Span<UInt8>, _ position: Int, _ end: Int, near: Int64?) -> RecordFit {
        guard end &- position >= recordHeaderLength else { return .unknown }
        if let capture = Self.otherCapture(bytes, position, end) { return capture }
        let lengths = lengths(bytes, position)
        guard lengths.original > 0, lengths.captured <= lengths.original,
            lengths.original <= Self.maximumCapturedLength
        else { return .nothing }
        let fraction = Int64(bytes.unsigned32(position &+ 4, isBig: isBig))
        guard fraction &* nanosecondsPerFraction < 1_000_000_000 else { return .nothing }
        let time =
            Int64(bytes.unsigned32(position, isBig: isBig)) &* 1_000_000_000 &+ fraction &* nanosecondsPerFraction
        if let near, CaptureCursor.isFar(time, from: near) { return .nothing }
        return .record(end: position &+ recordHeaderLength &+ lengths.captured, time: time)
    }

    func mayBeCut(_ bytes: Span<UInt8>, _ position: Int, _ end: Int, near: Int64?) -> Bool {
        if CaptureFormat.detect(bytes, at: position) != nil { return true }
        if case .nothing = fit(bytes, position, end, near: near) { return false }
        return true
    }

    /// Returns `capture` where a file header stands that can be read, `unknown` where the bytes to tell are not here.
    static func otherCapture(_ bytes: Span<UInt8>, _ position: Int, _ end: Int) -> RecordFit? {
        guard let format = CaptureFormat.detect(bytes, at: position) else { return nil }
        guard end - position >= fileHeaderLength else { return .unknown }
        let header = bytes.extracting(position..<position + fileHeaderLength)
        if format == .pcapng { return PcapNGReader.isSupported(header) == true ? .capture : nil }
        // Both words between version and snap length are reserved and written as zero.
        guard PcapReader(header) != nil, bytes.unsigned64(position + 8, isBig: false) == 0 else { return nil }
        return .capture
    }
}
