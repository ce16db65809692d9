import ForensicsModel
import GRDB

/// Roll-ups of hours: what questions about long windows read instead of those of minutes, source by source.
///
/// They hold nothing that the minutes do not tell, and are no part of what a case says: without them questions take longer.
extension CaseStore {
    /// Hours with more values of a dimension are not added up: a value takes up to 300 bytes meanwhile.
    private var hourValueLimit: Int { Int(clamping: memory >> 9) }
    /// So many entries of minutes have to become one of an hour to make it worth its room.
    private static let hourGain = 3
    /// Stands for an hour whose minutes have to be read.
    static let minutesAlone = "-"

    /// Adds up the hours of everything that was read to its end since it was done last; not in a case that is thrown away.
    package func sumHours() throws(StoreError) {
        if access.isThrownAway { return }
        try transaction { database in
            let (bodies, useless) = try HourBody.all(of: CountedSource.all(database), database)
            for home in useless.sorted() { try Self.forgetHours(home, database) }
            for body in bodies where body.kind != .live && body.home == nil && body.sources.allSatisfy(\.isRead) {
                try sumHours(body, database)
            }
        }
    }

    /// Removes the hours of every body: counts of minutes are about to be replaced.
    static func forgetHours(_ database: Database) throws {
        try database.execute(sql: "DELETE FROM hour_rollup; DELETE FROM hour_source")
    }

    private static func forgetHours(_ home: UInt32, _ database: Database) throws {
        try removeRange(database, "hour_rollup", Int64(home), 37)
        try database.execute(sql: "DELETE FROM hour_source WHERE home = ?", arguments: [home])
    }

    /// Adds the sources of a body that its hours lack.
    private func sumHours(_ body: HourBody, _ database: Database) throws {
        guard let first = body.sources.map(\.ordinal).min() else { return }
        let (home, known) = body.homes.first ?? (first, [])
        let missing = body.ordinals.subtracting(known).sorted()
        let hours = try Self.hours(of: missing, database)
        var fetch = BulkFetch(
            try database.cachedStatement(sql: "SELECT id, data FROM rollup WHERE id BETWEEN ? AND ?"),
            kinds: [.integer, .variant], limit: 64)
        for (hour, ordinals) in hours.sorted(by: { $0.key < $1.key }) {
            for dimension in DimensionMapper.counted {
                let place = HourPlace(home: home, dimension: dimension, hour: hour)
                try sum(place, of: ordinals, &fetch, database)
            }
        }
        let statement = try database.cachedStatement(sql: "INSERT INTO hour_source(source, home) VALUES(?, ?)")
        for ordinal in missing { try statement.execute(arguments: [ordinal, home]) }
    }

    /// The sources that have counts in each hour: every bucket has totals.
    private static func hours(of ordinals: [UInt32], _ database: Database) throws -> [Int64: [UInt32]] {
        let buckets = try database.cachedStatement(sql: "SELECT id FROM rollup WHERE id BETWEEN ? AND ?")
        var hours: [Int64: [UInt32]] = [:]
        for ordinal in ordinals {
            let range = bucketRange(ordinal, 0, nil)
            let ids = try Int64.fetchCursor(buckets, arguments: [range.lowerBound, range.upperBound])
            while let id = try ids.next() {
                let hour = HourBody.start(ofHour: BucketID.minute(id))
                if hours[hour]?.last != ordinal { hours[hour, default: []].append(ordinal) }
            }
        }
        return hours
    }

    /// Where the counts of an hour and a dimension lie.
    private struct HourPlace {
        var home: UInt32
        var dimension: Dimension
        /// The minute in which it begins.
        var hour: Int64

        func id(isHealthCheck: Bool) -> Int64 {
            BucketID.make(source: home, slot: dimension.rawValue, minute: hour, isHealthCheck: isHealthCheck)
        }
    }

    /// Adds the minutes of some sources to an hour.
    private func sum(
        _ place: HourPlace, of ordinals: [UInt32], _ fetch: inout BulkFetch, _ database: Database
    ) throws {
        let known = try database.cachedStatement(sql: "SELECT data FROM hour_rollup WHERE id = ?")
        // Traffic and health checks: where one has too many values, the minutes of both are read.
        var sums = [RollupSum(place.dimension), RollupSum(place.dimension)]
        var gains = true
        for (index, isHealthCheck) in [false, true].enumerated() {
            guard let data = try String.fetchOne(known, arguments: [place.id(isHealthCheck: isHealthCheck)]) else {
                continue
            }
            if !sums[index].add(Array(data.utf8).span) { gains = false }
        }
        let wasKnown = sums.contains { $0.entryCount > 0 }
        for ordinal in ordinals where gains {
            let range = Self.bucketRange(ordinal, place.dimension.rawValue, place.hour..<(place.hour + HourBody.hour))
            try fetch.restart([range.lowerBound, range.upperBound])
            while gains, case let rows = try fetch.step(), rows > 0 {
                for row in 0..<rows {
                    guard let bytes = Cell.readReference(fetch.cells[2 * row + 1])?.range else { continue }
                    let index = BucketID.isHealthCheck(fetch.cells[2 * row]) ? 1 : 0
                    let isWhole = sums[index].add(fetch.arena.span.extracting(bytes))
                    if !isWhole || sums[index].valueCount > hourValueLimit { gains = false }
                }
            }
        }
        if !wasKnown {
            gains = gains && sums.allSatisfy { $0.entryCount >= $0.valueCount * Self.hourGain }
        }
        try Self.store(sums, place, gains, database)
    }

    private static func store(
        _ sums: [RollupSum], _ place: HourPlace, _ gains: Bool, _ database: Database
    ) throws {
        let row = try database.cachedStatement(sql: "INSERT OR REPLACE INTO hour_rollup(id, data) VALUES(?, ?)")
        if gains {
            for (sum, isHealthCheck) in zip(sums, [false, true]) where sum.valueCount > 0 {
                let json = sum.packed(limit: .max)
                try row.execute(arguments: [
                    place.id(isHealthCheck: isHealthCheck), String(decoding: json, as: UTF8.self),
                ])
            }
        } else {
            try database.execute(
                sql: "DELETE FROM hour_rollup WHERE id = ?", arguments: [place.id(isHealthCheck: true)])
            try row.execute(arguments: [place.id(isHealthCheck: false), minutesAlone])
        }
    }
}
