import ForensicsModel
import ForensicsStore

/// Stores what a capture finds on a thread of its own, in order.
///
/// At most a few batches wait; past that the capture waits, and the kernel's ring fills: what is lost then is counted by
/// the kernel.
final class LiveWriter {
    private enum Work: Sendable {
        case rows(EncodedBatch)
        case checkpoint(UnitResult, replacesFindings: Bool)
        case finish(UnitHandle, UnitResult)
        case remove(before: Timestamp)
        case shrink(size: Int64)
    }

    private let selection: RowSelection
    private var encoder: RowEncoder
    private let thread: StoringThread<Work>

    /// - Parameter note: takes a line of the storing thread for the user.
    init(store: CaseStore, selection: RowSelection, note: @escaping @Sendable (String) -> Void) {
        self.selection = selection
        encoder = store.makeEncoder()
        thread = StoringThread(capacity: 8) { work throws(StoreError) in try Self.perform(work, store, note) }
    }

    private static func perform(
        _ work: Work, _ store: CaseStore, _ note: @Sendable (String) -> Void
    ) throws(StoreError) {
        switch work {
        case .rows(let batch): try store.stage(batch)
        case .checkpoint(let result, let replacesFindings):
            try store.checkpoint(result, replacesFindings: replacesFindings)
        case .finish(let unit, var result):
            try store.checkpoint(result, replacesFindings: true)
            // What the checkpoint has stored is not to be stored twice.
            result.findings = []
            result.coverage = []
            for index in result.sources.indices { result.sources[index].counts = RollupPortion() }
            try store.finishUnit(unit, result)
            try store.renumber()
        case .remove(let limit): try store.removeLive(before: limit)
        case .shrink(let size):
            guard let kept = try store.shrinkLive(to: size) else { return }
            note("the case has reached --store-size: what ended before \(LogTime.second(of: kept)) UTC is removed.")
        }
    }

    /// Takes the facts of a stretch, and drops those that are not kept; returns `false` once storing has failed.
    func write(_ batch: inout FactBatch) -> Bool {
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
    func checkpoint(_ result: UnitResult, replacesFindings: Bool) -> Bool {
        thread.put(.checkpoint(result, replacesFindings: replacesFindings))
    }

    /// Marks the unit as complete.
    func finish(_ unit: UnitHandle, _ result: UnitResult) -> Bool { thread.put(.finish(unit, result)) }

    /// Removes what captures recorded before a time.
    func remove(before limit: Timestamp) -> Bool { thread.put(.remove(before: limit)) }

    /// Removes the oldest of captures until the case is no larger.
    func shrink(to size: Int64) -> Bool { thread.put(.shrink(size: size)) }

    /// Waits until everything is stored.
    ///
    /// - Throws: the first error of storing.
    func close() throws(StoreError) { try thread.close() }
}
