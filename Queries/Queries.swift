/// The named queries of the folder `sql`, embedded in the binary.
public enum EmbeddedQueries {
    /// A query with its header comment.
    public struct Query: Sendable {
        /// What `query NAME` takes.
        public var name: String
        /// UTF-8.
        public var text: [UInt8]
    }

    /// Every query, in the order of names. One file and one line here add a query.
    public static let all: [Query] = [
        Query(name: "active-and-long", text: PackageResources.active_and_long_sql),
        Query(name: "client-ips", text: PackageResources.client_ips_sql),
        Query(name: "coverage-gaps", text: PackageResources.coverage_gaps_sql),
        Query(name: "domains", text: PackageResources.domains_sql),
        Query(name: "errors-by-path", text: PackageResources.errors_by_path_sql),
        Query(name: "errors-by-target", text: PackageResources.errors_by_target_sql),
        Query(name: "finding-evidence", text: PackageResources.finding_evidence_sql),
        Query(name: "findings", text: PackageResources.findings_sql),
        Query(name: "health-checks", text: PackageResources.health_checks_sql),
        Query(name: "health-flaps", text: PackageResources.health_flaps_sql),
        Query(name: "heaviest-paths", text: PackageResources.heaviest_paths_sql),
        Query(name: "latency-by-minute", text: PackageResources.latency_by_minute_sql),
        Query(name: "ledger", text: PackageResources.ledger_sql),
        Query(name: "load-balancer-errors", text: PackageResources.load_balancer_errors_sql),
        Query(name: "long-connections", text: PackageResources.long_connections_sql),
        Query(name: "longest-connections", text: PackageResources.longest_connections_sql),
        Query(name: "new-clients", text: PackageResources.new_clients_sql),
        Query(name: "one-client", text: PackageResources.one_client_sql),
        Query(name: "one-trace", text: PackageResources.one_trace_sql),
        Query(name: "owners", text: PackageResources.owners_sql),
        Query(name: "rejected-flows", text: PackageResources.rejected_flows_sql),
        Query(name: "rejected-records", text: PackageResources.rejected_records_sql),
        Query(name: "resets", text: PackageResources.resets_sql),
        Query(name: "retransmissions", text: PackageResources.retransmissions_sql),
        Query(name: "shared-connections", text: PackageResources.shared_connections_sql),
        Query(name: "slow-requests", text: PackageResources.slow_requests_sql),
        Query(name: "status-codes", text: PackageResources.status_codes_sql),
        Query(name: "target-ports", text: PackageResources.target_ports_sql),
        Query(name: "tls", text: PackageResources.tls_sql),
        Query(name: "traffic-by-minute", text: PackageResources.traffic_by_minute_sql),
        Query(name: "unanswered-syns", text: PackageResources.unanswered_syns_sql),
        Query(name: "user-agents", text: PackageResources.user_agents_sql),
    ]
}
