import Foundation
import Testing

/// What `summary` tells beside its totals: protocols, packets, what TCP repaired, load balancers, loops and connections.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct SummaryTests {
    private typealias Rows = [[String: Any]]

    private static func summary(_ store: String, _ options: [String] = []) throws -> [String: Any] {
        let run = try Program.run(["summary", "--format", "json", "--store", store] + options)
        #expect(run.status == 0, "\(run.errors)")
        return LakeTools.json(run.output)
    }

    private static func row(_ summary: [String: Any], _ table: String, kind: String) throws -> [String: Any] {
        let rows = try #require(summary[table] as? Rows)
        return try #require(rows.first { $0["kind"] as? String == kind }, "\(rows)")
    }

    /// The numbers of a row; those that are null are left out.
    private static func numbers(_ row: [String: Any], _ names: [String]) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: names.compactMap { name in (row[name] as? Int).map { (name, $0) } })
    }

    private static func withCase(
        _ name: String, _ data: Data, options: [String] = [], _ body: (String) throws -> Void
    ) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let input = try folder.file(name, data)
        let store = folder.path("case.db")
        let run = try Program.run(["ingest", input.path, "--store", store, "-q"] + options)
        #expect(run.status == 0, "\(run.errors)")
        try body(store)
    }

    /// Two connections of eight packets, and one whose request is sent again after 400 ms, whose server answers with a closed
    /// window, and which its client resets.
    private static var troubled: Data {
        let request = Array("GET /a HTTP/1.1\r\nHost: shop.example\r\n\r\n".utf8)
        let answer = Array("HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\nok".utf8)
        let asked = UInt32(1001 + request.count)
        func segment(
            _ time: Int64, _ isFromServer: Bool, _ flags: UInt8, _ sequence: UInt32, _ acknowledged: UInt32,
            _ payload: [UInt8] = [], window: UInt16 = 0xFAF0
        ) -> SmallCapture.Segment {
            SmallCapture.Segment(
                time: 3_000_000 + time, client: 3, port: 1003, isFromServer: isFromServer, flags: flags,
                sequence: sequence, acknowledged: acknowledged, payload: payload, window: window)
        }
        let third = [
            segment(0, false, 0x02, 1000, 0), segment(500, true, 0x12, 5000, 1001),
            segment(1_000, false, 0x10, 1001, 5001), segment(1_500, false, 0x18, 1001, 5001, request),
            segment(401_500, false, 0x18, 1001, 5001, request),
            segment(421_500, true, 0x18, 5001, asked, answer, window: 0), segment(422_000, false, 0x04, asked, 0),
        ]
        return SmallCapture.file(
            SmallCapture.talk(client: 1, port: 1001, at: 0) + SmallCapture.talk(client: 2, port: 1002, at: 1_000_000)
                + third)
    }

    private static let traffic = [
        "records", "packets", "tcp_connections", "udp_connections", "other_connections", "tls_connections",
        "http_requests", "https_requests",
    ]
    private static let errors = ["retransmissions", "out_of_order", "duplicate_acks", "zero_windows", "resets"]

    @Test func `packets, protocols and what TCP repaired are those that were sent`() throws {
        try Self.withCase("a.pcap", Self.troubled) { store in
            let all = try Self.summary(store)
            #expect(
                Self.numbers(try Self.row(all, "traffic", kind: "pcap"), Self.traffic) == [
                    "records": 23, "packets": 23, "tcp_connections": 3, "udp_connections": 0, "other_connections": 0,
                    "tls_connections": 0, "http_requests": 3,
                ])
            #expect(
                Self.numbers(try Self.row(all, "tcp_errors", kind: "pcap"), Self.errors) == [
                    "retransmissions": 1, "out_of_order": 0, "duplicate_acks": 0, "zero_windows": 1, "resets": 1,
                ])
            // Each request and answer is one segment; the request that is sent again is a second one, of four.
            let segments = try Self.row(all, "tcp_errors", kind: "pcap")
            #expect(
                Self.numbers(segments, ["segments_to_clients", "segments_to_servers"]) == [
                    "segments_to_clients": 3, "segments_to_servers": 4,
                ])
            #expect(segments["resent_to_clients"] as? Double == 0)
            #expect(segments["resent_to_servers"] as? Double == 0.25)
            #expect((all["loops"] as? Rows)?.isEmpty == true)
            // The two of eight packets took 23 ms each, the other one 422 ms.
            let longest = try #require(all["top_connections_pcap"] as? Rows)
            #expect(longest.map { $0["duration_ms"] as? Double } == [422, 23, 23], "\(longest)")
            #expect(
                longest.map { $0["client"] as? String } == [
                    "198.51.100.3:1003", "198.51.100.1:1001", "198.51.100.2:1002",
                ])
            // Of one client: the records of the whole file are nobody's.
            let one = try Self.summary(store, ["--client", "198.51.100.3"])
            #expect(
                Self.numbers(try Self.row(one, "traffic", kind: "pcap"), Self.traffic) == [
                    "packets": 7, "tcp_connections": 1, "udp_connections": 0, "other_connections": 0,
                    "tls_connections": 0,
                    "http_requests": 1,
                ])
            #expect(try Self.row(one, "tcp_errors", kind: "pcap")["resent_to_servers"] is NSNull)
            let calm = try Self.summary(store, ["--client", "!198.51.100.3"])
            #expect(
                Self.numbers(try Self.row(calm, "tcp_errors", kind: "pcap"), Self.errors).values.allSatisfy { $0 == 0 })
        }
    }

    @Test(arguments: ["notable", "none"]) func `what left out rows would tell is unknown`(rows: String) throws {
        try Self.withCase("a.pcap", Self.troubled, options: ["--rows", rows]) { store in
            let all = try Self.summary(store)
            let told = Self.numbers(try Self.row(all, "traffic", kind: "pcap"), Self.traffic)
            #expect(told == ["records": 23, "http_requests": 3])
            #expect(Self.numbers(try Self.row(all, "tcp_errors", kind: "pcap"), Self.errors).isEmpty)
            if rows == "none" { #expect(all["top_connections_pcap"] == nil) }
        }
    }

    @Test func `what load balancers ask in a sample is scaled once`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let captures = SampleIncidentTests.path("captures")
        #expect(try Program.run(["ingest", captures, "--sample", "4", "--store", store, "-q"]).status == 0)
        let sums = try Program.run([
            "query", "SELECT checker_ip AS node_ip, sum(weight) AS checks FROM health_checks GROUP BY 1", "--store",
            store,
            "--format", "json",
        ])
        let known = try #require(
            try JSONSerialization.jsonObject(with: Data(sums.output.utf8)) as? [[String: Any]], "\(sums.errors)")
        #expect(known.count == 4)
        let summary = try Program.run(["summary", "--store", store, "--format", "json"])
        let told = LakeTools.json(summary.output)["load_balancers"] as? [[String: Any]] ?? []
        for row in known {
            let same = told.first { $0["node_ip"] as? String == row["node_ip"] as? String }
            #expect(same?["health_checks"] as? Int == row["checks"] as? Int, "\(row)")
        }
    }

    @Test func `the protocols of the sample incident are those of its connections`() throws {
        try ChosenWindowTests.withCase { _, store in
            let all = try Self.summary(store)
            let counted = """
                SELECT sum(protocol = 'tcp') AS tcp, sum(protocol = 'udp') AS udp, sum(service IN ('tls', 'quic')) AS tls,
                sum(packets_from_client + packets_from_server) AS packets, sum(retransmissions) AS retransmissions,
                sum(zero_windows) AS zero, sum(resets) AS resets FROM connections
                WHERE kind = 'pcap' AND is_health_check = 0 AND is_second_leg = 0
                """
            let run = try Program.run(["query", counted, "--format", "json", "--store", store])
            let rows = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? Rows)
            let truth = try #require(rows.first)
            let traffic = try Self.row(all, "traffic", kind: "pcap")
            let errors = try Self.row(all, "tcp_errors", kind: "pcap")
            for (told, name, column) in [
                (traffic, "tcp_connections", "tcp"), (traffic, "udp_connections", "udp"),
                (traffic, "tls_connections", "tls"), (traffic, "packets", "packets"),
                (errors, "retransmissions", "retransmissions"), (errors, "zero_windows", "zero"),
                (errors, "resets", "resets"),
            ] { #expect(told[name] as? Int == truth[column] as? Int && told[name] is Int, "\(name)") }
            // Of each kind what it tells, and nothing of what it does not.
            let nlb = try Self.row(all, "traffic", kind: "nlb")
            let total = try Self.row(all, "totals", kind: "nlb")["connections"] as? Int
            #expect(nlb["tcp_connections"] as? Int == total && nlb["tls_connections"] as? Int == total)
            #expect(nlb["packets"] is NSNull && nlb["udp_connections"] is NSNull && nlb["http_requests"] is NSNull)
            let listed = try Program.run([
                "top", "connection", "--kind", "nlb", "--limit", "5", "--format", "json", "--store", store,
            ])
            let longest = try #require(all["top_connections_nlb"] as? Rows)
            let expected = try Answer.rows(listed.output)
            #expect(longest.map { $0["id"] as? Int } == expected.map { $0["id"] as? Int })
            let members = try #require(all["load_balancers"] as? Rows)
            let nodes = Set(members.filter { $0["kind"] as? String == "alb" }.compactMap { $0["node_ip"] as? String })
            #expect(nodes == ["192.0.2.201", "192.0.2.202"])
        }
    }

    @Test(arguments: [(nil, 5), (2, 2), (40, 6)] as [(Int?, Int)])
    func `as many clients and connections are listed as are asked for`(limit: Int?, expected: Int) throws {
        let lines = (0..<12).map { EvidenceLines.nlb(Double($0) * 20 + 5, "192.0.2.\($0 % 6 + 1)", milliseconds: 900) }
        try Self.withCase("nlb.log", Data((lines.joined(separator: "\n") + "\n").utf8)) { store in
            let summary = try Self.summary(store, limit.map { ["--limit", "\($0)"] } ?? [])
            #expect((summary["top_clients_nlb"] as? Rows)?.count == expected)
            #expect((summary["top_connections_nlb"] as? Rows)?.count == min(12, limit ?? 5))
        }
    }

    @Test func `requests of an access log are divided by whether they came over HTTPS`() throws {
        let name =
            "123456789012_elasticloadbalancing_us-east-1_app.shop.50dc6c495c0c9188_20260317T0905Z_10.0.1.1_00000001.log"
        let lines = (0..<5).map { index -> String in
            let line = EvidenceLines.alb(Double(index), "198.51.100.1", trace: index + 1)
            // Two of them came to the listener of HTTP.
            return index < 3
                ? line : line.replacing("TLS_AES_128_GCM_SHA256 TLSv1.3", with: "- -").replacing("https", with: "http")
        }
        try Self.withCase(name, Data((lines.joined(separator: "\n") + "\n").utf8)) { store in
            let all = try Self.summary(store)
            #expect(
                Self.numbers(try Self.row(all, "traffic", kind: "alb"), Self.traffic) == [
                    "records": 5, "http_requests": 2, "https_requests": 3,
                ])
            let balancer = try Self.row(all, "load_balancers", kind: "alb")
            #expect(balancer["type"] as? String == "Application Load Balancer")
            #expect(balancer["load_balancer"] as? String == "app/shop/50dc6c495c0c9188")
            #expect(balancer["node_ip"] as? String == "10.0.1.1" && balancer["requests"] as? Int == 5)
        }
    }

    @Test func `a load balancer of a capture is known by the connections that carry many clients`() throws {
        var talk = CaptureTalk()
        talk.add(
            .init(
                client: "10.20.0.21", clientPort: 10_000, server: "10.0.1.1", serverPort: 80,
                requests: [(1, 200), (2, 200), (3, 200)],
                forwardedFor: ["198.51.100.1", "198.51.100.2", "198.51.100.3"]))
        talk.add(
            .init(
                client: "198.51.100.9", clientPort: 10_001, server: "10.0.1.1", serverPort: 80, requests: [(4, 200)]))
        try Self.withCase("web.pcap", talk.data) { store in
            let rows = try #require(try Self.summary(store)["load_balancers"] as? Rows)
            #expect(rows.map { $0["node_ip"] as? String } == ["10.20.0.21"], "\(rows)")
            #expect(rows.first?["connections"] as? Int == 1 && rows.first?["type"] is NSNull)
        }
    }

    @Test func `a redirect loop is told with whom it goes round`() throws {
        // More than ten redirects of one client and path within a minute.
        let lines = (0..<12).map { EvidenceLines.alb(Double($0), "198.51.100.1", trace: 1, status: 301) }
        try Self.withCase("alb.log", Data((lines.joined(separator: "\n") + "\n").utf8)) { store in
            let rows = try #require(try Self.summary(store)["loops"] as? Rows)
            #expect(rows.map { $0["check"] as? String } == ["redirect-loop"], "\(rows)")
            #expect(rows.first?["count"] as? Int == 12)
            #expect((rows.first?["subject"] as? String)?.hasPrefix("198.51.100.1 ") == true)
            let text = try Program.run(["summary", "--store", store])
            #expect(text.output.contains("\nLoops\n") && text.output.contains("redirect-loop"), "\(text.output)")
        }
    }
}
