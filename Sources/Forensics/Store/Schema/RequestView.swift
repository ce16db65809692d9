import ForensicsModel

/// `requests`: the rows of logs and of captures.
///
/// One `SELECT` without `UNION`: SQLite folds it into the query that names it and computes only the columns used.
enum RequestView {
    static let sql: String = {
        let time = SQLExpressions.nanoseconds("r.time")
        let template = SQLExpressions.text("r.path")
        // The connection is in a source of its own: its id is told by that source's rank.
        let connection =
            "(SELECT c.rank << 32 | ((r.connection - c.first_row) >> c.row_shift) FROM source c"
            + " WHERE c.ordinal = (r.connection >> 42 & 1048575))"
        let columns: [(name: String, expression: String)] = [
            ("id", SQLExpressions.id),
            ("source_id", "s.rank"),
            ("connection_id", connection),
            ("kind", SQLExpressions.kind),
            ("vantage", "s.vantage"),
            ("time", SQLExpressions.time(time)),
            ("time_ns", time),
            ("start_ns", "\(time) - \(SQLExpressions.duration("r.elapsed"))"),
            ("client_ip", SQLExpressions.address("r.client")),
            ("client_port", SQLExpressions.port("r.client_port")),
            ("peer_ip", SQLExpressions.address("COALESCE(r.peer, r.client)")),
            ("target_ip", SQLExpressions.address("t.address")),
            ("target_port", "t.port"),
            ("load_balancer", SQLExpressions.text("ro.load_balancer")),
            ("domain", SQLExpressions.text("ro.domain")),
            ("method", SQLExpressions.text("o.method")),
            ("path", SQLExpressions.path(template: template, argument: "r.argument")),
            ("http_version", names("o.http_version", HTTPVersion.self) { $0.name }),
            ("status", "o.status"),
            ("target_status", "o.target_status"),
            ("request_ms", SQLExpressions.milliseconds("r.request_time")),
            ("target_ms", SQLExpressions.milliseconds("r.target_time")),
            ("response_ms", SQLExpressions.milliseconds("r.response_time")),
            ("total_ms", SQLExpressions.milliseconds("r.total", orElse: "r.elapsed")),
            ("bytes_from_client", "r.bytes_from_client"),
            ("bytes_from_server", "r.bytes_from_server"),
            ("user_agent", SQLExpressions.text("r.user_agent")),
            ("trace_id", SQLExpressions.trace("r.trace", time: time)),
            ("error_reason", SQLExpressions.text("o.error_reason")),
            ("blame", names("o.blame", Blame.self) { $0.name }),
            ("cause", names("o.cause", ExchangeCause.self) { $0.name }),
            ("is_health_check", "o.flags & 1"),
            ("weight", "o.weight"),
            ("start_time", SQLExpressions.time("\(time) - \(SQLExpressions.duration("r.elapsed"))")),
            ("scheme", names("ro.scheme", RequestScheme.self) { $0.name }),
            ("tls_version", names("ro.tls_version", TLSVersion.self) { $0.name }),
            ("tls_cipher", SQLExpressions.text("ro.tls_cipher")),
            ("node", SQLExpressions.text("ro.node")),
            ("target_group", SQLExpressions.text("ro.target_group")),
            ("path_template", template),
            ("actions", SQLExpressions.text("o.actions")),
            ("classification", SQLExpressions.text("o.classification")),
            ("forwarded_for", "r.forwarded_for"),
            ("owner", SQLExpressions.owner("r.client")),
            ("is_timed_out", timedOut),
            ("is_second_leg", "(o.flags & \(ExchangeFlags.secondLeg.rawValue)) <> 0"),
            ("is_undetermined", "(o.flags & \(ExchangeFlags.undetermined.rawValue)) <> 0"),
            ("is_aborted", "(o.flags & \(ExchangeFlags.aborted.rawValue)) <> 0"),
            ("is_client_untrusted", "(o.flags & \(ExchangeFlags.clientUntrusted.rawValue)) <> 0"),
            ("extra", SQLExpressions.text("r.extra")),
            ("certificate", SQLExpressions.text("ro.certificate")),
            ("rule_priority", "ro.rule - 1"),
            ("details", "r.details"),
            ("is_error", failed),
        ]
        return CaseView.select(columns) + " \(SQLExpressions.rows(.request))"
            + " LEFT JOIN route ro ON ro.id = r.route LEFT JOIN outcome o ON o.id = r.outcome"
            + " LEFT JOIN endpoint t ON t.id = r.target"
    }()

    /// What counts as a time-out, asked of the one place that says so.
    private static let timedOut: String = {
        func isTimeout(_ change: (inout Exchange) -> Void) -> Bool {
            var exchange = Exchange(
                id: FactID(source: 0, record: 0), offset: 0, kind: .alb, time: Timestamp(nanoseconds: 0),
                client: Endpoint(.unspecified, 0))
            exchange.status = 200
            change(&exchange)
            return exchange.isTimeout
        }
        let statuses = (0...999).filter { status in isTimeout { $0.status = UInt16(status) } }
        let causes = ExchangeCause.allCases.filter { cause in isTimeout { $0.cause = cause } }.map(\.rawValue)
        return "((o.flags & \(ExchangeFlags.timedOut.rawValue)) <> 0"
            + " OR COALESCE(o.status, 0) IN (\(SQLExpressions.list(statuses)))"
            + " OR COALESCE(o.cause, 0) IN (\(SQLExpressions.list(causes))))"
    }()

    /// What counts as an error, asked of the one place that says so.
    private static let failed: String = {
        func isError(_ change: (inout Exchange) -> Void) -> Bool {
            var exchange = Exchange(
                id: FactID(source: 0, record: 0), offset: 0, kind: .alb, time: Timestamp(nanoseconds: 0),
                client: Endpoint(.unspecified, 0))
            exchange.status = 200
            change(&exchange)
            return exchange.isError
        }
        let statuses = (0...999).filter { status in isError { $0.status = UInt16(status) } }
        let causes = ExchangeCause.allCases.filter { cause in isError { $0.cause = cause } }.map(\.rawValue)
        let flags = SQLExpressions.flags { flag in isError { $0.flags = ExchangeFlags(rawValue: flag) } }
        // Without a status it is one unless something says that it may yet have been answered.
        let excuses = SQLExpressions.flags { flag in
            !isError {
                $0.status = nil
                $0.flags = ExchangeFlags(rawValue: flag)
            }
        }
        return "CASE WHEN o.status IS NULL THEN (COALESCE(o.flags, 0) & \(excuses)) = 0"
            + " ELSE (o.flags & \(flags)) <> 0 OR o.status IN (\(SQLExpressions.list(statuses)))"
            + " OR COALESCE(o.cause, 0) IN (\(SQLExpressions.list(causes))) END"
    }()

    static func names<Value: CaseIterable & RawRepresentable>(
        _ expression: String, _ type: Value.Type, _ name: (Value) -> String?
    ) -> String where Value.RawValue: BinaryInteger {
        SQLExpressions.names(expression, Value.allCases.map { (Int($0.rawValue), name($0)) })
    }
}
