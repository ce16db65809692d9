import ForensicsModel
import Synchronization

/// Empty batches of facts that go round between the tracking threads and the one that joins.
final class FactPool: Sendable {
    private let batches = Mutex<[FactBatch]>([])
    /// More than this many are let go.
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// A batch that somebody gave back, or a new one.
    func take() -> FactBatch { batches.withLock { $0.popLast() ?? FactBatch() } }

    /// Takes a batch that nobody else refers to any more, and forgets its facts.
    func give(_ batch: consuming FactBatch) {
        var batch = batch
        batch.removeFacts()
        batches.withLock { if $0.count < limit { $0.append(batch) } }
    }
}
