import ForensicsModel
import ForensicsStore

/// Which sources of the case may answer, and together with which.
extension CaseSession {
    /// The bodies of evidence that may answer, after `--kind` and `--vantage`.
    func groups(of ids: Set<UInt32>? = nil) throws(ForensicsError) -> [EvidenceGroup] {
        var members: [String: [SourceRecord]] = [:]
        for source in sources where ids?.contains(source.id) ?? true {
            guard admits(source) else { continue }
            let vantage = source.kind.isCapture ? source.vantage ?? source.unitKey : ""
            // Samples of different sizes do not add up.
            members["\(source.kind.rawValue)/\(vantage)/\(source.sampleRate)", default: []].append(source)
        }
        let (amounts, flowMinutes) = try amounts()
        let tellsFlags = try reading { try store.flowLogsTellFlags() }
        var covered: [UInt32: [TimeWindow]] = [:]
        for row in coverage where row.reason == nil {
            if let from = row.from, let to = row.to {
                covered[row.source, default: []].append(TimeWindow(start: from, end: to))
            }
        }
        return members.keys.sorted().compactMap { key in
            guard let list = members[key], let first = list.first else { return nil }
            let sum = list.reduce(into: TrafficTotals()) { $0.add(amounts[$1.id] ?? TrafficTotals()) }
            // A capture set is one stretch: the time between two of its files is covered as well, unless files are missing there.
            // Runs of `capture` are not.
            var windows = list.flatMap { covered[$0.id] ?? [] }
            if first.kind == .live { windows.sort { $0.start < $1.start } }
            if first.kind == .pcap, let start = windows.map(\.start).min(), let end = windows.map(\.end).max() {
                let lost = coverage.filter { row in
                    row.reason == Coverage.suspectedGap && list.contains { $0.id == row.source }
                }
                windows += EvidenceGroup.subtract(lost.compactMap(\.window), from: [TimeWindow(start: start, end: end)])
            }
            if first.kind == .vpcFlow { windows = recorded(windows, by: Set(list.map(\.id)), flowMinutes) }
            var group = EvidenceGroup(
                kind: first.kind, vantage: first.kind.isCapture ? first.vantage : nil, sources: list.map(\.id),
                coverage: windows, requests: sum.activity.requests, connections: sum.activity.connections)
            group.sampleRate = Int64(max(1, first.sampleRate))
            if first.kind == .vpcFlow, !tellsFlags { group.untold = [.opened, .resets] }
            return group
        }
    }

    /// Where captures were taken, by source: two vantages may see the same packets. Logs of two load balancers do not.
    var vantages: [UInt32: String] {
        let named = sources.filter(\.kind.isCapture).map { ($0.id, $0.vantage ?? $0.unitKey) }
        return Dictionary(named, uniquingKeysWith: { first, _ in first })
    }

    /// Of how many flows one was kept, by the source of which that is so.
    var sampleRates: [UInt32: UInt32] {
        let sampled = sources.filter { $0.sampleRate > 1 }.map { ($0.id, $0.sampleRate) }
        return Dictionary(sampled, uniquingKeysWith: { first, _ in first })
    }

    /// Ids of the sources that `--kind` and `--vantage` leave; `nil` for all.
    var admittedSources: [UInt32]? {
        filter.kinds.isEmpty && filter.vantages.isEmpty && filter.nodes.isEmpty ? nil : sources.filter(admits).map(\.id)
    }

    /// Whether `--kind` and `--vantage` leave a source.
    func admits(_ source: SourceRecord) -> Bool {
        Self.matches(filter.kinds) { $0 == source.kind.name }
            && isAtVantage(source.vantage, ofCapture: source.kind.isCapture)
    }

    /// Whether evidence with a name, or none, is of the vantages asked for. Where nodes of logs are named, the rows tell which
    /// are meant, and captures have to be named too.
    func isAtVantage(_ name: String?, ofCapture isCapture: Bool) -> Bool {
        let namesNodes = filter.nodes.contains { !$0.isNegated }
        if namesNodes, isCapture, !filter.vantages.contains(where: { !$0.isNegated }) { return false }
        let entries = namesNodes && !isCapture ? filter.vantages.filter(\.isNegated) : filter.vantages
        return Self.matches(entries) { $0 == name }
    }

    /// Whether a source has records on both sides of some instant of the time asked for, or in it.
    func isInTime(_ source: SourceRecord) -> Bool {
        guard let window else { return true }
        guard let first = source.firstTime, let last = source.lastTime else { return false }
        return window.overlaps(first, last)
    }

    /// Alternatives within a list; negated entries exclude.
    static func matches(_ entries: [FactFilter.Entry], _ test: (String) -> Bool) -> Bool {
        if entries.contains(where: { $0.isNegated && test($0.text) }) { return false }
        let wanted = entries.filter { !$0.isNegated }
        return wanted.isEmpty || wanted.contains { test($0.text) }
    }

    /// What flow logs cover, less the stretches that they say AWS did not record (SKIPDATA) and in which nothing else was
    /// recorded either: silence there is no silence of the network.
    ///
    /// - Parameter minutes: those in which connections of flow logs ended.
    private func recorded(_ windows: [TimeWindow], by ids: Set<UInt32>, _ minutes: Set<Int64>) -> [TimeWindow] {
        let minute = 60 * Timestamp.nanosecondsPerSecond
        let lost = coverage.compactMap { row -> TimeWindow? in
            guard row.reason != nil, ids.contains(row.source), let from = row.from, let to = row.to else { return nil }
            let first = from.bucket(width: minute) / minute
            let last = to.advanced(by: -1).bucket(width: minute) / minute
            return minutes.contains { $0 >= first && $0 <= last } ? nil : TimeWindow(start: from, end: to)
        }
        return lost.isEmpty ? windows : EvidenceGroup.subtract(lost, from: windows)
    }

    /// What each source holds, and the minutes in which connections of flow logs ended.
    private func amounts() throws(ForensicsError) -> (amounts: [UInt32: TrafficTotals], flowMinutes: Set<Int64>) {
        let flowLogs = Set(sources.filter { $0.kind == .vpcFlow }.map(\.id))
        var flowMinutes: Set<Int64> = []
        var amounts: [UInt32: TrafficTotals] = [:]
        try reading {
            try store.loadRollups(sources: nil, minutes: nil, dimensions: [], includingTotals: true) { place, json in
                if place.healthChecks, !filter.includesHealthChecks { return }
                guard let totals = RollupReader.totals(json) else { return }
                amounts[place.source, default: TrafficTotals()].add(totals)
                if flowLogs.contains(place.source), totals.activity.connections > 0 { flowMinutes.insert(place.minute) }
            }
        }
        return (amounts, flowMinutes)
    }
}
