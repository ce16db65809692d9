import ForensicsModel
import ForensicsStore

/// Turns the facts of a capture into rows on the calling thread and stores them on another.
final class CaptureWriter {
    private let selection: RowSelection
    private var encoder: RowEncoder
    private let thread: StoringThread<EncodedBatch>
    /// Rows that are stored at once. The rows of connections lie scattered over those of the parts before, as each is
    /// given out at its end and ordered by its start: fewer and larger batches write fewer pages. Of 512 MB or more; in
    /// proportion of less.
    private let rowsPerBatch: Int
    /// Where connections come in order, as at the end of a capture, pages are written once whatever the size: there memory
    /// counts, as the tables are still full and three batches are under way.
    private static let rowsPerOrderedBatch = 1 << 14
    /// The highest id of a connection so far.
    private var highest = FactID(rawValue: .min)

    /// - Parameter memory: bytes that reading a capture may take.
    init(store: CaseStore, selection: RowSelection, memory: Int64) {
        rowsPerBatch = min(max(Int(clamping: memory >> 12), Self.rowsPerOrderedBatch), 1 << 17)
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
        let limit = isInOrder(batch) ? Self.rowsPerOrderedBatch : rowsPerBatch
        return encoder.rowCount < limit || thread.put(rowsOf: &encoder)
    }

    /// Takes a portion of what a source adds up to; returns `false` once storing has failed.
    func write(_ portion: RollupPortion, of source: UInt32) -> Bool {
        encoder.append(portion, of: source)
        return thread.put(rowsOf: &encoder)
    }

    /// Whether the connections of a part, which lie in order of their ids, all come after those of the parts before.
    private func isInOrder(_ batch: borrowing FactBatch) -> Bool {
        guard let first = batch.connections.first, let last = batch.connections.last else { return false }
        defer { highest = max(highest, last.id) }
        return first.id > highest
    }

    /// Waits until every row is stored.
    ///
    /// - Throws: the first error of storing.
    func finish() throws(StoreError) {
        _ = thread.put(rowsOf: &encoder)
        try thread.close()
    }
}
