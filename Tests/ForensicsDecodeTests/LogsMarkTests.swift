import ForensicsDecode
import ForensicsModel
import Testing

/// The byte order mark that editors and exports put before the first line of UTF-8.
@Suite struct LogsMarkTests {
    @Test(arguments: LogsFixtures.all.indices)
    func `a byte order mark before the first line belongs to no line`(_ index: Int) {
        let (kind, log) = LogsFixtures.all[index]
        let bytes = Array(log.utf8)
        let marked = [0xEF, 0xBB, 0xBF] + bytes
        for chunk in [Int.max, 300] {
            let (plain, other) = (LogsRendering(bytes, kind, chunk: chunk), LogsRendering(marked, kind, chunk: chunk))
            #expect(other.tally == plain.tally)
            #expect(other.lineCount == plain.lineCount)
            // Records begin where they stand in the source.
            let moved = plain.accepted.mapValues { row in
                row.merging(["offset": "\((Int(row["offset"] ?? "") ?? 0) + 3)"]) { $1 }
            }
            #expect(other.accepted == moved)
        }
        guard case .kind(let found, let header) = LogFormatRegistry.detect(marked.span, fileName: nil),
            case .kind(_, let wanted) = LogFormatRegistry.detect(bytes.span, fileName: nil)
        else {
            Issue.record("not detected")
            return
        }
        #expect(found == kind && header == wanted)
    }

    @Test func `the header of a flow log is read behind a byte order mark`() {
        let log = "\u{FEFF}version srcaddr dstaddr bytes start end\n5 10.0.0.1 10.0.0.2 7 1773738000 1773738060\n"
        guard case .kind(.vpcFlow, let header) = LogFormatRegistry.detect(Array(log.utf8).span, fileName: nil) else {
            Issue.record("no flow log")
            return
        }
        #expect(header?.names.first.map { String(decoding: $0, as: UTF8.self) } == "version")
        let rendering = LogsRendering(Array(log.utf8), .vpcFlow, header: header)
        #expect(rendering.tally.accepted == 1 && rendering.tally.count(.header) == 1)
        #expect(rendering.batch.flowRecords.first?.version == 5)
    }

    @Test func `a mark anywhere else is what stands there`() {
        let line = "tls 2.0 2026-03-17T09:00:00 net/n/1 l1 198.51.100.1:1 10.0.0.1:443 5 2 5 5\n"
        let rendering = LogsRendering(Array((line + "\u{FEFF}" + line).utf8), .nlb)
        #expect(rendering.tally.accepted == 1 && rendering.tally.count(.notThisFormat) == 1)
        #expect(LogsRendering([0xEF, 0xBB, 0xBF], .nlb).lineCount == 1)
    }
}
