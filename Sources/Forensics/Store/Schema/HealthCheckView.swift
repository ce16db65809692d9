import ForensicsModel

/// `health_checks`, from packets and from ALB health-check logs.
enum HealthCheckView {
    static let sql: String = {
        let time = SQLExpressions.nanoseconds("r.time")
        return CaseView.select([
            ("time", SQLExpressions.time(time)),
            ("time_ns", time),
            ("kind", RequestView.names("p.probe", HealthCheck.Probe.self) { $0.name }),
            ("load_balancer", SQLExpressions.text("p.load_balancer")),
            ("target_ip", SQLExpressions.address("r.target")),
            ("target_port", SQLExpressions.port("r.target_port")),
            ("outcome", RequestView.names("p.outcome", HealthCheck.Outcome.self) { $0.name }),
            ("status", "p.status"),
            ("latency_ms", SQLExpressions.milliseconds("r.latency")),
            ("reason", SQLExpressions.text("p.reason")),
            ("weight", "p.weight"),
            ("id", SQLExpressions.id),
            ("source_id", "s.rank"),
            ("vantage", "s.vantage"),
            ("source_kind", SQLExpressions.kind),
            ("checker_ip", SQLExpressions.address("r.checker")),
            ("target_group", SQLExpressions.text("p.target_group")),
            ("target_name", SQLExpressions.text("p.target_name")),
            ("node", SQLExpressions.text("p.node")),
        ]) + " \(SQLExpressions.rows(.healthCheck)) LEFT JOIN probe p ON p.id = r.probe"
    }()
}

/// `flow_records`: the rows of VPC flow logs as they are, under AWS's names.
enum FlowRecordView {
    static let sql: String = {
        let time = SQLExpressions.nanoseconds("r.time")
        let start = "CASE WHEN r.duration = \(Cell.absentDuration) THEN NULL ELSE \(time) END"
        let end =
            "CASE WHEN r.duration = \(Cell.absentDuration) THEN \(time) ELSE \(time) + \(SQLExpressions.duration("r.duration")) END"
        return CaseView.select([
            ("id", SQLExpressions.id),
            ("source_id", "s.rank"),
            ("vantage", "s.vantage"),
            ("start_time", SQLExpressions.time(start)),
            ("end_time", SQLExpressions.time(end)),
            ("start_ns", start),
            ("end_ns", end),
            ("version", "f.version"),
            ("account_id", SQLExpressions.text("f.account")),
            ("interface_id", SQLExpressions.text("f.interface")),
            ("srcaddr", SQLExpressions.address("r.source")),
            ("dstaddr", SQLExpressions.address("r.destination")),
            ("srcport", SQLExpressions.port("r.source_port")),
            ("dstport", SQLExpressions.port("r.destination_port")),
            ("protocol", "f.protocol"),
            ("packets", "r.packets"),
            ("bytes", "r.bytes"),
            ("action", "CASE f.is_reject WHEN 1 THEN 'REJECT' WHEN 0 THEN 'ACCEPT' END"),
            ("tcp_flags", "f.tcp_flags"),
            ("pkt_srcaddr", SQLExpressions.address("r.packet_source")),
            ("pkt_dstaddr", SQLExpressions.address("r.packet_destination")),
            ("flow_direction", "CASE f.is_ingress WHEN 1 THEN 'ingress' WHEN 0 THEN 'egress' END"),
            ("traffic_path", "f.traffic_path"),
            ("reject_reason", SQLExpressions.text("f.reject_reason")),
            ("vpc_id", SQLExpressions.text("f.vpc")),
            ("subnet_id", SQLExpressions.text("f.subnet")),
            ("instance_id", SQLExpressions.text("f.instance")),
            ("az_id", SQLExpressions.text("f.zone")),
            ("pkt_src_aws_service", SQLExpressions.text("f.source_service")),
            ("pkt_dst_aws_service", SQLExpressions.text("f.destination_service")),
            ("interface_type", SQLExpressions.text("f.interface_type")),
            ("extra", SQLExpressions.text("r.extra")),
        ]) + " \(SQLExpressions.rows(.flowRecord)) LEFT JOIN flow f ON f.id = r.flow"
    }()
}
