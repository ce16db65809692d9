import ForensicsModel

/// Says who explains the change of the total, or that nobody can be told to.
struct ExplanationText {
    let result: ComparisonResult
    let options: CompareOptions

    private static let named = 4
    /// Beyond this factor a total may have moved, though it cannot be told from its usual variation.
    private static let steady = 1.2
    /// What has so much of what began is nearly all of it.
    private static let nearlyAll = 0.9

    private var total: ComparisonResult.Total { result.total }

    var sentences: [String] {
        if total.before == 0 { return begun }
        if !total.ratio.hasInterval { return [] }
        if total.direction == .same { return mix }
        if total.isUniform { return [uniform] }
        guard !result.leading.isEmpty else { return nobody("it") }
        let told = Set(ActiveLongText(result: result, options: options).accused.map(\.clientIP))
        let fields = LevelField.strongest(in: result, without: told, limit: Self.named)
        // All that stand out are told as active and long.
        guard !fields.isEmpty else { return result.isTentative ? nobody("the rest") : [] }
        if result.isTentative { return [candidates(fields.map { "\($0.subject) (\(part($0)))" })] }
        if let exchange = exchange(fields[0]) { return [exchange] }
        let texts = fields.enumerated().map { index, field in
            let share = NumberText.percent(field.share)
            let verb = field.members.count == 1 ? "explains" : "explain"
            let text = index == 0 ? "\(verb) \(share) of the \(SentenceWords.change(total))" : share
            return "\(field.subject) \(text) (\(moved(field)))"
        }
        return [SentenceWords.capitalized(SentenceWords.list(texts)) + "."] + combination
    }

    /// What moved more than all did, and by no less than half of that the other way, has changed places.
    private static let fewestTimes = 1.5
    private static let smallestReturn = 0.5
    /// Who asks does not go over to another: what each did is told of them.
    private static let askers: Set<String> = Set(
        [Dimension.client, .clientNetwork, .owner, .asn, .country].map(\.name))

    /// Says what changed places where that is more than the change of the total: 700 % of it would tell nobody that traffic went
    /// to another load balancer.
    private func exchange(_ field: LevelField) -> String? {
        guard field.share >= Self.fewestTimes, !Self.askers.contains(field.members[0].dimension) else { return nil }
        let values = result.dimensions.first { $0.dimension == field.members[0].dimension }?.values ?? []
        let away = field.members.reduce(0) { $0 + $1.change }
        let others = values.filter { $0.standsOut || $0.passesGate }.filter { ($0.change > 0) != (away > 0) }
            .sorted { abs($0.change) != abs($1.change) ? abs($0.change) > abs($1.change) : $0.value < $1.value }
        guard abs(others.reduce(0) { $0 + $1.change }) >= Self.smallestReturn * abs(away) else { return nil }
        let half = max(1, Self.named / 2)
        let texts = (Array(field.members.prefix(half)) + Array(others.prefix(half))).map(signed)
        let what = SentenceWords.noun(result.question.countedIn)
        let isBytes = what == RankMeasure.bytes.rawValue
        return "More than that changed places: \(SentenceWords.list(texts))\(isBytes ? "" : " \(what)")."
    }

    /// A value with what it has more or less.
    private func signed(_ explanation: Explanation) -> String {
        let isBytes = SentenceWords.noun(result.question.countedIn) == RankMeasure.bytes.rawValue
        let size = abs(explanation.change)
        let amount = isBytes ? NumberText.bytes(size) : NumberText.grouped(Int64(size.rounded()))
        return "\(SentenceWords.subject(explanation)) \(explanation.change < 0 ? "−" : "+")\(amount)"
    }

    /// Below ten whole minutes sessions of clients look like incidents: who moved is named, and not accused.
    private func candidates(_ names: [String]) -> String {
        "From so few minutes nobody is accused; \(names.count == 1 ? "a candidate is" : "candidates are") "
            + "\(SentenceWords.list(names))."
    }

    private func part(_ field: LevelField) -> String {
        "\(moved(field)), \(NumberText.percent(field.share)) of the \(SentenceWords.change(total))"
    }

    /// What is said where nobody stands out, and nothing shows that all moved alike.
    private func nobody(_ what: String) -> [String] {
        guard !options.restrictsClients, result.dimensions.contains(where: \.isComparable) else { return [] }
        // Who makes errors, or how many do, is told against who makes everything, next.
        if result.question.countedIn == RankMeasure.errors.rawValue, let failures = result.failures,
            !failures.leading.isEmpty || failures.makers != nil
        {
            return []
        }
        if result.isTentative { return ["Who is behind \(what) cannot be told from so few minutes."] }
        return ["Who is behind \(what) cannot be told: no single value stands out beyond doubt."]
    }

    /// Nothing was there before, so that no share can have moved: what nearly all of it has in common.
    private var begun: [String] {
        // Who makes errors is told against who makes everything.
        guard total.during > 0, result.question.countedIn != RankMeasure.errors.rawValue else { return [] }
        let common = result.dimensions.filter { $0.isComparable && $0.dimension != Dimension.owner.name }.compactMap {
            $0.values.max { $0.shareDuring < $1.shareDuring }
        }.filter { $0.shareDuring >= Self.nearlyAll }
        guard !common.isEmpty else { return [] }
        let texts = common.prefix(Self.named).map {
            "\(SentenceWords.subject($0)) (\(NumberText.percent($0.shareDuring)))"
        }
        return ["Nearly all of them are of \(SentenceWords.list(Array(texts)))."]
    }

    /// A combination of which this much of the change is made is told.
    private static let toldShare = 0.25

    private var combination: [String] {
        guard let one = result.combinations.first, let share = one.explanation.shareOfChange, share >= Self.toldShare
        else { return [] }
        let values = SentenceWords.list(
            one.parts.map { "\(MeasureName.words($0.dimension)) \(SentenceWords.cut($0.value))" })
        return [
            "What has \(values) together is \(NumberText.percent(share)) of the \(SentenceWords.change(total)) "
                + "(\(moved(one.explanation)))."
        ]
    }

    private var mix: [String] {
        guard !result.leading.isEmpty else {
            // Errors or bytes that moved stand out, whoever makes them; they are told next.
            let symptoms = SymptomText(result: result)
            guard symptoms.failures.isEmpty, symptoms.volume == nil else { return [] }
            return [
                result.isTentative
                    ? "From so few minutes nothing can be told to stand out in the mix either."
                    : "Nothing stands out in the mix either."
            ]
        }
        let what = SentenceWords.noun(result.question.countedIn)
        let isBytes = what == RankMeasure.bytes.rawValue
        let texts = result.leading.prefix(Self.named).map(signed)
        if result.isTentative { return [candidates(texts)] }
        return ["Only the mix moved\(doubt(what)): \(SentenceWords.list(texts))\(isBytes ? "" : " \(what)")."]
    }

    /// What the mix does not say of a total that looks larger or smaller than its usual variation lets tell.
    private func doubt(_ what: String) -> String {
        guard let ratio = total.ratio.value, ratio > Self.steady || ratio * Self.steady < 1 else { return "" }
        return " beyond doubt (in all there may be \(ratio > 1 ? "more" : "fewer") \(what) too)"
    }

    private var uniform: String {
        let verb = total.direction == .fall ? "fell" : "rose"
        let dimensions = result.dimensions.filter(\.isComparable).map { MeasureName.words($0.dimension) }
        return "Everybody \(verb) about alike: no single \(SentenceWords.list(Array(dimensions.prefix(6)), "or")) "
            + "stands out from the rest."
    }

    private func moved(_ field: LevelField) -> String {
        guard field.members.count > 1 else { return moved(field.members[0]) }
        let shares = field.members.compactMap(\.shareOfChange)
        let (low, high) = (NumberText.percent(shares.min() ?? 0), NumberText.percent(shares.max() ?? 0))
        return low == high ? "\(low) each" : "\(low) to \(high) each"
    }

    /// What a filter leaves of a value, or what it did of one sort, says nothing of the rest of it.
    private func moved(_ explanation: Explanation) -> String {
        let measure = result.question.countedIn
        let isWhole = measure == RankMeasure.requests.rawValue || measure == RankMeasure.connections.rawValue
        if explanation.before == 0 {
            if !explanation.isRecorded { return "not recorded before" }
            return isWhole && !options.restrictsFacts ? "not seen before" : "none before"
        }
        if explanation.during == 0 {
            if !explanation.isRecorded { return "not recorded during" }
            return isWhole && !options.restrictsFacts ? "gone" : "none during"
        }
        return NumberText.ratio(explanation.ratio.value ?? 0)
    }
}
