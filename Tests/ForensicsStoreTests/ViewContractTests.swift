import ForensicsModel
import ForensicsStore
import Testing

/// The public views have the promised columns, in the promised order, and tell absent values as NULL.
struct ViewContractTests {
    /// The columns that users may rely on; more may follow them.
    static let contract: [(CaseView, String)] = [
        (
            .sources,
            "id, path, kind, vantage, bytes, content_key, sha256, sample_rate, first_time, last_time, records, accepted, ignored, rejected, anomalous, status, ingested_at"
        ),
        (.rejects, "source_id, record, offset, reason, sample"),
        (.coverage, "source_id, vantage, load_balancer, node, from_time, to_time, reason"),
        (
            .connections,
            "id, source_id, kind, vantage, role, protocol, service, start_time, end_time, start_ns, end_ns, start_seen, end_seen, duration_ms, client_ip, client_port, peer_ip, server_ip, server_port, load_balancer, domain, owner, state, history, bytes_from_client, bytes_from_server, packets_from_client, packets_from_server, retransmissions, out_of_order, duplicate_acks, zero_windows, resets, reset_by, handshake_ms, tls_handshake_ms, tls_version, tls_cipher, alpn, ja4, is_health_check, weight"
        ),
        (
            .requests,
            "id, source_id, connection_id, kind, vantage, time, time_ns, start_ns, client_ip, client_port, peer_ip, target_ip, target_port, load_balancer, domain, method, path, http_version, status, target_status, request_ms, target_ms, response_ms, total_ms, bytes_from_client, bytes_from_server, user_agent, trace_id, error_reason, blame, cause, is_health_check, weight"
        ),
        (
            .healthChecks,
            "time, time_ns, kind, load_balancer, target_ip, target_port, outcome, status, latency_ms, reason, weight"
        ),
        (.findings, "id, time, time_ns, check, severity, blame, subject, summary, count, source_id"),
        (.evidence, "finding_id, source_id, record, offset"),
        (
            .activity,
            "source_id, kind, vantage, time, dimension, value, requests, connections, bytes, errors, longest_ms"
        ),
        (.distributions, "source_id, kind, vantage, time, measure, count, p50, p95, p99, max"),
    ]

    @Test(arguments: contract)
    func `a view begins with the columns of the contract`(view: CaseView, columns: String) throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let wanted = columns.split(separator: ",").map { $0.drop { $0 == " " } }.map(String.init)
        #expect(Array(try export(view, store).columns.prefix(wanted.count)) == wanted)
    }

    private static func value(_ columns: [String], _ row: [SQLValue], _ name: String) -> SQLValue? {
        columns.firstIndex(of: name).map { row[$0] }
    }

    @Test func `a request of a log is told in every column`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .alb) { source, batch in
            batch.exchanges.append(fullExchange(source, 7, .alb, &batch.texts))
        }
        try store.renumber()
        let (columns, rows) = try export(.requests, store)
        try #require(rows.count == 1)
        let expected: [String: SQLValue] = [
            "id": .integer(1 << 32 | 7), "source_id": .integer(1), "connection_id": .null, "kind": .text("alb"),
            "vantage": .text("v"), "time": .text("2025-11-03T11:00:00.008641969Z"),
            "time_ns": .integer(1_762_167_600_008_641_969), "start_ns": .integer(1_762_167_599_933_641_968),
            "client_ip": .text("198.51.100.7"), "client_port": .integer(40007), "peer_ip": .text("198.51.100.7"),
            "target_ip": .text("10.0.0.1"), "target_port": .integer(8443), "load_balancer": .text("app/web/0123"),
            "domain": .text("shop.example"), "method": .text("POST"), "path": .text("/orders/7"),
            "http_version": .text("HTTP/1.1"), "status": .integer(502), "target_status": .integer(500),
            "request_ms": .real(1), "target_ms": .real(2.345), "response_ms": .real(0), "total_ms": .real(75.000001),
            "bytes_from_client": .integer(321), "bytes_from_server": .integer(0), "user_agent": .text("curl/8"),
            "trace_id": .text("Root=1-67012345-89abcdef0000000000000007"), "error_reason": .text("LambdaUnhandled"),
            "blame": .text("target"), "cause": .text("target-error"), "is_health_check": .integer(0),
            "weight": .integer(1), "start_time": .text("2025-11-03T10:59:59.933641968Z"), "scheme": .text("https"),
            "tls_version": .text("TLSv1.3"), "tls_cipher": .text("TLS_AES_128_GCM_SHA256"), "node": .text("10.0.0.9"),
            "target_group": .text("tg"), "path_template": .text("/orders/{id}"), "actions": .text("waf,forward"),
            "classification": .text("Ambiguous"), "forwarded_for": .null, "owner": .null, "is_timed_out": .integer(0),
            "is_undetermined": .integer(0), "is_second_leg": .integer(0), "is_aborted": .integer(1),
            "is_client_untrusted": .integer(0),
            "extra": .text("tail"), "certificate": .text("arn:aws:acm:us-east-1:1:certificate/c"),
            "rule_priority": .integer(-1), "details": .text("{\"redirect_url\":\"https://shop.example/\"}"),
            "is_error": .integer(1),
        ]
        #expect(Set(columns) == Set(expected.keys))
        for (name, wanted) in expected {
            #expect(Self.value(columns, rows[0], name) == wanted, "\(name)")
        }
    }

    @Test func `what a request does not tell is NULL`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .clb) { source, batch in
            var exchange = Exchange(
                id: FactID(source: source, record: 1), offset: 0, kind: .clb, time: noon,
                client: Endpoint(.unspecified, 0))
            exchange.status = 0
            batch.exchanges.append(exchange)
        }
        let (columns, rows) = try export(.requests, store)
        let present: Set<String> = [
            "id", "source_id", "kind", "vantage", "time", "time_ns", "status", "is_health_check", "weight",
            "is_timed_out", "is_undetermined", "is_second_leg", "is_aborted", "is_client_untrusted", "is_error",
        ]
        for (name, value) in zip(columns, rows[0]) { #expect((value != .null) == present.contains(name), "\(name)") }
        #expect(Self.value(columns, rows[0], "status") == .integer(0))
    }

    @Test func `a connection of a capture is told in every column`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try store.setOwners([
            (try #require(IPNetwork("192.0.2.0/24")), "wide"), (try #require(IPNetwork("192.0.2.8/29")), "narrow"),
        ])
        try write(store, path: "a", kind: .pcap) { source, batch in
            batch.connections.append(fullConnection(source, 9, .pcap, &batch.texts))
        }
        let (columns, rows) = try export(.connections, store)
        try #require(rows.count == 1)
        let expected: [String: SQLValue] = [
            "id": .integer(1 << 32 | 9), "kind": .text("pcap"), "role": .text("backend"), "protocol": .text("tcp"),
            "service": .text("tls"), "start_time": .text("2025-11-03T10:51:00.000000063Z"),
            "end_time": .text("2025-11-03T11:00:09.000000063Z"), "start_seen": .integer(1), "end_seen": .integer(1),
            "duration_ms": .real(549_000), "client_ip": .text("192.0.2.9"), "client_port": .integer(50009),
            "peer_ip": .text("10.0.0.3"), "server_ip": .text("10.0.0.2"), "server_port": .integer(443),
            "load_balancer": .text("net/lb/45"), "domain": .text("api.example"), "owner": .text("narrow"),
            "state": .text("RSTO"), "history": .text("ShADadR"), "bytes_from_client": .integer(10),
            "bytes_from_server": .integer(5_000_000_000), "packets_from_client": .integer(3),
            "packets_from_server": .integer(4), "retransmissions": .integer(2), "out_of_order": .integer(0),
            "duplicate_acks": .integer(1), "zero_windows": .integer(0), "resets": .integer(1),
            "reset_by": .text("client"), "handshake_ms": .real(0.345678), "tls_handshake_ms": .real(12),
            "tls_version": .text("TLSv1.2"), "tls_cipher": .text("ECDHE-RSA-AES128-GCM-SHA256"), "alpn": .text("h2"),
            "ja4": .text("t13d1516h2_8daaf6152771_b186095e22b6"), "is_health_check": .integer(0), "weight": .integer(1),
            "error_reason": .text("alert 40"), "tunnel": .text("vni=5"),
            "details": .text("{\"listener\":\"0a1b\"}"),
        ]
        for (name, wanted) in expected { #expect(Self.value(columns, rows[0], name) == wanted, "\(name)") }
    }

    @Test func `requests of one trace id make a connection of an ALB`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .alb) { source, batch in
            for record in UInt32(1)...4 {
                var exchange = fullExchange(source, record, .alb, &batch.texts)
                exchange.client = Endpoint(IPAddress(v4: 0xC633_6401), 4242)
                exchange.traceKey = record == 4 ? 6 : 5
                exchange.time = noon.advanced(by: Int64(record) * 1_000_000_000)
                exchange.start = exchange.time.advanced(by: -500_000_000)
                batch.exchanges.append(exchange)
            }
        }
        let told = try rows(
            "SELECT id & 4294967295, kind, client_ip, client_port, duration_ms, bytes_from_client, requests, start_seen FROM connections ORDER BY id",
            store)
        #expect(
            told == [
                [
                    .integer(1), .text("alb"), .text("198.51.100.1"), .integer(4242), .real(2500), .integer(963),
                    .integer(3), .integer(0),
                ],
                [
                    .integer(4), .text("alb"), .text("198.51.100.1"), .integer(4242), .real(500), .integer(321),
                    .integer(1), .integer(0),
                ],
            ])
        #expect(try export(.connections, store).rows.count == 2)
    }

    @Test func `bytes that pass 63 bits, and ages that pass 61, end no query`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .alb) { source, batch in
            for record in UInt32(1)...2 {
                var exchange = fullExchange(source, record, .alb, &batch.texts)
                exchange.traceKey = 5
                // 1990-01-01, and a hundred years of 365 days later: 3,153,600,000 s.
                exchange.time = Timestamp(nanoseconds: (record == 1 ? 631_152_000 : 3_784_752_000) * 1_000_000_000)
                exchange.start = exchange.time
                exchange.bytesFromClient = 1 << 62
                exchange.bytesFromServer = record == 1 ? nil : 7
                batch.exchanges.append(exchange)
            }
        }
        #expect(
            try rows("SELECT bytes_from_client, bytes_from_server, requests, duration_ms FROM connections", store) == [
                [.integer(.max), .integer(7), .integer(2), .real(3_153_600_000_000)]
            ])
    }

    @Test func `the views tell the errors that the totals count`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        var expected: [[SQLValue]] = [[], []]
        try write(store, path: "a", kind: .pcap) { source, batch in
            var record: UInt32 = 0
            func request(_ change: (inout Exchange) -> Void) {
                record += 1
                var exchange = fullExchange(source, record, .pcap, &batch.texts)
                (exchange.status, exchange.cause, exchange.flags) = (200, .none, [])
                change(&exchange)
                batch.exchanges.append(exchange)
                expected[0].append(.integer(exchange.isError ? 1 : 0))
            }
            for cause in ExchangeCause.allCases { request { $0.cause = cause } }
            for status in [UInt16(0), 101, 200, 399, 400, 404, 499, 500, 504, 599, 600] {
                request { $0.status = status }
            }
            for flags in [ExchangeFlags.timedOut, .undetermined, .aborted] {
                request { $0.flags = flags }
                request { ($0.flags, $0.status) = (flags, nil) }
            }
            func connection(_ change: (inout Connection) -> Void) {
                record += 1
                var connection = fullConnection(source, record, .pcap, &batch.texts)
                (connection.state, connection.resetBy, connection.flags) = (.sf, .none, [])
                change(&connection)
                batch.connections.append(connection)
                expected[1].append(.integer(connection.isError ? 1 : 0))
            }
            for state in ConnectionState.allCases { connection { $0.state = state } }
            for sender in ResetSender.allCases { connection { $0.resetBy = sender } }
            for bit in UInt32(0)..<16 {
                let flags = ConnectionFlags(rawValue: 1 << bit)
                // Some flags say something in one state alone.
                for state in ConnectionState.allCases { connection { ($0.flags, $0.state) = (flags, state) } }
            }
        }
        for (view, told) in zip(["requests", "connections"], expected) {
            #expect(told.contains(.integer(1)) && told.contains(.integer(0)))
            #expect(try rows("SELECT is_error FROM \(view) ORDER BY id", store).map { $0[0] } == told, "\(view)")
        }
    }

    @Test func `the view tells the time-outs that the totals count`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        var expected: [SQLValue] = []
        try write(store, path: "a", kind: .alb) { source, batch in
            var record: UInt32 = 0
            func add(_ change: (inout Exchange) -> Void) {
                record += 1
                var exchange = fullExchange(source, record, .alb, &batch.texts)
                exchange.cause = .none
                exchange.status = 200
                exchange.flags = []
                change(&exchange)
                batch.exchanges.append(exchange)
                expected.append(.integer(exchange.isTimeout ? 1 : 0))
            }
            for cause in ExchangeCause.allCases { add { $0.cause = cause } }
            for status in [UInt16(0), 200, 404, 408, 460, 500, 502, 504] { add { $0.status = status } }
            add { $0.status = nil }
            add {
                $0.status = nil
                $0.flags = [.timedOut]
            }
        }
        #expect(expected.contains(.integer(1)) && expected.contains(.integer(0)))
        #expect(try rows("SELECT is_timed_out FROM requests ORDER BY id", store).map { $0[0] } == expected)
    }

    @Test func `a request of a minute that names no connection stands for one`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .alb) { source, batch in
            for (record, seconds) in [(UInt32(1), Int64(59)), (2, 60), (3, 600)] {
                var exchange = fullExchange(source, record, .alb, &batch.texts)
                exchange.traceKey = 0
                exchange.start = exchange.time.advanced(by: -seconds * 1_000_000_000)
                exchange.totalTime = seconds * 1_000_000_000
                batch.exchanges.append(exchange)
            }
        }
        #expect(
            try rows("SELECT id & 4294967295, duration_ms, requests FROM connections ORDER BY id", store)
                == [[.integer(2), .real(60_000), .integer(1)], [.integer(3), .real(600_000), .integer(1)]])
    }

    @Test func `activity and distributions unfold what was packed`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "a", kind: .alb) { source, batch in
            for record in UInt32(1)...3 {
                var exchange = fullExchange(source, record, .alb, &batch.texts)
                if record == 3 {
                    exchange.client = Endpoint(IPAddress(high: 0x2001_0DB8_0000_0000, low: 1), 1)
                } else {
                    exchange.client = Endpoint(IPAddress(v4: 0xC633_6401), 1)
                }
                batch.exchanges.append(exchange)
            }
        }
        let clients = try rows(
            "SELECT time, value, requests, connections, bytes, errors, longest_ms FROM activity WHERE dimension = 'client' ORDER BY value",
            store)
        let time = SQLValue.text("2025-11-03T11:00:00.000000000Z")
        #expect(
            clients == [
                [time, .text("198.51.100.1"), .integer(2), .null, .integer(642), .integer(2), .real(75.000001)],
                [time, .text("2001:db8::1"), .integer(1), .null, .integer(321), .integer(1), .real(75.000001)],
            ])
        #expect(
            try rows("SELECT requests FROM activity WHERE dimension IS NULL AND is_health_check = 0", store)
                == [[.integer(3)]])
        #expect(
            try rows("SELECT count, max FROM distributions WHERE measure = 'total_ms'", store)
                == [[.integer(3), .real(75.000001)]])
    }

    @Test func `flow records and health checks keep what their rows say`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        try write(store, path: "f", kind: .vpcFlow) { source, batch in
            var record = FlowRecord(id: FactID(source: source, record: 2), offset: 0)
            record.version = 2
            record.account = batch.texts.intern("123456789012")
            record.source = IPAddress(v4: 0xFFFF_FFFF)
            record.destination = IPAddress(high: 0x2001_0DB8_0000_0000, low: 0x10)
            record.sourcePort = 0
            record.destinationPort = 65535
            record.ipProtocol = 6
            record.packets = 4
            record.bytes = 5
            record.start = noon
            record.end = noon.advanced(by: 60_000_000_000)
            record.hasAction = true
            record.isReject = true
            record.tcpFlags = 0
            batch.flowRecords.append(record)
            batch.flowRecords.append(FlowRecord(id: FactID(source: source, record: 3), offset: 0))
        }
        #expect(
            try rows(
                "SELECT version, account_id, srcaddr, dstaddr, srcport, dstport, protocol, packets, bytes, start_time, end_time, action, tcp_flags FROM flow_records",
                store) == [
                    [
                        .integer(2), .text("123456789012"), .text("255.255.255.255"), .text("2001:db8::10"),
                        .integer(0),
                        .integer(65535), .integer(6), .integer(4), .integer(5), .text("2025-11-03T11:00:00.000000000Z"),
                        .text("2025-11-03T11:01:00.000000000Z"), .text("REJECT"), .integer(0),
                    ], Array(repeating: .null, count: 13),
                ])
        try write(store, path: "h", kind: .albHealthCheck) { source, batch in
            var check = HealthCheck(
                id: FactID(source: source, record: 1), offset: 0, kind: .albHealthCheck, probe: .log, outcome: .timeout,
                time: noon)
            check.target = Endpoint(IPAddress(v4: 0x0A00_0001), 80)
            check.latency = 5_000_000_001
            check.reason = batch.texts.intern("TimedOut")
            batch.healthChecks.append(check)
        }
        #expect(
            try rows(
                "SELECT time, kind, target_ip, target_port, outcome, status, latency_ms, reason, checker_ip FROM health_checks",
                store) == [
                    [
                        .text("2025-11-03T11:00:00.000000000Z"), .text("log"), .text("10.0.0.1"), .integer(80),
                        .text("timeout"), .null, .real(5000.000001), .text("TimedOut"), .null,
                    ]
                ])
    }

    @Test func `the ledger is told by its sums and by its reasons`() throws {
        let fixture = try CaseFixture()
        let store = try fixture.store()
        let unit = try store.beginUnit(
            UnitDescription(
                key: "u", kind: .nlb, vantage: nil, options: "", sources: [SourceDescription(path: "a.log", bytes: nil)]
            ))
        var batch = FactBatch()
        batch.rejects = [
            Reject(
                id: FactID(source: unit.ordinals[0], record: 4), offset: 99, reason: .badTime, sample: [0x61, 0, 0xFF])
        ]
        var encoder = store.makeEncoder()
        try store.append(try encoder.encode(batch))
        var tally = LedgerTally()
        tally.accepted = 10
        tally.anomalous = 2
        tally.ignore(.header)
        tally.ignore(.blank)
        tally.reject(.badTime)
        tally.note(.badEscape, count: 3)
        tally.see(Timestamp(nanoseconds: -1))
        var result = UnitResult(sources: [SourceResult(ordinal: unit.ordinals[0], status: .salvaged, tally: tally)])
        result.coverage = [
            Coverage(
                source: unit.ordinals[0], loadBalancer: "net/x", node: nil, from: noon, to: nil, reason: "suspected-gap"
            )
        ]
        result.findings = [
            Finding(
                id: FactID(source: unit.ordinals[0], record: 4), check: "c", severity: .critical, blame: .none,
                kind: .nlb, subject: "s", summary: "it's", start: noon, end: noon, count: 3,
                evidence: [Finding.Evidence(id: FactID(source: unit.ordinals[0], record: 5), offset: 6, measure: 7)])
        ]
        try store.finishUnit(unit, result)
        try store.renumber()
        #expect(
            try rows(
                "SELECT id, path, bytes, records, accepted, ignored, rejected, anomalous, status, first_time, ingested_at, ignored_by_reason, anomalies FROM sources",
                store) == [
                    [
                        .integer(1), .text("a.log"), .null, .integer(13), .integer(10), .integer(2), .integer(1),
                        .integer(2), .text("salvaged"), .text("1969-12-31T23:59:59.999999999Z"), .null,
                        .text("{\"header\":1,\"blank\":1}"), .text("{\"bad-escape\":3}"),
                    ]
                ])
        #expect(
            try rows("SELECT source_id, record, offset, reason, sample FROM rejects", store) == [
                [.integer(1), .integer(4), .integer(99), .text("bad-time"), .blob([0x61, 0, 0xFF])]
            ])
        #expect(
            try rows("SELECT source_id, load_balancer, node, from_time, to_time, reason FROM coverage", store) == [
                [
                    .integer(1), .text("net/x"), .null, .text("2025-11-03T11:00:00.000000000Z"), .null,
                    .text("suspected-gap"),
                ]
            ])
        #expect(
            try rows("SELECT id, \"check\", severity, blame, summary, count FROM findings", store) == [
                [.integer(1), .text("c"), .text("critical"), .null, .text("it's"), .integer(3)]
            ])
        #expect(
            try rows("SELECT * FROM evidence", store) == [
                [.integer(1), .integer(1), .integer(5), .integer(6), .integer(7), .integer(1)]
            ])
        let source = try #require(try store.sources().first)
        #expect(source.records == 13 && source.status == .salvaged && source.isUnitComplete)
        #expect(source.anomalies == [SourceRecord.NamedCount(name: "bad-escape", count: 3)])
        #expect(try store.finding(number: 1)?.finding.evidence.first?.measure == 7)
    }
}
