import Foundation
import Testing

/// A WebSocket's time in an access log is how long its connection lasted, and no latency.
@Suite(.enabled(if: Program.path != nil, "the program is not built")) struct WebSocketLatencyTests {
    /// A request or a session that ended then.
    private static func line(_ end: Double, _ client: String, took: Double, isSession: Bool) -> String {
        let status = isSession ? 101 : 200
        return
            "\(isSession ? "wss" : "https") \(EvidenceLines.stamp(end)) app/shop/50dc6c495c0c9188 \(client):40000 10.0.0.1:443 0.000 "
            + "0.004 0.000 \(status) \(status) 100 1000 \"GET https://shop.example:443/\(isSession ? "ws" : "a") HTTP/1.1\" \"curl/8\" "
            + "TLS_AES_128_GCM_SHA256 TLSv1.3 - \"Root=1-58337262-36d228ad5d99923122bbe354\" \"shop.example\" \"-\" 0 "
            + "\(EvidenceLines.stamp(end - took)) \"forward\" \"-\" \"-\" \"10.0.0.1:443\" \"\(status)\" \"-\" \"-\""
    }

    private static let quick = 3000
    private static let sessions = 400

    /// An hour of requests of 4 to 9 ms; in its second half sessions of 3 to 25 minutes end.
    private static func withCase(_ body: (String, String) throws -> Void) throws {
        let folder = try Folder()
        defer { folder.remove() }
        let requests = (0..<quick).map { number in
            line(
                Double(number) * 1.2 + 0.1, "192.0.2.\(number % 40 + 1)", took: 0.004 + Double(number % 6) * 0.001,
                isSession: false)
        }
        let closed = (0..<sessions).map { number in
            line(
                1800 + Double(number) * 4.5, "198.51.100.\(number % 200 + 1)", took: 180 + Double(number % 23) * 60,
                isSession: true)
        }
        let log = try folder.log("alb.log", requests + closed)
        let store = folder.path("case.db")
        #expect(try Program.run(["ingest", log, "--store", store, "-q"]).status == 0)
        try body(store, log)
    }

    private static let windows = [
        "--before", EvidenceLines.window(0, minutes: 30), "--during", EvidenceLines.window(1800, minutes: 30),
    ]

    @Test func `sessions that end make nothing slower`() throws {
        try Self.withCase { store, log in
            // From roll-ups, from rows, and straight from the file.
            for more in [["--store", store], ["--store", store, "--client", "0.0.0.0/0"], [log]] {
                let answer = try ComparedAnswer(more + Self.windows)
                #expect(answer.run.status == 0, "\(answer.run.errors)")
                let changes = answer.members["changes"] as? [String: Any] ?? [:]
                let totals = (changes["quantiles"] as? [[String: Any]] ?? []).filter {
                    $0["measure"] as? String == "total_ms"
                }
                #expect(!totals.isEmpty)
                for one in totals {
                    #expect(one["count_during"] as? Int == Self.quick / 2, "\(one)")
                    // 9 ms at most, and the error of the histogram.
                    #expect(try #require(one["during"] as? Double) < 9.1, "\(one)")
                }
                #expect(answer.members["slowness"] is NSNull, "\(more)")
                #expect(!answer.sentence.contains("total time"), "\(answer.sentence)")
            }
            let spikes = try Program.run(["spikes", "--store", store])
            #expect(!spikes.output.contains("total time"), "\(spikes.output)")
        }
    }

    @Test func `distributions hold what is no session`() throws {
        try Self.withCase { store, _ in
            let sum = try Program.run([
                "query", "SELECT sum(count), max(max) < 10 FROM distributions WHERE measure = 'total_ms'", "--store",
                store, "--format", "csv",
            ])
            #expect(sum.output.split(whereSeparator: \.isNewline).last == "\(Self.quick),1", "\(sum.output)")
            // How long a session lasted is told of connections, and by its row.
            let longest = try Program.run([
                "query", "SELECT count(*) FROM requests WHERE total_ms >= 180000", "--store", store, "--format", "csv",
            ])
            #expect(longest.output.split(whereSeparator: \.isNewline).last == "\(Self.sessions)")
        }
    }
}
