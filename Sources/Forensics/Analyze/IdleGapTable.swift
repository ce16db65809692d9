import ForensicsModel

/// The latest long silence of each connection that spoke again. At most `limit` connections; further ones are not
/// followed.
struct IdleGapTable: Sendable {
    static let limit = 65_536

    private var gaps: [FactID: (ended: Timestamp, length: Int64)] = [:]

    /// Takes the end of a silence.
    mutating func note(_ event: Event) {
        if gaps[event.connection] == nil, gaps.count >= Self.limit { return }
        gaps[event.connection] = (event.time, event.value)
    }

    /// Returns the silence that ended at most `delay` nanoseconds before, or `nil`; it is forgotten.
    mutating func take(_ connection: FactID, before time: Timestamp, delay: Int64) -> Int64? {
        guard let gap = gaps.removeValue(forKey: connection) else { return nil }
        let after = time.since(gap.ended)
        return after >= 0 && after <= delay ? gap.length : nil
    }
}
