package import ForensicsModel

/// Turns the lines of one log into facts, and accounts for every line.
///
/// A decoder serves one source at a time: it remembers the columns of its header and the last line's values, never
/// facts. Each line is accepted, ignored or rejected, and the tally counts it once. The facts do not depend on how the
/// lines are cut into stretches, except that a header line inside a log changes the columns of the lines that this
/// decoder reads after it.
///
/// It cannot be copied: a copy would copy its tables.
package struct LogDecoder: ~Copyable, Sendable {
    /// What became of a line.
    enum LineOutcome {
        case accepted(Timestamp)
        case ignored(IgnoreReason)
        case rejected(RejectReason)
    }

    /// The format whose lines the decoder expects.
    package let kind: EvidenceKind
    package let options: LogOptions
    /// The stretches that flow logs say were not recorded; drained by who reads coverage.
    package internal(set) var losses = LogCoverageLosses()
    /// The record time of the first line with more columns than are known, or `nil`.
    package private(set) var firstUnknownTail: Timestamp?

    var line = LogTokenizer()
    var clock = LogClock()
    var creationClock = LogClock()
    var memo = LogTextMemo()
    var paths = LogPath()
    var details = LogDetailsMemo()
    var scratch: [UInt8] = []
    let flags = LogFlagBits()
    /// The id of an absent text.
    let absent = TextID.none
    /// Where each column of the format stands in the line.
    var layout: LogLayout
    /// Set while an ALB or CLB log is probed: a line of the other format is refused.
    var isStrict = false
    /// Of the last JSON object: how many of its keys the format knows.
    var knownKeys = 0
    /// The byte after the last line that was read, in the bytes given last.
    package private(set) var position = 0
    /// What is wrong with the current line.
    var anomalies = LogAnomalies()
    private var json = LogJSONLine()
    /// The node that rows without one belong to.
    private let namedNode: [UInt8]
    /// Its id in the texts of the batch at hand, or `none`.
    private(set) var defaultNode = TextID.none

    /// Creates a decoder for the lines of one source.
    ///
    /// - Parameters:
    ///   - header: the columns found at the beginning of the source, or `nil` for the format's own order.
    ///   - node: the load balancer node that the object's name tells, for rows that name none: an ALB's of before there was
    ///     a column for it, and a CLB's.
    package init(
        kind: EvidenceKind, header: LogHeader? = nil, options: LogOptions = LogOptions(), node: String? = nil
    ) {
        self.kind = kind
        self.options = options
        namedNode = Array((node ?? "").utf8)
        layout = header.map { LogLayout(kind, $0) } ?? LogLayout(kind)
    }

    /// Decodes a stretch of the lines in `bytes`.
    ///
    /// - Returns: the number of lines seen; it equals what the tally gained.
    /// - Complexity: O(bytes), no allocation per line once the batch has grown.
    package mutating func decode(
        _ bytes: Span<UInt8>, _ stretch: LogStretch, into batch: inout FactBatch, tally: inout LedgerTally
    ) -> UInt32 {
        let begin = stretch.lines.lowerBound
        let end = min(stretch.lines.upperBound, bytes.count)
        let view = bytes.extracting(0..<end)
        if !stretch.continues {
            memo.removeAll()
            details.removeAll()
            defaultNode =
                namedNode.isEmpty ? .none : batch.texts.intern(namedNode.span, 0..<namedNode.count)
        }
        var lines: UInt32 = 0
        var accepted: UInt64 = 0
        var earliest = Int64.max
        var latest = Int64.min
        position = begin
        // The mark of UTF-8 at the beginning of a source belongs to no line.
        if stretch.offset == 0, end &- position > 3, Self.beginsWithMark(view, at: position) { position &+= 3 }
        while position < end, lines < stretch.limit {
            let (record, overflow) = stretch.firstRecord.addingReportingOverflow(lines)
            let id = FactID(source: stretch.source, record: record)
            let place = stretch.offset &+ UInt64(truncatingIfNeeded: position &- begin)
            let outcome: LineOutcome
            if overflow {
                line.skip(view, from: position)
                outcome = .rejected(.tooManyRecords)
            } else if options.ignored.isEmpty {
                outcome = decodeLine(view, position, id, place, &batch)
            } else {
                outcome = decodeUnlessLeftOut(view, position, id, place, &batch)
            }
            switch outcome {
            case .accepted(let time):
                accepted &+= 1
                if time.nanoseconds < earliest { earliest = time.nanoseconds }
                if time.nanoseconds > latest { latest = time.nanoseconds }
                if !anomalies.isEmpty { settle(time, &tally) }
            case .ignored(let reason):
                tally.ignore(reason)
                anomalies = LogAnomalies()
            case .rejected(let reason):
                reject(view, Reject(id: id, offset: place, reason: reason, sample: []), &batch, &tally)
                anomalies = LogAnomalies()
            }
            position = line.next
            lines &+= 1
        }
        tally.accepted += accepted
        if accepted > 0 {
            tally.see(Timestamp(nanoseconds: earliest))
            tally.see(Timestamp(nanoseconds: latest))
        }
        return lines
    }

    /// Whether the byte order mark of UTF-8 stands there: editors and exports put it before the first line.
    static func beginsWithMark(_ bytes: Span<UInt8>, at position: Int) -> Bool {
        ByteWord.prefix(ByteWord.load(bytes, position), 3) == 0xBFBBEF
    }

    /// Marks the current line with an anomaly; it counts only if the line is accepted.
    @inline(__always)
    mutating func note(_ anomaly: Anomaly) { anomalies.insert(anomaly) }

    /// The bytes of a column of the format; empty if the line does not have it.
    @inline(__always)
    func field(_ column: Int) -> Range<Int> { layout.isDefault ? line[column] : line[Int(layout.places[column])] }

    /// Whether the line does not tell a column: it is a dash, empty, or not there.
    @inline(__always)
    func isAbsent(_ column: Int) -> Bool {
        layout.isDefault ? line.isAbsent(column) : line.isAbsent(Int(layout.places[column]))
    }

    /// Whether the record time is one that the options ask for.
    @inline(__always)
    func isWanted(_ time: Timestamp) -> Bool {
        if let window = options.window { return window.contains(time) }
        return true
    }

    private mutating func settle(_ time: Timestamp, _ tally: inout LedgerTally) {
        tally.anomalous += 1
        for anomaly in Anomaly.allCases where anomalies.contains(anomaly) {
            tally.note(anomaly)
            if anomaly == .unknownTailFields, firstUnknownTail == nil { firstUnknownTail = time }
        }
        anomalies = LogAnomalies()
    }

    private func reject(
        _ bytes: Span<UInt8>, _ reject: Reject, _ batch: inout FactBatch, _ tally: inout LedgerTally
    ) {
        tally.reject(reject.reason)
        guard batch.rejects.count < FactBatch.rejectLimit else { return }
        var kept = reject
        let end = min(line.lineEnd, line.lineStart + Reject.sampleLimit)
        for index in line.lineStart..<max(line.lineStart, end) { kept.sample.append(bytes[index]) }
        batch.rejects.append(kept)
    }

    @inline(__always)
    mutating func decodeLine(
        _ bytes: Span<UInt8>, _ position: Int, _ id: FactID, _ offset: UInt64, _ batch: inout FactBatch
    ) -> LineOutcome {
        let scanned = line.divide(bytes, from: position)
        if line.lineEnd &- position > options.lineLimit { return .rejected(.lineTooLong) }
        if scanned == .blank { return .ignored(.blank) }
        let first = ByteWord.byte(bytes, position)
        if first == 0x7B { return decodeJSON(bytes, id, offset, &batch) }
        if scanned == .unbalancedQuotes { return .rejected(.unbalancedQuotes) }
        if first == 0x23 { return readDirective(bytes) }
        let outcome = decodeFields(bytes, id, offset, &batch)
        if case .rejected(let reason) = outcome { return excuse(bytes, reason) }
        return outcome
    }

    /// Hands the fields to the format's own decoder.
    @inline(__always)
    private mutating func decodeFields(
        _ bytes: Span<UInt8>, _ id: FactID, _ offset: UInt64, _ batch: inout FactBatch
    ) -> LineOutcome {
        switch kind {
        case .alb:
            if layout.isDefault, !isStrict, looksLikeCLB(bytes) { return decodeCLB(bytes, id, offset, &batch) }
            return decodeALB(bytes, id, offset, &batch)
        case .clb:
            if layout.isDefault, !isStrict, !looksLikeCLB(bytes) { return decodeALB(bytes, id, offset, &batch) }
            return decodeCLB(bytes, id, offset, &batch)
        case .nlb: return decodeNLB(bytes, id, offset, &batch)
        case .albConnection: return decodeALBConnection(bytes, id, offset, &batch)
        case .albHealthCheck: return decodeALBHealthCheck(bytes, id, offset, &batch)
        case .vpcFlow: return decodeVPCFlow(bytes, id, offset, &batch)
        case .pcap, .live: return .rejected(.notThisFormat)
        }
    }

    /// Whether the line begins with a time, as CLB lines do, and not with a type. Logs of both are found in one file
    /// where somebody joined them.
    @inline(__always)
    private func looksLikeCLB(_ bytes: Span<UInt8>) -> Bool {
        ByteWord.byte(bytes, line.lineStart) &- 0x30 <= 9
    }

    /// A line that cannot be decoded may be one that is no record: a header, or AWS's test object.
    private mutating func excuse(_ bytes: Span<UInt8>, _ reason: RejectReason) -> LineOutcome {
        if LogHeader.isTestObject(bytes, line.lineStart..<line.lineEnd) { return .ignored(.testObject) }
        if let header = LogHeader(bytes, line, kind: kind) {
            layout = LogLayout(kind, header)
            return .ignored(.header)
        }
        return .rejected(reason)
    }

    /// A line of the W3C form: `#Fields:` names the columns, other directives say nothing here.
    private mutating func readDirective(_ bytes: Span<UInt8>) -> LineOutcome {
        if let header = LogHeader(directive: bytes, line, kind: kind) { layout = LogLayout(kind, header) }
        return .ignored(.header)
    }

    /// Copies the values of a JSON object out of the line and decodes the copy.
    private mutating func decodeJSON(
        _ bytes: Span<UInt8>, _ id: FactID, _ offset: UInt64, _ batch: inout FactBatch
    ) -> LineOutcome {
        var object = LogJSONLine()
        swap(&object, &json)
        defer { swap(&object, &json) }
        guard object.read(bytes, line.lineStart..<line.lineEnd, kind: kind) else { return .rejected(.badJSON) }
        knownKeys = object.known
        guard object.known * 2 > object.unknown + object.known else { return .rejected(.notThisFormat) }
        var values = LogTokenizer()
        values.adopt(object.bounds, of: object.values.span)
        var columns = LogLayout(json: object.extras)
        memo.isEnabled = false
        swap(&line, &values)
        swap(&layout, &columns)
        let outcome = decodeFields(object.values.span, id, offset, &batch)
        swap(&line, &values)
        swap(&layout, &columns)
        memo.isEnabled = true
        return outcome
    }
}
