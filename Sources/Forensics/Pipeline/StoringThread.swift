import ForensicsStore
import Synchronization

/// Does work on the case on a thread of its own, in the order in which it was handed over.
///
/// A few pieces wait at most; past that `put` does. After the first error nothing more is done.
final class StoringThread<Work: Sendable> {
    private let queue: HandoffQueue<Work>
    private let failure = Failure()
    private let threads = WorkerThreads()

    /// The first error.
    private final class Failure: Sendable {
        private let error = Mutex<StoreError?>(nil)
        func set(_ value: StoreError) { error.withLock { if $0 == nil { $0 = value } } }
        var value: StoreError? { error.withLock { $0 } }
    }

    init(capacity: Int, perform: @escaping @Sendable (Work) throws(StoreError) -> Void) {
        queue = HandoffQueue(capacity: capacity)
        threads.start("store") { [queue, failure] in
            while let work = queue.take() {
                do throws(StoreError) {
                    try perform(work)
                } catch {
                    failure.set(error)
                    queue.close()
                    return
                }
            }
        }
    }

    /// Whether anything failed so far.
    var hasFailed: Bool { failure.value != nil }

    /// Hands work over; returns `false` once anything has failed.
    func put(_ work: Work) -> Bool { queue.put(work) }

    /// Takes an error that was met before the work could be handed over.
    func fail(_ error: StoreError) { failure.set(error) }

    /// Waits until all is done.
    ///
    /// - Throws: the first error.
    func close() throws(StoreError) {
        queue.close()
        threads.join()
        if let error = failure.value { throw error }
    }
}

extension StoringThread where Work == EncodedBatch {
    /// Hands over the rows at hand of an encoder; returns `false` once anything has failed.
    func put(rowsOf encoder: inout RowEncoder) -> Bool {
        do throws(StoreError) {
            let rows = try encoder.finish()
            return rows.isEmpty ? !hasFailed : put(rows)
        } catch {
            fail(error)
            return false
        }
    }
}
