import ForensicsModel

/// What a tracker's open connections tell of which ends are servers: who answered a SYN, and who talks to whom where the client
/// is a guess. Those of all trackers together make `ServerEnds`.
package struct EndSightings: Sendable {
    /// An end, and the other end of a connection of it.
    struct Pair: Hashable, Sendable {
        var end: UInt64
        var peer: UInt64
    }

    /// Ends, and connections, of one shard that are kept: of what is beyond the ports tell, as they did.
    private static let limit = 1 << 11

    private(set) var servers: [UInt64] = []
    private(set) var pairs: [Pair] = []
    /// The ends that were noted last: most connections go to a few servers.
    private var recent = [UInt64](repeating: 0, count: 64)
    private var known: Set<UInt64> = []

    init() {}

    /// Notes what one connection tells, of the shard at hand.
    @inline(__always)
    mutating func observe(_ core: borrowing ConnectionCore) {
        if core.marks.contains(.startSeen) {
            guard core.halves[1].marks.contains(.sentSYN) else { return }
            noteServer(core.responderDigest)
        } else if core.isClientUntold {
            notePair(core.originatorDigest, core.responderDigest)
        } else if core.isTCP {
            // What passed told who asks.
            noteServer(core.responderDigest)
        }
    }

    @inline(__always)
    private mutating func noteServer(_ end: UInt64) {
        let slot = Int(truncatingIfNeeded: end &>> 58)
        if recent[slot] == end { return }
        recent[slot] = end
        if known.count < Self.limit, known.insert(end).inserted { servers.append(end) }
    }

    private mutating func notePair(_ left: UInt64, _ right: UInt64) {
        guard pairs.count < 2 * Self.limit else { return }
        pairs.append(Pair(end: left, peer: right))
        pairs.append(Pair(end: right, peer: left))
    }

    /// Adds what another shard or tracker saw.
    mutating func formUnion(_ other: consuming EndSightings) {
        servers += other.servers
        pairs += other.pairs
    }
}
