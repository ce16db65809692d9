import ForensicsModel
import GRDB

/// Roll-ups and distributions: what a source adds up to, stored at once or portion by portion.
extension CaseStore {
    /// Stores a portion of what a source adds up to.
    static func store(_ counts: RollupPortion, of source: UInt32, _ database: Database) throws {
        let rollups = counts.follows ? try joined(counts.rollups, of: source, database) : counts.rollups
        let distributions =
            counts.follows ? try joined(counts.distributions, of: source, database) : counts.distributions
        try store(counts.segments, of: source, database)
        let rows = try database.cachedStatement(sql: "INSERT OR REPLACE INTO rollup(id, data) VALUES(?, ?)")
        let ordered = rollups.map { (id: $0.id(of: source), rollup: $0) }.sorted { $0.id < $1.id }
        for (id, rollup) in ordered {
            try rows.execute(arguments: [id, String(decoding: rollup.json, as: UTF8.self)])
        }
        let buckets = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO distribution(id, count, p50, p95, p99, max, sum, data) VALUES(?,?,?,?,?,?,?,?)"
        )
        for distribution in distributions {
            try buckets.execute(arguments: [
                distribution.id(of: source), Int64(clamping: distribution.count), distribution.p50, distribution.p95,
                distribution.p99,
                distribution.maximum, distribution.sum, String(decoding: distribution.json, as: UTF8.self),
            ])
        }
    }

    private static func joined(
        _ rollups: [PackedRollup], of source: UInt32, _ database: Database
    ) throws -> [PackedRollup] {
        let known = try database.cachedStatement(sql: "SELECT data FROM rollup WHERE id = ?")
        return try rollups.map { rollup in
            guard let text = try String.fetchOne(known, arguments: [rollup.id(of: source)]) else { return rollup }
            var stored = rollup
            stored.json = Array(text.utf8)
            // What is not the packed form was not written by this program: it is replaced.
            return stored.joined(with: rollup) ?? rollup
        }
    }

    private static func joined(
        _ distributions: [PackedDistribution], of source: UInt32, _ database: Database
    ) throws -> [PackedDistribution] {
        let known = try database.cachedStatement(sql: "SELECT count, max, sum, data FROM distribution WHERE id = ?")
        return try distributions.map { distribution in
            guard let row = try Row.fetchOne(known, arguments: [distribution.id(of: source)]) else {
                return distribution
            }
            var stored = distribution
            stored.count = UInt64(clamping: row[0] as Int64)
            stored.maximum = row[1]
            stored.sum = row[2]
            stored.json = Array((row[3] as String).utf8)
            return stored.joined(with: distribution) ?? distribution
        }
    }
}

extension PackedRollup {
    fileprivate func id(of source: UInt32) -> Int64 {
        BucketID.make(source: source, slot: dimension, minute: minute, isHealthCheck: healthChecks)
    }
}

extension PackedDistribution {
    fileprivate func id(of source: UInt32) -> Int64 {
        BucketID.make(source: source, slot: measure.rawValue, minute: minute, isHealthCheck: healthChecks)
    }
}
