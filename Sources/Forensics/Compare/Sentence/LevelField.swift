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
        let size = abs(leader.change)
        let field = (listed?.values ?? []).filter { one in
            one.standsOut && (one.change > 0) == (leader.change > 0)
                && !(one.dimension == Dimension.client.name && told.contains(one.value))
                && min(abs(one.change), size) >= Self.level * max(abs(one.change), size)
        }
        members = field.contains { $0.value == leader.value } ? field : [leader]
        isOpen =
            field.count > 1 && field.count == listed?.values.count
            && listed.map { $0.explained.values > field.count } == true
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
            return a != b ? a > b : left.offset < right.offset
        }.map(\.element)
    }

    /// The strongest value of each dimension, without those that are the same facts by another name: a port
    /// and its target group, say.
    static func named(_ explanations: [Explanation], limit: Int) -> [Explanation] {
        var named: [Explanation] = []
        for one in explanations where named.count < limit {
            let isTold = named.contains {
                $0.dimension == one.dimension || ($0.before == one.before && $0.during == one.during)
            }
            if !isTold { named.append(one) }
        }
        return named
    }
}
