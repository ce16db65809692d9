package import ForensicsModel

/// A first look into a capture: what its set is told by.
package enum CaptureProbe {
    /// Reads a capture up to its first packet.
    ///
    /// A file that declares several interfaces has the lowest of their link types and all their names.
    ///
    /// - Throws: `unusable` if the source is no capture that can be read, or what opening it threw.
    package static func summary(_ source: consuming ByteSource) throws(IngestError) -> CaptureSummary {
        let path = source.path
        var reader = try CaptureReader(source: source, frameLimit: 1)
        var batch = FrameBatch()
        var tally = LedgerTally()
        // A file of nothing but damage gives batches without frames; it has no first packet.
        while batch.frames.isEmpty, reader.next(into: &batch, tally: &tally) {}
        let frame = batch.frames.first
        let section = frame.map { reader.interfaces[Int($0.interface)].section }
        let declared = reader.interfaces.filter { section == nil || $0.section == section }
        var summary = CaptureSummary(
            path: path, firstTime: frame?.time, linkType: declared.map(\.linkType).min() ?? .max,
            interface: name(of: declared))
        if frame != nil { summary.comment = reader.comment }
        return summary
    }

    /// Interfaces that a name tells one by one.
    private static let nameLimit = 16

    /// One name for all interfaces of a section: which of them saw the first packet is chance, and the files of one ring have
    /// the same interfaces.
    private static func name(of interfaces: [CaptureInterface]) -> String? {
        let names = Set(interfaces.compactMap(\.name)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        if names.isEmpty { return nil }
        let more = names.count > nameLimit ? " and \(names.count - nameLimit) more" : ""
        return names.prefix(nameLimit).joined(separator: ", ") + more
    }

    /// Reads a capture for the time of its latest packet.
    ///
    /// - Parameter until: reading ends where a packet is later.
    /// - Returns: `nil` if it has no packet.
    package static func end(of source: consuming ByteSource, until: Timestamp) throws(IngestError) -> Timestamp? {
        var reader = try CaptureReader(source: source)
        var batch = FrameBatch()
        var tally = LedgerTally()
        while reader.next(into: &batch, tally: &tally) {
            if let last = tally.lastTime, last > until { break }
        }
        return tally.lastTime
    }
}
