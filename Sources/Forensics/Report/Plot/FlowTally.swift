/// Counts the ways of a flow map, of facts in any order, in bounded memory.
///
/// Ways are counted as they are shown: by target, or by target group where there are many targets. Where more ways than the
/// limit are met, the places of each column are counted instead; a second run over the same facts then counts ways between the
/// places that took most in either window, and everybody else of a column is one place. So every count that is shown is
/// exact, and none depends on which window was read first.
package struct FlowTally: Sendable {
    /// What took part in a fact, as numbers of the columns.
    package struct Fact: Hashable, Sendable {
        var from: UInt32
        var through: UInt32
        var target: UInt32
        var group: UInt32

        /// Creates a fact; the target of one is not asked for where groups are shown.
        package init(from: UInt32, through: UInt32, target: UInt32, group: UInt32) {
            self.from = from
            self.through = through
            self.target = target
            self.group = group
        }
    }

    private struct Way: Hashable {
        var from: UInt32
        var through: UInt32
        var to: UInt32
    }

    private enum Phase {
        case ways
        case places
        case waysOfKept
    }

    package var from = FlowPlaces()
    package var through = FlowPlaces()
    package var target = FlowPlaces()
    package var group = FlowPlaces()
    /// The window whose facts are added.
    package var isBefore = true
    /// Whether target groups are shown in place of targets.
    package private(set) var isByGroup = false
    /// Grows when numbers of places lose their meaning.
    package private(set) var generation = 0
    private var phase = Phase.ways
    private var byTarget: [Way: FlowMap.Count] = [:]
    private var byGroup: [Way: FlowMap.Count] = [:]
    private let limit: Int
    private let scale: Double

    /// Ways told apart.
    package static let usualLimit = 1 << 16
    /// With more targets than this, what they belong to says more.
    private static let targetLimit = 9
    /// Load balancers told apart where there are too many ways.
    private static let throughLimit = 16

    /// Creates a tally of two windows.
    ///
    /// - Parameter scale: how much longer the window during was than the one before.
    package init(limit: Int = FlowTally.usualLimit, scale: Double) {
        self.limit = max(limit, 4 * Self.throughLimit)
        self.scale = scale
    }

    /// Adds what one fact counts for to its way, in the window that `isBefore` tells; numbers of places that the fact carries
    /// must be of this `generation`.
    package mutating func add(_ fact: Fact, _ amount: Int64) {
        if !isByGroup, target.count > Self.targetLimit, group.count > 1 { showGroups() }
        let count = isBefore ? FlowMap.Count(before: amount) : FlowMap.Count(during: amount)
        if phase == .places {
            addPlaces(fact, count)
            return
        }
        if !isByGroup {
            byTarget[Way(from: fact.from, through: fact.through, to: fact.target), default: .init()].add(count)
        }
        if isByGroup || phase == .ways {
            byGroup[Way(from: fact.from, through: fact.through, to: fact.group), default: .init()].add(count)
        }
        if phase == .ways, max(byTarget.count, byGroup.count) > limit { countPlaces() }
    }

    private mutating func showGroups() {
        isByGroup = true
        byTarget = [:]
        target = FlowPlaces()
    }

    /// Goes on with the places of each column, as there are too many ways.
    private mutating func countPlaces() {
        phase = .places
        for (way, count) in isByGroup ? byGroup : byTarget {
            from.add(way.from, count)
            through.add(way.through, count)
            if !isByGroup { target.add(way.to, count) }
        }
        for (way, count) in byGroup { group.add(way.to, count) }
        byTarget = [:]
        byGroup = [:]
    }

    private mutating func addPlaces(_ fact: Fact, _ count: FlowMap.Count) {
        from.add(fact.from, count)
        through.add(fact.through, count)
        if !isByGroup { target.add(fact.target, count) }
        group.add(fact.group, count)
        guard max(from.count, through.count, target.count, group.count) > 2 * limit else { return }
        from.shrink(to: limit, scale: scale)
        through.shrink(to: limit, scale: scale)
        target.shrink(to: limit, scale: scale)
        group.shrink(to: limit, scale: scale)
        generation += 1
    }

    /// Returns whether the facts have to be added once more, and makes ready for that.
    package mutating func needsSecondRun() -> Bool {
        guard phase == .places else { return false }
        let goal = isByGroup ? group : target
        let balancers = min(through.count + 1, Self.throughLimit)
        let side = Self.root(limit / balancers)
        let (origins, goals) =
            if goal.count < side {
                (limit / balancers / (goal.count + 1), goal.count + 1)
            } else if from.count < side {
                (from.count + 1, limit / balancers / (from.count + 1))
            } else {
                (side, side)
            }
        // Each column has one place for the rest.
        from.close(keeping: origins - 1, scale: scale)
        through.close(keeping: balancers - 1, scale: scale)
        if isByGroup {
            group.close(keeping: goals - 1, scale: scale)
        } else {
            target.close(keeping: goals - 1, scale: scale)
        }
        phase = .waysOfKept
        generation += 1
        return true
    }

    /// The largest number whose square is no more than this.
    private static func root(_ value: Int) -> Int {
        var root = Int(Double(value).squareRoot())
        while root * root > value { root -= 1 }
        return max(2, root)
    }

    /// Returns the map of what was counted.
    package func map(name: String, counted: String, goal: String) -> FlowMap {
        var map = FlowMap(name: name, counted: counted, goal: goal, scale: scale)
        let goals = isByGroup ? group.names : target.names
        for (way, count) in isByGroup ? byGroup : byTarget {
            let path = FlowMap.Path(
                from: from.names[Int(way.from)], through: through.names[Int(way.through)], to: goals[Int(way.to)])
            map.counts[path, default: .init()].add(count)
        }
        if phase != .ways { map.limit = limit }
        return map
    }
}
