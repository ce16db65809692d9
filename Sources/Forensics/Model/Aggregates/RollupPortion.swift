/// What a builder counted of a stretch of facts, in the form the case keeps.
package struct RollupPortion: Sendable {
    package var rollups: [PackedRollup] = []
    package var distributions: [PackedDistribution] = []
    /// Data segments of captures by minute, in order.
    package var segments: [SegmentMinute] = []
    /// Whether others came before it, to which it is to be added.
    package var follows = false

    package init() {}

    /// About what it takes in memory.
    package var byteCount: Int {
        segments.count * 80 + rollups.reduce(0) { $0 + $1.json.count + 64 }
            + distributions.reduce(0) { $0 + $1.json.count + 128 }
    }
}
