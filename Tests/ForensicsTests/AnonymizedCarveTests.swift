import ForensicsModel
import Foundation
import Testing

/// `carve --anonymize`, by the program itself: the same analysis, and nothing that names anybody.
@Suite(.enabled(if: Program.path != nil)) struct AnonymizedCarveTests {
    /// All that is told of connections but names and what is known from their payload.
    private static let columns = """
        protocol, start_ns, end_ns, client_port, server_port, state, history, bytes_from_client, bytes_from_server,
        packets_from_client, packets_from_server, retransmissions, out_of_order, duplicate_acks, zero_windows, resets,
        reset_by
        """

    private static func rows(_ columns: String, _ store: String) throws -> [String] {
        let run = try Program.run([
            "query", "SELECT \(columns) FROM connections ORDER BY start_ns, client_port, server_port", "--store", store,
            "--format", "csv",
        ])
        #expect(run.status == 0, "\(run.errors)")
        return run.output.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
    }

    private static func carve(_ arguments: [String], _ store: String, to file: String) throws -> Program.Result {
        try Program.run(["carve", "--store", store, "--output", file] + arguments)
    }

    /// The rows of the connections of a carved file.
    private static func connections(_ columns: String, of file: String, _ folder: Folder) throws -> [String] {
        let store = folder.path(UUID().uuidString + ".db")
        #expect(try Program.run(["ingest", file, "--store", store, "--quiet"]).status == 0)
        return try rows(columns, store)
    }

    private static func secret(_ folder: Folder, _ text: String = "correct horse battery staple") throws -> String {
        try folder.file(UUID().uuidString, Data(text.utf8)).path
    }

    @Test(arguments: [["--client", "203.0.113.77"], ["--status", "5xx"], ["--from", "09:35", "--to", "09:36"]])
    func `the packets of an anonymized file give the same connections`(choice: [String]) throws {
        try CarveTests.withCase { folder, store in
            let (plain, file) = (folder.path("plain.pcapng"), folder.path("anonymized.pcapng"))
            #expect(try Self.carve(choice, store, to: plain).status == 0)
            let run = try Self.carve(
                choice + ["--anonymize", "--anonymize-key", try Self.secret(folder)], store, to: file)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains("anonymized: "), "\(run.errors)")
            let expected = try Self.connections(Self.columns, of: plain, folder)
            #expect(expected.count > 2)
            #expect(try Self.connections(Self.columns, of: file, folder) == expected)
            // Each address has one that stands for it everywhere.
            let ends = "client_ip, server_ip"
            var names: [String: String] = [:]
            let pairs = zip(
                try Self.connections(ends, of: plain, folder), try Self.connections(ends, of: file, folder))
            for (old, new) in pairs {
                for (name, replacement) in zip(old.split(separator: ","), new.split(separator: ",")) {
                    #expect(names[String(name), default: String(replacement)] == String(replacement))
                    #expect(name != replacement)
                    names[String(name)] = String(replacement)
                }
            }
            #expect(Set(names.values).count == names.count)
        }
    }

    @Test func `no address, name, path or file of the case is in an anonymized file`() throws {
        try CarveTests.withCase { folder, store in
            let file = folder.path("anonymized.pcapng")
            // By one secret, as what stands for an address may be another one's under some.
            let choice = [
                "--from", "09:35", "--to", "09:50", "--anonymize", "--anonymize-key", try Self.secret(folder),
            ]
            #expect(try Self.carve(choice, store, to: file).status == 0)
            let data = try Data(contentsOf: URL(fileURLWithPath: file))
            var names = ["captures", "target-a", "HTTP/1.1", "User-Agent", folder.url.lastPathComponent]
            for column in ["domain", "path", "user_agent", "trace_id"] {
                names += try Self.distinct(column, "requests", store)
            }
            let addresses = try ["client_ip", "peer_ip", "server_ip"].flatMap {
                try Self.distinct($0, "connections", store)
            }
            #expect(addresses.count > 10 && names.count > 20)
            for name in names + addresses where name.utf8.count > 4 {
                #expect(data.range(of: Data(name.utf8)) == nil, "\(name)")
            }
            for address in addresses.compactMap({ IPAddress($0)?.v4 }) {
                let bytes = Data((0..<4).map { UInt8(address >> (24 - 8 * $0) & 255) })
                #expect(data.range(of: bytes) == nil, "\(IPAddress(v4: address))")
            }
        }
    }

    private static func distinct(_ column: String, _ view: String, _ store: String) throws -> [String] {
        let sql = "SELECT DISTINCT \(column) FROM \(view) WHERE \(column) IS NOT NULL"
        let run = try Program.run(["query", sql, "--store", store, "--format", "csv"])
        #expect(run.status == 0, "\(run.errors)")
        return run.output.split(whereSeparator: \.isNewline).dropFirst().map {
            $0.trimmingCharacters(in: CharacterSet(charactersIn: "\""))
        }
    }

    @Test func `comments name the finding, the connection and its new addresses`() throws {
        try CarveTests.withCase { folder, store in
            let found = try Program.run([
                "query", "SELECT id FROM findings WHERE \"check\" = 'reset-by-target' LIMIT 1", "--store", store,
                "--format", "csv",
            ])
            let id = try #require(found.output.split(whereSeparator: \.isNewline).last.map(String.init))
            let (plain, file) = (folder.path("plain.pcapng"), folder.path("anonymized.pcapng"))
            #expect(try Self.carve(["--finding", id], store, to: plain).status == 0)
            #expect(try Self.carve(["--finding", id, "--anonymize"], store, to: file).status == 0)
            #expect(try CarveTests.carved(file) == CarveTests.carved(plain))
            let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
            #expect(text.contains("payload zeroed; taken for finding \(id), reset-by-target"))
            #expect(text.contains("state RST"))
            #expect(!text.contains("reset-by-target:"))
            let ends = try Self.connections("client_ip || ':' || client_port", of: file, folder)
            #expect(ends.contains { text.contains(" tcp \($0) to ") || text.contains("TCP \($0) to ") }, "\(ends)")
        }
    }

    @Test func `one secret makes one file, no secret another one each time`() throws {
        try CarveTests.withCase { folder, store in
            let choice = ["--client", "203.0.113.77", "--anonymize"]
            let (one, other) = (try Self.secret(folder), try Self.secret(folder, "another secret of some length\n"))
            let same = try Self.secret(folder, "correct horse battery staple\n")
            let files = try [
                ["--anonymize-key", one], ["--anonymize-key", same], ["--anonymize-key", other], [], [],
            ]
            .enumerated().map { index, key in
                let file = folder.path("\(index).pcapng")
                #expect(try Self.carve(choice + key, store, to: file).status == 0)
                return try Data(contentsOf: URL(fileURLWithPath: file))
            }
            #expect(files[0] == files[1])
            #expect(Set(files).count == 4)
        }
    }

    @Test func `a secret that is missing, short or of no use is refused, and no file is left behind`() throws {
        try CarveTests.withCase { folder, store in
            let file = folder.path("anonymized.pcapng")
            let choice = ["--client", "203.0.113.77"]
            for (arguments, status, words) in [
                (["--anonymize", "--anonymize-key", folder.path("none")], 66, "the secret cannot be read"),
                (["--anonymize", "--anonymize-key", try Self.secret(folder, "short\n")], 65, "a secret of 5 bytes"),
                (
                    ["--anonymize", "--anonymize-key", try Self.secret(folder, String(repeating: "x", count: 5000))],
                    65,
                    "is longer than"
                ),
                (["--anonymize-key", try Self.secret(folder)], 64, "does nothing without --anonymize;"),
            ] {
                let run = try Self.carve(choice + arguments, store, to: file)
                #expect(run.status == status, "\(run.errors)")
                #expect(run.errors.contains(words), "\(run.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: file))
        }
    }

    @Test func `the client that a PROXY header names is the one that its new address names`() throws {
        var script = PacketScript()
        for number in 0..<3 {
            let header = "PROXY TCP4 198.51.100.\(60 + number) 192.0.2.9 5\(number)234 443\r\n"
            script.exchange(
                at: Double(number), .init([0, 9], 40_000 + number), .init([1, 5], 8080),
                request: header + PacketScript.get("/secret"))
        }
        let folder = try Folder()
        defer { folder.remove() }
        let capture = try folder.file("proxied.pcap", PacketScript.file(script.ordered)).path
        let (store, file) = (folder.path("case.db"), folder.path("anonymized.pcapng"))
        #expect(try Program.run(["ingest", capture, "--store", store, "--quiet"]).status == 0)
        let clients = try Self.rows("client_ip", store)
        #expect(clients == ["198.51.100.60", "198.51.100.61", "198.51.100.62"])
        let run = try Self.carve(["--from", "-10m", "--anonymize"], store, to: file)
        #expect(run.errors.contains("3 PROXY headers name their clients"), "\(run.errors)")
        let columns = Self.columns + ", role"
        #expect(try Self.connections(columns, of: file, folder) == Self.rows(columns, store))
        let named = try Self.connections("client_ip", of: file, folder).compactMap { IPAddress($0)?.v4 }
        // Of the 30 first bits that the three share, all are shared still.
        #expect(Set(named).count == 3)
        #expect(Set(named.map { $0 >> 2 }).count == 1 && named[0] >> 8 != 0xC633_64)
    }

    @Test(.enabled(if: RealLogs.folder != nil, "LBFORENSICS_TESTDATA names no folder of real captures"))
    func `real captures give the same connections, and no text of theirs is left`() throws {
        let root = try #require(RealLogs.folder).deletingLastPathComponent()
        var (compared, differing, texts) = (0, [String](), [String]())
        for name in try Self.captures(in: root) {
            let folder = try Folder()
            defer { folder.remove() }
            let (store, plain, file) = (folder.path("case.db"), folder.path("plain.pcapng"), folder.path("file.pcapng"))
            _ = try Program.run(["ingest", root.appendingPathComponent(name).path, "--store", store, "--quiet"])
            let window = ["--from", "1970-01-02T00:00:00Z", "--to", "2199-01-01T00:00:00Z", "--quiet"]
            // Containers that are not read, and captures without packets that are.
            guard try Self.carve(window, store, to: plain).status == 0 else { continue }
            let run = try Self.carve(
                window + ["--anonymize", "--anonymize-key", try Self.secret(folder)], store, to: file)
            #expect(run.status == 0, "\(name): \(run.errors)")
            compared += 1
            let expected = try Self.connections(Self.columns, of: plain, folder).sorted()
            if try Self.connections(Self.columns, of: file, folder).sorted() != expected { differing.append(name) }
            let original = try Data(contentsOf: URL(fileURLWithPath: plain))
            for text in Self.texts(try Data(contentsOf: URL(fileURLWithPath: file))) where !Self.isOwn(text) {
                if original.range(of: Data(text.utf8.prefix(12))) != nil { texts.append("\(name): \(text)") }
            }
        }
        #expect(compared > 350)
        // Half a connection between ports of which neither is a server's but by what is said on it.
        #expect(differing.allSatisfy { $0.hasSuffix("irc-dcc-send-malformed-host.pcap") }, "\(differing)")
        #expect(texts.isEmpty, "\(texts)")
    }

    private static func captures(in root: URL) throws -> [String] {
        let walk = try #require(FileManager.default.enumerator(atPath: root.appendingPathComponent("pcaps").path))
        let pcaps = walk.compactMap { ($0 as? String).map { "pcaps/" + $0 } }.filter {
            let attributes = try? FileManager.default.attributesOfItem(atPath: root.appendingPathComponent($0).path)
            return attributes?[.type] as? FileAttributeType == .typeRegular
        }
        return pcaps.sorted() + (0..<4).map { "incident/target.pcap\($0).gz" }
    }

    /// Twelve or more printable characters in a row.
    private static func texts(_ data: Data) -> [String] {
        data.split { $0 < 0x20 || $0 > 0x7E }.filter { $0.count >= 12 }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a text is what the writer says of every file.
    private static func isOwn(_ text: String) -> Bool {
        ["lbforensics ", "anonymized: ", "interface "].contains { text.hasPrefix($0) }
    }
}
