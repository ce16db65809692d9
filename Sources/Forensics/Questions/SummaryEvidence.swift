import ForensicsModel
import ForensicsStore

/// What `summary` tells of the bodies of evidence, one after the other and never added: their totals, how these went over time,
/// statuses, and the clients with most.
struct SummaryEvidence {
    private let session: CaseSession
    private var totals: [ReportRow] = []
    private var statuses: [ReportRow] = []
    /// What each counts, minute by minute.
    private(set) var plots: [ReportDocument.Section] = []
    /// The clients with most, a table for each.
    private(set) var topClients: [ReportTable] = []
    /// Whether one of them keeps one flow in several.
    private(set) var isSampled = false
    private(set) var hasHealthChecks = false

    /// Clients listed of each.
    private let topLimit: Int

    /// The dimensions that an aggregate has to have.
    static let dimensions: [Dimension] = [.status, .client]

    init(_ session: CaseSession, top: Int) {
        self.session = session
        topLimit = top
    }

    /// Adds a body of evidence.
    ///
    /// - Parameter aggregate: what it did in the window that is looked at, by `dimensions`.
    mutating func add(_ group: EvidenceGroup, _ aggregate: WindowAggregate) throws(ForensicsError) {
        isSampled = isSampled || group.sampleRate > 1
        hasHealthChecks = hasHealthChecks || aggregate.totals.healthChecks > 0
        let sampling = try session.samplingError(of: group, in: aggregate.window)
        totals.append(Self.totals(group, aggregate, sampling))
        statuses += Self.statuses(group, aggregate)
        let measure: RankMeasure = aggregate.totals.activity.requests > 0 ? .requests : .connections
        if !group.kind.told.isDisjoint(with: [.requests, .connections]) {
            plots.append(Self.plot(group, aggregate, measure))
        }
        var top = TopReport(
            aggregate, dimension: .client, measure: measure, limit: topLimit, owners: session.owners,
            sampling: sampling, kind: group.kind
        ).table
        if top.rows.isEmpty { return }
        // Members of a JSON object: each name once.
        let number = totals.count { $0.cells.first == totals.last?.cells.first }
        top.name = "top_clients_\(group.kind.name)" + (number > 1 ? "_\(number)" : "")
        top.title = "Top clients by \(measure.rawValue) (\(group.name))"
        topClients.append(top)
    }

    /// Each body of evidence in a row.
    ///
    /// - Parameter style: people need not read that every flow was kept.
    func table(_ style: OutputStyle) -> ReportTable {
        var table = ReportTable(name: "totals", title: "Evidence", columns: Self.totalColumns, rows: totals)
        guard style.format == .table, !isSampled else { return table }
        let count = Self.totalColumns.count - Self.sampleColumns.count
        table.columns.removeLast(Self.sampleColumns.count)
        for index in table.rows.indices {
            table.rows[index].cells.removeLast(table.rows[index].cells.count - count)
        }
        return table
    }

    /// Answers by status; `nil` if there are none.
    var statusTable: ReportTable? {
        guard !statuses.isEmpty else { return nil }
        return ReportTable(
            name: "statuses", title: "Answers by status",
            columns: [
                ReportColumn("kind", "Kind"), ReportColumn("status", "Status"),
                ReportColumn("requests", "Requests", .count),
            ], rows: statuses)
    }

    /// What the group counts, minute by minute.
    private static func plot(
        _ group: EvidenceGroup, _ aggregate: WindowAggregate, _ measure: RankMeasure
    ) -> ReportDocument.Section {
        let window = aggregate.window
        let width = TimelineReport.width(for: window, rows: 500)
        let rows = TimelineReport(aggregate, window: window, width: width, measure: measure).rows
        let values = rows.map { Double($0.totals.activity.value(of: measure)) }
        return .sparkline(
            title: "\(measure.rawValue) over time (\(group.name))", values: values,
            from: TimeText.minute(window.start.nanoseconds), to: TimeText.minute(window.end.nanoseconds))
    }

    private static let totalColumns =
        [
            ReportColumn("kind", "Kind"), ReportColumn("vantage", "Vantage"),
            ReportColumn("from_time", "From", .time, isSecondary: true),
            ReportColumn("to_time", "To", .time, isSecondary: true), ReportColumn("requests", "Requests", .count),
            ReportColumn("connections", "Connections", .count), ReportColumn("bytes", "Bytes", .bytes),
            ReportColumn("client_errors", "4xx", .count), ReportColumn("server_errors", "5xx", .count),
            ReportColumn("timeouts", "Time-outs", .count), ReportColumn("resets", "Resets", .count),
            ReportColumn("long", "Over 5 min", .count, isSecondary: true),
            ReportColumn("health_checks", "Health checks", .count, isSecondary: true),
            ReportColumn("failed_health_checks", "Failed", .count, isSecondary: true),
        ] + sampleColumns

    /// Counts are estimates where one flow in several was kept: how far they can be off (95 %).
    private static let sampleColumns = [
        ReportColumn("sample_rate", "1 flow in", .identifier),
        ReportColumn("requests_error", "Requests ±", .count),
        ReportColumn("connections_error", "Connections ±", .count), ReportColumn("bytes_error", "Bytes ±", .bytes),
    ]

    private static func totals(
        _ group: EvidenceGroup, _ aggregate: WindowAggregate, _ sampling: SamplingError?
    ) -> ReportRow {
        let (window, totals) = (aggregate.window, aggregate.totals)
        func count(_ value: Int64, _ what: EvidenceKind.Told) -> ReportCell {
            .count(value, ifToldBy: group.kind.told.subtracting(group.untold), what)
        }
        /// In an access log a check is a request; a capture has both. A kind that has neither cannot tell.
        func checks(_ probes: Int64, _ requests: Int64) -> ReportCell {
            guard group.kind.told.contains(.requests) || group.kind == .albHealthCheck else { return .absent }
            return .integer(probes + (group.kind.isCapture ? 0 : requests))
        }
        return ReportRow([
            .text(group.kind.name), .optional(group.vantage), .integer(window.start.nanoseconds),
            .integer(window.end.nanoseconds), count(totals.activity.requests, .requests),
            count(totals.activity.connections, .connections), count(totals.activity.bytes, .bytes),
            count(totals.clientErrors, .requests), count(totals.serverErrors, .requests),
            count(totals.timeouts, .timeouts), count(totals.resets, .resets),
            count(totals.long, [.connections, .connectionLengths]),
            checks(totals.healthChecks, aggregate.healthCheckRequests),
            checks(totals.failedHealthChecks, aggregate.failedHealthCheckRequests), .integer(group.sampleRate),
            .optional(sampling?.halfWidth(of: totals.activity.requests, .requests)?.rounded()),
            .optional(sampling?.halfWidth(of: totals.activity.connections, .connections)?.rounded()),
            .optional(sampling?.halfWidth(of: totals.activity.bytes, .bytes)?.rounded()),
        ])
    }

    private static func statuses(_ group: EvidenceGroup, _ aggregate: WindowAggregate) -> [ReportRow] {
        (aggregate.dimensions[.status] ?? []).filter { $0.activity.requests > 0 }.sorted { $0.value < $1.value }.map {
            ReportRow([.text(group.kind.name), .text($0.value), .integer($0.activity.requests)])
        }
    }
}
