import ForensicsModel

/// Ranks values by how much more they make of what became more than would be theirs if all did alike.
enum ExcessRanking {
    /// A value is told whose share of what became more exceeds its fair share by this.
    private static let tellingExcess = 0.2
    /// So are values of a dimension that make about as much (the targets of a zone, say), each by this factor more than its fair
    /// share and by no less than a twentieth of all, if together they exceed theirs by this.
    private static let tellingTogether = 0.4
    private static let tellingFactor = 2.0
    private static let smallestExcess = 0.05
    /// Excesses that differ by less are the same.
    private static let perMille = 1000.0
    /// Events come in groups no larger than this, where who made them is asked: how rates go up and down from one window to
    /// the next does not bear on whose they are.
    private static let largestGroup = 10.0

    /// Returns those that make more of it beyond doubt, the most first, nested ones once; ties by dimension and value.
    ///
    /// Their `shareOfChange` is that of what became more, whether or not its total moved beyond doubt.
    ///
    /// - Parameters:
    ///   - windows: what the fair shares of values are those of.
    ///   - count: what is counted there of a dimension's values.
    static func leading(
        _ dimensions: [DimensionExplanation], of total: ComparisonResult.Total, than windows: [WindowAggregate],
        options: CompareOptions, counting count: (Dimension, Activity) -> Int64
    ) -> [Explanation] {
        guard total.change > 0 else { return [] }
        var found: [(excess: Double, together: Int, explanation: Explanation)] = []
        for section in dimensions where LeadingExplanations.isCause(section.dimension) {
            guard let dimension = Dimension(name: section.dimension) else { continue }
            let fair = shares(windows, of: section.values, dimension) { count(dimension, $0) }
            let likelihoods = section.values.map { one in
                likelihood(of: one, among: total, fair: fair[one.value] ?? 0, options)
            }
            // Those that are not listed were looked at too.
            let unlisted = [Double](repeating: 1, count: max(0, section.candidateCount - section.values.count))
            let adjusted = BenjaminiHochberg.adjusted(likelihoods + unlisted)
            let beyondChance = zip(section.values, adjusted).filter { one, likelihood in
                one.change > 0 && (one.passesGate || likelihood <= options.falseDiscoveryRate)
            }.map { one, _ in
                var told = one
                told.shareOfChange = one.change / total.change
                return told
            }
            found += telling(beyondChance, fair: fair)
        }
        found.sort { left, right in
            if left.excess != right.excess { return left.excess > right.excess }
            // One that makes as much as several do together is who did it.
            if left.together != right.together { return left.together < right.together }
            let (a, b) = (left.explanation, right.explanation)
            return a.dimension != b.dimension ? a.dimension < b.dimension : a.value < b.value
        }
        let ranked = found.map(\.explanation)
        return NestedValues.once(ranked, among: ranked)
    }

    /// Those of a dimension that make much more than is theirs, in thousandths, alone or with so many that make about as much.
    private static func telling(
        _ values: [Explanation], fair: [String: Double]
    ) -> [(excess: Double, together: Int, explanation: Explanation)] {
        func excess(_ one: Explanation) -> Double { (one.shareOfChange ?? 0) - (fair[one.value] ?? 0) }
        func isFarMore(_ one: Explanation) -> Bool {
            one.shareOfChange ?? 0 >= tellingFactor * (fair[one.value] ?? 0) && excess(one) >= smallestExcess
        }
        return values.compactMap { one in
            let alike = values.filter { isFarMore($0) && LevelField.areLevel($0, one) }
            let together = isFarMore(one) ? alike.reduce(0) { $0 + excess($1) } : 0
            let isTelling = excess(one) >= tellingExcess || together >= tellingTogether
            let most = max(excess(one), together)
            return isTelling ? ((most * perMille).rounded(), together > excess(one) ? alike.count : 1, one) : nil
        }
    }

    /// The fair shares of a dimension's values: of what was counted in several windows, the largest part of any.
    ///
    /// What somebody else did in one of them does not make a value's part of it small: a surge of one client does not
    /// turn everybody else into those who make the errors.
    private static func shares(
        _ windows: [WindowAggregate], of values: [Explanation], _ dimension: Dimension, _ count: (Activity) -> Int64
    ) -> [String: Double] {
        let networks = dimension == .clientNetwork ? values.compactMap { IPNetwork($0.value) } : []
        let wide = networks.filter { !$0.isClientNetwork }
        return windows.lazy.map { $0.joining(wide) }.reduce(into: [:]) { shares, window in
            let total = Double(max(1, count(window.totals.activity)))
            for value in window.dimensions[dimension] ?? [] {
                shares[value.value] = max(shares[value.value] ?? 0, Double(count(value.activity)) / total)
            }
        }
    }

    /// How likely a value has so much of what there is during by chance, if a fair share of it were its.
    private static func likelihood(
        of one: Explanation, among total: ComparisonResult.Total, fair: Double, _ options: CompareOptions
    ) -> Double {
        let share = min(0.999, max(0.001, fair))
        guard Double(one.during) > share * Double(total.during), one.dispersion.isFinite else { return 1 }
        let outcome = RateComparison.compare(
            before: RateComparison.Count(Double(max(0, total.during - one.during)), exposure: 1 - share),
            during: RateComparison.Count(Double(one.during), exposure: share),
            dispersion: Dispersion(factor: min(one.dispersion, largestGroup), degrees: .infinity),
            confidence: options.confidence)
        return outcome.pValue
    }
}
