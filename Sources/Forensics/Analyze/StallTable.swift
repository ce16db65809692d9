import ForensicsModel

/// Zero-window announcements of connections that are still open: only the connection itself tells what part its client
/// plays. At most `limit` connections wait; announcements of further ones are taken for those of plain clients at once.
struct StallTable: Sendable {
    static let limit = 16_384

    private var waiting: [FactID: [Event]] = [:]

    /// Keeps an announcement until its connection is known; `false` if there is no room.
    mutating func keep(_ event: Event) -> Bool {
        if waiting[event.connection] == nil, waiting.count >= Self.limit { return false }
        waiting[event.connection, default: []].append(event)
        return true
    }

    /// Returns and forgets the announcements of a connection.
    mutating func take(_ connection: FactID) -> [Event] {
        waiting.isEmpty ? [] : waiting.removeValue(forKey: connection) ?? []
    }

    /// Whether nothing waits.
    var isEmpty: Bool { waiting.isEmpty }

    /// All announcements that still wait, by connection.
    var rest: [Event] { waiting.sorted { $0.key < $1.key }.flatMap(\.value) }
}
