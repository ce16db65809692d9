import ForensicsAnalyze
import ForensicsModel
import ForensicsStore
import Synchronization

/// Findings of logs, put together from what the checks saw of each, by a thread of its own.
///
/// It reads the case beside the thread that writes, which has other things to do at the end of a run: hours are added up
/// meanwhile.
final class LogFindings: Sendable {
    /// What became of it.
    struct Outcome: Sendable {
        var findings: [Finding] = []
        /// Sightings that there was no room for.
        var refused: UInt64 = 0
    }

    /// The logs whose rows tell of the same things: two kinds, or two load balancers, may each tell of one request.
    private struct Series: Hashable {
        var kind: EvidenceKind
        var vantage: String?
    }

    /// The logs by their numbers in the case.
    let ordinals: [UInt32]
    private let path: String
    private let sources: [SourceRecord]
    private let thread = WorkerThreads()
    private let result = Mutex(Result<Outcome, ForensicsError>.success(Outcome()))

    /// Begins to put them together, unless the case holds just what these logs give.
    init?(_ store: CaseStore) throws(StoreError) {
        guard let ordinals = try store.sourcesToJoin() else { return nil }
        let isWanted = Set(ordinals)
        self.ordinals = ordinals
        path = store.path
        // Public numbers where two logs begin at once: they do not depend on the run.
        sources = try store.sources().filter { isWanted.contains($0.ordinal) }.sorted {
            let none = Timestamp(nanoseconds: .min)
            return ($0.firstTime ?? none, $0.id) < ($1.firstTime ?? none, $1.id)
        }
        thread.start("findings") { [self] in
            let joined = Result { () throws(ForensicsError) in try join() }
            result.withLock { $0 = joined }
        }
    }

    /// Waits for the findings, which name records by the numbers that sources have in the case.
    func finish() throws(ForensicsError) -> Outcome {
        thread.join()
        return try result.withLock { $0 }.get()
    }

    private func join() throws(ForensicsError) -> Outcome {
        do {
            let store = try CaseStore(path: path, access: .readOnly)
            defer { store.close() }
            return try join(reading: store)
        } catch let error as StoreError {
            throw ForensicsError(error)
        } catch let error as ForensicsError {
            throw error
        } catch {
            throw ForensicsError(unforeseen: error, at: path)
        }
    }

    private func join(reading store: CaseStore) throws -> Outcome {
        var outcome = Outcome()
        let series = Dictionary(grouping: sources) { Series(kind: $0.kind, vantage: $0.vantage) }
        // In an order that does not depend on the run: that of the first log of each.
        for logs in series.values.sorted(by: { $0[0].id < $1[0].id }) {
            var checks = CheckSet()
            for log in logs { try look(at: log, in: store) { checks.expect($0) } }
            for log in logs { try look(at: log, in: store) { checks.join($0, source: log.id) } }
            outcome.refused += checks.refusedSightings
            outcome.findings += checks.finish(end: logs.compactMap(\.lastTime).max() ?? Timestamp(nanoseconds: 0))
        }
        outcome.findings = PrivateNumbers(sources).moved(outcome.findings)
        return outcome
    }

    /// Reads what the checks saw of a log.
    private func look(at log: SourceRecord, in store: CaseStore, _ take: ([UInt8]) -> Bool) throws {
        guard let seen = try store.sightings(of: log.ordinal), take(seen) else {
            throw ForensicsError(
                .data, "\(path): is damaged (what was found in \(log.path)); ingest into another --store.")
        }
    }
}
