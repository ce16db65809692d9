import ForensicsModel
import ForensicsStore

/// How long the intervals of a Classic Load Balancer's log objects are: five minutes or an hour, as its owner chose. The names
/// do not tell, so the objects do.
///
/// An interval is short where two objects of one node end less than an hour apart, and where no object has a record from well
/// before its end. What an object has from before its interval stretches what it covers, as for every log.
///
/// AWS, "Access logs for your Classic Load Balancer".
struct ClassicIntervals {
    private struct LoadBalancer: Hashable {
        var vantage: String?
        var name: String
    }

    static let minute: Int64 = 60 * Timestamp.nanosecondsPerSecond
    static let short = 5 * minute
    static let long = 60 * minute
    /// A request is logged when it is answered, with the time at which it came in: a record may be so much older than the
    /// interval.
    private static let slack = 5 * minute

    private var isLong: [LoadBalancer: Bool] = [:]

    /// Looks at the objects of a case.
    init(_ sources: [SourceRecord]) {
        var ends: [LoadBalancer: [String: [Timestamp]]] = [:]
        for source in sources {
            guard let (key, name) = Self.object(source) else { continue }
            ends[key, default: [:]][name.node ?? "", default: []].append(name.interval.end)
            isLong[key] = isLong[key] ?? false || Self.length(name.interval.end, first: source.firstTime) == Self.long
        }
        for (key, nodes) in ends where nodes.values.contains(where: Self.areClose) { isLong[key] = false }
    }

    /// The interval that an object holds; `nil` for what is no object of a Classic Load Balancer.
    func interval(of source: SourceRecord) -> TimeWindow? {
        guard let (key, name) = Self.object(source) else { return nil }
        let length = isLong[key] ?? true ? Self.long : Self.short
        return TimeWindow(start: name.interval.end.advanced(by: -length), end: name.interval.end)
    }

    /// How long the interval is that one object alone suggests.
    ///
    /// - Parameter first: its first record; without any nothing is suggested, and the hour is AWS's default.
    static func length(_ end: Timestamp, first: Timestamp?) -> Int64 {
        guard let first, first >= end.advanced(by: -(short + slack)) else { return long }
        return short
    }

    /// What the objects of a case cover otherwise than they were said to when each was read alone.
    ///
    /// - Parameter coverage: what the case says, sources by their public ids.
    /// - Returns: where the coverage of a source begins, by private ordinal.
    func changedStarts(_ sources: [SourceRecord], _ coverage: [Coverage]) -> [(ordinal: UInt32, from: Timestamp)] {
        let told = Dictionary(
            coverage.filter { $0.reason == nil }.map { ($0.source, $0.from) }, uniquingKeysWith: { first, _ in first })
        return sources.compactMap { source in
            guard let interval = interval(of: source), let known = told[source.id] else { return nil }
            var from = min(interval.start, source.firstTime ?? interval.start)
            if let asked = IngestOptions.window(ofFingerprint: source.options) { from = max(from, asked.start) }
            return from == known ? nil : (source.ordinal, from)
        }
    }

    private static func object(_ source: SourceRecord) -> (LoadBalancer, LogObjectName)? {
        guard source.kind == .clb, let name = LogObjectName(path: source.path), name.kind == .clb,
            let balancer = name.loadBalancer
        else { return nil }
        return (LoadBalancer(vantage: source.vantage, name: balancer), name)
    }

    private static func areClose(_ ends: [Timestamp]) -> Bool {
        let ordered = ends.sorted()
        return zip(ordered, ordered.dropFirst()).contains { $1.since($0) > 0 && $1.since($0) < long }
    }
}
