import ForensicsModel

/// Counts sightings per minute: only minutes that hold enough of them become episodes.
///
/// At most `limit` minutes are held. When there are more, those at least ten minutes older than the newest that are no
/// burst are dropped, which changes nothing unless records come more than ten minutes late; past that sightings are
/// refused.
package struct BurstTable: Sendable {
    private struct Cell: Hashable, Sendable {
        var key: EpisodeTable.Key
        var minute: Int64
    }

    private static let late: Int64 = 10

    private var cells: [Cell: Episode] = [:]
    private var newest = Int64.min
    private let limit: Int
    private let options: CheckOptions
    /// Sightings that found no room.
    package private(set) var refused: UInt64 = 0

    package init(options: CheckOptions, limit: Int = 65_536) {
        self.options = options
        self.limit = limit
    }

    package mutating func note(_ sighting: Sighting) {
        let minute = BucketKey.minute(of: sighting.time)
        let key = EpisodeTable.Key(check: sighting.check, blame: sighting.blame, subject: sighting.subject)
        let cell = Cell(key: key, minute: minute)
        newest = max(newest, minute)
        if let index = cells.index(forKey: cell) {
            cells.values[index].note(sighting)
            return
        }
        if cells.count >= limit { drop() }
        if cells.count >= limit {
            refused += 1
            return
        }
        cells[cell] = Episode(sighting)
    }

    private mutating func drop() {
        let oldest = newest - Self.late
        let options = options
        cells = cells.filter { cell, episode in
            cell.minute >= oldest || CheckRegistry.check(cell.key.check).qualifies(episode, options)
        }
    }

    /// Hands the minutes that are bursts to the table of episodes.
    package func flush(into table: inout EpisodeTable) {
        let bursts = cells.filter { CheckRegistry.check($0.key.key.check).qualifies($0.value, options) }
        // In an order that does not depend on the run, for the table's limit.
        let ordered = bursts.sorted {
            ($0.value.start.nanoseconds, $0.value.firstID.rawValue, $0.key.key.check.rawValue)
                < ($1.value.start.nanoseconds, $1.value.firstID.rawValue, $1.key.key.check.rawValue)
        }
        for burst in ordered { table.add(burst.value, burst.key.key) }
    }
}
