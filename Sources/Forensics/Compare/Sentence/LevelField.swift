import ForensicsModel

/// A value that explains, with those of its dimension that moved about as much: the first of a level field is first by
/// chance, so all of it is named, or none.
struct LevelField {
    /// Sorted by the size of their change.
    let members: [Explanation]
    /// Whether there may be more than are listed.
    private let isOpen: Bool

    /// Values within this of each other are a level field.
    private static let level = 2.0 / 3
    private static let named = 3

    /// - Parameter told: clients that were named already.
    init(of leader: Explanation, in result: ComparisonResult, without told: Set<String>) {
        let listed = result.dimensions.first { $0.dimension == leader.dimension }
        let field = (listed?.values ?? []).filter { one in
            one.standsOut && Self.areLevel(one, leader)
                && !(one.dimension == Dimension.client.name && told.contains(one.value))
        }
        // A client that its network tells of stands out in no list.
        members =
            field.contains { $0.value == leader.value }
            ? field : LevelField(of: leader, among: result.leading.filter { !told.contains($0.value) }).members
        isOpen =
            field.count > 1 && field.count == listed?.values.count
            && listed.map { $0.explained.values > field.count } == true
    }

    /// A leader with those of its dimension, among values that were chosen, which make about as much.
    init(of leader: Explanation, among chosen: [Explanation]) {
        members = chosen.filter { $0.dimension == leader.dimension && Self.areLevel($0, leader) }
        isOpen = false
    }

    /// Whether two changes of one direction are about as large.
    static func areLevel(_ one: Explanation, _ other: Explanation) -> Bool {
        let (a, b) = (abs(one.change), abs(other.change))
        return (one.change > 0) == (other.change > 0) && min(a, b) >= level * max(a, b)
    }

    /// The share of the change that all of it explains.
    var share: Double { members.reduce(0) { $0 + ($1.shareOfChange ?? 0) } }

    var subject: String {
        guard members.count > 1 else { return SentenceWords.subject(members[0]) }
        let noun = SentenceWords.plural(MeasureName.words(members[0].dimension))
        if members.count > Self.named { return "\(isOpen ? "more than " : "")\(members.count) \(noun) alike together" }
        let names = members.map { one in
            SentenceWords.cut(one.value) + (one.owner.map { " (\(SentenceWords.cut($0)))" } ?? "")
        }
        return "\(noun) \(SentenceWords.list(names)) together"
    }

    /// The strongest values with their fields, by the share explained.
    static func strongest(in result: ComparisonResult, without told: Set<String>, limit: Int) -> [LevelField] {
        let leading = result.leading.filter { $0.dimension != Dimension.client.name || !told.contains($0.value) }
        let fields = named(leading, limit: limit).map { LevelField(of: $0, in: result, without: told) }
        return fields.enumerated().sorted { left, right in
            let (a, b) = (left.element.share, right.element.share)
            if a != b { return a > b }
            let (few, many) = (left.element.members.count, right.element.members.count)
            return few != many ? few < many : left.offset < right.offset
        }.map(\.element)
    }

    /// The strongest value of each dimension, without those that are the same facts by another name: a port
    /// and its target group, say.
    static func named(_ explanations: [Explanation], limit: Int) -> [Explanation] {
        var named: [Explanation] = []
        for one in explanations where named.count < limit {
            let isTold = named.contains { $0.dimension == one.dimension || areSame($0, one) }
            if !isTold { named.append(explanations.first { areSame($0, one) && !isPlace($0) } ?? one) }
        }
        return named
    }

    /// Whether two values are the same facts by another name: what they did in both windows is equal.
    static func areSame(_ one: Explanation, _ other: Explanation) -> Bool {
        one.before == other.before && one.during == other.during
    }

    private static let places: Set<String> = [
        Dimension.node.name, Dimension.loadBalancer.name, Dimension.targetGroup.name, Dimension.tlsVersion.name,
        Dimension.tlsCipher.name,
    ]

    /// Whether a value tells where, or how, rather than who: of the same facts who is named.
    private static func isPlace(_ one: Explanation) -> Bool { places.contains(one.dimension) }
}
