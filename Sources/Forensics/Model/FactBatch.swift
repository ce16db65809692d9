/// What a stretch of evidence gave: the unit that moves between threads.
///
/// Facts refer to texts by ids into `texts`; the batch is complete in itself.
package struct FactBatch: Sendable {
    package var texts = TextTable()
    package var connections: [Connection] = []
    package var exchanges: [Exchange] = []
    package var healthChecks: [HealthCheck] = []
    package var flowRecords: [FlowRecord] = []
    package var events: [Event] = []
    /// Data segments of captures; several of one minute are of different connections.
    package var segments: [SegmentMinute] = []
    package var rejects: [Reject] = []
    /// Rejects past `rejectLimit` are counted in the tally but not kept.
    package static let rejectLimit = 1000

    package init() {}

    /// Whether it holds no fact, event, segment or reject; texts alone are none.
    package var isEmpty: Bool {
        connections.isEmpty && exchanges.isEmpty && healthChecks.isEmpty && flowRecords.isEmpty && events.isEmpty
            && segments.isEmpty && rejects.isEmpty
    }

    /// Forgets facts and texts and keeps the memory.
    package mutating func removeAll() {
        texts.removeAll()
        removeFacts()
    }

    /// Forgets the facts but not the texts: the next stretch of the same evidence names many of them again.
    package mutating func removeFacts() {
        connections.removeAll(keepingCapacity: true)
        exchanges.removeAll(keepingCapacity: true)
        healthChecks.removeAll(keepingCapacity: true)
        flowRecords.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
        segments.removeAll(keepingCapacity: true)
        rejects.removeAll(keepingCapacity: true)
    }
}
