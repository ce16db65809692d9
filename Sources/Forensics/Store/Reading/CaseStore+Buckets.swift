package import ForensicsModel
import GRDB

/// Roll-ups and distributions as they were packed.
extension CaseStore {
    /// The place of a packed roll-up.
    package struct RollupPlace: Sendable, Equatable {
        /// The public id of the source; 0 for hours, which are of several.
        package var source: UInt32
        /// Minutes since the epoch.
        package var minute: Int64
        /// `Dimension.rawValue`, or 0 for the totals.
        package var dimension: UInt8
        package var healthChecks: Bool
        /// Whether these are the counts of an hour of a whole body of evidence, that is, of all sources that are counted together.
        package var isHour = false
    }

    /// Hands out the packed roll-ups of some sources, minutes and dimensions: source by source, dimension by
    /// dimension, in order of time. The JSON is only valid during the call, which must not call the store.
    ///
    /// - Parameters:
    ///   - sources: Public ids; all if `nil`.
    ///   - minutes: Minutes since the epoch; all if `nil`.
    ///   - dimensions: The dimensions wanted; `includingTotals` adds the totals to them.
    ///   - takesHours: Whether counts of whole hours may stand for those of their minutes; they come first. Totals come by minutes.
    package func loadRollups(
        sources: [UInt32]?, minutes: Range<Int64>?, dimensions: [Dimension], includingTotals: Bool,
        takesHours: Bool = false, _ body: (RollupPlace, Span<UInt8>) throws -> Void
    ) throws {
        let slots = dimensions.map(\.rawValue).sorted()
        try run { database in
            // One state of the case from the first source to the last.
            try database.inTransaction(.deferred) {
                var reading = RollupReading(try CountedSource.all(database), wanted: sources, minutes, database)
                if takesHours { try reading.hours(slots, body) }
                try reading.minutes((includingTotals ? [0] : []) + slots, body)
                return .commit
            }
        }
    }

    /// Hands out the packed distributions of some sources, minutes and measures, in the order of roll-ups.
    package func loadDistributions(
        sources: [UInt32]?, minutes: Range<Int64>?, measures: [DistributionMeasure],
        _ body: (_ source: UInt32, PackedDistribution) throws -> Void
    ) throws {
        try run { database in
            let statement = try database.cachedStatement(
                sql: "SELECT id, count, p50, p95, p99, max, sum, data FROM distribution WHERE id BETWEEN ? AND ?")
            let wanted = sources.map { Set($0) }
            for source in try CountedSource.all(database) where wanted?.contains(source.rank) ?? true {
                guard source.meets(minutes) else { continue }
                for measure in measures.sorted() {
                    let ids = Self.bucketRange(source.ordinal, measure.rawValue, minutes)
                    let rows = try Row.fetchCursor(statement, arguments: [ids.lowerBound, ids.upperBound])
                    while let row = try rows.next() {
                        let id: Int64 = row[0]
                        try body(
                            source.rank,
                            PackedDistribution(
                                minute: BucketID.minute(id), measure: measure,
                                healthChecks: BucketID.isHealthCheck(id), count: UInt64(clamping: row[1] as Int64),
                                p50: row[2], p95: row[3], p99: row[4], maximum: row[5], sum: row[6],
                                json: row.bytes(7)))
                    }
                }
            }
        }
    }

    /// The places of a source's buckets of one dimension or measure.
    static func bucketRange(_ ordinal: UInt32, _ slot: UInt8, _ minutes: Range<Int64>?) -> ClosedRange<Int64> {
        let limit = BucketID.minuteBias - 1
        let first = max(minutes?.lowerBound ?? -limit, -limit)
        let last = min((minutes?.upperBound ?? limit) - 1, limit)
        let start = BucketID.make(source: ordinal, slot: slot, minute: first, isHealthCheck: false)
        return start...max(start, BucketID.make(source: ordinal, slot: slot, minute: last, isHealthCheck: true))
    }
}
