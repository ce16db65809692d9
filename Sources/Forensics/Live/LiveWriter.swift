import ForensicsModel
import ForensicsStore
import Foundation
import Synchronization

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

    private let store: CaseStore
    private let selection: RowSelection
    private var encoder: RowEncoder
    private let queue = HandoffQueue<Work>(capacity: 8)
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
            while let work = queue.take() {
                do throws(StoreError) {
                    try Self.perform(work, store)
                } catch {
                    failure.set(error)
                    queue.close()
                    return
                }
            }
        }
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
            return encoded.isEmpty ? failure.value == nil : queue.put(.rows(encoded))
        } catch {
            failure.set(error)
            return false
        }
    }

    /// Stores what was counted since the last checkpoint.
    func checkpoint(_ unit: UnitHandle, _ result: UnitResult, replacesFindings: Bool) -> Bool {
        queue.put(.checkpoint(unit, result, replacesFindings: replacesFindings))
    }

    /// Marks the unit as complete.
    func finish(_ unit: UnitHandle, _ result: UnitResult) -> Bool { queue.put(.finish(unit, result)) }

    /// Removes the captures that ended before a time.
    func remove(before limit: Timestamp) -> Bool { queue.put(.remove(before: limit)) }

    /// Waits until everything is stored.
    ///
    /// - Throws: the first error of storing.
    func close() throws(StoreError) {
        queue.close()
        threads.join()
        if let error = failure.value { throw error }
    }
}
