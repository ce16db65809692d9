package import ForensicsModel

/// All episodes, by check, subject and blamed side.
///
/// Sightings may come in any order of time: an episode is what connects without five quiet minutes. At most `limit`
/// episodes are kept apart; a further one is counted under the subject `(other)` of its check and side, whatever its
/// time.
package struct EpisodeTable: Sendable {
    package struct Key: Hashable, Sendable {
        package var check: CheckID
        package var blame: Blame
        package var subject: Subject

        /// An order that does not depend on the run.
        static func precedes(_ left: Key, _ right: Key) -> Bool {
            if left.check != right.check { return left.check.rawValue < right.check.rawValue }
            if left.blame != right.blame { return left.blame.rawValue < right.blame.rawValue }
            return Subject.precedes(left.subject, right.subject)
        }
    }

    /// The episodes of each key, by start; no two of them closer than `Episode.quiet`.
    private var episodes: [Key: [Episode]] = [:]
    private var count = 0
    private let limit: Int

    package init(limit: Int) { self.limit = max(1, limit) }

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
        var list = episodes[key] ?? []
        // Taken out, so that the list is changed in place.
        episodes[key] = nil
        var place = Self.place(of: episode.start, in: list)
        if place > 0, episode.start.since(list[place - 1].end) <= Episode.quiet {
            place -= 1
            list[place].join(episode)
        } else if place < list.count, list[place].start.since(episode.end) <= Episode.quiet {
            list[place].join(episode)
        } else if count < limit || key.subject == .other {
            list.insert(episode, at: place)
            count += 1
        } else {
            if !list.isEmpty { episodes[key] = list }
            addOther(episode, key)
            return
        }
        while place + 1 < list.count, list[place + 1].start.since(list[place].end) <= Episode.quiet {
            list[place].join(list[place + 1])
            list.remove(at: place + 1)
            count -= 1
        }
        episodes[key] = list
    }

    private mutating func addOther(_ episode: Episode, _ key: Key) {
        let other = Key(check: key.check, blame: key.blame, subject: .other)
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
