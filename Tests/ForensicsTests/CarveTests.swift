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
            #expect(try Self.connections(second, "1") == expected)
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
}
