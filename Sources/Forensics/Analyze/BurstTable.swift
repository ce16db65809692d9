import ForensicsModel

/// Counts sightings per minute: only minutes that hold enough of them become episodes, and of some checks the others, which
/// blame somebody else (`Check.blameOfFew`).
///
/// At most `limit` minutes of subjects are held. When there are more, those at least ten minutes older than the newest that
/// are nothing to tell are dropped, which changes nothing unless records come more than ten minutes late; past that those with the
/// fewest sightings make way, and are counted.
package struct BurstTable: Sendable {
    private struct Cell: Hashable, Sendable {
        var key: EpisodeTable.Key
        var minute: Int64
    }

    private static let late: Int64 = 10
    private static let hour: Int64 = 3_600_000_000_000

    private var cells: [Cell: Episode] = [:]
    private var newest = Int64.min
    private let limit: Int
    private let options: CheckOptions
    /// Sightings that others took the room of.
    package private(set) var refused: UInt64 = 0

    package init(options: CheckOptions, limit: Int = 65_536) {
        self.options = options
        self.limit = limit
    }

    /// Counts a sighting in the minute of its time; past `limit` minutes the least of them make way.
    package mutating func note(_ sighting: Sighting) {
        let key = EpisodeTable.Key(check: sighting.check, blame: sighting.blame, subject: sighting.subject)
        let cell = Cell(key: key, minute: BucketKey.minute(of: sighting.time))
        if let index = cells.index(forKey: cell) {
            cells.values[index].note(sighting)
        } else {
            begin(cell, Episode(sighting))
        }
    }

    /// Adds the sightings of a minute.
    mutating func add(_ episode: Episode, _ key: EpisodeTable.Key) {
        let cell = Cell(key: key, minute: BucketKey.minute(of: episode.start))
        if let index = cells.index(forKey: cell) {
            cells.values[index].join(episode)
        } else {
            begin(cell, episode)
        }
    }

    private mutating func begin(_ cell: Cell, _ episode: Episode) {
        newest = max(newest, cell.minute)
        if cells.count >= limit { drop() }
        cells[cell] = episode
    }

    func write(to writer: inout NumberWriter) {
        writer.add(UInt64(cells.count))
        // Places are moved, not episodes.
        let order = cells.indices.map { (id: cells.values[$0].firstID, place: $0) }.sorted {
            $0.id != $1.id
                ? $0.id < $1.id : EpisodeTable.Key.precedes(cells.keys[$0.place].key, cells.keys[$1.place].key)
        }
        for (_, place) in order {
            writer.add(cells.keys[place].key)
            cells.values[place].write(to: &writer)
        }
    }

    private mutating func drop() {
        let oldest = newest - Self.late
        let options = options
        cells = cells.filter { cell, episode in
            let check = CheckRegistry.check(cell.key.check)
            return cell.minute >= oldest || check.blameOfFew != nil || check.isBurst(episode, options)
        }
        // A quarter of the room, so that this is not asked again at once. What has few sightings of its minute is hardly a
        // burst.
        var fewest: UInt64 = 1
        while cells.count > limit / 4 * 3, fewest < .max / 2 {
            for (cell, episode) in cells where episode.count <= fewest {
                refused += episode.count
                cells[cell] = nil
            }
            fewest *= 2
        }
    }

    /// Hands the minutes that are bursts to the table of episodes, and the others that their checks tell: those between bursts as
    /// part of these, the rest hour by hour.
    package func flush(into table: inout EpisodeTable) {
        var bursts: [Minute] = []
        var others: [Minute] = []
        for (cell, episode) in cells {
            let check = CheckRegistry.check(cell.key.check)
            if check.isBurst(episode, options) {
                bursts.append((cell.key, episode))
            } else if check.blameOfFew != nil {
                others.append((cell.key, episode))
            }
        }
        for (key, episode) in Self.ordered(bursts) { table.add(episode, key) }
        var rest: [Cell: Episode] = [:]
        for (key, episode) in others {
            if table.holds(episode, key) {
                table.add(episode, key)
                continue
            }
            var own = key
            own.blame = CheckRegistry.check(key.check).blameOfFew ?? key.blame
            let hour = Cell(key: own, minute: episode.start.bucket(width: Self.hour))
            if rest[hour]?.join(episode) == nil { rest[hour] = episode }
        }
        for (key, episode) in Self.ordered(rest.map { ($0.key.key, $0.value) }) { table.add(episode, key) }
    }

    private typealias Minute = (key: EpisodeTable.Key, episode: Episode)

    /// In an order that does not depend on the run, for the table's limit.
    private static func ordered(_ minutes: [Minute]) -> [Minute] {
        minutes.sorted {
            ($0.episode.start.nanoseconds, $0.episode.firstID.rawValue, $0.key.check.rawValue)
                < ($1.episode.start.nanoseconds, $1.episode.firstID.rawValue, $1.key.check.rawValue)
        }
    }
}
