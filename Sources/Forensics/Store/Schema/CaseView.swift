import ForensicsModel

/// The public views: what users and other tools may rely on. Columns are only ever added, at the end.
package enum CaseView: String, CaseIterable, Sendable {
    case sources
    case rejects
    case coverage
    case connections
    case requests
    case healthChecks = "health_checks"
    case flowRecords = "flow_records"
    case findings
    case evidence
    case activity
    case distributions

    /// The name in SQL.
    package var name: String { rawValue }

    /// The statement that makes the view, as `sqlite_schema` keeps it.
    var createSQL: String { "CREATE VIEW \(name) AS \(body)" }

    /// The statement that makes the view for one connection alone, where it hides the one of the file.
    var createTemporarySQL: String { "CREATE TEMP VIEW \(name) AS \(body)" }

    private var body: String {
        switch self {
        case .sources: LedgerViews.sources
        case .rejects: LedgerViews.rejects
        case .coverage: LedgerViews.coverage
        case .connections: ConnectionView.sql
        case .requests: RequestView.sql
        case .healthChecks: HealthCheckView.sql
        case .flowRecords: FlowRecordView.sql
        case .findings: FindingViews.findings
        case .evidence: FindingViews.evidence
        case .activity: BucketViews.activity
        case .distributions: BucketViews.distributions
        }
    }

    /// The columns that make an order of the whole view, where its rows do not come source by source.
    var order: String? {
        switch self {
        case .sources: "id"
        case .rejects: "source_id, record"
        case .coverage: "source_id, from_time, to_time, load_balancer, node, reason"
        case .findings: "id"
        case .evidence: "finding_id, position"
        case .connections, .requests, .healthChecks, .flowRecords, .activity, .distributions: nil
        }
    }

    /// A column list as SQL: each expression under its name.
    static func select(_ columns: [(name: String, expression: String)]) -> String {
        "SELECT " + columns.map { "\($0.expression) AS \"\($0.name)\"" }.joined(separator: ", ")
    }
}
