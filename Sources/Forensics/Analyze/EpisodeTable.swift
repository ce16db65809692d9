package import ForensicsModel

/// All episodes, by check, subject and blamed side.
///
/// Sightings may come in any order of time: an episode is what connects without five quiet minutes. At most `limit`
/// episodes are kept apart, and `reserve` of each check beside them: a flood of clients takes no room from the targets of other
/// checks. Where there is no room for a further one, those with the fewest sightings make way: they are counted under the subject
/// `(other)` of their check and side, whatever their time. Who comes late and often is told after any flood.
package struct EpisodeTable: Sendable {
    /// What episodes have in common that may be joined.
    package struct Key: Hashable, Sendable {
        package var check: CheckID
        package var blame: Blame
        package var subject: Subject

        /// The key of what there is no room to keep apart.
        var ofOthers: Key { Key(check: check, blame: blame, subject: .other) }

        /// An order that does not depend on the run.
        static func precedes(_ left: Key, _ right: Key) -> Bool {
            if left.check != right.check { return left.check.rawValue < right.check.rawValue }
            if left.blame != right.blame { return left.blame.rawValue < right.blame.rawValue }
            return Subject.precedes(left.subject, right.subject)
        }
    }

    /// The episodes of each key, by start; no two of them closer than `Episode.quiet`.
    private var episodes: [Key: [Episode]] = [:]
    /// By raw check: how many are kept.
    private var counts = [Int](repeating: 0, count: 256)
    /// Those past the reserve of their check.
    private var sharedCount = 0
    private let limit: Int
    private let reserve: Int

    /// Creates an empty table.
    package init(limit: Int, reserve: Int) {
        self.limit = max(1, limit)
        self.reserve = reserve
    }

    /// Adds a sighting to the episode that it connects to, or begins one; past the limits, others make way.
    package mutating func note(_ sighting: Sighting) {
        let key = Key(check: sighting.check, blame: sighting.blame, subject: sighting.subject)
        if let index = episodes.index(forKey: key) {
            let last = episodes.values[index].count - 1
            if sighting.time >= episodes.values[index][last].start,
                sighting.time.since(episodes.values[index][last].end) <= Episode.quiet
            {
                episodes.values[index][last].note(sighting)
                return
            }
        }
        add(Episode(sighting), key)
    }

    /// Adds an episode, joining it with those it touches.
    package mutating func add(_ episode: Episode, _ key: Key) {
        if key.subject == .other { return addOther(episode, key) }
        var list = episodes[key] ?? []
        // Taken out, so that the list is changed in place.
        episodes[key] = nil
        var place = Self.place(of: episode.start, in: list)
        if place > 0, episode.start.since(list[place - 1].end) <= Episode.quiet {
            place -= 1
            list[place].join(episode)
        } else if place < list.count, list[place].start.since(episode.end) <= Episode.quiet {
            list[place].join(episode)
        } else {
            list.insert(episode, at: place)
            takeRoom(key.check)
        }
        while place + 1 < list.count, list[place + 1].start.since(list[place].end) <= Episode.quiet {
            list[place].join(list[place + 1])
            list.remove(at: place + 1)
            giveRoom(key.check)
        }
        episodes[key] = list
        if sharedCount > limit { makeRoom() }
    }

    /// Whether an episode of a key lies around this one.
    func holds(_ episode: Episode, _ key: Key) -> Bool {
        episodes[key]?.contains { $0.start <= episode.start && episode.end <= $0.end } == true
    }

    /// The episodes of a key, by start.
    func episodes(of key: Key) -> [Episode] { episodes[key] ?? [] }

    /// Takes out all episodes of a key.
    mutating func remove(_ key: Key) -> [Episode] {
        let list = episodes.removeValue(forKey: key) ?? []
        for _ in list { giveRoom(key.check) }
        return list
    }

    /// The keys of all episodes, in no particular order.
    var keys: some Collection<Key> { episodes.keys }

    /// The episode of a key with most records, the first of several.
    func largest(_ key: Key) -> Episode? {
        episodes[key]?.reduce(nil) { largest, one in largest.map { $0.count >= one.count } == true ? largest : one }
    }

    private mutating func takeRoom(_ check: CheckID) {
        let raw = Int(check.rawValue)
        counts[raw] += 1
        if counts[raw] > reserve { sharedCount += 1 }
    }

    private mutating func giveRoom(_ check: CheckID) {
        let raw = Int(check.rawValue)
        counts[raw] -= 1
        if counts[raw] >= reserve { sharedCount -= 1 }
    }

    /// Counts the smaller half of those past the reserves of their checks under `(other)`: the fewest sightings first, of as many
    /// those that measured less, then those that ended first: what goes on may grow.
    private mutating func makeRoom() {
        var order = episodes.flatMap { key, list in
            key.subject == .other ? [] : list.map { Place(key: key, episode: $0) }
        }
        order.sort(by: Place.makesWay)
        for place in order where sharedCount > limit / 2 && counts[Int(place.key.check.rawValue)] > reserve {
            guard var list = episodes.removeValue(forKey: place.key),
                let index = list.firstIndex(where: { $0.start == place.start })
            else { continue }
            addOther(list.remove(at: index), place.key)
            giveRoom(place.key.check)
            if !list.isEmpty { episodes[place.key] = list }
        }
    }

    /// An episode among all, by what tells how much it matters.
    private struct Place {
        var key: Key
        var start: Timestamp
        var end: Timestamp
        var count: UInt64
        var measure: Int64
        var first: FactID

        init(key: Key, episode: Episode) {
            self.key = key
            start = episode.start
            end = episode.end
            count = episode.count
            measure = episode.largestMeasure
            first = episode.firstID
        }

        static func makesWay(_ left: Place, before right: Place) -> Bool {
            if left.count != right.count { return left.count < right.count }
            if left.measure != right.measure { return left.measure < right.measure }
            if left.end != right.end { return left.end < right.end }
            return left.first != right.first ? left.first < right.first : Key.precedes(left.key, right.key)
        }
    }

    private mutating func addOther(_ episode: Episode, _ key: Key) {
        let other = key.ofOthers
        if var known = episodes[other]?.first {
            known.join(episode)
            episodes[other] = [known]
        } else {
            episodes[other] = [episode]
        }
    }

    func write(to writer: inout NumberWriter) {
        writer.add(UInt64(episodes.reduce(0) { $0 + $1.value.count }))
        for (key, list) in episodes.sorted(by: { Key.precedes($0.key, $1.key) }) {
            for episode in list {
                writer.add(key)
                episode.write(to: &writer)
            }
        }
    }

    /// All episodes, in no particular order.
    package var all: [(key: Key, episode: Episode)] {
        episodes.flatMap { key, list in list.map { (key, $0) } }
    }

    /// How many episodes start before a time.
    private static func place(of start: Timestamp, in list: [Episode]) -> Int {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle].start <= start { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
