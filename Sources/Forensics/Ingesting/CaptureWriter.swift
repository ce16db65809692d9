import ForensicsModel
import ForensicsStore

/// Turns the facts of a capture into rows on the calling thread and stores them on another.
final class CaptureWriter {
    private let selection: RowSelection
    private var encoder: RowEncoder
    private let thread: StoringThread<EncodedBatch>

    init(store: CaseStore, selection: RowSelection) {
        self.selection = selection
        encoder = store.makeEncoder()
        thread = StoringThread(capacity: 3) { batch throws(StoreError) in try store.append(batch) }
    }

    /// Takes the facts of a part; returns `false` once storing has failed.
    func write(_ batch: inout FactBatch) -> Bool {
        selection.apply(to: &batch)
        do throws(StoreError) {
            return thread.put(try encoder.encode(batch))
        } catch {
            thread.fail(error)
            return false
        }
    }

    /// Waits until every row is stored.
    ///
    /// - Throws: the first error of storing.
    func finish() throws(StoreError) { try thread.close() }
}
