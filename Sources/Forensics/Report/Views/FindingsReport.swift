package import ForensicsModel

/// What the checks found.
package enum FindingsReport {
    /// Returns one row per finding, with its number in the case, in the order given.
    ///
    /// What a finding is, a check, subject and blamed side, stays on a narrow terminal; its sentence gives way first.
    ///
    /// - Parameters:
    ///   - vantages: by source.
    ///   - more: how many a limit left out.
    package static func table(
        _ findings: [(number: Int64, finding: Finding)], vantages: [UInt32: String] = [:], more: Int = 0
    ) -> ReportTable {
        ReportTable(
            name: "findings",
            columns: [
                ReportColumn("id", nil, .identifier), ReportColumn("time", nil, .time),
                ReportColumn("check", isKey: true), ReportColumn("severity", isSecondary: true),
                ReportColumn("blame", isKey: true),
                ReportColumn("kind", isSecondary: true), ReportColumn("vantage", isSecondary: true),
                ReportColumn("subject", isKey: true),
                ReportColumn("count", nil, .count),
                ReportColumn("duration_ms", "lasted", .milliseconds, isSecondary: true),
                ReportColumn("evidence", nil, .count, isSecondary: true),
                ReportColumn("summary", isSecondary: true),
            ],
            rows: findings.map { number, finding in
                ReportRow(
                    [
                        .integer(number), .integer(finding.start.nanoseconds), .text(finding.check),
                        .text(finding.severity.name), .optional(finding.blame.name), .text(finding.kind.name),
                        .optional(vantages[finding.id.source]), .text(finding.subject),
                        .integer(Int64(clamping: finding.count)),
                        .number(Double(finding.end.since(finding.start)) / 1e6),
                        .integer(Int64(finding.evidence.count)), .text(finding.summary),
                    ], emphasis: emphasis(finding.severity))
            }, note: TopReport.note(more), more: more)
    }

    /// Returns one row per record that shows a finding.
    ///
    /// - Parameters:
    ///   - unit: what its measures are numbers of: people see it beside each.
    ///   - namesUnit: whether a column has it, for machines, which get numbers plain.
    package static func evidence(
        _ finding: Finding, unit: Finding.Unit, namesUnit: Bool = false, path: (UInt32) -> String
    ) -> ReportTable {
        let name: [ReportCell] = namesUnit ? [unit == .none ? .absent : .text(unit.rawValue)] : []
        return ReportTable(
            name: "evidence",
            columns: [
                ReportColumn("source", keepsEnd: true), ReportColumn("record", nil, .identifier),
                ReportColumn("offset", nil, .identifier),
                ReportColumn("measure", nil, unit == .nanoseconds ? .nanoseconds : .number),
            ] + (namesUnit ? [ReportColumn("unit")] : []),
            rows: finding.evidence.map { one in
                let cells: [ReportCell] = [
                    .text(path(one.id.source)), .integer(Int64(one.id.record)),
                    finding.kind.tellsOffsets ? .integer(Int64(clamping: one.offset)) : .absent,
                    .integer(one.measure),
                ]
                return ReportRow(cells + name)
            })
    }

    private static func emphasis(_ severity: Severity) -> ReportEmphasis {
        switch severity {
        case .info: .faint
        case .notice: .none
        case .warning: .warning
        case .critical: .critical
        }
    }
}
