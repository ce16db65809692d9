import ForensicsDecode
import ForensicsModel
import Testing

/// Lines that hold two records: files of which one did not end its last line were joined, or lines end in a carriage return
/// alone.
@Suite struct LogsJoinedLineTests {
    private static let short =
        "http 2018-07-02T22:23:00.186641Z app/lb/50dc 192.0.2.7:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "
        + "\"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.46.0\" - - arn:aws:x \"Root=1-58337262-36d228ad5d99923122bbe354\" "
        + "\"-\" \"-\" 0 2018-07-02T22:22:48.364000Z \"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\" TID_1"

    /// A record of each format.
    private static let records: [(kind: EvidenceKind, line: String)] = [
        (.alb, short), (.alb, short + " \"-\" \"-\" \"-\" 10.0.2.99 \"-\" \"-\""),
        (
            .clb,
            "2015-05-13T23:39:43.945958Z my-lb 192.0.2.7:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "
                + "\"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.38.0\" - -"
        ),
        (
            .nlb,
            "tls 2.0 2018-12-20T02:59:40 net/n/c6e7 g3d4 192.0.2.7:51341 10.0.0.9:443 5 2 98 246 - arn:aws:acm:c - "
                + "ECDHE-RSA-AES128-SHA tlsv12 - my.example.com - - - 2018-12-20T02:59:30"
        ),
        (
            .albConnection,
            "2023-10-04T17:05:15.514108Z 203.0.113.1 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 "
                + "\"CN=a\" NotBefore=2023-09-21T22:43:21Z;NotAfter=2026-06-17T22:43:21Z FEF257372D5C14D4 Success "
                + "TID_3180a73013c8ca4bac2f731159d4b0fe - app/a/1 10.0.2.9"
        ),
        (
            .albHealthCheck,
            "http 2024-11-11T17:05:15.514108Z 0.019 172.31.20.97:80 my-target-group PASS 200 - app/a/1 10.0.2.9"
        ),
        (.vpcFlow, "2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 5 5 1773738000 1773738060 ACCEPT OK"),
    ]

    @Test(arguments: records.indices, ["", "\r", " "])
    func `two records in one line are one rejected record, and the lines beside it are read`(
        _ index: Int, seam: String
    ) {
        let (kind, line) = Self.records[index]
        let log = "\(line)\n\(line)\(seam)\(line)\n\(line)\n"
        let rendering = LogsRendering(Array(log.utf8), kind)
        #expect(rendering.tally.accepted == 2, "\(kind)")
        #expect(rendering.tally.count(.joinedLines) == 1, "\(kind)")
        #expect(rendering.tally.records == 3)
        #expect(rendering.accepted.keys.sorted() == [1, 3])
    }

    @Test(arguments: records.indices)
    func `lines that end in a carriage return alone are one line of many records`(_ index: Int) {
        let (kind, line) = Self.records[index]
        let rendering = LogsRendering(Array(repeatElement(line, count: 10).joined(separator: "\r").utf8), kind)
        #expect(rendering.tally.accepted == 0)
        #expect(rendering.tally.count(.joinedLines) == 1, "\(kind)")
    }

    /// AWS appends columns at the end: times among them make no second record.
    @Test(arguments: records.indices)
    func `columns that are not known are no second record`(_ index: Int) {
        let (kind, line) = Self.records[index]
        if kind == .vpcFlow || line == Self.short { return }
        for tail in ["x", "2018-07-02T22:22:48.364000Z 5 \"x y\"", "1 2 3 4 5 6 7 8 9 10 11 12"] {
            let rendering = LogsRendering(Array("\(line) \(tail)\n".utf8), kind)
            #expect(rendering.tally.accepted == 1, "\(kind) \(tail)")
            #expect(rendering.tally.count(.unknownTailFields) == 1)
        }
    }

    @Test func `a header tells how many columns two records have`() {
        let header = "#Fields: time elb client:port target:port elb_status_code request_processing_time "
        let names =
            header + "target_processing_time response_processing_time target_status_code received_bytes sent_bytes type"
        let row =
            "2018-07-02T22:23:00.186641Z app/lb/50dc 192.0.2.7:2817 10.0.0.1:80 200 0.000 0.001 0.000 200 34 366 http"
        let rendering = LogsRendering(Array("\(names)\n\(row)\n\(row)\(row)\n\(row) more\n".utf8), .alb)
        #expect(rendering.tally.accepted == 2)
        #expect(rendering.tally.count(.joinedLines) == 1)
        #expect(rendering.tally.count(.unknownTailFields) == 1)
    }
}
