import Foundation
import Testing

/// A connection is opened when it starts, however much later, and in whichever file, it is logged.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct OpenedConnectionTests {
    /// A line of an NLB log: the end, and how many milliseconds before it the connection began.
    static func line(_ end: String, _ milliseconds: Int) -> String {
        "tls 2.0 \(end) net/shop/0123456789abcdef 0123456789abcdef 198.51.100.7:1000 192.0.2.1:443 \(milliseconds) 10 "
            + "100 200 - - - TLS_AES_128_GCM_SHA256 tlsv13 x25519 shop.example.com - - -\n"
    }

    @Test func `a connection that is logged in a later file counts as opened in the window of its start`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        // Two begin in the first window: one ends there, the other 15 minutes later in another file.
        let first = Self.line("2026-03-17T10:01:30", 1000) + Self.line("2026-03-17T10:12:30", 1000)
        let second = Self.line("2026-03-17T10:20:30", 900_000) + Self.line("2026-03-17T10:25:30", 1000)
        _ = try folder.file("first.log", Data(first.utf8))
        _ = try folder.file("second.log", Data(second.utf8))
        let store = folder.path("case.db")
        #expect(
            try Program.run(["ingest", "-q", "--store", store, folder.path("first.log"), folder.path("second.log")])
                .status == 0)
        let result = try Program.run([
            "compare", "--store", store, "--before", "2026-03-17T10:00:00Z/10m", "--during", "2026-03-17T10:10:00Z/10m",
            "--format", "json",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let answer = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        let rates = (answer?["changes"] as? [String: Any])?["rates"] as? [[String: Any]] ?? []
        let opened = rates.first { $0["measure"] as? String == "opened" }
        #expect(opened?["before"] as? Int == 2)
        #expect(opened?["during"] as? Int == 1)
    }

    @Test(arguments: [
        // All clients by name; one port; windows that begin and end within a minute.
        (["--client", "0.0.0.0/0"], ["10:00:00/10m", "10:10:00/10m"], [4, 3]),
        (["--target-port", "443"], ["10:00:00/10m", "10:10:00/10m"], [2, 2]),
        ([], ["10:01:00.5/30s", "10:12:10/30s"], [2, 1]),
        (["--domain", "shop.example.com"], ["10:01:00.5/30s", "10:12:10/30s"], [2, 1]),
    ])
    func `connections opened are the same by filters and in windows of no whole minute`(
        options: [String], windows: [String], expected: [Int]
    ) throws {
        let folder = try Folder()
        defer { folder.remove() }
        // Begin at 10:01:29, 10:01:10 and 10:12:29; at 10:02:00, of exactly a minute, and at 10:05:30, of fifteen; at
        // 10:19:59.5; at 10:14:59, of a minute and a second. After either window ends some last on.
        var text = Self.line("2026-03-17T10:01:30", 1000) + Self.line("2026-03-17T10:01:30", 20_000)
        text += Self.line("2026-03-17T10:12:30", 1000)
        let other = [("2026-03-17T10:03:00", 60_000), ("2026-03-17T10:20:30", 900_000)]
        for (end, length) in other { text += Self.line(end, length).replacing("192.0.2.1:443", with: "192.0.2.1:8443") }
        text += Self.line("2026-03-17T10:20:00.500000", 1000)
        text += Self.line("2026-03-17T10:16:00", 61_000).replacing("192.0.2.1:443", with: "192.0.2.1:8443")
        _ = try folder.file("nlb.log", Data(text.utf8))
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", "-q", "--store", store, folder.path("nlb.log")]).status == 0)
        let result = try Program.run(
            [
                "compare", "--store", store, "--before", "2026-03-17T\(windows[0])", "--during",
                "2026-03-17T\(windows[1])", "--format", "json",
            ] + options)
        #expect(result.status == 0, "\(result.errors)")
        let answer = LakeTools.json(result.output)
        let rates = (answer["changes"] as? [String: Any])?["rates"] as? [[String: Any]] ?? []
        let opened = rates.first { $0["measure"] as? String == "opened" }
        #expect([opened?["before"] as? Int, opened?["during"] as? Int] == expected)
    }
}
