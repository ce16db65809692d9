import ForensicsModel
import ForensicsStore

/// Stores what a capture finds on a thread of its own, in order.
///
/// At most a few batches wait; past that the capture waits, and the kernel's ring fills: what is lost then is counted by
/// the kernel.
final class LiveWriter {
    private enum Work: Sendable {
        case rows(EncodedBatch)
        case checkpoint(UnitHandle, UnitResult, replacesFindings: Bool)
        case finish(UnitHandle, UnitResult)
        case remove(before: Timestamp)
    }

    private let selection: RowSelection
    private var encoder: RowEncoder
    private let thread: StoringThread<Work>

    init(store: CaseStore, selection: RowSelection) {
        self.selection = selection
        encoder = store.makeEncoder()
        thread = StoringThread(capacity: 8) { work throws(StoreError) in try Self.perform(work, store) }
    }

    private static func perform(_ work: Work, _ store: CaseStore) throws(StoreError) {
        switch work {
        case .rows(let batch): try store.append(batch)
        case .checkpoint(let unit, let result, let replacesFindings):
            try store.checkpoint(unit, result, replacesFindings: replacesFindings)
        case .finish(let unit, var result):
            try store.checkpoint(unit, result, replacesFindings: true)
            // What the checkpoint has stored is not to be stored twice.
            result.findings = []
            result.coverage = []
            for index in result.sources.indices {
                result.sources[index].rollups = []
                result.sources[index].distributions = []
            }
            try store.finishUnit(unit, result)
            try store.renumber()
        case .remove(let limit):
            for key in try store.liveUnits(endingBefore: limit) { try store.removeUnit(key: key) }
        }
    }

    /// Takes the facts of a stretch; returns `false` once storing has failed.
    func write(_ batch: FactBatch) -> Bool {
        var batch = batch
        selection.apply(to: &batch)
        do throws(StoreError) {
            let encoded = try encoder.encode(batch)
            return encoded.isEmpty ? !thread.hasFailed : thread.put(.rows(encoded))
        } catch {
            thread.fail(error)
            return false
        }
    }

    /// Stores what was counted since the last checkpoint.
    func checkpoint(_ unit: UnitHandle, _ result: UnitResult, replacesFindings: Bool) -> Bool {
        thread.put(.checkpoint(unit, result, replacesFindings: replacesFindings))
    }

    /// Marks the unit as complete.
    func finish(_ unit: UnitHandle, _ result: UnitResult) -> Bool { thread.put(.finish(unit, result)) }

    /// Removes the captures that ended before a time.
    func remove(before limit: Timestamp) -> Bool { thread.put(.remove(before: limit)) }

    /// Waits until everything is stored.
    ///
    /// - Throws: the first error of storing.
    func close() throws(StoreError) { try thread.close() }
}
