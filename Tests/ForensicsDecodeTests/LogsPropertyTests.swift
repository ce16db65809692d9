import ForensicsDecode
import ForensicsModel
import Testing

/// What must hold for any bytes: every line in one bucket, and facts that do not depend on how the log is cut.
@Suite struct LogsPropertyTests {
    private static let logs: [(EvidenceKind, [UInt8])] = LogsFixtures.all.map { ($0.kind, Array($0.log.utf8)) }

    @Test(arguments: logs.indices)
    func `a log cut at any byte is accounted for to the line`(_ index: Int) {
        let (kind, log) = Self.logs[index]
        for cut in 0...log.count {
            let part = Array(log[..<cut])
            let rendering = LogsRendering(part, kind)
            #expect(UInt64(rendering.lineCount) == Self.lines(part))
            #expect(rendering.tally.records == UInt64(rendering.lineCount))
            #expect(Self.facts(rendering.batch) == rendering.tally.accepted)
        }
    }

    @Test(arguments: logs.indices)
    func `any two logs joined are accounted for to the line`(_ index: Int) {
        let (kind, log) = Self.logs[index]
        for (_, other) in Self.logs {
            for joint in [[], [0x0A], [0x0D, 0x0A]] as [[UInt8]] {
                let both = log + joint + other
                let rendering = LogsRendering(both, kind)
                #expect(UInt64(rendering.lineCount) == Self.lines(both))
                #expect(rendering.tally.records == UInt64(rendering.lineCount))
                #expect(Self.facts(rendering.batch) == rendering.tally.accepted)
            }
        }
    }

    @Test(arguments: logs.indices)
    func `stretches of any size give the same facts`(_ index: Int) {
        let (kind, log) = Self.logs[index]
        let whole = LogsRendering(log, kind)
        for chunk in [1, 7, 64, 300, 1000, 5000] {
            let parts = LogsRendering(log, kind, chunk: chunk)
            #expect(parts.accepted == whole.accepted)
            #expect(parts.tally == whole.tally)
            #expect(parts.lineCount == whole.lineCount)
            #expect(parts.batch.rejects.map(\.id) == whole.batch.rejects.map(\.id))
            #expect(parts.batch.rejects.map(\.offset) == whole.batch.rejects.map(\.offset))
            #expect(parts.batch.rejects.map(\.sample) == whole.batch.rejects.map(\.sample))
        }
    }

    @Test(arguments: logs.indices, [1, 2, 5])
    func `stretches of a few lines that go on with the same texts give the same facts`(_ index: Int, _ limit: UInt32) {
        let (kind, log) = Self.logs[index]
        let whole = LogsRendering(log, kind)
        var parts = LogsRendering([], kind)
        var decoder = LogDecoder(kind: kind)
        var position = 0
        while position < log.count {
            parts.lineCount += decoder.decode(
                log.span,
                LogStretch(
                    position..<log.count, source: 7, firstRecord: parts.lineCount + 1, offset: UInt64(position),
                    limit: limit, continues: position > 0),
                into: &parts.batch, tally: &parts.tally)
            position = decoder.position
        }
        #expect(parts.accepted == whole.accepted)
        #expect(parts.tally == whole.tally)
        #expect(parts.lineCount == whole.lineCount)
    }

    @Test(arguments: logs.indices)
    func `what stands past the range is not read`(_ index: Int) {
        let (kind, log) = Self.logs[index]
        let noise = Array("\" 10.0.0.1:80 200 200 \\x22 tail \" more".utf8)
        for end in stride(from: 0, through: log.count, by: 13) {
            var decoder = LogDecoder(kind: kind)
            var batch = FactBatch()
            var tally = LedgerTally()
            let bytes = Array(log[..<end]) + noise
            _ = decoder.decode(
                bytes.span, LogStretch(0..<end, source: 7), into: &batch, tally: &tally)
            #expect(tally == LogsRendering(Array(log[..<end]), kind).tally)
        }
    }

    @Test func `carriage returns before line feeds change nothing but offsets`() {
        for (kind, log) in Self.logs {
            var returned: [UInt8] = []
            for byte in log { returned += byte == 0x0A ? [0x0D, 0x0A] : [byte] }
            let plain = LogsRendering(log, kind)
            let rendering = LogsRendering(returned, kind)
            let strip = { (row: [String: String]) in row.filter { $0.key != "offset" } }
            #expect(rendering.tally == plain.tally)
            #expect(rendering.accepted.mapValues(strip) == plain.accepted.mapValues(strip))
        }
    }

    @Test func `a reject keeps its place and the first 256 bytes`() throws {
        let log = Array("bad line\n\nhttp \(String(repeating: "x", count: 1000))\n".utf8)
        let rendering = LogsRendering(log, .alb)
        try #require(rendering.batch.rejects.count == 2)
        let last = rendering.batch.rejects[1]
        #expect(last.id == FactID(source: 7, record: 3))
        #expect(last.offset == 10)
        #expect(last.sample == Array(log[10..<266]))
        #expect(rendering.tally.count(.blank) == 1)
    }

    @Test func `rejects past the limit are counted and not kept`() {
        let log = Array(String(repeating: "no log line\n", count: 1500).utf8)
        let rendering = LogsRendering(log, .nlb)
        #expect(rendering.tally.count(.tooFewFields) == 1500)
        #expect(rendering.batch.rejects.count == FactBatch.rejectLimit)
    }

    @Test func `a line beyond the limit is rejected and the next one is read`() {
        let options = LogOptions(lineLimit: 2000)
        let log = Array((String(repeating: "a", count: 2001) + "\n" + LogsFixtures.nlb).utf8)
        let rendering = LogsRendering(log, .nlb, options: options)
        let plain = LogsRendering(Array(LogsFixtures.nlb.utf8), .nlb)
        #expect(rendering.tally.count(.lineTooLong) == 1)
        #expect(rendering.tally.accepted == plain.tally.accepted)
    }

    @Test func `records past what a source can number are rejected, not counted twice`() {
        var decoder = LogDecoder(kind: .vpcFlow)
        var batch = FactBatch()
        var tally = LedgerTally()
        let log = Array(LogsFixtures.vpcFlow.utf8)
        let lines = decoder.decode(
            log.span, LogStretch(0..<log.count, source: 1, firstRecord: .max - 1), into: &batch, tally: &tally)
        #expect(tally.records == UInt64(lines))
        #expect(tally.count(.tooManyRecords) == UInt64(lines) - 2)
    }

    @Test func `lines outside the window are ignored, by record time`() throws {
        let start = try #require(RFC3339.parse("2020-04-01T08:51:42Z"))
        let window = TimeWindow(start: start, end: start.advanced(by: 1))
        let rendering = LogsRendering(Array(LogsFixtures.nlb.utf8), .nlb, options: LogOptions(window: window))
        #expect(rendering.batch.connections.allSatisfy { window.contains($0.end) })
        #expect(rendering.tally.count(.outOfRange) == 2)
        #expect(rendering.tally.records == UInt64(rendering.lineCount))
    }

    @Test func `reading no more columns than clients, domains and ports need gives the same of these`() {
        let log = Array(LogsFixtures.alb.utf8)
        let full = LogsRendering(log, .alb).accepted
        let some = LogsRendering(log, .alb, options: LogOptions(columns: [])).accepted
        let left = [
            "path", "method", "httpVersion", "userAgent", "tlsCipher", "tlsVersion", "trace", "classification",
            "certificate", "rulePriority", "details",
        ]
        #expect(Set(some.keys) == Set(full.keys))
        for (record, row) in some where row["kind"] == "alb" {
            for (name, value) in row { #expect(value == full[record]?[name]) }
            for (name, value) in full[record] ?? [:] where !left.contains(name) {
                #expect(value == row[name])
            }
        }
    }

    @Test(arguments: [UInt64](1...40))
    func `random bytes are accounted for`(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        let alphabet = Array("\"\\ -:.0123456789abcdefTZ/{}[]\n\r,%x".utf8)
        var log: [UInt8] = []
        for _ in 0..<4000 {
            let choice = random.next()
            log.append(
                choice % 50 == 0 ? UInt8(truncatingIfNeeded: choice >> 8) : alphabet[Int(choice >> 8) % alphabet.count])
        }
        for kind in LogFormatRegistry.kinds {
            let rendering = LogsRendering(log, kind)
            #expect(UInt64(rendering.lineCount) == Self.lines(log))
            #expect(rendering.tally.records == UInt64(rendering.lineCount))
            #expect(Self.facts(rendering.batch) == rendering.tally.accepted)
        }
        _ = LogFormatRegistry.detect(log.span, fileName: nil)
    }

    /// Line feeds, and one line more if bytes follow the last of them.
    private static func lines(_ log: [UInt8]) -> UInt64 {
        let feeds = log.count { $0 == 0x0A }
        return UInt64(feeds + (log.isEmpty || log.last == 0x0A ? 0 : 1))
    }

    private static func facts(_ batch: FactBatch) -> UInt64 {
        UInt64(
            batch.exchanges.count + batch.connections.count + batch.healthChecks.count + batch.flowRecords.count)
    }
}
