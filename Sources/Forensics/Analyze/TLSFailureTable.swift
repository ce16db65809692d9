import ForensicsModel

/// Who ended the handshakes of captured connections that are still open, and how: the connection itself does not tell. At
/// most `limit` wait; further ones are counted, and nothing is known of them.
struct TLSFailureTable: Sendable {
    static let limit = 16_384

    struct Failure: Sendable {
        var direction: Direction
        /// The alert's level and description, 0 if there was none.
        var alert: Int64
    }

    private var waiting: [FactID: Failure] = [:]
    /// Failures that there was no room for.
    private(set) var refused: UInt64 = 0

    /// Keeps the first failure of a connection.
    mutating func keep(_ event: Event) {
        guard waiting[event.connection] == nil else { return }
        guard waiting.count < Self.limit else {
            refused += 1
            return
        }
        waiting[event.connection] = Failure(direction: event.direction, alert: event.value)
    }

    /// Whether nothing waits.
    var isEmpty: Bool { waiting.isEmpty }

    /// Returns and forgets the failure of a connection.
    mutating func take(_ connection: FactID) -> Failure? {
        waiting.isEmpty ? nil : waiting.removeValue(forKey: connection)
    }
}
