package import ForensicsModel

/// Finds combinations of values that say more than their parts.
///
/// A combination says more where it moved clearly otherwise than the rest of each of its parts did, and where at least half of
/// what each part moved is the combination's. It is then the narrower answer: not everything of the part, but that.
package enum CombinationFinder {
    /// Values that are looked at together, of all dimensions and of one.
    private static let valueLimit = 16
    private static let dimensionLimit = 4
    /// A value that nearly all facts have divides nothing.
    private static let dividingShare = 0.95
    private static let dimensions: Set<String> = Set(
        [
            Dimension.client, .target, .targetPort, .domain, .method, .path, .userAgent, .tlsVersion, .node,
            .targetGroup, .loadBalancer,
        ].map(\.name))

    /// The values whose combinations are worth counting: those that moved beyond doubt, as the total did. Empty where no
    /// two of them are of different dimensions.
    package static func parts(of result: ComparisonResult) -> [WindowAggregate.CombinationValue.Part] {
        var chosen: [Explanation] = []
        for section in result.dimensions where dimensions.contains(section.dimension) {
            let moved = section.values.filter { one in
                one.passesGate && max(one.shareBefore, one.shareDuring) < dividingShare
                    && (result.total.direction == .same || (one.change > 0) == (result.total.change > 0))
            }
            chosen += moved.prefix(dimensionLimit)
        }
        chosen.sort { left, right in
            let (a, b) = (abs(left.change), abs(right.change))
            if a != b { return a > b }
            return left.dimension != right.dimension ? left.dimension < right.dimension : left.value < right.value
        }
        let suspect = SuspectClient.candidate(in: result).map { [$0] } ?? []
        chosen = Array(chosen.prefix(valueLimit - suspect.count)) + suspect
        let parts = chosen.compactMap { one in
            Dimension(name: one.dimension).map {
                WindowAggregate.CombinationValue.Part(dimension: $0, value: one.value)
            }
        }
        guard Set(parts.map(\.dimension)).count > 1 else { return [] }
        return parts.sorted {
            $0.dimension != $1.dimension ? $0.dimension < $1.dimension : $0.value < $1.value
        }
    }

    /// Adds to a result which combinations say more than their parts, and to its sentence the strongest of them.
    ///
    /// - Parameters:
    ///   - before: the window with the counts of the combinations; its other members may be empty but for the totals.
    ///   - during: the same of the other window.
    package static func add(
        to result: inout ComparisonResult, before: WindowAggregate, during: WindowAggregate, options: CompareOptions
    ) {
        let pair = WindowPair(before: before, during: during, options: options)
        SuspectClient.tell(in: &result, combined: pair)
        result.combinations = Explainer(pair: pair, total: result.total).combinations(result)
        result.sentence = SentenceComposer.compose(result, options: options)
    }
}

extension Explainer {
    private typealias Part = WindowAggregate.CombinationValue.Part

    private static let listedCombinations = 10
    /// How much of a part's change has to be the combination's.
    private static let halfOfPart = 0.5
    /// A part that is nearly nothing beside the combination says the same.
    private static let restShare = 0.05
    /// By what factor it has to move otherwise than the rest of a part: two halves of a surge never divide it evenly.
    private static let smallestDifference = 1.5
    /// A pair is left out beside three values that moved nearly as much.
    private static let nestedShare = 0.9

    private struct Counted {
        var before: Int64 = 0
        var during: Int64 = 0
        var series: [WindowAggregate.SeriesPoint] = []
    }

    func combinations(_ result: ComparisonResult) -> [Combination] {
        var counted = counts()
        let sets = counted.keys.filter { $0.count > 1 }.sorted { Self.precedes($0, $1) }
        for section in result.dimensions {
            guard let dimension = Dimension(name: section.dimension) else { continue }
            for one in section.values {
                counted[[Part(dimension: dimension, value: one.value)]] = Counted(
                    before: one.before, during: one.during)
            }
        }
        let explanations = test(sets, counted)
        var found: [(parts: [Part], explanation: Explanation)] = []
        // Each is held against every set that it narrows: so many chances to differ from one by accident.
        let tests = zip(sets, explanations).reduce(0) { $0 + ($1.1.passesGate ? $1.0.count : 0) }
        let confidence = 1 - (1 - pair.options.confidence) / Double(max(1, tests))
        for (parts, explanation) in zip(sets, explanations) where explanation.passesGate {
            let follows = total.direction == .same || (explanation.change > 0) == (total.change > 0)
            if follows, saysMore(parts, explanation, counted, confidence) { found.append((parts, explanation)) }
        }
        let kept = found.filter { one in
            !result.leading.contains { isMostly($0, one.parts, one.explanation, counted) }
                && !found.contains { other in
                    other.parts.count > one.parts.count && Set(other.parts).isSuperset(of: one.parts)
                        && abs(other.explanation.change) >= Self.nestedShare * abs(one.explanation.change)
                }
        }
        let ranked = kept.sorted { left, right in
            let (a, b) = (abs(left.explanation.change), abs(right.explanation.change))
            return a != b ? a > b : Self.precedes(left.parts, right.parts)
        }
        var told: [(parts: [Part], explanation: Explanation)] = []
        for one in ranked where !told.contains(where: { Self.isSame($0, one) }) { told.append(one) }
        return told.prefix(Self.listedCombinations).map { one in
            Combination(
                parts: one.parts.map { Combination.Part(dimension: $0.dimension.name, value: $0.value) },
                explanation: one.explanation)
        }
    }

    /// Whether a value that leads is narrower than a combination and makes at least half of what that moved: the crowd around one
    /// client says less than the client does.
    ///
    /// How much they have in common is bounded by how much of the value lies outside of each part.
    private func isMostly(
        _ leader: Explanation, _ parts: [Part], _ explanation: Explanation, _ counted: [[Part]: Counted]
    ) -> Bool {
        guard let dimension = Dimension(name: leader.dimension) else { return false }
        let value = Part(dimension: dimension, value: leader.value)
        guard !parts.contains(value), leader.before <= explanation.before else { return false }
        var common = leader.change
        for part in parts {
            let both = value.dimension < part.dimension ? [value, part] : [part, value]
            guard part.dimension != value.dimension, let shared = counted[both] else { return false }
            common -= leader.change - pair.change(before: shared.before, during: shared.during)
        }
        return common / explanation.change >= Self.halfOfPart
    }

    /// Whether two combinations are one thing by two names: a port and its target group, say, beside the same method.
    private static func isSame(
        _ one: (parts: [Part], explanation: Explanation), _ other: (parts: [Part], explanation: Explanation)
    ) -> Bool {
        let shared = Set(one.parts).intersection(other.parts).count
        let (a, b) = (abs(one.explanation.change), abs(other.explanation.change))
        return one.parts.count == other.parts.count && shared == one.parts.count - 1
            && min(a, b) >= nestedShare * max(a, b)
    }

    private func counts() -> [[Part]: Counted] {
        var counted: [[Part]: Counted] = [:]
        for value in pair.before.combinations {
            var one = counted[value.parts] ?? Counted()
            one.before = one.before.addingSaturated(max(0, value.activity.value(of: pair.counted)))
            one.series = value.series
            counted[value.parts] = one
        }
        for value in pair.during.combinations {
            var one = counted[value.parts] ?? Counted()
            one.during = one.during.addingSaturated(max(0, value.activity.value(of: pair.counted)))
            counted[value.parts] = one
        }
        return counted
    }

    private static func precedes(_ left: [Part], _ right: [Part]) -> Bool {
        for (one, other) in zip(left, right) where one != other {
            return one.dimension != other.dimension ? one.dimension < other.dimension : one.value < other.value
        }
        return left.count < right.count
    }

    /// The statistics of every combination; all of them are one family of tests.
    private func test(_ sets: [[Part]], _ counted: [[Part]: Counted]) -> [Explanation] {
        let values = sets.map { parts in
            MergedValue(
                value: parts.map(\.value).joined(separator: " + "), before: counted[parts]?.before ?? 0,
                during: counted[parts]?.during ?? 0)
        }
        let series = sets.map { pair.gridBefore.series(counted[$0]?.series ?? []) }
        let pool = Dispersion.pool(series, floor: pair.dispersionFloor(of: pair.counted))
        var explanations: [Explanation] = []
        for (index, parts) in sets.enumerated() {
            let dispersion = dispersion(values[index], series[index], pool)
            let mix = mix(values[index], dispersion)
            let names = parts.map(\.dimension.name).joined(separator: " + ")
            explanations.append(explanation(names, values[index], dispersion, mix))
        }
        gate(&explanations)
        return explanations
    }

    private func saysMore(
        _ parts: [Part], _ explanation: Explanation, _ counted: [[Part]: Counted], _ confidence: Double
    ) -> Bool {
        guard Double(explanation.before) + Double(explanation.during) >= pair.options.minimumEvents else {
            return false
        }
        for part in parts {
            guard let single = counted[[part]] else { return false }
            let change = pair.change(before: single.before, during: single.during)
            guard abs(explanation.change) >= Self.halfOfPart * abs(change) else { return false }
        }
        return parts.indices.allSatisfy { left in
            var fewer = parts
            fewer.remove(at: left)
            return differs(explanation, from: counted[fewer] ?? Counted(), confidence)
        }
    }

    /// Whether the combination moved otherwise than the rest of the wider set that holds it.
    private func differs(_ one: Explanation, from wider: Counted, _ confidence: Double) -> Bool {
        let restBefore = max(0, wider.before - one.before)
        let restDuring = max(0, wider.during - one.during)
        let size = max(1, Double(wider.before) + Double(wider.during))
        guard Double(restBefore) + Double(restDuring) >= Self.restShare * size else { return false }
        guard restBefore > 0, restDuring > 0 else { return (restDuring == 0) == (one.change > 0) }
        let outcome = RateComparison.compare(
            before: RateComparison.Count(Double(one.before), exposure: Double(restBefore)),
            during: RateComparison.Count(Double(one.during), exposure: Double(restDuring)),
            dispersion: Dispersion(factor: max(1, one.dispersion), degrees: .infinity),
            confidence: confidence)
        let ratio = outcome.ratio.value ?? .infinity
        return one.change > 0
            ? outcome.ratio.isRise && ratio >= Self.smallestDifference
            : outcome.ratio.isFall && ratio <= 1 / Self.smallestDifference
    }
}
