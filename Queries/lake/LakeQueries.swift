/// The statements of this folder, embedded in the binary: UTF-8, with `{{name}}` where a value goes.
public enum LakeQueries {
    // Tables: Hive DDL.
    /// ALB access logs.
    public static let albAccess = PackageResources.alb_access_sql
    /// ALB connection logs.
    public static let albConnection = PackageResources.alb_connection_sql
    /// NLB access logs.
    public static let nlbAccess = PackageResources.nlb_access_sql
    /// CLB access logs.
    public static let clbAccess = PackageResources.clb_access_sql
    /// VPC flow logs.
    public static let vpcFlow = PackageResources.vpc_flow_sql

    // Lines as rows.
    /// Requests and connections of any load balancer, from what its lines tell.
    public static let facts = PackageResources.facts_sql
    /// What the lines of an ALB tell of requests.
    public static let albLines = PackageResources.alb_lines_sql
    /// What the lines of an ALB tell of connections.
    public static let albConnectionLines = PackageResources.alb_connection_lines_sql
    /// What the lines of an NLB tell.
    public static let nlbLines = PackageResources.nlb_lines_sql
    /// What the lines of a CLB tell.
    public static let clbLines = PackageResources.clb_lines_sql
    /// Rows of a flow log.
    public static let vpcFlowFacts = PackageResources.vpc_flow_facts_sql

    // What `compare` and `top` take.
    /// Everything two windows did.
    public static let windowActivity = PackageResources.window_activity_sql
    /// The bucket of one number, a column of that.
    public static let histogramBucket = PackageResources.histogram_bucket_sql
    /// Connections pieced from the requests of some clients.
    public static let tracedConnections = PackageResources.traced_connections_sql

    /// A question with a name.
    public struct Question: Sendable {
        /// What `athena query NAME` and `spark query NAME` take.
        public var name: String
        /// UTF-8.
        public var text: [UInt8]
    }

    /// Every question, in the order of names. One file and one line here add one.
    public static let questions: [Question] = [
        Question(name: "active-and-long", text: PackageResources.lake_active_and_long_sql),
        Question(name: "client-ips", text: PackageResources.lake_client_ips_sql),
        Question(name: "domains", text: PackageResources.lake_domains_sql),
        Question(name: "heaviest-flows", text: PackageResources.lake_heaviest_flows_sql),
        Question(name: "lines", text: PackageResources.lake_lines_sql),
        Question(name: "longest-connections", text: PackageResources.lake_longest_connections_sql),
        Question(name: "rejected-flows", text: PackageResources.lake_rejected_flows_sql),
        Question(name: "status-codes", text: PackageResources.lake_status_codes_sql),
        Question(name: "target-ports", text: PackageResources.lake_target_ports_sql),
        Question(name: "unmatched", text: PackageResources.lake_unmatched_sql),
    ]
}
