package import ForensicsModel

/// What the first bytes of a file are.
package enum LogDetection: Sendable {
    /// A log of this kind; `header` names its columns where the file does.
    case kind(EvidenceKind, header: LogHeader?)
    /// No log: why each format refuses it.
    case none(reasons: [String])
    /// The marker that AWS writes to test a bucket; it holds no record.
    case testObject
}

/// The log formats, and which of them a file is.
package enum LogFormatRegistry {
    /// The formats in the order in which a tie is decided.
    package static let kinds: [EvidenceKind] = [.alb, .nlb, .clb, .albConnection, .albHealthCheck, .vpcFlow]

    /// At most this many lines are tried.
    package static let lineLimit = 32

    /// Tells the format of a log from its first bytes; the content decides, the name only tells the test object.
    ///
    /// Each format decodes the first lines; the one that can use the most of them wins. A last line without its line
    /// feed is left out if there is another.
    package static func detect(_ prefix: Span<UInt8>, fileName: String?) -> LogDetection {
        if let fileName, isTestObject(fileName) { return .testObject }
        let end = sampleEnd(prefix)
        let lines = (end > 3 && LogDecoder.beginsWithMark(prefix, at: 0) ? 3 : 0)..<end
        if LogHeader.isTestObject(prefix, lines) { return .testObject }
        if lines.isEmpty { return .none(reasons: ["no line"]) }
        let lineCount = lineCount(prefix, lines)
        var best: (score: Score, kind: EvidenceKind, header: LogHeader?)?
        var reasons: [String] = []
        for kind in kinds {
            let header = header(prefix, lines.lowerBound, kind)
            let (score, reason) = probe(prefix, lines, kind, header)
            if let reason { reasons.append("\(kind.name): \(reason)") }
            guard score.used > 0 || score.near > 0 else { continue }
            if let best, !(best.score < score) { continue }
            best = (score, kind, header)
            // No other format can use more lines, and only objects have keys to know more of.
            if header == nil, score.used >= lineCount, ByteWord.byte(prefix, lines.lowerBound) != 0x7B { break }
        }
        guard let best else { return .none(reasons: reasons) }
        return .kind(best.kind, header: best.header)
    }

    /// How well a format fits: first by the lines it can use, then by the columns it knows, then by the lines that
    /// have its shape with a value it cannot read.
    private struct Score: Comparable {
        var used: UInt64
        var known: Int
        var near: Int

        static func < (left: Score, right: Score) -> Bool {
            (left.used, left.known, left.near) < (right.used, right.known, right.near)
        }
    }

    /// The end of the lines to try.
    private static func sampleEnd(_ bytes: Span<UInt8>) -> Int {
        var end = 0
        var lines = 0
        for index in 0..<bytes.count where bytes[index] == 0x0A {
            end = index + 1
            lines += 1
            if lines == lineLimit { break }
        }
        return end == 0 ? bytes.count : end
    }

    /// The number of lines, the last of which may lack its line feed.
    private static func lineCount(_ bytes: Span<UInt8>, _ lines: Range<Int>) -> UInt64 {
        var count: UInt64 = 0
        for index in lines where bytes[index] == 0x0A || index == lines.upperBound - 1 { count += 1 }
        return count
    }

    private static func isTestObject(_ fileName: String) -> Bool {
        let name = fileName.split(separator: "/").last ?? ""
        return name.hasPrefix("ELB") && name.hasSuffix("LogTestFile")
    }

    /// The columns that the first line names, if it is a header of the format or its lines begin with an export time.
    private static func header(_ bytes: Span<UInt8>, _ start: Int, _ kind: EvidenceKind) -> LogHeader? {
        var line = LogTokenizer()
        var position = start
        for _ in 0..<lineLimit where position < bytes.count {
            let outcome = line.scan(bytes, from: position)
            position = line.next
            guard outcome == .fields else { continue }
            if bytes[line.lineStart] == 0x23 {
                if let header = LogHeader(directive: bytes, line, kind: kind) { return header }
                continue
            }
            if let header = LogHeader(bytes, line, kind: kind) { return header }
            return kind == .vpcFlow ? exported(bytes, line) : nil
        }
        return nil
    }

    /// Flow logs that were exported from CloudWatch Logs have the time of the event before the default columns.
    private static func exported(_ bytes: Span<UInt8>, _ line: LogTokenizer) -> LogHeader? {
        guard line.count == VPCFlowColumn.defaultCount + 1, RFC3339.parse(bytes, line[0]) != nil else { return nil }
        return LogHeader(
            names: [[]] + VPCFlowColumn.names.prefix(VPCFlowColumn.defaultCount).map { Array($0.description.utf8) })
    }

    /// Whether a refused line begins with a type of the format and has its time: only formats that begin so can be told
    /// by lines that are all malformed.
    private static func isNear(_ reject: Reject, _ kind: EvidenceKind) -> Bool {
        guard [.badAddress, .badNumber, .badStatus].contains(reject.reason) else { return false }
        let type = String(decoding: reject.sample.prefix { $0 != 0x20 }, as: UTF8.self)
        switch kind {
        case .alb: return ["http", "https", "h2", "grpcs", "ws", "wss"].contains(type)
        case .nlb: return type == "tls"
        default: return false
        }
    }

    /// Decodes the lines as one format would, and says why the first one it cannot use was refused.
    private static func probe(
        _ bytes: Span<UInt8>, _ lines: Range<Int>, _ kind: EvidenceKind, _ header: LogHeader?
    ) -> (score: Score, reason: String?) {
        var decoder = LogDecoder(kind: kind, header: header)
        decoder.isStrict = true
        var batch = FactBatch()
        var tally = LedgerTally()
        _ = decoder.decode(bytes, LogStretch(lines, source: 0), into: &batch, tally: &tally)
        // Blank lines, comments and the bucket's test line say nothing about the format; a header of its own columns does.
        let used = tally.accepted + tally.count(.noData) + tally.count(.skipData) + (header == nil ? 0 : 1)
        let reason = batch.rejects.first.map { "line \($0.id.record): \($0.reason.rawValue)" }
        let near = batch.rejects.count { isNear($0, kind) }
        return (
            Score(used: used, known: used > 0 ? decoder.knownKeys : 0, near: near),
            reason ?? (used == 0 ? "no record" : nil)
        )
    }
}
