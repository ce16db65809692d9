import ForensicsDecode
import ForensicsModel
import Testing

/// Every line and every field against the independent reader.
@Suite struct LogsOracleTests {
    @Test(.enabled(if: LogsOracle.hasData), arguments: LogsOracle.files.indices)
    func `every field of a public log is what the oracle reads`(_ index: Int) throws {
        let (path, kind) = LogsOracle.files[index]
        let log = try LogsOracle.bytes(path)
        try check(log, kind)
        guard case .kind(let found, let header) = LogFormatRegistry.detect(log.span, fileName: nil) else {
            Issue.record("\(path) is not detected")
            return
        }
        #expect(found == kind)
        try check(log, kind, header: header)
    }

    @Test(.enabled(if: LogsOracle.isPresent), arguments: LogsFixtures.all.indices)
    func `every field of a made line is what the oracle reads`(_ index: Int) throws {
        let (kind, log) = LogsFixtures.all[index]
        try check(Array(log.utf8), kind)
    }

    @Test(.enabled(if: LogsOracle.isPresent))
    func `query strings are kept only when asked for`() throws {
        let log = Array(LogsFixtures.alb.utf8)
        let kept = LogOptions(keepsQueryStrings: true)
        let rendering = LogsRendering(log, .alb, options: kept)
        try check(log, .alb, rendering, ["-q"])
        #expect(rendering.accepted.values.contains { $0["path"]?.contains("?") == true })
        let dropped = LogsRendering(log, .alb)
        #expect(!dropped.accepted.values.contains { $0["path"]?.contains("?") == true })
    }

    @Test(.enabled(if: LogsOracle.isPresent), arguments: [UInt64](1...6))
    func `lines damaged at random are accounted for as the oracle does`(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        for (kind, log) in LogsFixtures.all {
            var bytes: [UInt8] = []
            for _ in 0..<5 {
                for byte in log.utf8 {
                    switch random.next() % 160 {
                    case 0: bytes.append(UInt8(truncatingIfNeeded: random.next()))
                    case 1: break
                    case 2: bytes += [byte, byte]
                    case 3: bytes += LogsFixtures.trouble[Int(random.next() % UInt64(LogsFixtures.trouble.count))].utf8
                    default: bytes.append(byte)
                    }
                }
            }
            try check(bytes, kind)
        }
    }

    private func check(_ log: [UInt8], _ kind: EvidenceKind, header: LogHeader? = nil) throws {
        try check(log, kind, LogsRendering(log, kind, header: header), [])
    }

    /// Compares what became of each line, each field, and the sums of the ledger.
    private func check(
        _ log: [UInt8], _ kind: EvidenceKind, _ rendering: LogsRendering, _ options: [String]
    ) throws {
        let expected = try LogsOracle.lines(log, kind, options)
        let accepted = rendering.accepted
        var tally = LedgerTally()
        var rejects = rendering.batch.rejects[...]
        try #require(expected.count == Int(rendering.lineCount))
        for (index, line) in expected.enumerated() {
            let record = UInt32(index + 1)
            var fields = line
            for name in ["record", "result", "anomalies"] { fields[name] = nil }
            let reason = line["reason"] ?? ""
            switch line["result"] {
            case "accepted":
                tally.accepted += 1
                let found = accepted[record] ?? [:]
                let names = Set(found.keys).union(fields.keys).filter { found[$0] != fields[$0] }.sorted()
                let different = names.map { "\($0): \(found[$0] ?? "nil") is not \(fields[$0] ?? "nil")" }
                #expect(different.isEmpty, "line \(record) of \(kind.name): \(text(log, record))")
                let anomalies = (line["anomalies"] ?? "").split(separator: ",")
                if !anomalies.isEmpty { tally.anomalous += 1 }
                for anomaly in Anomaly.allCases where anomalies.contains(where: { $0 == anomaly.name }) {
                    tally.note(anomaly)
                }
            case "ignored":
                tally.ignore(try #require(IgnoreReason(rawValue: reason)))
                #expect(accepted[record] == nil, "line \(record) of \(kind.name): \(text(log, record))")
            default:
                tally.reject(try #require(RejectReason(rawValue: reason)))
                let reject = rejects.popFirst()
                #expect(reject?.id == FactID(source: 7, record: record))
                #expect(reject?.reason.rawValue == reason, "line \(record) of \(kind.name): \(text(log, record))")
                #expect(reject.map { "\($0.offset)" } == line["offset"])
            }
        }
        tally.firstTime = rendering.tally.firstTime
        tally.lastTime = rendering.tally.lastTime
        #expect(rendering.tally == tally)
        #expect(rejects.isEmpty)
    }

    private func text(_ log: [UInt8], _ record: UInt32) -> String {
        let lines = log.split(separator: 0x0A, omittingEmptySubsequences: false)
        return String(reflecting: String(decoding: lines[Int(record) - 1], as: UTF8.self))
    }
}
