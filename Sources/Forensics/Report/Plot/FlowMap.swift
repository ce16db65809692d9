import ForensicsModel

/// Who went through which load balancer to which target, counted together in both windows.
package struct FlowMap: Equatable, Sendable {
    /// One way through.
    package struct Path: Hashable, Comparable, Sendable {
        package var from: String
        package var through: String
        package var to: String

        package init(from: String, through: String, to: String) {
            self.from = from
            self.through = through
            self.to = to
        }

        package static func < (left: Path, right: Path) -> Bool {
            (left.from, left.through, left.to) < (right.from, right.through, right.to)
        }
    }

    /// The place of whoever is not told apart.
    package static let rest = "(other)"

    /// What took a way.
    package struct Count: Equatable, Sendable {
        /// In the window before, as counted: not scaled to the length of the other.
        package var before: Int64 = 0
        /// In the window during.
        package var during: Int64 = 0

        package init(before: Int64 = 0, during: Int64 = 0) {
            self.before = before
            self.during = during
        }

        /// Bytes are what evidence claims: sums stop at the largest value.
        package mutating func add(_ other: Count) {
            before = before.addingSaturated(other.before)
            during = during.addingSaturated(other.during)
        }

        /// The larger of what came during and what would have come at the rate before.
        func larger(_ scale: Double) -> Double { max(Double(during), Double(before) * scale) }
    }

    /// The evidence that it is counted in: `alb`.
    package var name: String
    /// What is counted: `requests`.
    package var counted: String
    /// What the last place of a way is: `target`.
    package var goal: String
    /// How much longer the window during was than the one before.
    package var scale: Double
    /// What took each way.
    package var counts: [Path: Count]
    /// The most ways that are told apart, where there were more: then some of a column may be in the place `rest`.
    package var limit: Int?
    /// Sentences that explain names of places which are none of the evidence's.
    package var notes: [String] = []

    package init(name: String, counted: String, goal: String, scale: Double, counts: [Path: Count] = [:]) {
        self.name = name
        self.counted = counted
        self.goal = goal
        self.scale = scale
        self.counts = counts
    }

    /// A way with its counts.
    package typealias Way = (path: Path, count: Count)

    /// The ways, the most taken during first.
    package var ordered: [Way] { counts.map { (path: $0.key, count: $0.value) }.sorted(by: Self.precedes) }

    /// The ways that were taken most in either window, the most taken during first.
    package func leading(_ limit: Int) -> [Way] {
        let ranked = ordered.enumerated().sorted { left, right in
            let (a, b) = (left.element.count.larger(scale), right.element.count.larger(scale))
            return a != b ? a > b : left.offset < right.offset
        }
        return ranked.prefix(limit).map(\.element).sorted(by: Self.precedes)
    }

    private static func precedes(_ left: Way, _ right: Way) -> Bool {
        if left.count.during != right.count.during { return left.count.during > right.count.during }
        if left.count.before != right.count.before { return left.count.before > right.count.before }
        return left.path < right.path
    }

    /// What took ways of which some place is `rest`.
    var unnamed: Count {
        counts.reduce(into: Count()) { sum, way in
            if [way.key.from, way.key.through, way.key.to].contains(Self.rest) { sum.add(way.value) }
        }
    }

    /// What took any way, up to the largest number there is.
    package var total: Count { counts.values.reduce(into: Count()) { $0.add($1) } }
}
