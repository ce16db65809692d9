import ForensicsAnalyze
import ForensicsModel
import ForensicsStore

/// Counts and checks stitched connections and turns them into rows on the calling thread; stores them on another.
struct StitchedWriter: ~Copyable {
    private let store: CaseStore
    private let thread: StoringThread<EncodedBatch>
    private var encoder: RowEncoder
    private var rollups: RollupBuilder
    private var checks = CheckSet()
    private let numbers: PrivateNumbers
    /// The source with which roll-ups lie.
    private let home: UInt32
    /// Rows that are stored at once.
    private static let rowsPerBatch = 1 << 14

    init(store: CaseStore, sources: [SourceRecord], home: UInt32, memory: Int64) {
        self.store = store
        self.home = home
        rollups = RollupBuilder(limits: RollupBuilder.Limits(memory: memory))
        encoder = store.makeEncoder()
        thread = StoringThread(capacity: 2) { batch throws(StoreError) in try store.append(batch) }
        numbers = PrivateNumbers(sources)
    }

    /// Takes connections with public ids; returns `false` once storing has failed.
    mutating func write(_ batch: inout FactBatch) -> Bool {
        // Checks see public numbers, whose order does not depend on the run; the case keeps the private ones.
        checks.observe(batch)
        for place in batch.connections.indices {
            batch.connections[place].id = numbers.moved(batch.connections[place].id)
        }
        rollups.add(batch)
        if let portion = rollups.takePortion() { encoder.append(portion, of: home) }
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
    /// - Parameter end: the last record of all.
    mutating func finish(_ sources: [UInt32], end: Timestamp) throws(StoreError) {
        try store.finishStitching(
            sources, home: home, counts: rollups.takeRest(), findings: numbers.moved(checks.finish(end: end)))
    }
}
