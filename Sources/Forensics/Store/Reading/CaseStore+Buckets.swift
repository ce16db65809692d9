package import ForensicsModel
import GRDB

/// Roll-ups and distributions as they were packed.
extension CaseStore {
    /// The place of a packed roll-up.
    package struct RollupPlace: Sendable, Equatable {
        /// The public id of the source.
        package var source: UInt32
        /// Minutes since the epoch.
        package var minute: Int64
        /// `Dimension.rawValue`, or 0 for the totals.
        package var dimension: UInt8
        package var healthChecks: Bool
    }

    /// Hands out the packed roll-ups of some sources, minutes and dimensions: source by source, dimension by
    /// dimension, in order of time. The JSON is only valid during the call, which must not call the store.
    ///
    /// - Parameters:
    ///   - sources: Public ids; all if `nil`.
    ///   - minutes: Minutes since the epoch; all if `nil`.
    ///   - dimensions: The dimensions wanted; `includingTotals` adds the totals to them.
    package func loadRollups(
        sources: [UInt32]?, minutes: Range<Int64>?, dimensions: [Dimension], includingTotals: Bool,
        _ body: (RollupPlace, Span<UInt8>) throws -> Void
    ) throws {
        let slots = (includingTotals ? [0] : []) + dimensions.map(\.rawValue).sorted()
        try run { database in
            let statement = try database.cachedStatement(sql: "SELECT id, data FROM rollup WHERE id BETWEEN ? AND ?")
            for (ordinal, rank, isLater) in try Self.bucketSources(sources, minutes, database) {
                // A connection is opened in the minute of its start, which may lie before every record of its source.
                for slot in isLater ? slots.filter({ $0 == 0 }) : slots {
                    let ids = Self.bucketRange(ordinal, slot, minutes)
                    try statement.setArguments([ids.lowerBound, ids.upperBound])
                    var fetch = BulkFetch(statement, kinds: [.integer, .variant], limit: 64)
                    while case let rows = try fetch.step(), rows > 0 {
                        for row in 0..<rows {
                            guard let range = Cell.readReference(fetch.cells[2 * row + 1])?.range else { continue }
                            let id = fetch.cells[2 * row]
                            let place = RollupPlace(
                                source: rank, minute: BucketID.minute(id), dimension: BucketID.slot(id),
                                healthChecks: BucketID.isHealthCheck(id))
                            try body(place, fetch.arena.span.extracting(range))
                        }
                    }
                }
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
            for (ordinal, rank, isLater) in try Self.bucketSources(sources, minutes, database) where !isLater {
                for measure in measures.sorted() {
                    let ids = Self.bucketRange(ordinal, measure.rawValue, minutes)
                    let rows = try Row.fetchCursor(statement, arguments: [ids.lowerBound, ids.upperBound])
                    while let row = try rows.next() {
                        let id: Int64 = row[0]
                        try body(
                            rank,
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

    private static func bucketRange(_ ordinal: UInt32, _ slot: UInt8, _ minutes: Range<Int64>?) -> ClosedRange<Int64> {
        let limit = BucketID.minuteBias - 1
        let first = max(minutes?.lowerBound ?? -limit, -limit)
        let last = min((minutes?.upperBound ?? limit) - 1, limit)
        let start = BucketID.make(source: ordinal, slot: slot, minute: first, isHealthCheck: false)
        return start...max(start, BucketID.make(source: ordinal, slot: slot, minute: last, isHealthCheck: true))
    }

    /// The sources that are wanted and whose facts may meet the minutes, in order of their public ids.
    private static func bucketSources(
        _ sources: [UInt32]?, _ minutes: Range<Int64>?, _ database: Database
    ) throws -> [(ordinal: UInt32, rank: UInt32, isLater: Bool)] {
        if let minutes, minutes.isEmpty { return [] }
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT s.ordinal, s.rank, u.first_time, u.last_time
                FROM source s JOIN (\(spans)) u ON u.span = \(spanKey("s")) ORDER BY s.rank
                """)
        let minute = 60 * Timestamp.nanosecondsPerSecond
        let wanted = sources.map { Set($0) }
        return rows.compactMap { row in
            let rank = UInt32(clamping: row[1] as Int64)
            if let wanted, !wanted.contains(rank) { return nil }
            var isLater = false
            if let minutes, let first = row[2] as Int64?, let last = row[3] as Int64? {
                let from = Timestamp(nanoseconds: first).bucket(width: minute) / minute
                let to = Timestamp(nanoseconds: last).bucket(width: minute) / minute
                if to < minutes.lowerBound { return nil }
                isLater = from >= minutes.upperBound
            }
            return (UInt32(clamping: row[0] as Int64), rank, isLater)
        }
    }
}
