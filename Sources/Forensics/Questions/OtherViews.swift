import ForensicsCompare
import ForensicsModel

/// What every other view of the same minutes says of the total: it confirms or contradicts, it is never added.
struct OtherViews {
    let session: CaseSession
    let sides: ComparedSides
    let subject: EvidenceChooser.Subject
    let anchor: AggregateAccumulator.Anchor

    private var amounts: VantageAmount {
        VantageAmount(session: session, subject: subject, anchor: anchor)
    }

    /// What a view holds of both windows; `nil` where the case does not keep what it takes to count.
    func counts(of group: EvidenceGroup) throws(ForensicsError) -> (before: Int64, during: Int64)? {
        guard amounts.canCount(group) else { return nil }
        let (first, second) = sides.parts(of: group)
        return (
            try amounts.amount(of: first.group, in: first.window, end: sides.end(of: first, beside: second)),
            try amounts.amount(of: second.group, in: second.window, end: sides.end(of: second, beside: first))
        )
    }

    /// Requests or connections of a view in one window, and how many of them failed.
    private typealias Side = (amount: Int64, failed: Int64)

    private func sides(of group: EvidenceGroup) throws(ForensicsError) -> (before: Side, during: Side)? {
        guard amounts.canCount(group) else { return nil }
        let (first, second) = sides.parts(of: group)
        return (
            try amounts.failures(of: first.group, in: first.window, end: sides.end(of: first, beside: second)),
            try amounts.failures(of: second.group, in: second.window, end: sides.end(of: second, beside: first))
        )
    }

    /// Adds a line for each of them, and a sentence for each log of a load balancer in which errors became a larger part: what
    /// breaks there is in none of the numbers of the answer.
    func add(to result: inout ComparisonResult, of others: [EvidenceGroup]) throws(ForensicsError) {
        for group in others where sides.overlap(of: group) == nil {
            guard let (before, during) = try sides(of: group) else { continue }
            let noun = amounts.measure(of: group).rawValue
            result.caveats.append(
                .init(
                    code: "other-view",
                    text: "\(group.name) counts \(NumberText.grouped(before.amount)) \(noun) before and "
                        + "\(NumberText.grouped(during.amount)) during; not added."))
            guard !group.kind.isCapture, group.kind != .vpcFlow, hasRisen(before, during) else { continue }
            result.sentence +=
                " In \(group.name) \(words(during)) \(noun) failed, and \(words(before)) before (--kind \(group.kind.name) "
                + "tells whose)."
        }
    }

    private func words(_ side: Side) -> String {
        "\(NumberText.grouped(side.failed)) of \(NumberText.grouped(side.amount))"
    }

    /// A rise of the part that failed has to be this large.
    private static let smallestRise = 1.2
    /// Errors come in groups of about so many, where nothing tells how they vary.
    private static let groupSize = 4.0

    private func hasRisen(_ before: Side, _ during: Side) -> Bool {
        guard before.amount > 0, during.amount > 0 else { return false }
        let ratio = RateComparison.compare(
            before: RateComparison.Count(Double(before.failed), exposure: Double(before.amount)),
            during: RateComparison.Count(Double(during.failed), exposure: Double(during.amount)),
            dispersion: Dispersion(factor: Self.groupSize, degrees: .infinity), confidence: 0.95
        ).ratio
        return ratio.lower ?? 0 > Self.smallestRise
    }
}
