import ForensicsModel

/// What one dimension says about the change.
struct DimensionSection: Sendable {
    var explanation: DimensionExplanation
    /// Every value that stands out, listed or not.
    var standouts: [Explanation]
    /// The p-values of all candidates: of an unchanged rate, and of moving as the rest does.
    var rateValues: [Double]
    var mixValues: [Double]
    /// An upper bound of the part of the change that any one value has beyond moving as everything did.
    var largestExcess: Double
    var new: [SeenOnce]
    var gone: [SeenOnce]
    /// How many there are of these, listed or not.
    var newCount: Int
    var goneCount: Int
}

/// Attributes the change of the total to the values of a dimension.
struct Explainer: Sendable {
    let pair: WindowPair
    let total: ComparisonResult.Total
    /// Dispersion of the total: stands in where a dimension has no minute series of its own.
    let totalDispersion: Dispersion
    /// What is taken for values that have no minutes to tell how they vary; `nil` where nothing tells.
    let standIn: Dispersion?
    /// How networks vary that join many (`widened`), by their names.
    var crowds: [String: Dispersion] = [:]

    /// More candidates than the support floor of 0.1 % can let through twice over.
    private static let maximumCandidates = 2_000

    init(pair: WindowPair, total: ComparisonResult.Total) {
        self.pair = pair
        self.total = total
        let measure = pair.counted
        totalDispersion = pair.dispersion(
            of: { $0.activity.value(of: measure) }, isBytes: measure == .bytes)
        // Totals that were counted by the minute stand in for values that were not.
        standIn = pair.isTooShort ? nil : totalDispersion
    }

    /// - Parameter variation: how the total varies, where more tells it than its minutes.
    init(pair: WindowPair, total: ComparisonResult.Total, variation: Variation) {
        self.pair = pair
        self.total = total
        totalDispersion = variation.ofTotal
        standIn = variation.ofValues
    }

    /// Returns the explanations of a dimension, or `nil` where neither window has a value of it.
    func explain(_ dimension: Dimension) -> DimensionSection? {
        let values = MergedValue.merge(pair, dimension)
        guard !values.isEmpty else { return nil }
        if dimension == .clientNetwork, let wider = widened(values) {
            return wider.section(dimension, MergedValue.merge(wider.pair, dimension))
        }
        return section(dimension, values)
    }

    private func section(_ dimension: Dimension, _ values: [MergedValue]) -> DimensionSection {
        let candidates = candidates(values, in: dimension)
        var explanations = test(dimension, values, candidates)
        let passing = explanations.filter(\.passesGate)
        explanations.sort(by: Self.strongestFirst)
        nameOwners(of: &explanations, dimension)
        let overflow = (pair.before.overflow[dimension] ?? 0) + (pair.during.overflow[dimension] ?? 0)
        let listed = DimensionExplanation(
            dimension: dimension.name, values: Array(explanations.prefix(max(0, pair.options.limit))),
            valueCount: values.count, candidateCount: candidates.count,
            explained: part(passing.map { ($0.before, $0.during) }),
            unexplained: remainder(values, without: passing), without: without(values), overflow: overflow)
        let seen = SeenOnceFinder(pair: pair, dimension: dimension)
        let (new, gone) = (seen.new(values), seen.gone(values))
        return DimensionSection(
            explanation: listed, standouts: explanations.filter(\.standsOut),
            rateValues: explanations.map { $0.pValue ?? 1 }, mixValues: explanations.map(\.mixPValue),
            largestExcess: EvenSpread.largestExcess(
                explanations, total: total, confidence: pair.options.confidence),
            new: new.listed, gone: gone.listed, newCount: new.count, goneCount: gone.count)
    }

    /// Values with enough events in both windows together to be tested at all.
    ///
    /// The floor looks at the sum only, which says nothing about its division between the windows, so it does not
    /// bias the tests that follow.
    ///
    /// What happened, a status of errors, has few values and is rare where all is well: one that appears is looked at from half of
    /// that on.
    func candidates(_ values: [MergedValue], in dimension: Dimension? = nil) -> [Int] {
        let isCause = dimension.map { LeadingExplanations.isCause($0.name) } ?? true
        let share = isCause ? pair.options.supportFloor : pair.options.supportFloor / 2
        let floor = max(pair.options.minimumEvents, share * (Double(total.before) + Double(total.during)))
        var chosen = values.indices.filter {
            Double(values[$0].both) >= floor && values[$0].value != MergedValue.overflow
        }
        if chosen.count > Self.maximumCandidates {
            chosen.sort { left, right in
                let (a, b) = (values[left], values[right])
                return a.both != b.both ? a.both > b.both : left < right
            }
            chosen = Array(chosen.prefix(Self.maximumCandidates)).sorted()
        }
        return chosen
    }

    func test(_ dimension: Dimension, _ values: [MergedValue], _ candidates: [Int]) -> [Explanation] {
        let series = series(dimension, values, candidates)
        let usual = self.candidates(values)
        let pool = pool(dimension, values, usual, self.series(dimension, values, usual))
        let bursts = usualBursts(series)
        var explanations: [Explanation] = []
        for (position, index) in candidates.enumerated() {
            let own =
                crowds[values[index].value] ?? self.dispersion(values[index], series[position], pool)
            let dispersion = bursts.map { widened(own, dimension, values[index], $0, position) } ?? own
            explanations.append(
                explanation(dimension.name, values[index], dispersion, mix(values[index], dispersion)))
        }
        gate(&explanations)
        for index in explanations.indices where explanations[index].makesMost {
            explanations[index].passesGate = true
            explanations[index].standsOut = true
        }
        if pair.counted == .bytes {
            for (position, index) in candidates.enumerated()
            where mayBeOneEvent(dimension, values[index], explanations[position].change) {
                explanations[position].passesGate = false
                explanations[position].standsOut = false
            }
        }
        return explanations
    }

    /// Judges explanations that are one family of tests.
    func gate(_ explanations: inout [Explanation]) {
        let adjusted = BenjaminiHochberg.adjusted(explanations.map { $0.pValue ?? 1 })
        let mixAdjusted = BenjaminiHochberg.adjusted(explanations.map(\.mixPValue))
        for index in explanations.indices { gate(&explanations[index], adjusted[index], mixAdjusted[index]) }
    }

    private func gate(_ explanation: inout Explanation, _ adjusted: Double, _ mixAdjusted: Double) {
        let rate = pair.options.falseDiscoveryRate
        explanation.adjustedPValue = explanation.pValue == nil ? nil : adjusted
        explanation.passesGate = (explanation.ratio.isRise || explanation.ratio.isFall) && adjusted <= rate
        let follows = total.direction == .same || (explanation.change > 0) == (total.change > 0)
        let differs =
            explanation.change > 0 ? explanation.mix.isRise : explanation.mix.isFall
        explanation.standsOut = explanation.passesGate && follows && differs && mixAdjusted <= rate
    }

    func explanation(
        _ dimension: String, _ value: MergedValue, _ dispersion: Dispersion, _ mix: RateComparison.Outcome
    ) -> Explanation {
        let outcome = pair.outcome(before: value.before, during: value.during, dispersion: dispersion)
        let change = pair.change(before: value.before, during: value.during)
        let shareBefore = Self.share(value.before, total.before)
        let shareDuring = Self.share(value.during, total.during)
        let excess = (shareDuring - shareBefore) * Double(total.during)
        var explanation = Explanation(
            dimension: dimension, value: value.value, owner: owner(dimension, value.value),
            before: value.before, during: value.during, beforePerSecond: Double(value.before) / pair.secondsBefore,
            duringPerSecond: Double(value.during) / pair.secondsDuring, ratio: outcome.ratio,
            shareBefore: shareBefore, shareDuring: shareDuring, mix: mix.ratio, mixPValue: mix.pValue,
            shareRatio: shareRatio(value, dispersion), change: change,
            shareOfChange: shareOfChange(change), excessShare: shareOfChange(excess),
            pValue: dispersion.isKnown ? outcome.pValue : nil,
            adjustedPValue: nil, dispersion: dispersion.factor, passesGate: false, standsOut: false)
        let rest = (before: Double(total.before - value.before), during: Double(total.during - value.during))
        if rest.before > 0 {
            explanation.excessBeyondRest = shareOfChange(
                Double(value.during) - Double(value.before) * rest.during / rest.before)
        }
        if let named = Dimension(name: dimension) {
            explanation.isRecorded = pair.options.isRecorded(value.value, named)
        }
        return explanation
    }

    /// The value's odds against the rest, during over before: 1 where it moved as the rest did.
    ///
    /// The rest plays the part of the exposure; its own variation is added to the value's. A rest of nothing in one window
    /// counts as half an event, as a value of nothing does: whoever is all there is in one of them is told.
    func mix(_ value: MergedValue, _ dispersion: Dispersion) -> RateComparison.Outcome {
        let rests = [total.before - value.before, total.during - value.during].map { Double(max(0, $0)) }
        guard rests[0] > 0 || rests[1] > 0 else {
            return RateComparison.Outcome(ratio: RateRatio(value: nil, lower: nil, upper: nil), pValue: 1)
        }
        let (restBefore, restDuring) = (max(0.5, rests[0]), max(0.5, rests[1]))
        let (before, during) = (max(0.5, Double(value.before)), max(0.5, Double(value.during)))
        let own = 1 / before + 1 / during
        let rest = 1 / restBefore + 1 / restDuring
        var outcome: RateComparison.Outcome
        if min(restBefore, restDuring) < min(before, during) {
            // The fewer events are what is counted: a count of few has bounds, an exposure of few has none.
            outcome = RateComparison.compare(
                before: RateComparison.Count(rests[0], exposure: before),
                during: RateComparison.Count(rests[1], exposure: during),
                dispersion: Dispersion(
                    factor: totalDispersion.factor + dispersion.factor * own / rest, degrees: dispersion.degrees),
                confidence: pair.options.confidence)
            outcome.ratio = outcome.ratio.inverse
        } else {
            outcome = RateComparison.compare(
                before: RateComparison.Count(Double(value.before), exposure: restBefore),
                during: RateComparison.Count(Double(value.during), exposure: restDuring),
                dispersion: Dispersion(
                    factor: dispersion.factor + totalDispersion.factor * rest / own, degrees: dispersion.degrees),
                confidence: pair.options.confidence)
        }
        // Against nothing the odds have no limit: half an event only bounds them from one side.
        if rests[1] == 0 {
            outcome.ratio = RateRatio(value: nil, lower: outcome.ratio.lower, upper: nil)
        } else if rests[0] == 0 {
            outcome.ratio = RateRatio(value: 0, lower: outcome.ratio.lower.map { _ in 0 }, upper: outcome.ratio.upper)
        }
        return outcome
    }

    /// The value's share of the total, during over before.
    ///
    /// The total plays the part of the exposure. The variance of the logarithm of a share follows from that of the value
    /// and that of the rest (`ShareVariance`); it makes the dispersion, so that a share of zero has bounds too.
    func shareRatio(_ value: MergedValue, _ dispersion: Dispersion) -> RateRatio {
        guard total.before > 0, total.during > 0 else { return RateRatio(value: nil, lower: nil, upper: nil) }
        let variances = [(value.before, total.before), (value.during, total.during)].map { count, total in
            ShareVariance(
                value: Double(count), total: Double(total), dispersion: dispersion.factor,
                restDispersion: totalDispersion.factor)
        }
        let joint = Dispersion(
            factor: variances.reduce(0) { $0 + $1.ofLogarithm } / variances.reduce(0) { $0 + $1.ofOneCount },
            degrees: dispersion.degrees)
        return RateComparison.compare(
            before: RateComparison.Count(Double(value.before), exposure: Double(total.before)),
            during: RateComparison.Count(Double(value.during), exposure: Double(total.during)), dispersion: joint,
            confidence: pair.options.confidence
        ).ratio
    }

    private func owner(_ dimension: String, _ value: String) -> String? {
        guard dimension == Dimension.client.name, let address = IPAddress(value) else { return nil }
        return pair.options.owners.owner(of: address)
    }

    /// Names whose networks are told: looking for narrower blocks of others in each is not worth it for all.
    private func nameOwners(of explanations: inout [Explanation], _ dimension: Dimension) {
        guard dimension == .clientNetwork, !pair.options.owners.isEmpty else { return }
        for place in explanations.indices where place < pair.options.limit || explanations[place].standsOut {
            explanations[place].owner = IPNetwork(explanations[place].value).flatMap {
                pair.options.owners.owner(ofAll: $0)
            }
        }
    }

    private func shareOfChange(_ change: Double) -> Double? {
        total.direction == .same || total.change == 0 ? nil : change / total.change
    }

    private static func share(_ count: Int64, _ total: Int64) -> Double {
        total > 0 ? Double(count) / Double(total) : 0
    }

    /// Those that pass the gate first, then by the size of the change; ties by value.
    private static func strongestFirst(_ left: Explanation, _ right: Explanation) -> Bool {
        if left.passesGate != right.passesGate { return left.passesGate }
        let (a, b) = (abs(left.change), abs(right.change))
        return a != b ? a > b : left.value < right.value
    }

    // MARK: - Parts

    private func part(_ counts: [(before: Int64, during: Int64)]) -> DimensionExplanation.Part {
        part(
            values: counts.count, before: counts.lazy.map(\.before).saturatedSum,
            during: counts.lazy.map(\.during).saturatedSum)
    }

    private func part(values: Int, before: Int64, during: Int64) -> DimensionExplanation.Part {
        let change = pair.change(before: before, during: during)
        return DimensionExplanation.Part(
            values: values, before: before, during: during, change: change, shareOfChange: shareOfChange(change))
    }

    private func remainder(_ values: [MergedValue], without passing: [Explanation]) -> DimensionExplanation.Part {
        part(
            values: values.count - passing.count,
            before: values.lazy.map(\.before).saturatedSum - passing.lazy.map(\.before).saturatedSum,
            during: values.lazy.map(\.during).saturatedSum - passing.lazy.map(\.during).saturatedSum)
    }

    private func without(_ values: [MergedValue]) -> DimensionExplanation.Part {
        part(
            values: 0, before: total.before - values.lazy.map(\.before).saturatedSum,
            during: total.during - values.lazy.map(\.during).saturatedSum)
    }
}
