import Foundation
import Testing

/// One log that is larger than what is told apart in memory at once.
@Suite(.enabled(if: Program.path != nil)) struct LargeLogTests {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case classic = "an access log"
        case flows = "a flow log"

        var testDescription: String { rawValue }
    }

    /// Clients that come once each, and one who comes with every `share`th line.
    private static let clients = 140_000
    private static let share = 280

    /// Requests or connections of half an hour, one a line.
    private static func write(_ kind: Kind, to path: String) throws {
        var text = kind == .flows ? header : ""
        text.reserveCapacity(clients * 160)
        let start = 1_762_164_000
        for number in 0..<clients {
            let second = number / 80
            let client = "100.\(64 + number >> 16).\(number >> 8 & 255).\(number & 255)"
            text += line(kind, client, start + second, number)
            if number % share == 0 { text += line(kind, "203.0.113.7", start + second, number) }
        }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private static let header =
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n"

    private static func line(_ kind: Kind, _ client: String, _ second: Int, _ number: Int) -> String {
        switch kind {
        case .classic:
            let (minute, rest) = ((second - 1_762_164_000) / 60, second % 60)
            let time = "10:\(minute < 10 ? "0" : "")\(minute):\(rest < 10 ? "0" : "")\(rest)"
            return
                "2025-11-03T\(time).000000Z shop \(client):\(1024 + number % 60_000) 10.0.1.5:80 0.001 0.002 0.001 200 200 0 29 "
                + "\"GET http://shop.example.com:80/ HTTP/1.1\" \"curl/8\" - -\n"
        case .flows:
            return "2 123456789012 eni-0a1b2c3d \(client) 10.0.1.5 \(1024 + number % 60_000) 443 6 10 900 \(second) "
                + "\(second + 5) ACCEPT OK\n"
        }
    }

    @Test(arguments: Kind.allCases) func `every client of a large log is named, however little memory there is`(
        kind: Kind
    ) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let log = folder.path("all.log")
        try Self.write(kind, to: log)
        var answers: [String] = []
        for memory in ["64M", "512M"] {
            let store = folder.path("\(memory).db")
            let read = try Program.run(["ingest", log, "--store", store, "--quiet", "--max-memory", memory])
            #expect(read.status == 0, "\(read)")
            let top = try Program.run(["top", "client", "--store", store, "--format", "csv", "--limit", "2"])
            let first = try #require(top.output.split(whereSeparator: \.isNewline).dropFirst().first)
            #expect(first.hasPrefix("1,203.0.113.7,") && first.contains(",\(Self.clients / Self.share),"), "\(first)")
            let counted = try Program.run([
                "query",
                """
                SELECT count(DISTINCT value), sum(coalesce(requests, 0) + coalesce(connections, 0)) FROM activity
                WHERE dimension = 'client'
                """,
                "--store", store, "--format", "csv",
            ])
            #expect(
                counted.output.contains("\(Self.clients + 1),\(Self.clients + Self.clients / Self.share)"), "\(counted)"
            )
            answers.append(
                try Program.run(["export", "activity", "--store", store, "--format", "csv"]).output)
        }
        #expect(answers[0] == answers[1])
    }
}
