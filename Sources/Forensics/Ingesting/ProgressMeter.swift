import Foundation
import ForensicsModel
import Synchronization

/// Adds up what the threads of an ingest have read and reports it on the thread of whoever adds.
final class ProgressMeter: @unchecked Sendable {
    private struct State {
        var progress = IngestProgress(
            bytes: 0, totalBytes: 0, records: 0, inputs: 0, totalInputs: 0, isFinal: false)
    }

    private let lock = NSLock()
    private var state = State()
    private let report: (IngestProgress) -> Void

    /// - Parameter report: is never called on two threads at once.
    init(report: @escaping (IngestProgress) -> Void) { self.report = report }

    /// Says that so much more is to be read.
    func expect(inputs: Int, bytes: Int64) {
        change { progress in
            progress.totalInputs += inputs
            progress.totalBytes += bytes
        }
    }

    /// Says that these units are to be read.
    func expect(_ units: [PlannedUnit]) {
        expect(
            inputs: units.reduce(0) { $0 + $1.paths.count },
            bytes: units.reduce(0) { sum, unit in
                sum + unit.storedLengths.reduce(0) { $0 + Int64(clamping: $1 ?? 0) }
            })
    }

    func beginInput() { change { $0.inputs += 1 } }

    func add(bytes: Int64, records: Int64) {
        change {
            $0.bytes += bytes
            $0.records += records
        }
    }

    func finish() { change { $0.isFinal = true } }

    private func change(_ body: (inout IngestProgress) -> Void) {
        lock.lock()
        defer { lock.unlock() }
        body(&state.progress)
        report(state.progress)
    }
}

/// Hands out the numbers from 0 on, each once, to any thread.
final class SharedCounter: Sendable {
    private let value = Atomic<Int>(0)

    /// The next number, or `nil` once `limit` is reached.
    func next(below limit: Int) -> Int? {
        let number = value.add(1, ordering: .relaxed).oldValue
        return number < limit ? number : nil
    }
}
