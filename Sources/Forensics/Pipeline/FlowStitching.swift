import ForensicsModel
import ForensicsStore
import ForensicsTrack
import Synchronization

/// Flow logs on their way from rows to connections: one thread reads the rows of a case, one stitches them, and whoever
/// takes the connections counts and stores them meanwhile.
final class FlowStitching: Sendable {
    /// A log of the case.
    struct Log: Sendable {
        /// The public id of the source.
        var id: UInt32
        var first: Timestamp
    }

    /// What a stitcher may hold.
    struct Limits: Sendable {
        var connections: Int
        var rows: Int
    }

    /// What is to be told at the end.
    struct Outcome: Sendable {
        var evicted: UInt64 = 0
        var unusable: UInt64 = 0
    }

    private enum Part: Sendable {
        case rows(FlowIntervals)
        case endOfLog(next: Timestamp?)
    }

    /// Connections that are handed over at once: so few that they stay in the cache.
    private static let stretch = 1024
    /// Handed-over stretches that wait: connections come log by log, and are counted while the next log is stitched.
    private static let waiting = 32

    private let rows = HandoffQueue<Part>(capacity: 4)
    private let connections = HandoffQueue<StitchedFlows>(capacity: waiting)
    /// Batches that were taken and go round.
    private let spareRows = Mutex<[FlowIntervals]>([])
    private let spareConnections = Mutex<[StitchedFlows]>([])
    private let threads = WorkerThreads()
    /// `nil` until the last connection is stitched.
    private let outcome = Mutex<Outcome?>(nil)
    private let failure = Mutex<StoreError?>(nil)

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - logs: in the order in which they are stitched.
    ///   - rows: reads the rows, beside the store that is written to.
    init(_ logs: [Log], rows reader: FlowRows, servers: FlowServers, limits: Limits) {
        threads.start("flow rows") { [self] in
            defer { rows.close() }
            do throws(StoreError) {
                try read(logs, reader)
            } catch {
                failure.withLock { $0 = error }
                connections.close()
            }
        }
        threads.start("flow stitch") { [self] in
            defer { connections.close() }
            stitch(FlowStitcher(limit: limits.connections, rowLimit: limits.rows, servers: servers), count: logs.count)
        }
    }

    /// Replaces what a batch holds by the next connections, in order of their ids log by log; `false` after the last ones.
    func take(into batch: inout FactBatch) -> Bool {
        guard var flows = connections.take() else { return false }
        flows.move(into: &batch)
        spareConnections.withLock { $0.append(flows) }
        return true
    }

    /// Ends the threads, whether all is stitched or not.
    func close() {
        rows.close()
        connections.close()
        threads.join()
    }

    /// What is to be told once the last connections were taken; `nil` where it was stopped before.
    func finish() throws(StoreError) -> Outcome? {
        if let error = failure.withLock({ $0 }) { throw error }
        return outcome.withLock { $0 }
    }

    // MARK: - On the threads

    private func read(_ logs: [Log], _ reader: FlowRows) throws(StoreError) {
        var current = 0
        /// Says that all logs before one are read.
        func end(before log: Int) {
            while current < log {
                current += 1
                rows.put(.endOfLog(next: current < logs.count ? logs[current].first : nil))
            }
        }
        try reader.scan(logs.map(\.id)) { log, batch in
            end(before: log)
            var taken = spareRows.withLock { $0.popLast() } ?? FlowIntervals()
            swap(&taken, &batch)
            return rows.put(.rows(taken)) ? .goOn : .stop
        }
        if !reader.isStopped { end(before: logs.count) }
    }

    private func stitch(_ stitcher: consuming FlowStitcher, count: Int) {
        var stitcher = stitcher
        var finished = 0
        while let part = rows.take() {
            switch part {
            case .rows(let batch):
                stitcher.take(batch)
                spareRows.withLock { $0.append(batch) }
                if stitcher.isFull, !giveOut(&stitcher) { return }
            case .endOfLog(let next):
                stitcher.finishLog(next: next)
                finished += 1
                if !giveOut(&stitcher) { return }
            }
        }
        if finished == count {
            outcome.withLock { $0 = Outcome(evicted: stitcher.evicted, unusable: stitcher.unusable) }
        }
    }

    /// Hands over all connections that are complete; returns `false` once nobody takes them.
    private func giveOut(_ stitcher: inout FlowStitcher) -> Bool {
        var batch = spareConnections.withLock { $0.popLast() } ?? StitchedFlows()
        while stitcher.giveOut(Self.stretch, into: &batch) {
            var full = spareConnections.withLock { $0.popLast() } ?? StitchedFlows()
            swap(&full, &batch)
            if !connections.put(full) { return false }
        }
        spareConnections.withLock { $0.append(batch) }
        return true
    }
}
