import ForensicsModel

/// `connections`: rows of logs, rows of captures, and the connections that ALB requests of one trace id imply.
enum ConnectionView {
    static let sql = select(.connectionLog) + " UNION ALL " + select(.connectionPacket) + " UNION ALL " + implied

    static func select(_ table: RowTable) -> String {
        let isPacket = table == .connectionPacket
        let end = SQLExpressions.nanoseconds("r.time")
        let start = "\(end) - \(SQLExpressions.duration("r.elapsed"))"
        func packet(_ expression: String) -> String { isPacket ? expression : "NULL" }
        let columns: [(name: String, expression: String)] = [
            ("id", SQLExpressions.id(table)),
            ("source_id", "s.rank"),
            ("kind", SQLExpressions.kind),
            ("vantage", "s.vantage"),
            ("role", RequestView.names("l.role", ConnectionRole.self) { $0.name }),
            ("protocol", RequestView.names("l.transport", TransportProtocol.self) { $0.name }),
            ("service", RequestView.names("l.service", ApplicationService.self) { $0.name }),
            ("start_time", SQLExpressions.time(start)),
            ("end_time", SQLExpressions.time(end)),
            ("start_ns", start),
            ("end_ns", end),
            ("start_seen", "(l.flags & \(ConnectionFlags.startSeen.rawValue)) <> 0"),
            ("end_seen", "(l.flags & \(ConnectionFlags.endSeen.rawValue)) <> 0"),
            ("duration_ms", SQLExpressions.milliseconds("r.duration", orElse: "r.elapsed")),
            ("client_ip", SQLExpressions.address("r.client")),
            ("client_port", SQLExpressions.port("r.client_port")),
            ("peer_ip", SQLExpressions.address("COALESCE(r.peer, r.client)")),
            ("server_ip", SQLExpressions.address("r.server")),
            ("server_port", SQLExpressions.port("r.server_port")),
            ("load_balancer", SQLExpressions.text("ro.load_balancer")),
            ("domain", SQLExpressions.text("ro.domain")),
            ("owner", SQLExpressions.owner("r.client")),
            ("state", RequestView.names("l.state", ConnectionState.self) { $0.name }),
            ("history", packet(SQLExpressions.text("r.history"))),
            ("bytes_from_client", "r.bytes_from_client"),
            ("bytes_from_server", "r.bytes_from_server"),
            ("packets_from_client", "r.packets_from_client"),
            ("packets_from_server", "r.packets_from_server"),
            ("retransmissions", packet("r.retransmissions")),
            ("out_of_order", packet("r.out_of_order")),
            ("duplicate_acks", packet("r.duplicate_acks")),
            ("zero_windows", packet("r.zero_windows")),
            ("resets", packet("r.resets")),
            ("reset_by", RequestView.names("l.reset_by", ResetSender.self) { $0.name }),
            ("handshake_ms", packet(SQLExpressions.milliseconds("r.handshake"))),
            ("tls_handshake_ms", SQLExpressions.milliseconds("r.tls_handshake")),
            ("tls_version", RequestView.names("ro.tls_version", TLSVersion.self) { $0.name }),
            ("tls_cipher", SQLExpressions.text("ro.tls_cipher")),
            ("alpn", SQLExpressions.text("l.alpn")),
            ("ja4", packet(SQLExpressions.text("r.ja4"))),
            ("is_health_check", "(l.flags & \(ConnectionFlags.healthCheck.rawValue)) <> 0"),
            ("weight", "l.weight"),
            ("node", SQLExpressions.text("ro.node")),
            ("error_reason", SQLExpressions.text("l.error_reason")),
            ("is_rejected", "(l.flags & \(ConnectionFlags.rejected.rawValue)) <> 0"),
            ("is_client_guessed", "(l.flags & \(ConnectionFlags.clientGuessed.rawValue)) <> 0"),
            ("is_tls_failed", "(l.flags & \(ConnectionFlags.tlsFailed.rawValue)) <> 0"),
            ("tunnel", packet(SQLExpressions.text("r.tunnel"))),
            ("requests", "NULL"),
        ]
        return CaseView.select(columns) + " \(SQLExpressions.rows(table))"
            + " LEFT JOIN route ro ON ro.id = r.route LEFT JOIN link l ON l.id = r.link"
    }

    /// The kind whose requests imply connections.
    static let impliedKind = Int64(EvidenceKind.alb.rawValue)

    /// A connection of an ALB lasts at least from its first request to its last answer; its other columns are those of
    /// its first request. What requests do not tell is NULL.
    static let implied: String = {
        let names = [
            "protocol", "service", "start_time", "end_time", "start_ns", "end_ns", "start_seen", "end_seen",
            "duration_ms", "client_ip", "client_port", "peer_ip", "server_ip", "server_port", "load_balancer", "domain",
            "owner", "state", "history", "bytes_from_client", "bytes_from_server", "packets_from_client",
            "packets_from_server", "retransmissions", "out_of_order", "duplicate_acks", "zero_windows", "resets",
            "reset_by", "handshake_ms", "tls_handshake_ms", "tls_version", "tls_cipher", "alpn", "ja4",
            "is_health_check", "weight", "node", "error_reason", "is_rejected", "is_client_guessed", "is_tls_failed",
            "tunnel", "requests",
        ]
        let known: [String: String] = [
            "protocol": "'tcp'",
            "start_time": SQLExpressions.time("g.start_ns"),
            "end_time": SQLExpressions.time("g.end_ns"),
            "start_ns": "g.start_ns",
            "end_ns": "g.end_ns",
            "start_seen": "0",
            "end_seen": "0",
            "duration_ms": "(g.end_ns - g.start_ns) / 1000000.0",
            "client_ip": SQLExpressions.address("r.client"),
            "client_port": SQLExpressions.port("r.client_port"),
            "peer_ip": SQLExpressions.address("r.client"),
            "load_balancer": SQLExpressions.text("ro.load_balancer"),
            "domain": SQLExpressions.text("ro.domain"),
            "owner": SQLExpressions.owner("r.client"),
            "bytes_from_client": "g.bytes_from_client",
            "bytes_from_server": "g.bytes_from_server",
            "tls_version": RequestView.names("ro.tls_version", TLSVersion.self) { $0.name },
            "tls_cipher": SQLExpressions.text("ro.tls_cipher"),
            "is_health_check": "0",
            "weight": "1",
            "node": SQLExpressions.text("ro.node"),
            "is_rejected": "0",
            "is_client_guessed": "0",
            "is_tls_failed": "0",
            "requests": "g.requests",
        ]
        let time = SQLExpressions.nanoseconds("r.time")
        let elapsed = "COALESCE(\(SQLExpressions.duration("r.elapsed")), 0)"
        let groups =
            "SELECT min(\(SQLExpressions.id(.requestLog))) AS id, s.vantage AS vantage, min(\(time) - \(elapsed)) AS start_ns,"
            + " max(\(time)) AS end_ns, sum(r.bytes_from_client) AS bytes_from_client,"
            + " sum(r.bytes_from_server) AS bytes_from_server, count(*) AS requests \(SQLExpressions.rows(.requestLog))"
            + " WHERE s.kind = \(impliedKind) AND r.trace_key IS NOT NULL"
            + " GROUP BY r.trace_key, s.vantage"
        return CaseView.select(
            [
                ("id", "g.id"), ("source_id", "g.id >> 32"), ("kind", "'alb'"), ("vantage", "g.vantage"),
                ("role", "'client'"),
            ] + names.map { ($0, known[$0] ?? "NULL") })
            + " FROM (\(groups)) g JOIN source f ON f.rank = g.id >> 32"
            + " JOIN request_log r ON r.id = f.ordinal << 32 | (g.id & 4294967295)"
            + " LEFT JOIN route ro ON ro.id = r.route"
    }()
}
