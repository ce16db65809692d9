import ForensicsModel

/// Where the facts of a tracker's shards go, and the texts that what is still open keeps until it is given out.
///
/// One for all shards of a tracker: hosts, agents and clients are the same in each, so that a text is kept, looked up and
/// published once and not once a shard. What a shard keeps of it is a number; no fact depends on whose texts they are.
/// It is lent to each call: a class would be checked for overlapping access at each text.
struct TrackOutput {
    var facts = FactBatch()
    var kept = LiveTexts()
    private var meter = SegmentMeter()
    /// The batch that facts go to: ids of its texts are remembered for as long as it is the same.
    private var epoch: UInt32 = 1

    /// Returns the id of a kept text in the batch being filled.
    mutating func publish(_ text: LiveText) -> TextID { kept.publish(text, epoch, &facts.texts) }

    /// Returns the id of a history's letters in the batch being filled.
    mutating func publish(_ history: ConnectionHistory) -> TextID { kept.publish(history, epoch, &facts.texts) }

    /// Counts a data segment.
    @inline(__always)
    mutating func count(_ direction: Int, _ length: UInt32, at time: Int64) {
        meter.count(direction, length, at: time, &facts.segments)
    }

    /// Tells that the segment counted last had been sent before: see `SegmentMeter`.
    mutating func countResent(_ direction: Int, _ length: UInt32, isUnseen: Bool, ofConnection: UInt32) {
        meter.countResent(direction, length, isUnseen: isUnseen, ofConnection: ofConnection)
    }

    /// Puts the segments counted so far to the facts.
    mutating func flushSegments() { meter.flush(into: &facts.segments) }

    /// The texts of the batch are numbered anew from here on.
    mutating func beginTexts() { epoch &+= 1 }
}
