import ForensicsModel
import ForensicsStore

/// Finds logs whose records other logs of the case hold too: a merged copy beside its originals, a cut download beside the
/// whole. As files they differ, so that both were read, and what both hold counts twice.
///
/// Objects of AWS's names never hold the same records, however many there are of one node and interval. Where another log
/// covers time that one of the same kind, load balancer and node covers as well, the first record of the later is looked for in
/// the earlier. Flow logs are not looked at, nor are logs of which the case keeps no rows.
struct RepeatedRecords {
    let store: CaseStore
    /// In order of their first records; of two that begin together the one with AWS's name first.
    private let sources: [SourceRecord]
    /// Those with names of AWS's, by their public ids.
    private let named: Set<UInt32>
    /// What each load balancer's nodes are, by the public ids of sources.
    private var places: [UInt32: Place] = [:]
    /// What was found before, by the public ids of sources.
    private var known: [UInt32: Coverage] = [:]

    private struct Place {
        var loadBalancers: Set<String> = []
        var nodes: Set<String> = []

        /// Whether the rows of both can be of one node: what is not told may be any.
        func canBe(_ other: Place) -> Bool {
            (loadBalancers.isEmpty || other.loadBalancers.isEmpty
                || !loadBalancers.isDisjoint(with: other.loadBalancers))
                && (nodes.isEmpty || other.nodes.isEmpty || !nodes.isDisjoint(with: other.nodes))
        }
    }

    /// Two logs by their places in `sources`; the first record of one may be in the other.
    private struct Pair {
        var probe: Int
        var holder: Int
    }

    /// What was found of one log.
    struct Finding {
        var coverage: Coverage
        var path: String
        /// One of the logs that hold the same.
        var other: String
        /// Whether it was not known before.
        var isNew = true
    }

    private static let kinds: [EvidenceKind] = [.alb, .clb, .nlb, .albConnection, .albHealthCheck]
    /// So many pairs are looked at, those of the earliest logs first; one more tells that there are others.
    private static let pairLimit = 1 << 20

    init(_ store: CaseStore, _ sources: [SourceRecord], _ coverage: [Coverage]) {
        self.store = store
        let logs = sources.filter {
            Self.kinds.contains($0.kind) && $0.isUnitComplete && $0.accepted > 0 && $0.firstTime != nil
        }
        let named = Set(logs.filter { LogObjectName(path: $0.path) != nil }.map(\.id))
        self.named = named
        self.sources = logs.sorted { left, right in
            if left.first != right.first { return left.first < right.first }
            if named.contains(left.id) != named.contains(right.id) { return named.contains(left.id) }
            return left.id < right.id
        }
        for row in coverage where row.reason == Coverage.repeated { known[row.source] = row }
        for row in coverage where row.reason == nil {
            if let name = row.loadBalancer { places[row.source, default: Place()].loadBalancers.insert(name) }
            if let name = row.node { places[row.source, default: Place()].nodes.insert(name) }
        }
    }

    /// Looks at every pair of which one log is new, and goes through what is known.
    ///
    /// - Parameter new: by private ordinals.
    /// - Returns: what was found, and whether there were more pairs than are looked at.
    func find(new: Set<UInt32>) throws -> (found: [Finding], isCut: Bool) {
        if named.count == sources.count { return ([], false) }
        let pairs = pairs()
        let isNew = { (pair: Pair) in
            new.contains(sources[pair.probe].ordinal) || new.contains(sources[pair.holder].ordinal)
        }
        var found = findings(known: pairs.filter { !isNew($0) })
        var firsts: [Int: RecordKey] = [:]
        let byHolder = Dictionary(grouping: pairs.filter(isNew), by: { $0.holder })
        for holder in byHolder.keys.sorted() {
            let group = byHolder[holder] ?? []
            for pair in group where firsts[pair.probe] == nil { firsts[pair.probe] = try firstRecord(pair.probe) }
            let wanted = Set(group.compactMap { firsts[$0.probe] })
            if wanted.isEmpty { continue }
            let held = try records(of: wanted, in: sources[holder])
            for pair in group {
                if let first = firsts[pair.probe], held.contains(first) { add(pair, to: &found) }
            }
        }
        return (found.keys.sorted().compactMap { found[$0] }, pairs.count > Self.pairLimit)
    }

    /// The logs, one of which at least has no name of AWS's, that may hold the same time of the same node.
    private func pairs() -> [Pair] {
        var open: [Int] = []
        var pairs: [Pair] = []
        for (index, source) in sources.enumerated() {
            open.removeAll { sources[$0].last < source.first }
            let place = places[source.id] ?? Place()
            for earlier in open where pairs.count <= Self.pairLimit {
                let other = sources[earlier]
                guard other.kind == source.kind, !named.contains(source.id) || !named.contains(other.id) else {
                    continue
                }
                if place.canBe(places[other.id] ?? Place()) { pairs.append(Pair(probe: index, holder: earlier)) }
            }
            open.append(index)
        }
        return pairs
    }

    /// The log to tell of, which has no name of AWS's, and the other.
    private func told(_ pair: Pair) -> (told: SourceRecord, other: SourceRecord) {
        let (probe, holder) = (sources[pair.probe], sources[pair.holder])
        return named.contains(probe.id) ? (holder, probe) : (probe, holder)
    }

    /// What was found before, as far as both logs are still there.
    private func findings(known pairs: [Pair]) -> [UInt32: Finding] {
        var found: [UInt32: Finding] = [:]
        if known.isEmpty { return found }
        for pair in pairs {
            let (told, other) = told(pair)
            guard found[told.id] == nil, var coverage = known[told.id] else { continue }
            coverage.source = told.ordinal
            found[told.id] = Finding(coverage: coverage, path: told.path, other: other.path, isNew: false)
        }
        return found
    }

    private func add(_ pair: Pair, to found: inout [UInt32: Finding]) {
        let (told, other) = told(pair)
        let (from, to) = (sources[pair.probe].first, min(told.last, other.last).advanced(by: 1))
        if var known = found[told.id] {
            known.coverage.from = known.coverage.from.map { min($0, from) }
            known.coverage.to = known.coverage.to.map { max($0, to) }
            if !known.isNew { known.other = other.path }
            known.isNew = true
            found[told.id] = known
            return
        }
        let coverage = Coverage(
            source: told.ordinal, loadBalancer: nil, node: nil, from: from, to: to, reason: Coverage.repeated)
        found[told.id] = Finding(coverage: coverage, path: told.path, other: other.path)
    }

    // MARK: - Rows

    private func firstRecord(_ index: Int) throws -> RecordKey? {
        let source = sources[index]
        var first: RecordKey?
        try scan(source, for: [source.first]) { key in
            first = key
            return false
        }
        return first
    }

    private func records(of wanted: Set<RecordKey>, in source: SourceRecord) throws -> Set<RecordKey> {
        var found: Set<RecordKey> = []
        try scan(source, for: Set(wanted.map(\.time))) { key in
            if wanted.contains(key) { found.insert(key) }
            return found.count < wanted.count
        }
        return found
    }

    /// Hands out the records of some times; those of others are the most, and are passed over before they get a key.
    private func scan(_ source: SourceRecord, for times: Set<Timestamp>, _ body: (RecordKey) -> Bool) throws {
        guard let low = times.min(), let high = times.max() else { return }
        let scan = FactScan(window: TimeWindow(start: low, end: high.advanced(by: 1)), sources: [source.id])
        let take = { (batch: FactBatch) -> Bool in
            for exchange in batch.exchanges
            where times.contains(exchange.time) && !body(RecordKey(exchange)) { return false }
            for connection in batch.connections
            where times.contains(connection.end) && !body(RecordKey(connection)) { return false }
            for check in batch.healthChecks where times.contains(check.time) && !body(RecordKey(check)) {
                return false
            }
            return true
        }
        switch source.kind {
        case .albHealthCheck: try store.scanHealthChecks(scan, take)
        case .nlb, .albConnection: try store.scanConnections(scan, take)
        case .clb:
            // A log of HTTP and TCP listeners has both.
            try store.scanRequests(scan, take)
            try store.scanConnections(scan, take)
        default: try store.scanRequests(scan, take)
        }
    }
}

/// What tells a record of a log from every other: its time, to the microsecond in most logs, the client's port and what was
/// measured.
private struct RecordKey: Hashable {
    var time: Timestamp
    var start: Timestamp?
    var client: Endpoint?
    var server: Endpoint?
    var measures: [Int64?]

    init(_ exchange: Exchange) {
        time = exchange.time
        start = exchange.start
        client = exchange.client
        server = exchange.target
        measures = [
            exchange.totalTime, exchange.status.map(Int64.init), exchange.bytesFromClient.map { Int64(clamping: $0) },
            exchange.bytesFromServer.map { Int64(clamping: $0) }, Int64(truncatingIfNeeded: exchange.traceKey),
        ]
    }

    init(_ connection: Connection) {
        time = connection.end
        start = connection.start
        client = connection.client
        server = connection.server
        measures = [
            connection.tlsHandshake, connection.bytesFromClient.map { Int64(clamping: $0) },
            connection.bytesFromServer.map { Int64(clamping: $0) }, Int64(truncatingIfNeeded: connection.traceKey),
        ]
    }

    init(_ check: HealthCheck) {
        time = check.time
        server = check.target
        measures = [check.latency, check.status.map(Int64.init)]
    }
}

extension SourceRecord {
    fileprivate var first: Timestamp { firstTime ?? Timestamp(nanoseconds: .max) }
    fileprivate var last: Timestamp { lastTime ?? Timestamp(nanoseconds: .min) }
}
