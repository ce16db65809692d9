import ForensicsModel

/// A first look into a capture: what its set is told by.
package enum CaptureProbe {
    /// Reads a capture up to its first packet.
    ///
    /// - Throws: `unusable` if the source is no capture that can be read, or what opening it threw.
    package static func summary(_ source: consuming ByteSource) throws(IngestError) -> CaptureSummary {
        let path = source.path
        var reader = try CaptureReader(source: source, frameLimit: 1)
        var batch = FrameBatch()
        var tally = LedgerTally()
        // A file of nothing but damage gives batches without frames; it has no first packet.
        while batch.frames.isEmpty, reader.next(into: &batch, tally: &tally) {}
        guard let frame = batch.frames.first else {
            let interface = reader.interfaces.first
            return CaptureSummary(
                path: path, firstTime: nil, linkType: interface?.linkType ?? .max, interface: interface?.name)
        }
        let interface = reader.interfaces[Int(frame.interface)]
        var summary = CaptureSummary(
            path: path, firstTime: frame.time, linkType: frame.linkType, interface: interface.name)
        summary.comment = reader.comment
        return summary
    }

    /// Returns what the first decoded bytes of a capture tell, or `nil` if they end before its first packet does.
    package static func summary(prefix: [UInt8], path: String) -> CaptureSummary? {
        guard let summary = try? summary(ByteSource(bytes: prefix, path: path)), summary.firstTime != nil else {
            return nil
        }
        return summary
    }
}
