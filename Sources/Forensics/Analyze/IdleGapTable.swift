import ForensicsModel

/// The latest long silence of each connection that spoke again, and whether a timer had cut it. At most `limit` connections;
/// further ones are not followed, and counted.
struct IdleGapTable: Sendable {
    static let limit = 65_536

    private struct Gap {
        var ended: Timestamp
        var length: Int64
        var isCut = false
    }

    private var gaps: [FactID: Gap] = [:]
    /// Silences of connections that there was no room for.
    private(set) var refused: UInt64 = 0

    /// Takes the end of a silence.
    mutating func note(_ event: Event) {
        if gaps[event.connection] == nil, gaps.count >= Self.limit {
            refused += 1
            return
        }
        gaps[event.connection] = Gap(ended: event.time, length: event.value)
    }

    /// Takes a reset: returns the silence that ended at most `delay` nanoseconds before it, or `nil`. Told once; that the
    /// connection was cut is remembered.
    mutating func cut(_ connection: FactID, at time: Timestamp, within delay: Int64) -> Int64? {
        guard let gap = gaps[connection], !gap.isCut else { return nil }
        let after = time.since(gap.ended)
        guard after >= 0, after <= delay else {
            gaps[connection] = nil
            return nil
        }
        gaps[connection]?.isCut = true
        return gap.length
    }

    /// Whether a reset showed that the connection had been cut in its silence.
    func isCut(_ connection: FactID?) -> Bool {
        guard !gaps.isEmpty, let connection else { return false }
        return gaps[connection]?.isCut ?? false
    }

    /// Forgets a connection that is over.
    mutating func forget(_ connection: FactID) {
        if !gaps.isEmpty { gaps[connection] = nil }
    }
}
