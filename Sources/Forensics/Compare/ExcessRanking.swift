import ForensicsModel

/// Ranks values by how much more they make of what became more than of everything.
enum ExcessRanking {
    /// A value is told whose share of what became more exceeds its share of everything by this.
    private static let tellingExcess = 0.2

    /// Returns those that make more of it beyond doubt, the most first, nested ones once; ties by dimension and value.
    ///
    /// - Parameter shares: each value's share of everything.
    static func leading(
        _ dimensions: [DimensionExplanation], shares: (Dimension) -> [String: Double]
    ) -> [Explanation] {
        var found: [(excess: Double, explanation: Explanation)] = []
        for section in dimensions where LeadingExplanations.isCause(section.dimension) {
            guard let dimension = Dimension(name: section.dimension) else { continue }
            let all = shares(dimension)
            for one in section.values where one.passesGate && one.change > 0 {
                let excess = (one.shareOfChange ?? 0) - (all[one.value] ?? 0)
                if excess >= tellingExcess { found.append((excess, one)) }
            }
        }
        found.sort { left, right in
            if left.excess != right.excess { return left.excess > right.excess }
            let (a, b) = (left.explanation, right.explanation)
            return a.dimension != b.dimension ? a.dimension < b.dimension : a.value < b.value
        }
        let ranked = found.map(\.explanation)
        return NestedValues.once(ranked, among: ranked)
    }
}
