package import ForensicsModel

/// Health checks of two windows, side by side.
package enum HealthCheckReport {
    /// What is counted apart. Kinds of evidence see the same checks, so they are never added.
    package struct Key: Hashable, Sendable {
        /// The kind of evidence.
        package var kind: EvidenceKind
        /// An address with its port, or the name of a function; `nil` where the log does not tell.
        package var target: String?
        /// How it was checked.
        package var probe: HealthCheck.Probe
        /// What came of it.
        package var outcome: HealthCheck.Outcome

        package init(
            kind: EvidenceKind, target: String?, probe: HealthCheck.Probe, outcome: HealthCheck.Outcome
        ) {
            self.kind = kind
            self.target = target
            self.probe = probe
            self.outcome = outcome
        }
    }

    /// Returns a row per target and outcome: targets with most failures during first, their failures before their
    /// successes.
    package static func table(_ counts: [Key: (before: Int64, during: Int64)]) -> ReportTable {
        var failures: [String: Int64] = [:]
        for (key, count) in counts where key.outcome != .success {
            failures[group(key), default: 0] += count.during
        }
        let rows = counts.sorted { left, right in
            let (a, b) = (left.key, right.key)
            let (failedA, failedB) = (failures[group(a)] ?? 0, failures[group(b)] ?? 0)
            if failedA != failedB { return failedA > failedB }
            if group(a) != group(b) { return group(a) < group(b) }
            return a.outcome.rawValue > b.outcome.rawValue
        }
        return ReportTable(
            name: "health_checks", title: "Health checks by target and outcome, before and during",
            columns: [
                ReportColumn("target", "target", isKey: true), ReportColumn("outcome"),
                ReportColumn("before", nil, .count),
                ReportColumn("during", nil, .count), ReportColumn("probe"), ReportColumn("kind"),
            ],
            rows: rows.map { key, count in
                ReportRow(
                    [
                        .optional(key.target), .text(key.outcome.name), .integer(count.before), .integer(count.during),
                        .text(key.probe.name), .text(key.kind.name),
                    ], emphasis: key.outcome != .success && count.during > count.before ? .warning : .none)
            })
    }

    /// A target as one kind of evidence and one way of checking see it.
    private static func group(_ key: Key) -> String { "\(key.kind.name) \(key.target ?? "") \(key.probe.name)" }
}
