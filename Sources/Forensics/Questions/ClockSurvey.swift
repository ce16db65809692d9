import ForensicsCompare
import ForensicsModel
import ForensicsStore

/// Finds out how far the clocks of the evidence are apart, from requests and connections that several of them saw.
///
/// A request that two saw was sent by the outer one before it reached the inner one, and answered there before the answer came
/// back: both ends bound how far the clocks are apart, as in NTP. A connection is seen by two capture points within the time
/// of its handshake. Logs that tell times in part are given the room that AWS leaves: phases of ALB logs are whole
/// milliseconds, times of flow logs are up to a minute off.
struct ClockSurvey {
    /// How far a clock is ahead of another.
    struct Entry {
        var clock: EvidenceClock
        var reference: EvidenceClock
        var offset: ClockOffset
    }

    /// Requests and connections that are followed of each clock; further ones are not needed.
    private static let limit = 131_072
    private static let millisecond: Int64 = 1_000_000
    private static let second = Timestamp.nanosecondsPerSecond

    private let session: CaseSession
    private let window: TimeWindow?
    private let clocks: [UInt32: EvidenceClock]
    private var bounds: [Pair: [ClockBounds]] = [:]

    private struct Pair: Hashable {
        var reference: EvidenceClock
        var clock: EvidenceClock
    }

    /// When something began and ended by one clock.
    private struct Span {
        var begin: Int64
        var end: Int64
        /// How much later, at most, either may have been, and how much earlier.
        var beginSlack: ClosedRange<Int64> = 0...0
        var endSlack: ClosedRange<Int64> = 0...0
        /// Whether it was met twice: which of them another saw is unknown.
        var isAmbiguous = false
    }

    private struct TraceRoot: Hashable {
        var high: UInt64
        var low: UInt64
    }

    /// Reads what several clocks saw.
    ///
    /// - Parameter window: the time that logs are read for; all of it if `nil`. Of captures, whose clock may be far off, requests
    ///   are chosen by the second that the load balancer put into their trace id.
    init(_ session: CaseSession, window: TimeWindow?) throws(ForensicsError) {
        self.session = session
        self.window = window
        clocks = session.clocks
        let captures = clocks.filter(\.value.kind.isCapture)
        guard !captures.isEmpty, Set(clocks.values).count > 1 else { return }
        try addRequests(captures: captures)
        try addConnections()
    }

    /// What is known, in order of the clocks.
    var entries: [Entry] {
        let known = bounds.compactMap { pair, bounds in
            ClockOffset.estimate(bounds).map { Entry(clock: pair.clock, reference: pair.reference, offset: $0) }
        }
        return known.sorted { $0.reference != $1.reference ? $0.reference < $1.reference : $0.clock < $1.clock }
    }

    // MARK: - Requests

    private mutating func addRequests(captures: [UInt32: EvidenceClock]) throws(ForensicsError) {
        var seen: [TraceRoot: [EvidenceClock: Span]] = [:]
        let clocks = clocks
        let seconds = window.map { $0.start.nanoseconds / Self.second...$0.end.nanoseconds / Self.second }
        try scanRequests(FactScan(sources: captures.keys.sorted())) { exchange in
            guard case .root(let high, let low) = exchange.trace, let clock = clocks[exchange.id.source],
                seconds?.contains(Int64(high >> 32)) ?? true, !exchange.flags.contains(.negativeTargetTime),
                let start = exchange.start, let waited = exchange.targetTime
            else { return }
            let begin = start.nanoseconds
            let span = Span(begin: begin, end: begin &+ (exchange.requestTime ?? 0) &+ waited)
            Self.note(span, of: clock, TraceRoot(high: high, low: low), &seen)
        }
        guard !seen.isEmpty else { return }
        let logs = clocks.filter { $0.value.kind == .alb }.keys.sorted()
        if !logs.isEmpty {
            try scanRequests(FactScan(window: window, sources: logs)) { exchange in
                guard case .root(let high, let low) = exchange.trace, let start = exchange.start,
                    let before = exchange.requestTime, let waited = exchange.targetTime,
                    case let root = TraceRoot(high: high, low: low), seen[root] != nil
                else { return }
                // Each phase is told in whole milliseconds, rounded or cut.
                let sent = start.nanoseconds &+ before
                let span = Span(
                    begin: sent, end: sent &+ waited, beginSlack: -Self.millisecond...Self.millisecond,
                    endSlack: -2 * Self.millisecond...2 * Self.millisecond)
                Self.note(span, of: EvidenceClock(kind: .alb), root, &seen)
            }
        }
        for spans in seen.values { enclose(spans) }
    }

    private func scanRequests(_ scan: FactScan, _ body: (borrowing Exchange) -> Void) throws(ForensicsError) {
        try session.reading {
            try session.store.scanRequests(scan) { batch in
                for index in batch.exchanges.indices {
                    let flags = batch.exchanges[index].flags
                    if flags.isDisjoint(with: [.secondLeg, .healthCheck]) { body(batch.exchanges[index]) }
                }
                return true
            }
        }
    }

    private static func note<Key: Hashable>(
        _ span: Span, of clock: EvidenceClock, _ key: Key, _ seen: inout [Key: [EvidenceClock: Span]]
    ) {
        if seen[key] == nil, seen.count >= limit { return }
        if seen[key]?[clock] != nil {
            seen[key]?[clock]?.isAmbiguous = true
        } else {
            seen[key, default: [:]][clock] = span
        }
    }

    /// The one that waited longer sent the request on to the other and got its answer from there. Of logs, which are read
    /// beside captures alone, only the outer one's times are told in part.
    private mutating func enclose(_ spans: [EvidenceClock: Span]) {
        eachPair(spans) { reference, _, first, second in
            // The log of a load balancer tells how long it waited for the target.
            let isReferenceOuter =
                !reference.kind.isCapture || first.end &- first.begin >= second.end &- second.begin
            let (outer, inner) = isReferenceOuter ? (first, second) : (second, first)
            // How far the inner clock is ahead: not by more than the request took, not behind by more than the answer did.
            let upper = inner.begin &- outer.begin &- outer.beginSlack.lowerBound
            let lower = inner.end &- outer.end &- outer.endSlack.upperBound
            if lower > upper { return nil }
            return isReferenceOuter
                ? ClockBounds(lower: lower, upper: upper) : ClockBounds(lower: 0 &- upper, upper: 0 &- lower)
        }
    }

    private mutating func eachPair(
        _ spans: [EvidenceClock: Span],
        _ bound: (EvidenceClock, EvidenceClock, Span, Span) -> ClockBounds?
    ) {
        guard spans.count > 1 else { return }
        let known = spans.filter { !$0.value.isAmbiguous }.sorted { $0.key < $1.key }
        for (index, first) in known.enumerated() {
            for second in known[(index + 1)...] {
                guard let bounds = bound(first.key, second.key, first.value, second.value) else { continue }
                self.bounds[Pair(reference: first.key, clock: second.key), default: []].append(bounds)
            }
        }
    }

    // MARK: - Connections

    private mutating func addConnections() throws(ForensicsError) {
        var seen: [Endpoint: [EvidenceClock: Span]] = [:]
        for (isCapture, scan) in connectionScans() {
            try session.reading {
                try session.store.scanConnections(scan) { batch in
                    for connection in batch.connections {
                        guard let clock = clocks[connection.id.source], let span = Self.span(connection) else {
                            continue
                        }
                        if isCapture || seen[connection.client] != nil {
                            Self.note(span, of: clock, connection.client, &seen)
                        }
                    }
                    return true
                }
            }
        }
        for spans in seen.values {
            eachPair(spans) { _, _, first, second in
                let difference = second.begin &- first.begin
                let (handshake, early) = (max(first.end, second.end), first.beginSlack)
                return ClockBounds(
                    lower: difference &- early.upperBound &- handshake,
                    upper: difference &- early.lowerBound &+ handshake)
            }
        }
    }

    /// Connections of captures, and those of flow logs, which lie beside them.
    private func connectionScans() -> [(isCapture: Bool, scan: FactScan)] {
        let captures = clocks.filter(\.value.kind.isCapture).keys.sorted()
        let flows = clocks.filter { $0.value.kind == .vpcFlow }.keys.sorted()
        if Set(captures.compactMap { clocks[$0] }).count < 2, flows.isEmpty { return [] }
        return [(true, FactScan(sources: captures)), (false, FactScan(window: window, sources: flows))].filter {
            $0.1.sources?.isEmpty == false
        }
    }

    /// When a connection began, and as its end how long its handshake took; `nil` where that is not known.
    private static func span(_ connection: borrowing Connection) -> Span? {
        guard connection.transport == .tcp, connection.client.port != 0,
            connection.flags.isDisjoint(with: [.proxied, .secondLeg, .repeated])
        else { return nil }
        let begin = connection.start.nanoseconds
        if connection.kind == .vpcFlow {
            // AWS: up to 60 s off, in whole seconds.
            return Span(begin: begin, end: 0, beginSlack: -60 * second...61 * second)
        }
        guard connection.flags.contains(.startSeen), let handshake = connection.handshake else { return nil }
        return Span(begin: begin, end: handshake)
    }
}
