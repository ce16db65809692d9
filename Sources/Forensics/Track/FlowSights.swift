import ForensicsModel

/// Finds connections that a second network interface saw: the interfaces of both ends of a path inside a VPC, and of what
/// lies between, each write rows of it.
///
/// A table of fixed size, four places to a set: where a set is full, the connection that ended first makes room, and another
/// sight of that one is not known as such. What is given out in the same order is told alike.
struct FlowSights {
    private struct Sight {
        var path: UInt64 = 0
        var start = Int64.max
        var end = Int64.min
        var interface = TextID.none
    }

    private static let ways = 4
    private static let sets = 1 << 16
    /// Times of flow logs are up to a minute off.
    private static let tolerance: Int64 = 60_000_000_000

    private var sights: [Sight] = []
    private var first = TextID.none
    private var areSeveral = false

    /// Notes the interface of a row: as long as there is one, nothing is seen twice.
    @inline(__always)
    mutating func note(_ interface: TextID) {
        if interface.isNone || interface == first { return }
        if first.isNone { first = interface } else { areSeveral = true }
    }

    /// Fetches the places of a connection that is about to be asked for.
    @inline(__always)
    func fetch(_ identity: FlowIdentity) {
        let home = Self.home(identity.path)
        for place in home..<home + Self.ways { Prefetch.element(place, of: sights) }
    }

    @inline(__always)
    private static func home(_ path: UInt64) -> Int { Int(truncatingIfNeeded: path % UInt64(sets)) * ways }

    /// Whether a connection was seen by another interface whose sight was given out before; else it is remembered.
    mutating func isRepeated(_ identity: FlowIdentity, from start: Int64, to end: Int64) -> Bool {
        guard areSeveral, !identity.interface.isNone else { return false }
        if sights.isEmpty { sights = [Sight](repeating: Sight(), count: Self.sets * Self.ways) }
        let path = identity.path
        let home = Self.home(path)
        var oldest = home
        for place in home..<home + Self.ways {
            let sight = sights[place]
            if sight.path == path, sight.interface != identity.interface,
                sight.start &- Self.tolerance <= end, start &- Self.tolerance <= sight.end
            {
                return true
            }
            if sight.end < sights[oldest].end { oldest = place }
        }
        sights[oldest] = Sight(path: path, start: start, end: end, interface: identity.interface)
        return false
    }
}
