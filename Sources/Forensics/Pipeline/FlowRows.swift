import ForensicsModel
import ForensicsStore
import ForensicsTrack
import Synchronization

/// The rows of a case's flow logs, read beside the thread that stores what is made of them.
struct FlowRows: Sendable {
    private let path: String
    private let isFolded: Bool
    private let stop: StopFlag

    /// For the thread that stores, which must not store rows of flow logs afterwards.
    init(_ store: CaseStore, stop: StopFlag) throws(StoreError) {
        path = store.path
        isFolded = try store.foldLog()
        self.stop = stop
    }

    var isStopped: Bool { stop.isRequested }

    /// Hands out the rows of some logs, named by their public ids, in their order. The block tells the scan how to go on.
    func scan(
        _ logs: [UInt32], _ body: (_ log: Int, _ batch: inout FlowIntervals) -> CaseStore.FlowScanStep
    ) throws(StoreError) {
        let store = try CaseStore(path: path, access: .readOnly)
        defer { store.close() }
        do {
            try store.scanFlowIntervals(of: logs, isFolded: isFolded) { log, batch in
                stop.isRequested ? .stop : body(log, &batch)
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(unforeseen: "\(error)", at: path)
        }
    }

    /// Most threads that learn who serves: each has a table of its own.
    private static let threadLimit = 4

    /// Learns who serves, from the logs that do not tell which way a row went: a first pass over their rows, by several
    /// threads. Their tables add up to the same whoever looked at which log.
    func servers(_ logs: [UInt32], jobs: Int) throws(StoreError) -> FlowServers {
        let all = Mutex(FlowServers())
        let failure = Mutex<StoreError?>(nil)
        let threads = WorkerThreads()
        let count = min(jobs, logs.count, Self.threadLimit)
        for thread in 0..<count {
            let share = stride(from: thread, to: logs.count, by: count).map { logs[$0] }
            threads.start("flow servers \(thread)") {
                do throws(StoreError) {
                    let servers = try servers(share)
                    all.withLock { $0.formUnion(servers) }
                } catch {
                    failure.withLock { $0 = error }
                }
            }
        }
        threads.join()
        if let error = failure.withLock({ $0 }) { throw error }
        return all.withLock { $0 }
    }

    private func servers(_ logs: [UInt32]) throws(StoreError) -> FlowServers {
        var servers = FlowServers()
        try scan(logs) { _, batch in
            // A column of the format: all rows of a log have it, or none.
            if batch.rows.contains(where: { $0.isIngress != nil }) { return .passOver }
            servers.observe(batch)
            return .goOn
        }
        return servers
    }
}
