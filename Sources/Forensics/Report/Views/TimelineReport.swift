import ForensicsCompare
package import ForensicsModel

/// Totals over time.
package struct TimelineReport: Sendable {
    private let buckets: [WindowAggregate.Bucket]
    private let coverage: [TimeWindow]
    private let window: TimeWindow
    private let width: Int64
    private let measure: RankMeasure
    private let told: EvidenceKind.Told

    private static let barColumns = 40
    /// More rows than this are of no use on a screen; the caller picks a width that keeps below it.
    private static let maximumRows = 1_000_000

    /// Creates the report of an aggregate's buckets.
    ///
    /// - Parameters:
    ///   - width: nanoseconds per row, a multiple of the buckets' 60 s; buckets are added up into rows aligned to the epoch.
    ///   - measure: what the bar shows.
    ///   - kind: the evidence; what it cannot tell is absent. `nil` tells all.
    ///   - untold: what these records of the kind do not tell.
    package init(
        _ aggregate: WindowAggregate, window: TimeWindow, width: Int64, measure: RankMeasure,
        kind: EvidenceKind? = nil, without untold: EvidenceKind.Told = []
    ) {
        buckets = aggregate.buckets
        coverage = aggregate.coverage
        self.window = window
        self.width = max(60 * Timestamp.nanosecondsPerSecond, width)
        self.measure = measure
        told = (kind?.told ?? EvidenceKind.pcap.told).subtracting(untold)
    }

    /// Returns a round width at which a window has at most so many rows.
    package static func width(for window: TimeWindow, rows: Int) -> Int64 {
        let minute = 60 * Timestamp.nanosecondsPerSecond
        let minutes: [Int64] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440]
        let fitting = minutes.first { window.length / ($0 * minute) <= Int64(max(1, rows)) }
        return (fitting ?? 10_080) * minute
    }

    /// One row per stretch of time, empty ones included.
    package var rows: [WindowAggregate.Bucket] {
        let first = window.start.bucket(width: width)
        let span = window.end.since(Timestamp(nanoseconds: first))
        // Not rounded up by adding to the span: that may be the largest there is.
        let (whole, rest) = max(0, span).quotientAndRemainder(dividingBy: width)
        let count = min(Int(whole) + (rest > 0 ? 1 : 0), Self.maximumRows)
        var rows = (0..<count).map {
            WindowAggregate.Bucket(start: first + Int64($0) * width, totals: TrafficTotals())
        }
        for bucket in buckets {
            let (distance, overflow) = bucket.start.subtractingReportingOverflow(first)
            guard !overflow, distance >= 0, Int(distance / width) < count else { continue }
            rows[Int(distance / width)].totals.add(bucket.totals)
        }
        return rows
    }

    /// Whether a row lies where the evidence covers nothing: what it does not show is not known to be nothing.
    package func isUncovered(_ row: WindowAggregate.Bucket) -> Bool {
        let start = Timestamp(nanoseconds: row.start)
        let span = TimeWindow(start: start, end: start.advanced(by: width))
        return row.totals == TrafficTotals() && !coverage.isEmpty && !coverage.contains { $0.intersection(span) != nil }
    }

    /// The table; with a plot for people.
    package func table(withPlot: Bool) -> ReportTable {
        let rows = rows
        let largest = rows.map { $0.totals.activity.value(of: measure) }.max() ?? 0
        var columns = [
            ReportColumn("time", nil, .time), ReportColumn("requests", nil, .count),
            ReportColumn("connections", nil, .count), ReportColumn("opened", nil, .count, isSecondary: true),
            ReportColumn("bytes", nil, .bytes), ReportColumn("errors", nil, .count),
            ReportColumn("status_4xx", "4xx", .count), ReportColumn("status_5xx", "5xx", .count),
            ReportColumn("timeouts", nil, .count), ReportColumn("resets", nil, .count),
            ReportColumn("long", nil, .count), ReportColumn("longest_ms", "longest", .milliseconds, isSecondary: true),
        ]
        if withPlot { columns.append(ReportColumn("plot", measure.rawValue, .bar(Self.barColumns), isPoint: true)) }
        return ReportTable(
            name: "timeline", columns: columns,
            rows: rows.map { bucket in
                let totals = bucket.totals
                if isUncovered(bucket) {
                    let absent = [ReportCell](repeating: .absent, count: columns.count - 1)
                    return ReportRow([.integer(bucket.start)] + absent, emphasis: .faint)
                }
                let share = largest > 0 ? Double(totals.activity.value(of: measure)) / Double(largest) : 0
                func count(_ value: Int64, _ what: EvidenceKind.Told) -> ReportCell {
                    .count(value, ifToldBy: told, what)
                }
                var cells: [ReportCell] = [
                    .integer(bucket.start), count(totals.activity.requests, .requests),
                    count(totals.activity.connections, .connections), count(totals.opened, .opened),
                    count(totals.activity.bytes, .bytes), count(totals.activity.errors, .errors),
                    count(totals.clientErrors, .requests), count(totals.serverErrors, .requests),
                    count(totals.timeouts, .timeouts), count(totals.resets, .resets),
                    count(totals.long, [.connections, .connectionLengths]),
                    .milliseconds(totals.activity.longest, ifToldBy: told, .lengths),
                ]
                if withPlot { cells.append(.number(share)) }
                return ReportRow(cells, emphasis: totals.activity == Activity() ? .faint : .none)
            })
    }
}
