import Foundation
import Testing

/// What `carve` takes out of the original captures, read again by the program itself.
@Suite(.enabled(if: Program.path != nil)) struct CarveTests {
    /// What a connection is, wherever it was read from.
    static let columns = """
        protocol, service, start_ns, end_ns, client_ip, client_port, peer_ip, server_ip, server_port, domain, state, history,
        bytes_from_client, bytes_from_server, packets_from_client, packets_from_server, retransmissions, resets
        """

    static func connections(_ store: String, _ condition: String) throws -> String {
        let run = try Program.run([
            "query", "SELECT \(columns) FROM connections WHERE \(condition) ORDER BY start_ns, client_port", "--store",
            store, "--format", "csv",
        ])
        #expect(run.status == 0, "\(run.errors)")
        return run.output
    }

    static func withCase(_ body: (Folder, String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let store = folder.path("case.db")
        let run = try Program.run(["ingest", SampleIncidentTests.path("captures"), "--store", store, "--quiet"])
        #expect(run.status == 0, "\(run.errors)")
        try body(folder, store)
    }

    @Test(arguments: ["198.18.77.9", "203.0.113.77", "198.51.100.20"])
    func `the packets of a client, read alone, give the same connections`(client: String) throws {
        try Self.withCase { folder, store in
            let (file, second) = (folder.path("carved.pcapng"), folder.path("carved.db"))
            let carved = try Program.run(["carve", "--client", client, "--store", store, "--output", file])
            #expect(carved.status == 0, "\(carved.errors)")
            #expect(try Program.run(["ingest", file, "--store", second, "--quiet"]).status == 0)
            let expected = try Self.connections(store, "client_ip = '\(client)'")
            #expect(expected.split(whereSeparator: \.isNewline).count > 2)
            #expect(try Self.connections(second, "client_ip = '\(client)'") == expected)
        }
    }

    @Test func `the packets of a finding name it beside each of its connections`() throws {
        try Self.withCase { folder, store in
            let found = try Program.run([
                "query", "SELECT id FROM findings WHERE \"check\" = 'reset-by-target' LIMIT 1", "--store", store,
                "--format",
                "csv",
            ])
            let id = try #require(found.output.split(whereSeparator: \.isNewline).last.map(String.init))
            let file = folder.path("finding.pcapng")
            #expect(try Program.run(["carve", "--finding", id, "--store", store, "--output", file]).status == 0)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            #expect(bytes.range(of: Data("finding \(id), reset-by-target: ".utf8)) != nil)
            #expect(bytes.range(of: Data("state RST".utf8)) != nil)
        }
    }

    @Test(arguments: [(40, 17), (16, nil)] as [(Int, Int?)])
    func `that a file holds some records of a finding alone is said`(failing: Int, kept: Int?) throws {
        let folder = try Folder()
        defer { folder.remove() }
        var talk = CaptureTalk()
        for number in 0..<failing {
            talk.add(
                .init(
                    client: "198.51.100.7", clientPort: 20_000 + number, server: "10.0.0.1", serverPort: 80,
                    requests: [(Double(number) * 2 + 1, 500)]))
        }
        let capture = try folder.file("target.pcap", talk.data)
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", capture.path, "--store", store, "-q"]).status == 0)
        let id = try #require(
            try Self.ids("SELECT id FROM findings WHERE \"check\" = 'http-5xx-target'", store).first)
        let run = try Program.run(["carve", "--finding", id, "--store", store, "--output", folder.path("some.pcapng")])
        // All took a millisecond: the first 16 are the largest too, and there is the last.
        let text = "was seen \(failing) times, and the case keeps \(kept ?? failing) of the records"
        #expect(run.status == 0 && run.errors.contains(text) == (kept != nil), "\(run.errors)")
        #expect(run.errors.contains("of \(kept ?? failing) connections"), "\(run.errors)")
    }

    /// A load balancer's checks of a target, one each ten seconds: two that succeed, three that do not.
    private static func healthChecks(_ body: (Folder, String, String) throws -> Void) throws {
        var script = PacketScript()
        for (number, status) in [200, 200, 503, 503, 503].enumerated() {
            script.exchange(
                at: Double(number) * 10, .init([0, 9], 40_000 + number), .init([1, 5], 8080),
                request: PacketScript.get("/health", fields: "User-Agent: ELB-HealthChecker/2.0\r\n"),
                answer: PacketScript.answer(status))
        }
        let folder = try Folder()
        defer { folder.remove() }
        let capture = try folder.file("checks.pcap", PacketScript.file(script.ordered)).path
        try body(folder, capture, folder.path("case.db"))
    }

    @Test func `the packets of a finding about health checks are those of the checks that prove it`() throws {
        try Self.healthChecks { folder, capture, store in
            #expect(try Program.run(["ingest", capture, "--store", store, "--quiet"]).status == 0)
            let finding = "SELECT id FROM findings WHERE \"check\" = 'health-check-failure'"
            let id = try #require(try Self.ids(finding, store).first)
            let (file, second) = (folder.path("finding.pcapng"), folder.path("second.db"))
            let run = try Program.run(["carve", "--finding", id, "--store", store, "--output", file])
            #expect(run.status == 0, "\(run.errors)")
            #expect(try Program.run(["ingest", file, "--store", second, "--quiet"]).status == 0)
            #expect(try Self.ids("SELECT DISTINCT status FROM requests", second) == ["503"])
            #expect(try Self.ids("SELECT count(*) FROM connections", second) == ["3"])
            // By themselves they are left out as everywhere.
            let others = try Program.run(["carve", "--target-port", "8080", "--store", store, "--output", file])
            #expect(others.status == 65, "\(others.errors)")
        }
    }

    @Test func `that a case keeps no rows is said where packets are looked for by them`() throws {
        try Self.healthChecks { folder, capture, store in
            #expect(try Program.run(["ingest", capture, "--rows", "none", "--store", store, "--quiet"]).status == 0)
            let run = try Program.run(
                ["carve", "--finding", "1", "--store", store, "--output", folder.path("finding.pcapng")])
            #expect(run.status == 65)
            #expect(run.errors.contains("the case keeps no rows of connections"), "\(run.errors)")
        }
    }

    /// The ids of the connections that the comments of a carved file name.
    static func carved(_ file: String) throws -> Set<String> {
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
        return Set(
            text.components(separatedBy: "connection ").dropFirst().map { String($0.prefix { $0.isNumber }) }
                .filter { !$0.isEmpty })
    }

    private static func ids(_ sql: String, _ store: String) throws -> Set<String> {
        let run = try Program.run(["query", sql, "--store", store, "--format", "csv"])
        #expect(run.status == 0, "\(run.errors)")
        return Set(run.output.split(whereSeparator: \.isNewline).dropFirst().map(String.init))
    }

    @Test(
        arguments: [
            ("--domain checkout.shop.example", "domain = 'checkout.shop.example'", "domain = 'checkout.shop.example'"),
            ("--status 5xx", "status BETWEEN 500 AND 599", "0"),
            ("--path /v1/payments", "path = '/v1/payments'", "0"),
            ("--target-port 8443", "target_port = 8443", "server_port = 8443"),
            ("--client 198.19.53.84", "client_ip = '198.19.53.84'", "role <> 'backend' AND client_ip = '198.19.53.84'"),
        ])
    func `a filter takes the connections that it admits, and those that carry a request that it admits`(
        options: String, requests: String, connections: String
    ) throws {
        try Self.withCase { folder, store in
            let file = folder.path("carved.pcapng")
            let (from, to) = ("2026-03-17T09:35:00", "2026-03-17T09:40:00")
            let run = try Program.run(
                ["carve", "--from", from + "Z", "--to", to + "Z", "--output", file, "--store", store]
                    + options.split(separator: " ").map(String.init))
            #expect(run.status == 0, "\(run.errors)")
            let overlap = "start_time < '\(to)' AND end_time >= '\(from)' AND is_health_check = 0"
            let expected = try Self.ids(
                """
                SELECT id FROM connections WHERE \(overlap) AND (\(connections)) UNION
                SELECT connection_id FROM requests WHERE start_time < '\(to)' AND time >= '\(from)'
                AND is_health_check = 0 AND (\(requests))
                """, store)
            #expect(!expected.isEmpty)
            #expect(try Self.carved(file) == expected)
            let words = options.dropFirst(2).split(separator: " ")
            #expect(run.errors.contains("filters: \(words[0].replacing("-", with: " ")) \(words[1])"), "\(run.errors)")
        }
    }

    @Test func `no packet of a client to ignore is taken, and what is left out for it is told`() throws {
        try Self.withCase { folder, store in
            let (file, client) = (folder.path("carved.pcapng"), "198.51.100.67")
            let (from, to) = ("2026-03-17T09:35:00Z", "2026-03-17T09:50:00Z")
            let run = try Program.run([
                "carve", "--from", from, "--to", to, "--ignore", client, "--output", file, "--store", store,
            ])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains("connections are left out, as they carry requests of ignored clients"))
            let second = folder.path("carved.db")
            #expect(try Program.run(["ingest", file, "--store", second, "--quiet"]).status == 0)
            let own = "SELECT count(*) FROM requests WHERE client_ip = '\(client)'"
            #expect(try Self.ids(own, store) != ["0"])
            #expect(try Self.ids(own, second) == ["0"])
            #expect(try Self.ids("SELECT count(*) > 100 FROM requests", second) == ["1"])
        }
    }

    @Test func `all requests of a client are among the packets carved for it, shared connections told as such`() throws
    {
        try Self.withCase { folder, store in
            let (file, second) = (folder.path("carved.pcapng"), folder.path("carved.db"))
            let client = "198.51.100.67"
            let run = try Program.run(["carve", "--client", client, "--output", file, "--store", store])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains("of the connections carry requests of other clients as well"), "\(run.errors)")
            #expect(try Program.run(["ingest", file, "--store", second, "--quiet"]).status == 0)
            let own = "SELECT count(*) FROM requests WHERE client_ip = '\(client)' AND is_health_check = 0"
            #expect(try Self.ids(own, second) == Self.ids(own, store))
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            #expect(bytes.range(of: Data("carries requests of several clients".utf8)) != nil)
        }
    }

    @Test func `an original that is missing or changed is named, and no file is left behind`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let (original, store, file) = (folder.path("a.pcap"), folder.path("case.db"), folder.path("carved.pcapng"))
        try FileManager.default.copyItem(atPath: SampleIncidentTests.path("captures/target-a.pcap3"), toPath: original)
        #expect(try Program.run(["ingest", original, "--store", store, "--quiet"]).status == 0)
        let arguments = ["carve", "--from", "-60m", "--store", store, "--output", file]
        #expect(try Program.run(arguments).status == 0)
        try FileManager.default.removeItem(atPath: file)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: original))
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: URL(fileURLWithPath: original))
        let changed = try Program.run(arguments)
        #expect(changed.status == 65)
        #expect(changed.errors.contains("a.pcap: is not the file that was read into the case"), "\(changed.errors)")
        try FileManager.default.removeItem(atPath: original)
        let missing = try Program.run(arguments)
        #expect(missing.status == 66)
        #expect(missing.errors.contains("a.pcap: is not there any more"), "\(missing.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).allSatisfy { !$0.contains("carved") })
    }

    @Test func `captures that were moved after they were read, or unpacked, are found where they lie now`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let (store, files) = (folder.path("case.db"), FileManager.default)
        try files.copyItem(atPath: SampleIncidentTests.path("captures"), toPath: folder.path("then"))
        #expect(try Program.run(["ingest", folder.path("then"), "--store", store, "--quiet"]).status == 0)
        func carve(_ name: String, _ more: [String] = []) throws -> Program.Result {
            try Program.run(
                ["carve", "--from", "09:35", "--to", "09:36", "--store", store, "--output", folder.path(name)] + more)
        }
        #expect(try carve("first").status == 0)
        try files.createDirectory(atPath: folder.path("now"), withIntermediateDirectories: false)
        try files.moveItem(atPath: folder.path("then"), toPath: folder.path("now/then"))
        let gone = try carve("none")
        #expect(gone.status == 66)
        #expect(gone.errors.contains("--capture-folder"), "\(gone.errors)")
        for place in ["now", "now/then"] {
            #expect(try carve("second", ["--capture-folder", folder.path(place)]).status == 0)
            #expect(files.contentsEqual(atPath: folder.path("first"), andPath: folder.path("second")))
        }
        // Of its name, but something else.
        let name = "now/then/target-a.pcap1"
        try files.removeItem(atPath: folder.path(name + ".gz"))
        try files.copyItem(atPath: folder.path("now/then/target-a.pcap3"), toPath: folder.path(name))
        let other = try carve("none", ["--capture-folder", folder.path("now")])
        #expect(other.status == 65)
        #expect(other.errors.contains("target-a.pcap1.gz: is not the file that was read"), "\(other.errors)")
        let evidence = try carve(name, ["--capture-folder", folder.path("now")])
        #expect(evidence.status == 64)
        #expect(evidence.errors.contains("is evidence"), "\(evidence.errors)")
    }
}
