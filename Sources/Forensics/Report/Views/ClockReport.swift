package import ForensicsCompare

/// How far the clocks of the evidence are apart.
package enum ClockReport {
    /// One row for each pair of clocks that saw the same, in the order given: how far one is ahead of the other.
    package static func table(_ entries: [(clock: String, reference: String, offset: ClockOffset)]) -> ReportTable {
        ReportTable(
            name: "clocks", title: "How far clocks are ahead",
            columns: [
                ReportColumn("clock", "Clock", isKey: true), ReportColumn("reference", "Of", isKey: true),
                ReportColumn("ahead_ms", "Ahead", .milliseconds, isPoint: true),
                ReportColumn("margin_ms", "±", .milliseconds), ReportColumn("events", "Seen by both", .count),
                ReportColumn("agreeing", "Agreeing", .count),
            ],
            rows: entries.map { entry in
                let offset = entry.offset
                return ReportRow(
                    [
                        .text(entry.clock), .text(entry.reference), milliseconds(offset.middle, offset.isAgreed),
                        milliseconds(offset.margin, offset.isAgreed), .integer(Int64(offset.events)),
                        .integer(Int64(offset.agreeing)),
                    ], emphasis: abs(offset.middle) > offset.margin + second ? .warning : .none)
            })
    }

    private static let second: Int64 = 1_000_000_000

    private static func milliseconds(_ nanoseconds: Int64, _ isKnown: Bool) -> ReportCell {
        isKnown ? .number(Double(nanoseconds) / 1e6) : .absent
    }
}
