import ForensicsDecode
import Synchronization

/// A decoded batch that all trackers look at; the last one gives its buffers back.
final class SharedBatch: @unchecked Sendable {
    private var decoded: DecodedBatch
    private let users: Atomic<Int>

    init(_ decoded: consuming DecodedBatch, users: Int) {
        self.decoded = decoded
        self.users = Atomic(users)
    }

    func withDecoded(_ body: (borrowing DecodedBatch) -> Void) { body(decoded) }

    /// Says that one tracker is done. The last one to say so is alone with the batch.
    func release(to pool: SparePool<[UInt8]>, _ batches: SparePool<DecodedBatch>) {
        guard users.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        var bytes: [UInt8] = []
        swap(&bytes, &decoded.packets.bytes)
        pool.give(bytes)
        var used = DecodedBatch()
        swap(&used, &decoded)
        batches.give(used)
    }
}
