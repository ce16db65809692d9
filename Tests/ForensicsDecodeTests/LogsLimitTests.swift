import ForensicsDecode
import ForensicsModel
import Testing

/// What no log can say: counts beyond 2⁵⁰ and times before 1990 or from 2200 on.
@Suite struct LogsLimitTests {
    /// A line of each format that has counts, with a text in place of one.
    private static let counts: [(kind: EvidenceKind, line: @Sendable (String) -> String)] = [
        (
            .alb,
            {
                "http 2026-03-17T09:00:00.000000Z app/a/1 198.51.100.7:1 10.0.0.1:80 0.000 0.001 0.000 200 200 \($0) 5 "
                    + "\"GET http://a.example:80/ HTTP/1.1\" \"-\" - -"
            }
        ),
        (
            .alb,
            {
                "http 2026-03-17T09:00:00.000000Z app/a/1 198.51.100.7:1 10.0.0.1:80 0.000 0.001 0.000 200 200 5 \($0) "
                    + "\"GET http://a.example:80/ HTTP/1.1\" \"-\" - -"
            }
        ),
        (
            .clb,
            {
                "2026-03-17T09:00:00.000000Z lb 198.51.100.7:1 10.0.0.1:80 0.0001 0.001 0.0001 200 200 \($0) 5 "
                    + "\"GET http://a.example:80/ HTTP/1.1\" \"-\" - -"
            }
        ),
        (.nlb, { "tls 2.0 2026-03-17T09:00:00 net/n/1 l1 198.51.100.7:1 10.0.0.1:443 5 2 \($0) 5" }),
        (.nlb, { "tls 2.0 2026-03-17T09:00:00 net/n/1 l1 198.51.100.7:1 10.0.0.1:443 5 2 5 \($0)" }),
        (.vpcFlow, { "2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 \($0) 5 1773738000 1773738060 ACCEPT OK" }),
        (.vpcFlow, { "2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 5 \($0) 1773738000 1773738060 ACCEPT OK" }),
    ]

    @Test(arguments: counts.indices)
    func `the largest count of a line is two to the fiftieth`(_ index: Int) {
        let (kind, line) = Self.counts[index]
        #expect(LogsRendering(Array(line("1125899906842624").utf8), kind).tally.accepted == 1)
        for text in [
            "1125899906842625", "4611686018427387904", "9223372036854775807", "9223372036854775808",
            "18446744073709551615",
            "99999999999999999999",
        ] {
            let rendering = LogsRendering(Array(line(text).utf8), kind)
            #expect(rendering.tally.accepted == 0)
            #expect(rendering.tally.count(.badNumber) == 1, "\(text)")
        }
    }

    /// A line of each format with a text in place of its time.
    private static let times: [(kind: EvidenceKind, line: @Sendable (String) -> String)] = [
        (.alb, { "http \($0) app/a/1 198.51.100.7:1 10.0.0.1:80 0.000 0.001 0.000 200 200 5 5" }),
        (.clb, { "\($0) lb 198.51.100.7:1 10.0.0.1:80 0.0001 0.001 0.0001 200 200 5 5" }),
        (.nlb, { "tls 2.0 \($0) net/n/1 l1 198.51.100.7:1 10.0.0.1:443 5 2 5 5" }),
        (.albConnection, { "\($0) 203.0.113.1 36280 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.004" }),
        (.albHealthCheck, { "http \($0) 0.019 172.31.20.97:80 g PASS 200 -" }),
    ]

    @Test(arguments: times.indices)
    func `a record has a time from 1990 up to 2200`(_ index: Int) {
        let (kind, line) = Self.times[index]
        for text in ["1990-01-01T00:00:00.000000Z", "2199-12-31T23:59:59.999999Z"] {
            #expect(LogsRendering(Array(line(text).utf8), kind).tally.accepted == 1, "\(text)")
        }
        for text in [
            "1700-03-17T09:00:00.000000Z", "1970-01-01T00:00:00.000000Z", "1989-12-31T23:59:59.999999Z",
            "2200-01-01T00:00:00.000000Z", "2261-01-01T00:00:00.000000Z", "2200-01-01T00:30:00.000000-01:00",
        ] {
            let rendering = LogsRendering(Array(line(text).utf8), kind)
            #expect(rendering.tally.accepted == 0)
            #expect(rendering.tally.count(.badTime) == 1, "\(text)")
        }
    }

    @Test(arguments: [
        (631_152_000, 631_152_060, true), (7_258_118_398, 7_258_118_399, true), (631_151_999, 631_152_060, false),
        (7_258_118_399, 7_258_118_400, false), (0, 60, false), (1_773_738_000, 9_000_000_000, false),
        (1_773_738_000, UInt64.max, false),
    ])
    func `an interval of a flow log lies between 1990 and 2200`(_ start: UInt64, _ end: UInt64, _ isRead: Bool) {
        let line = "2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 5 5 \(start) \(end) ACCEPT OK"
        let tally = LogsRendering(Array(line.utf8), .vpcFlow).tally
        #expect(tally.accepted == (isRead ? 1 : 0))
        #expect(tally.count(.badTime) == (isRead ? 0 : 1))
    }

    @Test(arguments: [
        (1_773_738_000, 1_773_738_060, 0), (1_773_738_000, 1_773_738_000, 0), (1_773_738_060, 1_773_738_000, 1),
    ]) func `a row of a flow log that ends before it begins is told`(_ start: Int, _ end: Int, _ count: UInt64) {
        let line = "2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 5 5 \(start) \(end) ACCEPT OK"
        let tally = LogsRendering(Array(line.utf8), .vpcFlow).tally
        #expect(tally.accepted == 1)
        #expect(tally.count(.timeBackwards) == count && tally.anomalous == count)
    }

    @Test func `a request created in another century has no start`() throws {
        let line =
            "http 2026-03-17T09:00:00.000000Z app/a/1 198.51.100.7:1 10.0.0.1:80 0.001 0.002 0.003 200 200 5 5 "
            + "\"GET http://a.example:80/ HTTP/1.1\" \"-\" - - - \"-\" \"-\" \"-\" 0 1700-03-17T09:00:00.000000Z \"forward\""
        let rendering = LogsRendering(Array(line.utf8), .alb)
        let exchange = try #require(rendering.batch.exchanges.first)
        #expect(exchange.start == nil)
        #expect(exchange.totalTime == 6_000_000)
        #expect(rendering.tally.count(.badOptionalField) == 1)
    }

    @Test func `phases of a century each do not wrap around`() throws {
        let line =
            "http 2026-03-17T09:00:00.000000Z app/a/1 198.51.100.7:1 10.0.0.1:80 4000000000 4000000000 4000000000 200 200 5 5"
        let rendering = LogsRendering(Array(line.utf8), .alb)
        #expect(rendering.batch.exchanges.first?.totalTime == .max)
    }
}
