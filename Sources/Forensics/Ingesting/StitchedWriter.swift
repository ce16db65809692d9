import ForensicsAnalyze
import ForensicsModel
import ForensicsStore

/// Counts and checks stitched connections and turns them into rows on the calling thread; stores them on another.
struct StitchedWriter: ~Copyable {
    private let store: CaseStore
    private let thread: StoringThread<EncodedBatch>
    private var encoder: RowEncoder
    private var rollups = RollupBuilder()
    private var checks = CheckSet()
    /// By public id of a source, its private number.
    private var ordinals: [UInt32]
    /// Rows that are stored at once.
    private static let rowsPerBatch = 1 << 14

    init(store: CaseStore, sources: [SourceRecord]) {
        self.store = store
        encoder = store.makeEncoder()
        thread = StoringThread(capacity: 2) { batch throws(StoreError) in try store.append(batch) }
        ordinals = [UInt32](repeating: 0, count: Int(sources.map(\.id).max() ?? 0) + 1)
        for source in sources { ordinals[Int(source.id)] = source.ordinal }
    }

    /// Takes connections with public ids; returns `false` once storing has failed.
    mutating func write(_ batch: inout FactBatch) -> Bool {
        // Checks see public numbers, whose order does not depend on the run; the case keeps the private ones.
        checks.observe(batch)
        for place in batch.connections.indices { batch.connections[place].id = moved(batch.connections[place].id) }
        rollups.add(batch)
        encoder.append(batch)
        return encoder.rowCount < Self.rowsPerBatch || thread.put(rowsOf: &encoder)
    }

    /// Waits until every row is stored.
    ///
    /// - Throws: the first error of storing.
    mutating func flush() throws(StoreError) {
        _ = thread.put(rowsOf: &encoder)
        try thread.close()
    }

    /// Stores what all connections add up to; `flush` comes before.
    ///
    /// - Parameters:
    ///   - home: the source with which roll-ups lie.
    ///   - end: the last record of all.
    mutating func finish(_ sources: [UInt32], home: UInt32, end: Timestamp) throws(StoreError) {
        var findings = checks.finish(end: end)
        for index in findings.indices {
            findings[index].id = moved(findings[index].id)
            for place in findings[index].evidence.indices {
                findings[index].evidence[place].id = moved(findings[index].evidence[place].id)
            }
        }
        try store.finishStitching(
            sources, home: home, rollups: rollups.pack(), distributions: rollups.packedDistributions(),
            findings: findings)
    }

    /// The id with the private number of its source in place of the public one.
    private func moved(_ id: FactID) -> FactID {
        let source = Int(id.source)
        return FactID(source: source < ordinals.count ? ordinals[source] : id.source, record: id.record)
    }
}
