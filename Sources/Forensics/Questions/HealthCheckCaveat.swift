import ForensicsCompare
import ForensicsModel

/// Says how many requests of access logs were taken for health checks and are in no count.
///
/// Captures name their health checks in the summary; in access logs they are requests like any other, known by an agent and
/// an address alone.
enum HealthCheckCaveat {
    static func caveats(
        _ group: EvidenceGroup, before: WindowAggregate, during: WindowAggregate
    ) -> [ComparisonResult.Caveat] {
        let counts = [before, during].map(\.healthCheckRequests)
        guard !group.kind.isCapture, counts != [0, 0] else { return [] }
        let (old, new) = (NumberText.grouped(counts[0]), NumberText.grouped(counts[1]))
        return [
            ComparisonResult.Caveat(
                code: "health-checks",
                text:
                    "\(old) requests before and \(new) during are health checks of a load balancer in front and left out; "
                    + "--include-health-checks counts them.")
        ]
    }

    /// From this part of what is counted on it matters.
    private static let share = 0.01

    /// What to say beside an answer about one window; `nil` where it does not matter.
    static func note(_ group: EvidenceGroup, _ session: CaseSession, _ aggregate: WindowAggregate) -> String? {
        let count = aggregate.healthCheckRequests
        guard !group.kind.isCapture, !session.filter.includesHealthChecks,
            Double(count) > share * Double(aggregate.totals.activity.requests)
        else { return nil }
        return "\(NumberText.grouped(count)) requests are health checks of a load balancer in front and left out; "
            + "--include-health-checks counts them."
    }
}
