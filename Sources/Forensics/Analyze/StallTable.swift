import ForensicsModel

/// What clients announced of full buffers on connections that are still open: only the connection itself tells what part its
/// client plays. At most `limit` episodes wait, of a kilobyte each; what is announced beyond is taken for that of a plain client
/// at once.
struct StallTable: Sendable {
    static let limit = 16_384

    /// What one client announced on one connection.
    struct Stalls: Sendable {
        var subject: Subject
        var episodes: [Episode]
    }

    private var waiting: [FactID: Stalls] = [:]
    /// Episodes of all connections.
    private var count = 0

    /// Keeps an announcement until its connection is known; `false` if there is no room.
    mutating func keep(_ sighting: Sighting, of connection: FactID) -> Bool {
        if let index = waiting.index(forKey: connection) {
            // The roles were turned round in between.
            guard waiting.values[index].subject == sighting.subject else { return false }
            let last = waiting.values[index].episodes.count - 1
            if sighting.time >= waiting.values[index].episodes[last].start,
                sighting.time.since(waiting.values[index].episodes[last].end) <= Episode.quiet
            {
                waiting.values[index].episodes[last].note(sighting)
                return true
            }
        }
        guard count < Self.limit else { return false }
        count += 1
        waiting[connection, default: Stalls(subject: sighting.subject, episodes: [])].episodes.append(Episode(sighting))
        return true
    }

    /// Returns and forgets what was announced on a connection.
    mutating func take(_ connection: FactID) -> Stalls? {
        guard !waiting.isEmpty, let stalls = waiting.removeValue(forKey: connection) else { return nil }
        count -= stalls.episodes.count
        return stalls
    }

    /// Whether nothing waits.
    var isEmpty: Bool { waiting.isEmpty }

    /// All that still waits, by connection.
    var rest: [Stalls] { waiting.sorted { $0.key < $1.key }.map(\.value) }
}
