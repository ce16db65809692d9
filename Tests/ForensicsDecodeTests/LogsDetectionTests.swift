import ForensicsDecode
import ForensicsModel
import Testing

@Suite struct LogsDetectionTests {
    @Test(arguments: LogsFixtures.all.indices)
    func `a log is told by its content`(_ index: Int) {
        let (kind, log) = LogsFixtures.all[index]
        let bytes = Array(log.utf8)
        guard case .kind(let found, _) = LogFormatRegistry.detect(bytes.span, fileName: "whatever.bin") else {
            Issue.record("not detected")
            return
        }
        #expect(found == kind)
    }

    @Test func `each line alone is told if it can be decoded`() {
        for (kind, log) in LogsFixtures.all.prefix(6) where kind != .vpcFlow {
            for line in log.split(separator: "\n", omittingEmptySubsequences: true) {
                let bytes = Array(line.utf8)
                let rendering = LogsRendering(bytes, kind)
                let isOwn = rendering.accepted.values.allSatisfy { $0["kind"] == kind.name }
                guard rendering.tally.accepted == 1, isOwn else { continue }
                guard case .kind(let found, _) = LogFormatRegistry.detect(bytes.span, fileName: nil) else {
                    Issue.record("not detected: \(line)")
                    continue
                }
                #expect(found == kind, "\(line)")
            }
        }
    }

    @Test(arguments: [
        "", "\n\n", "hello world\n", "{\"a\": 1}\n", "{\n",
        "127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 2326",
        "2025-01-01T00:00:00Z INFO app started in 12 ms on port 8080 with 3 workers and 2 queues of 17\n",
        "\u{1F}\u{8B}\u{8}\u{0}", "a,b,c\n1,2,3\n",
    ])
    func `what is no log is refused with a reason for each format`(_ text: String) {
        let bytes = Array(text.utf8)
        guard case .none(let reasons) = LogFormatRegistry.detect(bytes.span, fileName: "x.log") else {
            Issue.record("taken for a log")
            return
        }
        #expect(reasons.count == 1 || reasons.count == LogFormatRegistry.kinds.count)
        #expect(reasons.allSatisfy { !$0.isEmpty })
    }

    @Test(arguments: ["ELBAccessLogTestFile", "AWSLogs/123/ELBAccessLogTestFile", "ELBConnectionLogTestFile"])
    func `the marker object is told by its name`(_ name: String) {
        let bytes: [UInt8] = []
        guard case .testObject = LogFormatRegistry.detect(bytes.span, fileName: name) else {
            Issue.record("not told")
            return
        }
    }

    @Test func `the marker object is told by its content`() {
        let bytes = Array("Enable AccessLog for ELB: my-alb at 2026-09-30T10:00:00.000Z".utf8)
        guard case .testObject = LogFormatRegistry.detect(bytes.span, fileName: nil) else {
            Issue.record("not told")
            return
        }
    }

    @Test func `a file of both ALB and CLB lines is what most of its lines are, and all are read`() {
        let lines =
            LogsFixtures.alb.split(separator: "\n").prefix(5) + LogsFixtures.clb.split(separator: "\n").prefix(2)
        let bytes = Array(lines.joined(separator: "\n").utf8)
        guard case .kind(.alb, nil) = LogFormatRegistry.detect(bytes.span, fileName: nil) else {
            Issue.record("not told")
            return
        }
        #expect(LogsRendering(bytes, .alb).tally.accepted == 7)
        #expect(LogsRendering(bytes, .clb).tally.accepted == 7)
    }

    @Test func `a last line without its end does not decide`() {
        let bytes = Array((LogsFixtures.nlb.split(separator: "\n")[0] + "\nhttp 2018").utf8)
        guard case .kind(.nlb, _) = LogFormatRegistry.detect(bytes.span, fileName: nil) else {
            Issue.record("not told")
            return
        }
    }

    @Test func `the header of a flow log names its columns`() throws {
        let text = "srcaddr dstaddr bytes end log-status\n10.0.0.1 10.0.0.2 17 1616729349 OK\n"
        let bytes = Array(text.utf8)
        guard case .kind(.vpcFlow, let header?) = LogFormatRegistry.detect(bytes.span, fileName: nil) else {
            Issue.record("not told")
            return
        }
        let rendering = LogsRendering(bytes, .vpcFlow, header: header)
        let record = try #require(rendering.batch.flowRecords.first)
        #expect(record.bytes == 17)
        #expect(record.destination == IPAddress("10.0.0.2"))
        #expect(record.end == Timestamp(seconds: 1_616_729_349, nanoseconds: 0))
        #expect(record.version == nil)
        #expect(rendering.tally.count(.header) == 1)
    }

    @Test func `flow logs exported from CloudWatch Logs have a time before each row`() throws {
        let row = LogsFixtures.vpcFlow.split(separator: "\n")[0]
        let bytes = Array("2014-12-14T04:06:50.000Z \(row)\n".utf8)
        guard case .kind(.vpcFlow, let header?) = LogFormatRegistry.detect(bytes.span, fileName: nil) else {
            Issue.record("not told")
            return
        }
        let rendering = LogsRendering(bytes, .vpcFlow, header: header)
        let record = try #require(rendering.batch.flowRecords.first)
        #expect(record.sourcePort == 20641)
        #expect(record.extra.isNone)
    }

    @Test func `rows that were not recorded are losses of coverage`() {
        let log = Array(LogsFixtures.vpcFlow.utf8)
        var decoder = LogDecoder(kind: .vpcFlow)
        var batch = FactBatch()
        var tally = LedgerTally()
        _ = decoder.decode(log.span, LogStretch(0..<log.count, source: 1), into: &batch, tally: &tally)
        #expect(decoder.losses.count == 1)
        #expect(decoder.losses.kept.first?.window.length == 59_000_000_000)
        #expect(decoder.losses.kept.first?.interface == Array("eni-11111111aaaaaaaaa".utf8))
    }

    @Test func `the first line with unknown columns is remembered`() {
        let log = Array(LogsFixtures.alb.utf8)
        var decoder = LogDecoder(kind: .alb)
        var batch = FactBatch()
        var tally = LedgerTally()
        _ = decoder.decode(log.span, LogStretch(0..<log.count, source: 1), into: &batch, tally: &tally)
        #expect(decoder.firstUnknownTail == RFC3339.parse("2021-03-16T20:20:00.135052Z"))
    }
}
