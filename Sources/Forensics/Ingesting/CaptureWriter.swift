import ForensicsModel
import ForensicsStore

/// Turns the facts of a capture into rows on the calling thread and stores them on another.
final class CaptureWriter {
    private let selection: RowSelection
    private var encoder: RowEncoder
    private let thread: StoringThread<EncodedBatch>
    /// Rows that are stored at once. The rows of connections lie scattered over those of the parts before, as each is
    /// given out at its end and ordered by its start: fewer and larger batches write fewer pages.
    private static let rowsPerBatch = 1 << 17

    init(store: CaseStore, selection: RowSelection) {
        self.selection = selection
        encoder = store.makeEncoder()
        thread = StoringThread(capacity: 1) { batch throws(StoreError) in try store.append(batch) }
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
            return rows.isEmpty ? !thread.hasFailed : thread.put(rows)
        } catch {
            thread.fail(error)
            return false
        }
    }

    /// Waits until every row is stored.
    ///
    /// - Throws: the first error of storing.
    func finish() throws(StoreError) {
        _ = handOver()
        try thread.close()
    }
}
