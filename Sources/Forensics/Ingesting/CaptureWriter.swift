import ForensicsModel
import ForensicsStore
import Synchronization

/// Turns the facts of a capture into rows on the calling thread and stores them on another.
final class CaptureWriter {
    private let store: CaseStore
    private let selection: RowSelection
    private var encoder: RowEncoder
    private let queue = HandoffQueue<EncodedBatch>(capacity: 3)
    private let failure = Failure()
    private let threads = WorkerThreads()

    /// The first error of the storing thread.
    private final class Failure: Sendable {
        private let error = Mutex<StoreError?>(nil)
        func set(_ value: StoreError) { error.withLock { if $0 == nil { $0 = value } } }
        var value: StoreError? { error.withLock { $0 } }
    }

    init(store: CaseStore, selection: RowSelection) {
        self.store = store
        self.selection = selection
        encoder = store.makeEncoder()
        threads.start("store") { [store, queue, failure] in
            while let batch = queue.take() {
                do throws(StoreError) {
                    try store.append(batch)
                } catch {
                    failure.set(error)
                    queue.close()
                    return
                }
            }
        }
    }

    /// Takes the facts of a part; returns `false` once storing has failed.
    func write(_ batch: inout FactBatch) -> Bool {
        selection.apply(to: &batch)
        do throws(StoreError) {
            return queue.put(try encoder.encode(batch))
        } catch {
            failure.set(error)
            return false
        }
    }

    /// Waits until every row is stored.
    ///
    /// - Throws: the first error of storing.
    func finish() throws {
        queue.close()
        threads.join()
        if let error = failure.value { throw error }
    }
}
