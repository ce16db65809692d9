import ForensicsCompare
package import ForensicsModel

/// The most active values of a dimension.
package struct TopReport: Sendable {
    /// What the durations of a value's connections were, for `--by duration`.
    package struct Durations: Sendable {
        package var count: Int64
        package var totalMilliseconds: Double
        /// Of those that the evidence holds whole; `nil` where it holds none.
        package var p95Milliseconds: Double?
        /// The longest, as activity has it.
        package var maximumNanoseconds: Int64
        /// Whether the edge of the evidence cut some: they lasted at least as long.
        package var areSomeCut = false
        /// Whether it cut the longest.
        package var isMaximumCut = false

        package init(
            count: Int64, totalMilliseconds: Double, p95Milliseconds: Double?, maximumNanoseconds: Int64
        ) {
            self.count = count
            self.totalMilliseconds = totalMilliseconds
            self.p95Milliseconds = p95Milliseconds
            self.maximumNanoseconds = maximumNanoseconds
        }
    }

    /// Whether the longest duration was cut by the edge of the evidence, for machines.
    package static let cutColumn = "censored"

    private let aggregate: WindowAggregate
    private let dimension: Dimension
    private let measure: RankMeasure
    private let limit: Int
    private let owners: OwnerTable
    private let durations: [String: Durations]
    private let sampling: SamplingError?
    private let told: EvidenceKind.Told

    /// Creates the report of a window.
    ///
    /// `durations` by value are shown where they are known; the longest connection always is. `sampling` adds how far the
    /// measure of each value can be off (95 %). What the `kind` of evidence cannot tell is absent; `nil` tells all.
    package init(
        _ aggregate: WindowAggregate, dimension: Dimension, measure: RankMeasure, limit: Int,
        owners: OwnerTable = OwnerTable(), durations: [String: Durations] = [:], sampling: SamplingError? = nil,
        kind: EvidenceKind? = nil
    ) {
        self.aggregate = aggregate
        self.dimension = dimension
        self.measure = measure
        self.limit = limit
        self.owners = owners
        self.durations = durations
        self.sampling = sampling
        told = kind?.told ?? EvidenceKind.pcap.told
    }

    /// The values by measure, ties by value; at most `limit`. Behind them, without a rank, what those did that were not kept apart.
    package var table: ReportTable {
        let (shown, other, count) = ranked
        var rows = shown.enumerated().map { row(rank: $0 + 1, $1) }
        if let other { rows.append(row(rank: nil, other)) }
        let left = count - shown.count
        return ReportTable(name: "top", columns: columns, rows: rows, note: Self.note(left), more: left)
    }

    /// The values to show, what is not kept apart, and how many values there are. Only those are put in order that may be shown.
    private var ranked: (shown: [WindowAggregate.DimensionValue], other: WindowAggregate.DimensionValue?, count: Int) {
        let values = aggregate.dimensions[dimension] ?? []
        func count(_ index: Int) -> Int64 { values[index].activity.value(of: measure) }
        var places = values.indices.filter { count($0) > 0 }
        let other = places.firstIndex { values[$0].value == ValueTable.otherName }.map { values[places.remove(at: $0)] }
        guard limit > 0 else { return ([], other, places.count) }
        let counts = places.map(count).sorted(by: >)
        let least = limit < counts.count ? counts[limit - 1] : 0
        let order = places.filter { count($0) >= least }.sorted { left, right in
            count(left) != count(right) ? count(left) > count(right) : values[left].value < values[right].value
        }
        return (order.prefix(limit).map { values[$0] }, other, places.count)
    }

    /// What is said of rows that the limit left out.
    static func note(_ left: Int) -> String? { left > 0 ? "\(NumberText.grouped(Int64(left))) more" : nil }

    private var columns: [ReportColumn] {
        let name = String(dimension.name.map { $0 == "-" ? "_" : $0 })
        var columns = [ReportColumn("rank", "#", .identifier), ReportColumn(name, dimension.name, isKey: true)]
        if dimension == .client { columns.append(ReportColumn("owner")) }
        columns += [
            counted("requests", .requests, .count), counted("connections", .connections, .count),
            counted("bytes", .bytes, .bytes), counted("errors", .errors, .count),
            // The largest duration says the same again.
            ReportColumn(
                "longest_ms", "longest", .milliseconds, isMinor: !durations.isEmpty,
                isPoint: measure == .duration && durations.isEmpty),
        ]
        if !durations.isEmpty {
            columns += [
                ReportColumn("durations", "timed", .count, isMinor: true),
                ReportColumn("total_ms", "total time", .milliseconds),
                ReportColumn("p95_ms", "p95", .milliseconds, isPoint: true),
                ReportColumn("max_ms", "max", .milliseconds, isPoint: true),
                ReportColumn(Self.cutColumn, nil, .flag, isMinor: true),
            ]
        }
        if sampling != nil { columns.append(ReportColumn("error", "±", measure == .bytes ? .bytes : .count)) }
        columns.append(ReportColumn("share", "share", .percent))
        return columns
    }

    /// What the values are ranked by stays on a narrow terminal, and the connections that durations are of.
    private func counted(_ name: String, _ own: RankMeasure, _ kind: ReportColumn.Kind) -> ReportColumn {
        let isPoint = own == measure || (own == .connections && measure == .duration)
        return ReportColumn(name, nil, kind, isSecondary: !isPoint, isPoint: isPoint)
    }

    private func row(rank: Int?, _ value: WindowAggregate.DimensionValue) -> ReportRow {
        let activity = value.activity
        var cells: [ReportCell] = [.optional(rank), .text(value.value)]
        if dimension == .client {
            cells.append(.optional(IPAddress(value.value).flatMap { owners.owner(of: $0) }))
        }
        cells += [
            .count(activity.requests, ifToldBy: told, .requests),
            .count(activity.connections, ifToldBy: told, .connections),
            .count(activity.bytes, ifToldBy: told, .bytes), .count(activity.errors, ifToldBy: told, .errors),
        ]
        let own = durations[value.value]
        let isCut = own.map { $0.isMaximumCut && $0.maximumNanoseconds >= activity.longest } ?? false
        cells.append(
            isCut
                ? .atLeast(Double(activity.longest) / 1e6)
                : .milliseconds(activity.longest, ifToldBy: told, .lengths))
        if !durations.isEmpty {
            func bounded(_ milliseconds: Double?, _ isCut: Bool) -> ReportCell {
                guard let milliseconds else { return .absent }
                return isCut ? .atLeast(milliseconds) : .number(milliseconds)
            }
            cells += [
                .optional(own?.count), bounded(own?.totalMilliseconds, own?.areSomeCut ?? false),
                .optional(own?.p95Milliseconds),
                bounded(own.map { Double($0.maximumNanoseconds) / 1e6 }, own?.isMaximumCut ?? false),
                own.map { .flag($0.isMaximumCut) } ?? .absent,
            ]
        }
        if let sampling {
            cells.append(.optional(sampling.halfWidth(of: activity.value(of: measure), measure)?.rounded()))
        }
        cells.append(share(activity))
        return ReportRow(cells)
    }

    /// Longest times do not add up to anything that one could have a share of.
    private func share(_ activity: Activity) -> ReportCell {
        if measure == .duration { return .absent }
        let total = aggregate.totals.activity.value(of: measure)
        let share = total > 0 ? Double(activity.value(of: measure)) / Double(total) : 0
        return .number(NumberText.rounded(share, 6))
    }
}

extension ReportCell {
    /// Creates a count; a zero that the evidence cannot tell is absent.
    package static func count(
        _ value: Int64, ifToldBy told: EvidenceKind.Told, _ what: EvidenceKind.Told
    ) -> ReportCell {
        value == 0 && !told.isSuperset(of: what) ? .absent : .integer(value)
    }

    /// Creates a time of so many nanoseconds; a zero that the evidence cannot tell is absent.
    package static func milliseconds(
        _ nanoseconds: Int64, ifToldBy told: EvidenceKind.Told, _ what: EvidenceKind.Told
    ) -> ReportCell {
        nanoseconds == 0 && !told.isSuperset(of: what) ? .absent : .number(Double(nanoseconds) / 1e6)
    }
}
