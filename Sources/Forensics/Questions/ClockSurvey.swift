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

        /// With the names that an answer has for the clocks.
        var named: (clock: String, reference: String, offset: ClockOffset) { (clock.name, reference.name, offset) }
    }

    /// Requests and connections that are followed of each clock; further ones are not needed.
    private static let limit = 131_072
    private static let millisecond: Int64 = 1_000_000
    private static let second = Timestamp.nanosecondsPerSecond

    private let session: CaseSession
    private let window: TimeWindow?
    private let clocks: [UInt32: EvidenceClock]
    private var bounds: [Pair: [ClosedRange<Int64>]] = [:]

    private struct Pair: Hashable {
        var reference: EvidenceClock
        var clock: EvidenceClock
    }

    /// From when to when a request was waited for, by one clock.
    private struct Wait {
        var begin: Int64
        var end: Int64
        /// How far either may have been from what is told.
        var beginSlack: ClosedRange<Int64> = 0...0
        var endSlack: ClosedRange<Int64> = 0...0
    }

    /// When a connection began by one clock.
    private struct Opening {
        var time: Int64
        /// How far that may have been from what is told.
        var slack: ClosedRange<Int64> = 0...0
        /// How long its handshake took; 0 where that is not told.
        var handshake: Int64 = 0
    }

    /// What each clock saw of something, by what they know it by.
    private struct Sights<Key: Hashable, Sight> {
        /// Nothing for what a clock saw twice: which of them another saw is unknown.
        private(set) var all: [Key: [EvidenceClock: Sight?]] = [:]

        func holds(_ key: Key) -> Bool { all[key] != nil }

        mutating func note(_ sight: Sight, of key: Key, by clock: EvidenceClock) {
            if all[key] == nil, all.count >= limit { return }
            let isKnown = all[key]?[clock] != nil
            all[key, default: [:]].updateValue(isKnown ? nil : sight, forKey: clock)
        }
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
        var seen = Sights<TraceRoot, Wait>()
        let clocks = clocks
        let seconds = window.map { $0.start.nanoseconds / Self.second...$0.end.nanoseconds / Self.second }
        try scanRequests(FactScan(sources: captures.keys.sorted())) { exchange in
            guard case .root(let high, let low) = exchange.trace, let clock = clocks[exchange.id.source],
                seconds?.contains(Int64(high >> 32)) ?? true, !exchange.flags.contains(.negativeTargetTime),
                let start = exchange.start, let waited = exchange.targetTime
            else { return }
            let begin = start.nanoseconds
            let wait = Wait(begin: begin, end: begin &+ (exchange.requestTime ?? 0) &+ waited)
            seen.note(wait, of: TraceRoot(high: high, low: low), by: clock)
        }
        let logs = clocks.filter { $0.value.kind == .alb }.keys.sorted()
        if !seen.all.isEmpty, !logs.isEmpty {
            try scanRequests(FactScan(window: window, sources: logs)) { exchange in
                guard case .root(let high, let low) = exchange.trace, let start = exchange.start,
                    let before = exchange.requestTime, let waited = exchange.targetTime,
                    case let root = TraceRoot(high: high, low: low), seen.holds(root)
                else { return }
                // Each phase is told in whole milliseconds, rounded or cut.
                let sent = start.nanoseconds &+ before
                let wait = Wait(
                    begin: sent, end: sent &+ waited, beginSlack: -Self.millisecond...Self.millisecond,
                    endSlack: -2 * Self.millisecond...2 * Self.millisecond)
                seen.note(wait, of: root, by: EvidenceClock(kind: .alb))
            }
        }
        bound(seen, Self.enclosed)
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

    /// The one that waited longer sent the request on to the other and got its answer from there. Of logs, which are read
    /// beside captures alone, only the outer one's times are told in part.
    private static func enclosed(_ reference: EvidenceClock, _ first: Wait, _ second: Wait) -> ClosedRange<Int64>? {
        // The log of a load balancer tells how long it waited for the target.
        let isReferenceOuter = !reference.kind.isCapture || first.end &- first.begin >= second.end &- second.begin
        let (outer, inner) = isReferenceOuter ? (first, second) : (second, first)
        // How far the inner clock is ahead: not by more than the request took, not behind by more than the answer did.
        let upper = inner.begin &- outer.begin &- outer.beginSlack.lowerBound
        let lower = inner.end &- outer.end &- outer.endSlack.upperBound
        if lower > upper { return nil }
        return isReferenceOuter ? lower...upper : (0 &- upper)...(0 &- lower)
    }

    /// Bounds each two clocks by what both saw once.
    private mutating func bound<Key, Sight>(
        _ sights: Sights<Key, Sight>, _ bounds: (EvidenceClock, Sight, Sight) -> ClosedRange<Int64>?
    ) {
        for seen in sights.all.values where seen.count > 1 {
            let known = seen.compactMap { clock, sight in sight.map { (clock, $0) } }.sorted { $0.0 < $1.0 }
            for (index, first) in known.enumerated() {
                for second in known[(index + 1)...] {
                    guard let range = bounds(first.0, first.1, second.1) else { continue }
                    self.bounds[Pair(reference: first.0, clock: second.0), default: []].append(range)
                }
            }
        }
    }

    // MARK: - Connections

    private mutating func addConnections() throws(ForensicsError) {
        var seen = Sights<Endpoint, Opening>()
        for (isCapture, scan) in connectionScans() {
            try session.reading {
                try session.store.scanConnections(scan) { batch in
                    for connection in batch.connections {
                        guard isCapture || seen.holds(connection.client), let clock = clocks[connection.id.source],
                            let opening = Self.opening(connection)
                        else { continue }
                        seen.note(opening, of: connection.client, by: clock)
                    }
                    return true
                }
            }
        }
        bound(seen) { _, first, second in
            let difference = second.time &- first.time
            let handshake = max(first.handshake, second.handshake)
            return difference &- first.slack.upperBound &- handshake...difference &- first.slack.lowerBound &+ handshake
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

    /// When a connection began; `nil` where that is not known, or not what others see.
    private static func opening(_ connection: borrowing Connection) -> Opening? {
        guard connection.transport == .tcp, connection.client.port != 0,
            connection.flags.isDisjoint(with: [.proxied, .secondLeg, .repeated])
        else { return nil }
        let time = connection.start.nanoseconds
        // AWS: up to 60 s off, in whole seconds.
        if connection.kind == .vpcFlow { return Opening(time: time, slack: -60 * second...61 * second) }
        guard connection.flags.contains(.startSeen), let handshake = connection.handshake else { return nil }
        return Opening(time: time, handshake: handshake)
    }
}
