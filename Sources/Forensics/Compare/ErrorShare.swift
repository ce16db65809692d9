import ForensicsModel

/// How large a part of all requests or connections errors are, before and during.
///
/// A flood brings errors in proportion. What broke is told by their share: the total plays the part of the exposure, and
/// its own variation is added to that of the errors (`ShareVariance`).
struct ErrorShare {
    let change: RateChange
    /// What they are a share of: `requests`, `connections`.
    let base: String
    let before: Double
    let during: Double
    let ratio: RateRatio

    /// The rates of errors of each sort, and of all.
    static let sorts = ["status_5xx", "status_4xx", "timeouts", "resets"]
    static let names = sorts + ["errors"]
    private static let statusPrefix = "status_"
    /// A share that moved by less, or by fewer events, is not worth a word.
    private static let smallestRise = 1.2
    private static let smallestCount: Int64 = 10
    /// So many errors that make so large a part, and this many times the part before, are told even where they came at once: of
    /// a single burst no variation of minutes tells what chance may do.
    private static let burstCount: Int64 = 40
    private static let burstPart = 0.1
    private static let burstRise = 10.0

    /// - Parameter name: that of the rate. `nil` where the evidence has no such rate, or nothing to take a share of.
    init?(of name: String, in result: ComparisonResult) {
        func rate(_ name: String) -> RateChange? { result.changes.first { $0.name == name } }
        guard let change = rate(name) ?? Self.statusRate(name, in: result) else { return nil }
        let requests = rate("requests").flatMap { $0.before > 0 || $0.during > 0 ? $0 : nil }
        let connections = rate("connections").flatMap { $0.before > 0 || $0.during > 0 ? $0 : nil }
        let bases =
            switch name {
            case _ where name.hasPrefix(Self.statusPrefix): [requests]
            case "resets": [connections]
            default: [requests, connections]
            }
        let counted = bases.compactMap { $0 }
        guard !counted.isEmpty else { return nil }
        let totals = (counted.lazy.map(\.before).saturatedSum, counted.lazy.map(\.during).saturatedSum)
        guard totals.0 > 0, totals.1 > 0 else { return nil }
        self.change = change
        base = counted.map(\.name).joined(separator: " and ")
        before = Double(change.before) / Double(totals.0)
        during = Double(change.during) / Double(totals.1)
        let rest = counted.map(\.dispersion).max() ?? 1
        let variances = [(change.before, totals.0), (change.during, totals.1)].map { count, total in
            ShareVariance(
                value: Double(count), total: Double(total), dispersion: change.dispersion, restDispersion: rest)
        }
        let factor =
            variances.reduce(0) { $0 + $1.ofLogarithm } / variances.reduce(0) { $0 + $1.ofOneCount }
        ratio =
            RateComparison.compare(
                before: RateComparison.Count(Double(change.before), exposure: Double(totals.0)),
                during: RateComparison.Count(Double(change.during), exposure: Double(totals.1)),
                dispersion: factor.isFinite ? Dispersion(factor: factor, degrees: change.degrees) : .unknown,
                confidence: result.question.confidence
            ).ratio
    }

    /// The statuses of errors that rose while their class did not: one partner's 403s are little beside everybody's 404s. The largest
    /// change first; those that time-outs tell are left out.
    static func risenStatuses(in result: ComparisonResult) -> [UInt16] {
        func hasRisen(_ name: String) -> Bool { ErrorShare(of: name, in: result)?.hasRisen == true }
        guard result.question.countedIn == RankMeasure.requests.rawValue else { return [] }
        let values = result.dimensions.first { $0.dimension == Dimension.status.name }?.values ?? []
        let risen = values.filter { one in
            guard one.passesGate, one.change > 0, one.value.utf8.count == 3, let digit = one.value.first,
                "45".contains(digit), hasRisen(statusPrefix + one.value)
            else { return false }
            return !hasRisen("\(statusPrefix)\(digit)xx") && !(one.value == timeoutStatus && hasRisen("timeouts"))
        }
        return risen.sorted { $0.change != $1.change ? $0.change > $1.change : $0.value < $1.value }
            .compactMap { UInt16($0.value) }
    }

    private static let timeoutStatus = "504"

    /// The rate of one status, as the values of its dimension tell it.
    private static func statusRate(_ name: String, in result: ComparisonResult) -> RateChange? {
        guard name.hasPrefix(statusPrefix),
            let one = result.dimensions.first(where: { $0.dimension == Dimension.status.name })?.values.first(where: {
                $0.value == name.dropFirst(statusPrefix.count)
            })
        else { return nil }
        return RateChange(
            name: name, before: one.before, during: one.during, beforePerSecond: one.beforePerSecond,
            duringPerSecond: one.duringPerSecond, ratio: one.ratio, pValue: one.pValue, dispersion: one.dispersion)
    }

    /// Whether it rose beyond doubt, and enough to matter.
    var hasRisen: Bool { change.during >= Self.smallestCount && ratio.lower ?? 0 > Self.smallestRise || isBurst }

    private var isBurst: Bool {
        change.during >= Self.burstCount && during >= Self.burstPart && during >= Self.burstRise * before
    }

    /// Whether it fell as surely and as much, and they became fewer: beside a flood the share falls alone.
    var hasFallen: Bool {
        change.before >= Self.smallestCount && change.ratio.isFall
            && ratio.upper ?? .infinity < 1 / Self.smallestRise
    }
}
