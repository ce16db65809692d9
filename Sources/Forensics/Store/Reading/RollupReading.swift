import ForensicsModel
import GRDB

/// One pass over packed roll-ups: hours where they stand for their minutes, then the minutes that are left.
struct RollupReading {
    typealias Taker = (CaseStore.RollupPlace, Span<UInt8>) throws -> Void

    private let database: Database
    private let all: [CountedSource]
    /// Sources that are asked for.
    private let wanted: [CountedSource]
    private let minutes: Range<Int64>?
    /// By body of evidence and dimension: the minutes to read where hours stand for the others.
    private var left: [String: [UInt8: [Range<Int64>]]] = [:]

    /// - Parameters:
    ///   - all: every source of the case.
    ///   - ids: the public ids of those that are asked for; all if `nil`.
    ///   - minutes: since the epoch; all if `nil`.
    init(_ all: [CountedSource], wanted ids: [UInt32]?, _ minutes: Range<Int64>?, _ database: Database) {
        self.all = all
        self.minutes = minutes
        self.database = database
        let ids = ids.map { Set($0) }
        wanted = all.filter { ids?.contains($0.rank) ?? true }
    }

    // MARK: - Hours

    /// Hands out the counts of whole hours that lie in the minutes, of bodies of evidence that are asked for whole.
    mutating func hours(_ slots: [UInt8], _ body: Taker) throws {
        let wanted = Set(wanted.map(\.ordinal))
        for evidence in try HourBody.all(of: all, database).bodies {
            let hours = evidence.hours(of: minutes)
            let met = evidence.sources.filter { $0.meets(hours) }
            guard let home = evidence.home, let key = evidence.sources.first?.body, !hours.isEmpty,
                met.allSatisfy({ wanted.contains($0.ordinal) })
            else { continue }
            for slot in slots {
                left[key, default: [:]][slot] = edges(of: hours) + (try take(hours, of: home, slot, body))
            }
        }
    }

    /// Hands out the hours of one dimension, and returns those whose minutes have to be read.
    private func take(_ hours: Range<Int64>, of home: UInt32, _ slot: UInt8, _ body: Taker) throws -> [Range<Int64>] {
        var refused: [Range<Int64>] = []
        let ids = CaseStore.bucketRange(home, slot, hours)
        var fetch = BulkFetch(
            try database.cachedStatement(
                sql: "SELECT id, data FROM hour_rollup WHERE id BETWEEN ? AND ? ORDER BY id"),
            kinds: [.integer, .variant], limit: 64)
        try fetch.restart([ids.lowerBound, ids.upperBound])
        try take(&fetch, of: nil) { place, json in
            if json.count == CaseStore.minutesAlone.utf8.count {
                refused.append(place.minute..<(place.minute + HourBody.hour))
            } else {
                try body(place, json)
            }
        }
        return refused
    }

    /// The minutes before and after some hours.
    private func edges(of hours: Range<Int64>) -> [Range<Int64>] {
        guard let minutes else { return [] }
        let before = minutes.lowerBound..<max(minutes.lowerBound, hours.lowerBound)
        let after = min(hours.upperBound, minutes.upperBound)..<minutes.upperBound
        return [before, after].filter { !$0.isEmpty }
    }

    // MARK: - Minutes

    /// Hands out the counts of the minutes for which no hour stood.
    func minutes(_ slots: [UInt8], _ body: Taker) throws {
        if let minutes, minutes.isEmpty { return }
        var fetch = BulkFetch(
            try database.cachedStatement(sql: "SELECT id, data FROM rollup WHERE id BETWEEN ? AND ?"),
            kinds: [.integer, .variant], limit: 64)
        for source in wanted {
            for slot in slots {
                for part in parts(source, slot) where isMet(source, slot, part) {
                    let ids = CaseStore.bucketRange(source.ordinal, slot, part)
                    try fetch.restart([ids.lowerBound, ids.upperBound])
                    try take(&fetch, of: source.rank, body)
                }
            }
        }
    }

    /// The minutes of a source and a dimension for which no hour stood; `nil` for all that there are.
    private func parts(_ source: CountedSource, _ slot: UInt8) -> [Range<Int64>?] {
        left[source.body]?[slot] ?? [minutes]
    }

    /// Hands out what a statement finds, of one source or, `nil`, of several.
    private func take(_ fetch: inout BulkFetch, of source: UInt32?, _ body: Taker) throws {
        while case let rows = try fetch.step(), rows > 0 {
            for row in 0..<rows {
                guard let range = Cell.readReference(fetch.cells[2 * row + 1])?.range else { continue }
                let place = CaseStore.RollupPlace(source, fetch.cells[2 * row])
                try body(place, fetch.arena.span.extracting(range))
            }
        }
    }

    /// Whether a source may have counts in some minutes. A connection is opened in the minute of its start, which may lie before
    /// every record of its source: totals tell it.
    private func isMet(_ source: CountedSource, _ slot: UInt8, _ minutes: Range<Int64>?) -> Bool {
        if source.meets(minutes) { return true }
        guard slot == 0, let minutes, let own = source.minutes else { return false }
        return own.lowerBound >= minutes.upperBound
    }
}

extension CaseStore.RollupPlace {
    fileprivate init(_ source: UInt32?, _ id: Int64) {
        self.init(
            source: source ?? 0, minute: BucketID.minute(id), dimension: BucketID.slot(id),
            healthChecks: BucketID.isHealthCheck(id), isHour: source == nil)
    }
}
