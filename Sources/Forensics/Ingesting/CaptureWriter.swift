import ForensicsModel
import ForensicsStore
import Synchronization

/// Turns the facts of a capture into rows on the calling thread and stores them on another.
final class CaptureWriter {
    private let store: CaseStore
    private let selection: RowSelection
    private var encoder: RowEncoder
    private let queue = HandoffQueue<EncodedBatch>(capacity: 1)
    private let failure = Failure()
    private let threads = WorkerThreads()
    /// Rows that are stored at once. The rows of connections lie scattered over those of the parts before, as each is
    /// given out at its end and ordered by its start: fewer and larger batches write fewer pages.
    private static let rowsPerBatch = 1 << 17

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
    ///
    /// - Parameter continues: whether the texts of the batch are those of the one before, and perhaps more.
    func write(_ batch: inout FactBatch, continues: Bool) -> Bool {
        selection.apply(to: &batch)
        encoder.append(batch, continues: continues)
        return encoder.rowCount < Self.rowsPerBatch || handOver()
    }

    /// Hands the rows at hand to the storing thread; returns `false` once storing has failed.
    private func handOver() -> Bool {
        do throws(StoreError) {
            let rows = try encoder.finish()
            return rows.isEmpty || queue.put(rows)
        } catch {
            failure.set(error)
            return false
        }
    }

    /// Waits until every row is stored.
    ///
    /// - Throws: the first error of storing.
    func finish() throws {
        _ = handOver()
        queue.close()
        threads.join()
        if let error = failure.value { throw error }
    }
}
