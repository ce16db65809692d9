import ForensicsModel

/// What both sides announced of full buffers on connections that are still open: only the connection itself tells which of them
/// is the client, and what part it plays. At most `limit` episodes wait, of a kilobyte each; what is announced beyond is taken for
/// what it seems at once.
struct StallTable: Sendable {
    static let limit = 16_384

    /// What one side announced on one connection.
    struct Stalls: Sendable {
        var sender: Endpoint
        /// Of the first sighting, which may have taken one side for the other.
        var blame: Blame
        var subject: Subject
        var episodes: [Episode]
    }

    private var waiting: [FactID: [Stalls]] = [:]
    /// Episodes of all connections.
    private var count = 0

    /// Keeps an announcement until its connection is known; `false` if there is no room.
    mutating func keep(_ sighting: Sighting, from sender: Endpoint, of connection: FactID) -> Bool {
        let place = waiting.index(forKey: connection)
        let side = place.flatMap { waiting.values[$0].firstIndex { $0.sender == sender } }
        if let place, let side {
            let last = waiting.values[place][side].episodes.count - 1
            if sighting.time >= waiting.values[place][side].episodes[last].start,
                sighting.time.since(waiting.values[place][side].episodes[last].end) <= Episode.quiet
            {
                waiting.values[place][side].episodes[last].note(sighting)
                return true
            }
        }
        guard count < Self.limit else { return false }
        count += 1
        let episode = Episode(sighting)
        if let place, let side {
            waiting.values[place][side].episodes.append(episode)
        } else {
            waiting[connection, default: []].append(
                Stalls(sender: sender, blame: sighting.blame, subject: sighting.subject, episodes: [episode]))
        }
        return true
    }

    /// Returns and forgets what was announced on a connection.
    mutating func take(_ connection: FactID) -> [Stalls] {
        guard !waiting.isEmpty, let sides = waiting.removeValue(forKey: connection) else { return [] }
        count -= sides.reduce(0) { $0 + $1.episodes.count }
        return sides
    }

    /// Whether nothing waits.
    var isEmpty: Bool { waiting.isEmpty }

    /// All that still waits, by connection.
    var rest: [Stalls] { waiting.sorted { $0.key < $1.key }.flatMap(\.value) }
}
