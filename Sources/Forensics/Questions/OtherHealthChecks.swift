import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// What evidence beside that which was compared tells of health checks: it counts no traffic, so that nothing else of it would be
/// in the answer.
struct OtherHealthChecks {
    let session: CaseSession
    let sides: ComparedSides
    let anchor: AggregateAccumulator.Anchor

    /// Health checks of a window.
    private struct Side {
        var checks: Int64
        var failed: Int64
        var seconds: Double

        var words: String { "\(NumberText.grouped(failed)) of \(NumberText.grouped(checks))" }
    }

    /// A rise of their rate has to be this large, as that of those which the compared evidence has.
    private static let smallestRise = 1.2

    /// Adds a sentence where more of them failed; else a log of health checks has a line that it agrees.
    func add(to result: inout ComparisonResult, of groups: [EvidenceGroup]) throws(ForensicsError) {
        for group in groups where tells(group) {
            let parts = sides.parts(of: group)
            let before = try side(parts.before, beside: parts.during)
            let during = try side(parts.during, beside: parts.before)
            guard before.checks > 0 || during.checks > 0 else { continue }
            if hasRisen(before, during, group) {
                result.sentence +=
                    " Health checks, as \(group.name) shows them: \(during.words) failed\(try common(to: parts.during)), and "
                    + "\(before.words) before."
            } else if group.kind == .albHealthCheck {
                result.caveats.append(
                    .init(
                        code: "other-health-checks",
                        text: "Of the health checks that \(group.name) shows \(before.words) failed before and "
                            + "\(during.words) during."))
            }
        }
    }

    private func tells(_ group: EvidenceGroup) -> Bool {
        guard group.kind == .albHealthCheck || group.kind.isCapture, session.restrictions.unmet(by: group.kind) == nil
        else { return false }
        let amounts = VantageAmount(session: session, subject: .requests, anchor: anchor)
        return amounts.keepsRows(of: group) && sides.share(of: group) > 0 && sides.overlap(of: group) == nil
    }

    private func side(
        _ part: ComparedSides.Part, beside other: ComparedSides.Part
    ) throws(ForensicsError) -> Side {
        var reading = WindowReading(session: session, group: part.group, measure: .requests)
        reading.dimensions = []
        reading.includesDistributions = false
        reading.includesSeries = false
        reading.includesLong = false
        reading.anchor = anchor
        reading.end = sides.end(of: part, beside: other)
        let aggregate = try reading.aggregate(part.window).aggregate
        return Side(
            checks: aggregate.totals.healthChecks, failed: aggregate.totals.failedHealthChecks,
            seconds: Double(aggregate.exposure) / 1e9)
    }

    /// Names of those that had checks, and of those of which some failed.
    private struct Names {
        var all: Set<String> = []
        var failed: Set<String> = []

        mutating func note(_ name: String?, isFailed: Bool) {
            guard let name else { return }
            all.insert(name)
            if isFailed { failed.insert(name) }
        }

        /// So many are named.
        private static let named = 3

        /// The few of several of which checks failed, as `noun` calls one.
        func few(_ noun: String) -> String? {
            guard !failed.isEmpty, failed.count <= Self.named, failed.count < all.count else { return nil }
            return "\(noun)\(failed.count == 1 ? "" : "s") \(failed.sorted().joined(separator: ", "))"
        }
    }

    /// What all failed checks have in common, in words: the few targets, or the few nodes of the load balancer that checked. What
    /// fails from some nodes alone is hardly the targets' doing.
    private func common(to part: ComparedSides.Part) throws(ForensicsError) -> String {
        guard session.rows(of: part.group) == .all, !session.filter.needsRows, anchor == .record else { return "" }
        var (targets, nodes) = (Names(), Names())
        try session.reading {
            try session.store.scanHealthChecks(FactScan(window: part.window, sources: part.group.sources)) { batch in
                for check in batch.healthChecks {
                    let isFailed = check.outcome != .success
                    targets.note(check.target?.description ?? batch.texts.string(check.targetName), isFailed: isFailed)
                    nodes.note(batch.texts.string(check.node), isFailed: isFailed)
                }
                return true
            }
        }
        let parts = [targets.few("target"), nodes.few("node")].compactMap { $0 }
        return parts.isEmpty ? "" : " (all of \(parts.joined(separator: " and ")))"
    }

    private func hasRisen(_ before: Side, _ during: Side, _ group: EvidenceGroup) -> Bool {
        guard before.seconds > 0, during.seconds > 0 else { return false }
        let ratio = RateComparison.compare(
            before: RateComparison.Count(Double(before.failed), exposure: before.seconds),
            during: RateComparison.Count(Double(during.failed), exposure: during.seconds),
            dispersion: Dispersion(factor: Double(max(1, group.sampleRate)), degrees: .infinity), confidence: 0.95
        ).ratio
        return ratio.lower ?? 0 > Self.smallestRise
    }
}
