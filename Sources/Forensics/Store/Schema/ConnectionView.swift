import ForensicsModel

/// `connections`: the rows of logs and captures, and the connections that ALB requests of one trace id imply.
///
/// The rows are united as they are stored and told in the contract's form outside of that: SQLite computes every column
/// of a union, used or not, and only the used ones of what stands around it.
enum ConnectionView {
    static let sql = told(of: "\(storedRows) UNION ALL \(impliedRows)")

    /// The view without implied connections, and those alone.
    static let stored = told(of: storedRows)
    static let implied = told(of: impliedRows)

    /// The kind whose requests imply connections.
    static let impliedKind = Int64(EvidenceKind.alb.rawValue)

    /// The columns that rows have under the name of their table's.
    private static let plainColumns = RowTable.connection.columnNames.filter { $0 != "time" && $0 != "trace_key" }

    private static let storedRows =
        "SELECT \(SQLExpressions.id) AS id, s.rank AS source_id, s.kind AS kind, s.vantage AS vantage,"
        + " \(SQLExpressions.nanoseconds("r.time")) AS end_ns, NULL AS requests, "
        + plainColumns.map { "r.\($0) AS \($0)" }.joined(separator: ", ") + " \(SQLExpressions.rows(.connection))"

    /// A connection of an ALB lasts at least from its first request to its last answer; its other columns are those of
    /// its first request. What requests do not tell is NULL. A request of a minute or more whose record names no connection
    /// stands for one.
    ///
    /// Bytes are what logs claim: they are added as floating point numbers, exact up to 2⁵³, because a sum of integers that
    /// passes 63 bits is an error that ends the whole query.
    private static let impliedRows: String = {
        let time = SQLExpressions.nanoseconds("r.time")
        let elapsed = "COALESCE(\(SQLExpressions.duration("r.elapsed")), 0)"
        let groups =
            "SELECT min(\(SQLExpressions.id)) AS id, s.vantage AS vantage, min(\(time) - \(elapsed)) AS start_ns,"
            + " max(\(time)) AS end_ns, CAST(sum(1.0 * r.bytes_from_client) AS INTEGER) AS bytes_from_client,"
            + " CAST(sum(1.0 * r.bytes_from_server) AS INTEGER) AS bytes_from_server, count(*) AS requests"
            + " \(SQLExpressions.rows(.request))"
            + " WHERE s.kind = \(impliedKind) AND (r.trace_key IS NOT NULL OR \(elapsed) >= \(RowTable.longConnectionLimit))"
            + " GROUP BY r.trace_key, CASE WHEN r.trace_key IS NULL THEN r.id END, s.vantage"
        let lasted = "(g.end_ns - g.start_ns)"
        let known = [
            // Whole microseconds where nanoseconds have no room, as `Cell.duration` has it.
            "elapsed": "CASE WHEN \(lasted) >> 61 = 0 THEN \(lasted) << 2 | 2 ELSE \(lasted) / 1000 << 2 | 1 END",
            "client": "r.client", "client_port": "r.client_port",
            "route": "r.route", "bytes_from_client": "g.bytes_from_client", "bytes_from_server": "g.bytes_from_server",
        ]
        return "SELECT g.id AS id, g.id >> 32 AS source_id, \(impliedKind) AS kind, g.vantage AS vantage,"
            + " g.end_ns AS end_ns, g.requests AS requests, "
            + plainColumns.map { "\(known[$0] ?? "NULL") AS \($0)" }.joined(separator: ", ")
            + " FROM (\(groups)) g JOIN source f ON f.rank = g.id >> 32"
            + " JOIN request r ON r.id = f.first_row + ((g.id & 4294967295) << f.row_shift)"
    }()

    private static func told(of rows: String) -> String {
        CaseView.select(columns) + " FROM (\(rows)) u LEFT JOIN route ro ON ro.id = u.route"
            + " LEFT JOIN link l ON l.id = u.link"
    }

    /// What counts as an error, asked of the one place that says so; NULL for what requests imply.
    private static let failed: String = {
        func isError(_ change: (inout Connection) -> Void) -> Bool {
            var connection = Connection(
                id: FactID(source: 0, record: 0), offset: 0, kind: .pcap, start: Timestamp(nanoseconds: 0),
                end: Timestamp(nanoseconds: 0), client: Endpoint(.unspecified, 0), server: Endpoint(.unspecified, 0))
            change(&connection)
            return connection.isError
        }
        let flags = SQLExpressions.flags { flag in isError { $0.flags = ConnectionFlags(rawValue: flag) } }
        let states = ConnectionState.allCases.filter { state in isError { $0.state = state } }.map(\.rawValue)
        // What is an error in one state alone: an ICMP error instead of an answer.
        let pairs = ConnectionState.allCases.filter { !states.contains($0.rawValue) }.compactMap { state -> String? in
            let more =
                ~flags
                & SQLExpressions.flags { flag in
                    isError {
                        $0.state = state; $0.flags = ConnectionFlags(rawValue: flag)
                    }
                }
            return more == 0 ? nil : " OR (COALESCE(l.state, 0) = \(state.rawValue) AND (l.flags & \(more)) <> 0)"
        }
        let senders = ResetSender.allCases.filter { sender in isError { $0.resetBy = sender } }.map(\.rawValue)
        return implied(
            "l.role", "NULL",
            "(l.flags & \(flags)) <> 0 OR COALESCE(l.state, 0) IN (\(SQLExpressions.list(states)))"
                + " OR COALESCE(l.reset_by, 0) IN (\(SQLExpressions.list(senders)))" + pairs.joined())
    }()

    private static func flag(_ flag: ConnectionFlags) -> String { "COALESCE((l.flags & \(flag.rawValue)) <> 0, 0)" }

    /// An expression on the link, or what holds where there is none: for implied connections.
    private static func implied(_ link: String, _ value: String, _ expression: String) -> String {
        "CASE WHEN \(link) IS NULL THEN \(value) ELSE \(expression) END"
    }

    private static let columns: [(name: String, expression: String)] = {
        let start = "u.end_ns - \(SQLExpressions.duration("u.elapsed"))"
        return [
            ("id", "u.id"),
            ("source_id", "u.source_id"),
            ("kind", SQLExpressions.kind(of: "u.kind")),
            ("vantage", "u.vantage"),
            ("role", implied("l.role", "'client'", RequestView.names("l.role", ConnectionRole.self) { $0.name })),
            (
                "protocol",
                implied("l.transport", "'tcp'", RequestView.names("l.transport", TransportProtocol.self) { $0.name })
            ),
            ("service", RequestView.names("l.service", ApplicationService.self) { $0.name }),
            ("start_time", SQLExpressions.time(start)),
            ("end_time", SQLExpressions.time("u.end_ns")),
            ("start_ns", start),
            ("end_ns", "u.end_ns"),
            ("start_seen", flag(.startSeen)),
            ("end_seen", flag(.endSeen)),
            ("duration_ms", SQLExpressions.milliseconds("u.duration", orElse: "u.elapsed")),
            ("client_ip", SQLExpressions.address("u.client")),
            ("client_port", SQLExpressions.port("u.client_port")),
            ("peer_ip", SQLExpressions.address("COALESCE(u.peer, u.client)")),
            ("server_ip", SQLExpressions.address("u.server")),
            ("server_port", SQLExpressions.port("u.server_port")),
            ("load_balancer", SQLExpressions.text("ro.load_balancer")),
            ("domain", SQLExpressions.text("ro.domain")),
            ("owner", SQLExpressions.owner("u.client")),
            ("state", RequestView.names("l.state", ConnectionState.self) { $0.name }),
            ("history", SQLExpressions.text("u.history")),
            ("bytes_from_client", "u.bytes_from_client"),
            ("bytes_from_server", "u.bytes_from_server"),
            ("packets_from_client", "u.packets_from_client"),
            ("packets_from_server", "u.packets_from_server"),
            ("retransmissions", "u.retransmissions"),
            ("out_of_order", "u.out_of_order"),
            ("duplicate_acks", "u.duplicate_acks"),
            ("zero_windows", "u.zero_windows"),
            ("resets", "u.resets"),
            ("reset_by", RequestView.names("l.reset_by", ResetSender.self) { $0.name }),
            ("handshake_ms", SQLExpressions.milliseconds("u.handshake")),
            ("tls_handshake_ms", SQLExpressions.milliseconds("u.tls_handshake")),
            ("tls_version", RequestView.names("ro.tls_version", TLSVersion.self) { $0.name }),
            ("tls_cipher", SQLExpressions.text("ro.tls_cipher")),
            ("alpn", SQLExpressions.text("l.alpn")),
            ("ja4", SQLExpressions.text("u.ja4")),
            ("is_health_check", flag(.healthCheck)),
            ("weight", "COALESCE(l.weight, 1)"),
            ("node", SQLExpressions.text("ro.node")),
            ("error_reason", SQLExpressions.text("l.error_reason")),
            ("is_rejected", flag(.rejected)),
            ("is_client_guessed", flag(.clientGuessed)),
            ("is_tls_failed", flag(.tlsFailed)),
            ("is_second_leg", flag(.secondLeg)),
            ("tunnel", SQLExpressions.text("u.tunnel")),
            ("requests", "u.requests"),
            ("details", SQLExpressions.text("l.details")),
            ("is_error", failed),
            ("is_repeated", flag(.repeated)),
        ]
    }()
}
