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

    /// A line for each of them.
    func caveats(of others: [EvidenceGroup]) throws(ForensicsError) -> [ComparisonResult.Caveat] {
        var lines: [ComparisonResult.Caveat] = []
        for group in others where sides.overlap(of: group) == nil {
            guard let counts = try counts(of: group) else { continue }
            lines.append(
                .init(
                    code: "other-view",
                    text:
                        "\(group.name) counts \(NumberText.grouped(counts.before)) \(amounts.measure(of: group).rawValue) before and "
                        + "\(NumberText.grouped(counts.during)) during; not added."
                ))
        }
        return lines
    }
}
