import ForensicsModel

/// Chooses, over all dimensions, what explains the change best.
enum LeadingExplanations {
    /// The strongest explanations, and whether there are none to speak of.
    struct Choice {
        var explanations: [Explanation]
        var isUniform: Bool
    }

    private static let limit = 20
    /// Where all that stands out in any dimension adds up to less than this share, and no value can have as much beyond
    /// moving as the rest, everybody moved.
    private static let uniformBelow = 0.25
    /// A value explains something if it has so much of the change beyond moving as the rest, or if that is this part of what
    /// it moved: a large value that moved as everybody did has much of the change and explains nothing.
    private static let smallestExcess = 0.1
    private static let smallestOwnExcess = 0.5
    /// What happened rather than who did it: listed in its own dimension, never as the explanation.
    private static let symptoms: Set<String> = [Dimension.status.name, Dimension.errorReason.name]
    /// Whether values of a dimension can be the explanation.
    static func isCause(_ dimension: String) -> Bool { !symptoms.contains(dimension) }

    /// Takes back what stands out within its dimension alone: among the candidates of all dimensions together, so many are
    /// tried that some would stand out by chance.
    static func confirm(_ sections: inout [DimensionSection], rate: Double) {
        let bar = BenjaminiHochberg.threshold(sections.flatMap(\.rateValues), rate: rate)
        let mixBar = BenjaminiHochberg.threshold(sections.flatMap(\.mixValues), rate: rate)
        func isConfirmed(_ one: Explanation) -> Bool {
            one.standsOut && (one.makesMost || (one.pValue ?? 1 <= bar && one.mixPValue <= mixBar))
        }
        for index in sections.indices {
            sections[index].standouts.removeAll { !isConfirmed($0) }
            for place in sections[index].explanation.values.indices {
                let one = sections[index].explanation.values[place]
                sections[index].explanation.values[place].standsOut = isConfirmed(one)
            }
        }
    }

    static func choose(_ sections: [DimensionSection], total: ComparisonResult.Total) -> Choice {
        let causes = sections.filter { isCause($0.explanation.dimension) }
        var all = causes.flatMap(\.standouts).filter(explains)
        all.sort { left, right in
            let (a, b) = (left.shift, right.shift)
            if a != b { return a > b }
            return left.dimension != right.dimension ? left.dimension < right.dimension : left.value < right.value
        }
        let chosen = NestedValues.once(Array(all.prefix(limit * 5)), among: all)
        let comparable = causes.filter(\.explanation.isComparable)
        let bound = comparable.map(\.largestExcess).max() ?? .infinity
        let spread = causes.map { section in
            section.standouts.reduce(0) { $0 + max(0, $1.excessShare ?? 0) }
        }
        let isUniform = total.direction != .same && bound < uniformBelow && (spread.max() ?? 0) < uniformBelow
        return Choice(explanations: Array(chosen.prefix(limit)), isUniform: isUniform)
    }

    private static func explains(_ one: Explanation) -> Bool {
        guard let excess = one.excessShare, let share = one.shareOfChange else { return true }
        return excess >= min(smallestExcess, smallestOwnExcess * share)
    }
}
