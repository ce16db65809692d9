import ForensicsModel

extension FlowSample {
    /// Removes the frames of flows that the sample does not have, and counts them as ignored.
    ///
    /// Frames of a link type that cannot be sampled stay.
    func reduce(_ batch: inout FrameBatch, _ tally: inout LedgerTally) {
        var layout: LinkLayout?
        var linkType: UInt16?
        var kept: [FrameHeader] = []
        kept.reserveCapacity(batch.frames.count / Int(rate) + 16)
        let frames = batch.frames
        let arena = batch.bytes
        let bytes = arena.span
        for frame in frames {
            if frame.linkType != linkType {
                linkType = frame.linkType
                layout = LinkLayout(linkType: frame.linkType)
            }
            if let layout, !keeps(bytes, frame.position..<(frame.position + frame.capturedLength), layout) {
                tally.ignore(.notSampled)
                tally.see(frame.time)
            } else {
                kept.append(frame)
            }
        }
        batch.frames = kept
    }
}
